/** A beat table as one vault object: a 4-byte count, then the columns one after another, little endian. */
import { type BeatTable, NETWORK_CLASS_COUNT, NO_CONFORMAL_SET } from '../contract/ecg.ts';
import { KirchhoffError } from '../contract/errors.ts';
import { VAULT_FOLDER, type VaultContent } from './vault.ts';

const COUNT_BYTES = 4;
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

/**
 * A table as the vault keeps it, column by column.
 * @throws Error where columns have different lengths: a defect of the caller.
 */
export function beatColumnsContent(beats: BeatTable): VaultContent {
  const count = beats.sample.length;
  const parts: Uint8Array[] = [new Uint8Array(Uint32Array.of(count).buffer)];
  for (const [name, , width] of COLUMNS) {
    const column = beats[name];
    if (column.length !== count * width)
      throw new Error(`Column ${name} has ${column.length} values for ${count} beats`);
    parts.push(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return { bytes: parts.reduce((sum, part) => sum + part.length, 0), pieces: () => parts };
}

/** Reads a table out of its object by column and by row, without having all of it in memory. */
export class StoredBeats {
  readonly count: number;
  readonly #read: (offset: number, length: number) => Uint8Array;
  readonly #withoutSets: boolean;

  /**
   * @param bytes of the object
   * @param read gives a part of it, in memory of its own
   * @throws KirchhoffError 'store-corrupt' where the bytes are not a beat table.
   */
  constructor(bytes: number, read: (offset: number, length: number) => Uint8Array) {
    this.#read = read;
    this.count = bytes >= COUNT_BYTES ? new DataView(read(0, COUNT_BYTES).buffer).getUint32(0, true) : -1;
    const rowBytes = COLUMNS.reduce((sum, [, type, width]) => sum + type.BYTES_PER_ELEMENT * width, 0);
    // Tables of version 0.1.0 end before the last column.
    this.#withoutSets = this.count > 0 && bytes === COUNT_BYTES + this.count * (rowBytes - 1);
    if (!this.#withoutSets && bytes !== COUNT_BYTES + this.count * rowBytes) {
      throw new KirchhoffError('store-corrupt', 'The stored beats of a study are damaged.', VAULT_FOLDER);
    }
  }

  /** Beats `from` to `to`; all unless told. */
  rows(from = 0, to = this.count): BeatTable {
    return Object.fromEntries(COLUMNS.map(([name]) => [name, this.column(name, from, to)])) as BeatTable;
  }

  /** Of beats `from` to `to`; all unless told. */
  column<Name extends keyof BeatTable>(name: Name, from = 0, to = this.count): BeatTable[Name] {
    let start = COUNT_BYTES;
    for (const [column, Type, width] of COLUMNS) {
      const bytes = Type.BYTES_PER_ELEMENT * width;
      if (column === name) {
        const values =
          column === 'conformalSet' && this.#withoutSets
            ? new Uint8Array(to - from).fill(NO_CONFORMAL_SET)
            : new Type(this.#read(start + from * bytes, (to - from) * bytes).buffer as ArrayBuffer);
        return values as BeatTable[Name];
      }
      start += this.count * bytes;
    }
    throw new Error(`There is no column ${name}`);
  }
}
