/** Files that are either there whole or not there: temporary name, flush, rename, flush of the folder. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FaultPoint, type FaultPoints, noFaults } from './faults.ts';
import { atOnce, type Steps } from './steps.ts';
import { storeError } from './store-error.ts';

/** Ending of every temporary file; nothing else in a store's folder ends so. */
export const PARTIAL_SUFFIX = '.kirchhoff-partial';

/**
 * Temporary name of a file while it is written: in the same folder, hidden, always the same, so that the next
 * write of the same file also clears what a killed one left.
 */
export function partialPathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}${PARTIAL_SUFFIX}`);
}

/** Makes a rename or unlink in `folder` durable. */
export function flushFolder(folder: string): void {
  // Windows cannot open a folder; its file system journals the rename itself.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes a file so that after a crash at any moment the path holds either the old content or the new, whole.
 * The file can be read by its owner only.
 * @param chunks content, written in order.
 * @param fault where a test may stop it: after the temporary file is durable, before the rename.
 * @throws KirchhoffError 'disk-full'; other errors of the file system as they are.
 */
export function writeChunksAtomically(
  path: string,
  chunks: Iterable<Uint8Array>,
  faults: FaultPoints,
  fault: FaultPoint,
): void {
  atOnce(writeChunksInSteps(path, chunks, faults, fault));
}

/** As `writeChunksAtomically`, a step a chunk; what is thrown into it leaves nothing behind. */
export function* writeChunksInSteps(
  path: string,
  chunks: Iterable<Uint8Array>,
  faults: FaultPoints,
  fault: FaultPoint,
): Steps<void> {
  yield* partialInSteps(path, chunks);
  keepPartial(path, faults, fault);
}

function* partialInSteps(path: string, chunks: Iterable<Uint8Array>): Steps<void> {
  const partial = partialPathOf(path);
  try {
    rmSync(partial, { force: true });
    const descriptor = openSync(partial, 'wx', 0o600);
    try {
      for (const chunk of chunks) {
        for (let offset = 0; offset < chunk.length; ) offset += writeSync(descriptor, chunk, offset);
        yield;
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    rmSync(partial, { force: true });
    throw storeError(thrown, basename(path));
  }
}

/** Writes the content for `path` under its temporary name, durable; what was thrown leaves nothing behind. */
export function writePartial(path: string, chunks: Iterable<Uint8Array>): void {
  atOnce(partialInSteps(path, chunks));
}

/** Gives what `writePartial` wrote its name. */
export function keepPartial(
  path: string,
  faults: FaultPoints = noFaults,
  fault: FaultPoint = 'report-write',
): void {
  try {
    faults.hit(fault);
    renameSync(partialPathOf(path), path);
    flushFolder(dirname(path));
  } catch (thrown) {
    rmSync(partialPathOf(path), { force: true });
    throw storeError(thrown, basename(path));
  }
}

/** Writes a report or another export: see `writeChunksAtomically`. */
export function writeFileAtomically(path: string, bytes: Uint8Array, faults: FaultPoints = noFaults): void {
  writeChunksAtomically(path, [bytes], faults, 'report-write');
}
