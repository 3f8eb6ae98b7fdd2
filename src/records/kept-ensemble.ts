/**
 * The ensemble of a study in the vault: rows of beats in pieces, one object each, kept while the analysis goes on, so
 * that they are never in memory together: those of two weeks are 180 MB. Studies of version 0.1.0 have one piece.
 */
import { NETWORK_CLASS_COUNT } from '../contract/ecg.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { EnsembleKeeper, KeptEnsemble } from './interfaces.ts';
import { VAULT_FOLDER, type Vault } from './vault.ts';
import type { VaultReferences } from './vault-references.ts';

/** Beats of each piece but the last: 4 MiB of 32 samples. Part of the stored form. */
export const ENSEMBLE_PIECE_BEATS = 2 ** 15;

/** Reads rows out of pieces. */
export class StoredEnsemble implements KeptEnsemble {
  readonly samples: number;
  readonly beats: number;
  readonly #vault: Vault;
  readonly #pieces: readonly string[];

  /**
   * @param pieces addresses, in order of time
   * @throws KirchhoffError 'store-corrupt' where the pieces do not hold a row for each beat
   */
  constructor(vault: Vault, pieces: readonly string[], samples: number, beats: number) {
    this.#vault = vault;
    this.#pieces = pieces;
    this.samples = samples;
    this.beats = beats;
    const wrong = pieces.some((address, piece) => {
      const [from, to] = this.#extent(piece);
      return vault.sizeOf(address) !== (to - from) * this.#rowBytes;
    });
    if (wrong || pieces.length === 0 || this.#extent(pieces.length - 1)[1] !== beats) {
      throw new KirchhoffError('store-corrupt', 'The stored ensemble of a study is damaged.', VAULT_FOLDER);
    }
  }

  rows(from: number, to: number): Uint8Array {
    const rows = new Uint8Array((to - from) * this.#rowBytes);
    for (const [piece, address] of this.#pieces.entries()) {
      const [start, end] = this.#extent(piece);
      const [first, last] = [Math.max(from, start), Math.min(to, end)];
      if (first >= last) continue;
      const part = this.#vault.read(
        address,
        (first - start) * this.#rowBytes,
        (last - first) * this.#rowBytes,
      );
      rows.set(part, (first - from) * this.#rowBytes);
    }
    return rows;
  }

  get #rowBytes(): number {
    return this.samples * NETWORK_CLASS_COUNT;
  }

  /** Beats of a piece, end exclusive. */
  #extent(piece: number): [from: number, to: number] {
    if (this.#pieces.length === 1) return [0, this.beats];
    const from = piece * ENSEMBLE_PIECE_BEATS;
    return [from, Math.min(this.beats, from + ENSEMBLE_PIECE_BEATS)];
  }
}

/** Keeps rows as they come. */
export class EnsembleWriter implements EnsembleKeeper {
  readonly samples: number;
  readonly #vault: Vault;
  readonly #references: VaultReferences;
  readonly #mustBeOpen: () => void;
  readonly #pieces: string[] = [];
  readonly #letGo: (() => void)[] = [];
  readonly #piece: Uint8Array;
  #filled = 0;
  #beats = 0;

  /** @param mustBeOpen throws once the records are locked */
  constructor(vault: Vault, references: VaultReferences, samples: number, mustBeOpen: () => void) {
    this.#vault = vault;
    this.#references = references;
    this.#mustBeOpen = mustBeOpen;
    this.samples = samples;
    this.#piece = new Uint8Array(ENSEMBLE_PIECE_BEATS * samples * NETWORK_CLASS_COUNT);
  }

  get beats(): number {
    return this.#beats;
  }

  add(rows: Uint8Array): void {
    for (let at = 0; at < rows.length; ) {
      if (this.#filled === this.#piece.length) this.#keep();
      const part = rows.subarray(at, at + this.#piece.length - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
    this.#beats += rows.length / (this.samples * NETWORK_CLASS_COUNT);
  }

  rows(from: number, to: number): Uint8Array {
    return new StoredEnsemble(this.#vault, this.keptPieces(), this.samples, this.#beats).rows(from, to);
  }

  /** Addresses of all pieces; nothing can be added afterwards. */
  keptPieces(): readonly string[] {
    this.#mustBeOpen();
    if (this.#filled > 0 || this.#pieces.length === 0) this.#keep();
    return this.#pieces;
  }

  /** The pieces are some study's now. */
  settle(): void {
    for (const end of this.#letGo.splice(0)) end();
    this.#pieces.length = 0;
  }

  abandon(): void {
    const put = this.#pieces.slice();
    this.settle();
    this.#filled = 0;
    this.#references.releaseIfOpen(put);
  }

  #keep(): void {
    this.#mustBeOpen();
    const rows = this.#piece.subarray(0, this.#filled);
    const address = this.#vault.put(rows);
    // No row speaks of it before the analysis is saved.
    this.#letGo.push(this.#references.hold(address));
    this.#pieces.push(address);
    this.#filled = 0;
  }
}
