/** Worker threads that do a `Task` each; a task that is aborted ends at once with its thread. */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { errorBodyOf, KirchhoffError } from '../contract/errors.ts';
import { LONGEST_READ_SECONDS } from '../imaging/dicom/limits.ts';
import { imageReadBy, needsTooMuch, type ReadingFlag, readsTooLong, watchReading } from './read-limits.ts';
import type { Task, TaskAnswer, TaskResult } from './tasks.ts';

/** More threads than this only wait for memory on an ordinary laptop. */
const MOST_THREADS = 8;
const IDLE_MILLISECONDS = 30_000;
/** A reader that can tell where it was does so before its thread is ended. */
const GRACE_SECONDS = 1;
/** Of a thread, beside signals and pixels, which lie outside it. */
const LARGEST_HEAP_MEBIBYTES = 1024;
/** Of what a thread has just made: windows of signal are soon done with, and are let go before they pile up. */
const YOUNG_HEAP_MEBIBYTES = 32;

/** What a thread is handed: the task, and where it tells that it is reading. */
export interface HandedTask {
  task: Task;
  reading: ReadingFlag | null;
}

// The worker has the extension of this file: .ts in a checkout, .mjs once built.
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'mjs';
const WORKER = new URL(`./worker.${EXTENSION}`, import.meta.url);

export class WorkerPool {
  readonly threads: number;
  readonly #pool: Piscina;
  readonly #longestReadSeconds: number;
  /** Threads without a task, and the tasks that wait for one: see `#turn`. */
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param options the threads' program and the time a file may take; a test plants faults in one, and waits less */
  constructor(
    threads = Math.min(MOST_THREADS, availableParallelism()),
    { worker = WORKER, longestReadSeconds = LONGEST_READ_SECONDS + GRACE_SECONDS } = {},
  ) {
    this.threads = threads;
    this.#free = threads;
    this.#longestReadSeconds = longestReadSeconds;
    this.#pool = new Piscina({
      filename: worker.href,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MILLISECONDS,
      resourceLimits: {
        maxOldGenerationSizeMb: LARGEST_HEAP_MEBIBYTES,
        maxYoungGenerationSizeMb: YOUNG_HEAP_MEBIBYTES,
      },
    });
  }

  /**
   * Throws KirchhoffError, `cancelled` where `signal` was aborted, `file-too-large` where reading an image takes more
   * time or memory than a file may: its thread is ended and replaced, other tasks go on.
   * @param transfer memory of the task that is handed over to the thread instead of copied
   */
  async run<Kind extends Task['kind']>(
    task: Extract<Task, { kind: Kind }>,
    signal?: AbortSignal,
    transfer: ArrayBuffer[] = [],
  ): Promise<TaskResult[Kind]> {
    const fileName = imageReadBy(task);
    const answer: TaskAnswer<Kind> =
      fileName === null
        ? await this.#answerOf({ task, reading: null }, signal, transfer)
        : await this.#readWithin(fileName, task, signal);
    if (!answer.ok) throw KirchhoffError.fromBody(answer.error);
    return answer.value;
  }

  async #readWithin<Kind extends Task['kind']>(
    fileName: string,
    task: Task,
    signal: AbortSignal | undefined,
  ): Promise<TaskAnswer<Kind>> {
    const reading = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const tooLong = new AbortController();
    const watch = watchReading(reading, this.#longestReadSeconds, () => tooLong.abort());
    const either = signal === undefined ? tooLong.signal : AbortSignal.any([signal, tooLong.signal]);
    try {
      return await this.#answerOf({ task, reading }, either);
    } catch (thrown) {
      if (tooLong.signal.aborted && signal?.aborted !== true) throw readsTooLong(fileName);
      if (thrown instanceof OutOfMemory) throw needsTooMuch(fileName);
      throw thrown;
    } finally {
      watch.end();
    }
  }

  async #answerOf<Kind extends Task['kind']>(
    handed: HandedTask,
    signal: AbortSignal | undefined,
    transfer: ArrayBuffer[] = [],
  ): Promise<TaskAnswer<Kind>> {
    await this.#turn(signal);
    try {
      return await this.#pool.run(handed, { transferList: transfer, ...(signal ? { signal } : {}) });
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') throw new OutOfMemory();
      throw KirchhoffError.fromBody(errorBodyOf(thrown));
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  /**
   * Waits until a thread is free. Piscina would queue by itself, but forgets what waits when all of its threads were
   * ended with their tasks: it starts new ones only for the next task that comes.
   */
  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(new KirchhoffError('cancelled', 'Cancelled.'));
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(begin);
    });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** A thread ran out of memory and is gone. */
class OutOfMemory extends KirchhoffError {
  constructor() {
    super('file-too-large', `The work takes more than the ${LARGEST_HEAP_MEBIBYTES / 1024} GB that it may.`);
  }
}
