/** Recordings that are never in memory as a whole: what there is to know of them, and windows of their signal. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import type { Provenance } from '../contract/provenance.ts';
import type { ByteSource } from '../ecg/formats/byte-source.ts';
import type { OpenedRecording } from '../ecg/formats/opened-recording.ts';
import { openEcg } from '../ecg/formats/read-ecg.ts';
import { hashSignals, pathInside } from './read-record.ts';
import type { RecordSource } from './record-files.ts';

/** A recording of up to this many values is read as a whole: 64 MiB, an hour of twelve leads at 360 Hz. */
export const LARGEST_WHOLE_VALUES = 2 ** 24;
/** Samples of a lead decoded at once: 1 MiB. */
const WINDOW_SAMPLES = 2 ** 18;
/** Bytes of a file read at once. */
const BLOCK_BYTES = 2 ** 20;

/** All of a recording but its signal, in a form that crosses threads. */
export interface LongRecord {
  about: Omit<OpenedRecording, 'readWindow'>;
  inputs: Provenance['inputs'];
  /** As `contentHash` gives it of the whole recording. */
  contentSha256: string;
}

type Source = Pick<RecordSource, 'path' | 'format'>;

/**
 * Reads a long recording once through, window by window.
 * @returns null where the recording is short, or its format gives it as a whole only
 * @throws KirchhoffError naming the file and the place in it
 */
export function describeLongRecord(source: Source, largestWhole: number): LongRecord | null {
  const folder = new RecordFolder(source);
  const recording = openEcg(source.format, basename(source.path), (name) => folder.open(name), {
    moreThan: largestWhole,
    checksums: true,
  });
  if (recording === null) return null;
  const { readWindow, ...about } = recording;
  const contentSha256 = hashSignals(recording, (lead) => windowsOf(recording, lead));
  return { about, inputs: folder.inputs(), contentSha256 };
}

/** Opens a recording that `describeLongRecord` described, for reading windows of it. */
export function openLongRecord(source: Source): OpenedRecording {
  const folder = new RecordFolder(source);
  const recording = openEcg(source.format, basename(source.path), (name) => folder.open(name), {
    moreThan: 0,
    checksums: false,
  });
  if (recording === null) {
    throw new KirchhoffError(
      'format-unsupported',
      'Windows of this format cannot be read.',
      basename(source.path),
    );
  }
  return recording;
}

function* windowsOf(recording: OpenedRecording, lead: number): Generator<Float32Array> {
  for (let start = 0; start < recording.lengthSamples; start += WINDOW_SAMPLES) {
    const length = Math.min(WINDOW_SAMPLES, recording.lengthSamples - start);
    yield recording.readWindow(start, length, [lead])[0]!;
  }
}

/** The folder of a recording: its files, read block by block. */
class RecordFolder {
  readonly #folder: string;
  readonly #paths = new Map<string, string>();

  constructor(source: Source) {
    this.#folder = dirname(source.path);
  }

  open(name: string): ByteSource | null {
    const path = pathInside(this.#folder, name);
    if (path === null) return null;
    this.#paths.set(name, path);
    return new FileBytes(name, path);
  }

  /** Digests of all files that were opened, by name. */
  inputs(): Provenance['inputs'] {
    return [...this.#paths]
      .map(([name, path]) => {
        const bytes = new FileBytes(name, path);
        const hash = createHash('sha256');
        for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
          hash.update(bytes.read(start, Math.min(BLOCK_BYTES, bytes.length - start)));
        }
        return { name, sha256: hash.digest('hex'), bytes: bytes.length };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** A file of which the block that was read last is kept; it is open only while it is read. */
class FileBytes implements ByteSource {
  readonly name: string;
  readonly length: number;
  readonly #path: string;
  #blockStart = 0;
  #block: Uint8Array = new Uint8Array(0);

  constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
    this.length = statSync(path).size;
  }

  read(start: number, length: number): Uint8Array {
    if (length > BLOCK_BYTES) return this.#fromDisk(start, length);
    if (start < this.#blockStart || start + length > this.#blockStart + this.#block.length) {
      // Memory of its own each time: what was handed out stays as it is.
      this.#block = this.#fromDisk(start, Math.min(BLOCK_BYTES, this.length - start));
      this.#blockStart = start;
    }
    return this.#block.subarray(start - this.#blockStart, start - this.#blockStart + length);
  }

  #fromDisk(start: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const descriptor = openSync(this.#path, 'r');
    try {
      for (let read = 0; read < length; ) {
        const count = readSync(descriptor, bytes, read, length - read, start + read);
        if (count === 0) {
          throw new KirchhoffError(
            'file-truncated',
            'The file became shorter while it was read.',
            `${this.name} byte ${start + read}`,
          );
        }
        read += count;
      }
    } finally {
      closeSync(descriptor);
    }
    return bytes;
  }
}
