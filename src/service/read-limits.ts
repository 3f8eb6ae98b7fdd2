/**
 * Hard limits of reading one image file in a worker thread. Readers ask now and then whether their time is over and
 * say where they were; a codec in WebAssembly cannot be asked, so the pool watches from outside and ends the thread.
 */
import { basename } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import { LARGEST_FILE_BYTES, LONGEST_READ_SECONDS } from '../imaging/dicom/limits.ts';
import type { Task } from './tasks.ts';

const WATCH_MILLISECONDS = 250;
const WEBASSEMBLY_PAGE_BYTES = 65_536;

/** What thread and pool share of one task: 1 while the file is being read. */
export type ReadingFlag = Int32Array<SharedArrayBuffer>;

/** Name of the file that a task reads; null where it reads no image. */
export function imageReadBy(task: Task): string | null {
  switch (task.kind) {
    case 'image-open':
      return basename(task.entry ?? task.path);
    case 'image-frame':
    case 'image-document':
    case 'image-analyse':
      return task.fileName;
    default:
      return null;
  }
}

/** Tells once that reading has gone on for longer than `seconds`, counted from when a thread took it up. */
export function watchReading(flag: ReadingFlag, seconds: number, onTooLong: () => void): { end(): void } {
  let since: number | null = null;
  const timer = setInterval(() => {
    if (Atomics.load(flag, 0) === 0) since = null;
    else since ??= performance.now();
    if (since === null || performance.now() - since < 1000 * seconds) return;
    clearInterval(timer);
    onTooLong();
  }, WATCH_MILLISECONDS);
  return { end: () => clearInterval(timer) };
}

export function readsTooLong(fileName: string): KirchhoffError {
  return new KirchhoffError(
    'file-too-large',
    `Reading takes longer than the ${LONGEST_READ_SECONDS} s that a file may take; it is refused.`,
    fileName,
  );
}

export function needsTooMuch(fileName: string): KirchhoffError {
  return new KirchhoffError(
    'file-too-large',
    `Reading takes more memory than the ${LARGEST_FILE_BYTES / 2 ** 30} GB that a file may take; it is refused.`,
    fileName,
  );
}

/** The reading that this thread is at, for the pool's watch and for the limit of memory. */
export class Reading {
  readonly #flag: ReadingFlag | null;
  readonly #fileName: string;
  #refusedMemory = false;
  static #present: Reading | null = null;

  constructor(flag: ReadingFlag | null, fileName: string) {
    this.#flag = flag;
    this.#fileName = fileName;
  }

  begin(): void {
    limitMemoryOfThread();
    Reading.#present = this;
    if (this.#flag !== null) Atomics.store(this.#flag, 0, 1);
  }

  end(): void {
    Reading.#present = null;
    if (this.#flag !== null) Atomics.store(this.#flag, 0, 0);
  }

  /** What went wrong: where memory was refused, that and not what the codec made of it. */
  reasonOf(thrown: unknown): unknown {
    return this.#refusedMemory ? needsTooMuch(this.#fileName) : thrown;
  }

  /** Whether the file being read may take so much; true where none is. */
  static allowsBytes(bytes: number): boolean {
    if (Reading.#present === null || bytes <= LARGEST_FILE_BYTES) return true;
    Reading.#present.#refusedMemory = true;
    return false;
  }
}

let limited = false;

/** Codecs take their memory through `grow`; a codec that is refused gives up with an error of its own. */
function limitMemoryOfThread(): void {
  if (limited) return;
  limited = true;
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (!Reading.allowsBytes(this.buffer.byteLength + pages * WEBASSEMBLY_PAGE_BYTES)) {
      throw new RangeError('The file may not take so much memory.');
    }
    return grow.call(this, pages);
  };
}
