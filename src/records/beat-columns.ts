/** A beat table as one vault object: a 4-byte count, then the columns one after another, little endian. */
import { type BeatTable, NETWORK_CLASS_COUNT, NO_CONFORMAL_SET } from '../contract/ecg.ts';
import { KirchhoffError } from '../contract/errors.ts';
import { VAULT_FOLDER } from './vault.ts';

/** Order of the columns in the object, with their values a beat. */
const COLUMNS = [
  ['sample', Int32Array, 1],
  ['probabilities', Float32Array, NETWORK_CLASS_COUNT],
  ['probabilityLow', Float32Array, NETWORK_CLASS_COUNT],
  ['probabilityHigh', Float32Array, NETWORK_CLASS_COUNT],
  ['aleatoric', Float32Array, 1],
  ['epistemic', Float32Array, 1],
  ['label', Uint8Array, 1],
  ['machineLabel', Uint8Array, 1],
  ['origin', Uint8Array, 1],
  ['recommendation', Uint8Array, 1],
  ['conformalSet', Uint8Array, 1],
] as const satisfies readonly (readonly [keyof BeatTable, unknown, number])[];

/** @throws Error where columns have different lengths: a defect of the caller. */
export function beatColumnsToBytes(beats: BeatTable): Uint8Array {
  const count = beats.sample.length;
  const parts: Uint8Array[] = [new Uint8Array(Uint32Array.of(count).buffer)];
  for (const [name, , width] of COLUMNS) {
    const column = beats[name];
    if (column.length !== count * width)
      throw new Error(`Column ${name} has ${column.length} values for ${count} beats`);
    parts.push(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return Buffer.concat(parts);
}

/** @throws KirchhoffError 'store-corrupt' where the bytes are not a beat table. */
export function beatColumnsFromBytes(bytes: Uint8Array): BeatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length >= 4 ? view.getUint32(0, true) : -1;
  const rowBytes = COLUMNS.reduce((sum, [, type, width]) => sum + type.BYTES_PER_ELEMENT * width, 0);
  // Tables of version 0.1.0 end before the last column.
  const withoutSets = count > 0 && bytes.length === 4 + count * (rowBytes - 1);
  if (!withoutSets && bytes.length !== 4 + count * rowBytes) {
    throw new KirchhoffError('store-corrupt', 'The stored beats of a study are damaged.', VAULT_FOLDER);
  }
  let offset = 4;
  const next = (length: number): ArrayBuffer => {
    const copy = new Uint8Array(bytes.subarray(offset, offset + length));
    offset += length;
    return copy.buffer;
  };
  return {
    sample: new Int32Array(next(4 * count)),
    probabilities: new Float32Array(next(4 * count * NETWORK_CLASS_COUNT)),
    probabilityLow: new Float32Array(next(4 * count * NETWORK_CLASS_COUNT)),
    probabilityHigh: new Float32Array(next(4 * count * NETWORK_CLASS_COUNT)),
    aleatoric: new Float32Array(next(4 * count)),
    epistemic: new Float32Array(next(4 * count)),
    label: new Uint8Array(next(count)),
    machineLabel: new Uint8Array(next(count)),
    origin: new Uint8Array(next(count)),
    recommendation: new Uint8Array(next(count)),
    conformalSet: withoutSets ? new Uint8Array(count).fill(NO_CONFORMAL_SET) : new Uint8Array(next(count)),
  };
}
