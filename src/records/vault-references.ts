/** Which objects of the vault are in use, and letting go of those that no longer are. */
import type { RecordDatabase } from './database.ts';
import type { Vault } from './vault.ts';

export class VaultReferences {
  readonly #database: RecordDatabase;
  readonly #vault: Vault;
  readonly #held = new Map<string, number>();

  constructor(database: RecordDatabase, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** Keeps an object, of which no row speaks yet, from being let go of; the function that is returned ends that. */
  hold(address: string): () => void {
    this.#held.set(address, (this.#held.get(address) ?? 0) + 1);
    return () => {
      const left = this.#held.get(address)! - 1;
      if (left === 0) this.#held.delete(address);
      else this.#held.set(address, left);
    };
  }

  isReferenced(address: string): boolean {
    return (
      this.#held.has(address) ||
      this.#database
        .prepare(
          `SELECT 1 FROM study_objects WHERE address = ?
           UNION ALL SELECT 1 FROM image_objects WHERE address = ? LIMIT 1`,
        )
        .get(address, address) !== undefined
    );
  }

  /** Deletes those objects that nothing uses any more. */
  release(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (!this.isReferenced(address)) this.#vault.remove(address);
    }
  }

  /** As `release`; behind the lock nothing can be looked up, and the next unlock sweeps. */
  releaseIfOpen(addresses: readonly string[]): void {
    if (this.#database.open) this.release(addresses);
  }

  /** Runs `work`; where it fails, the objects that it had put are released again. */
  releasingOnFailure<Result>(put: readonly { address: string }[], work: () => Result): Result {
    try {
      return work();
    } catch (thrown) {
      this.release(put.map((use) => use.address));
      throw thrown;
    }
  }
}
