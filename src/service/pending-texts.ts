/** Delimited text files that wait for the user's word about their columns; held in memory, by a name of their own. */
import { randomUUID } from 'node:crypto';
import type { PendingDelimitedText } from '../contract/delimited-text.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { RecordSource } from './record-files.ts';

/** The oldest are forgotten beyond this. */
const MOST_PENDING = 100;

export class PendingTexts {
  readonly #waiting = new Map<string, { source: RecordSource; shown: PendingDelimitedText }>();

  add(source: RecordSource, fileName: string, proposal: PendingDelimitedText['proposal']): void {
    for (const [id, { source: other }] of this.#waiting)
      if (other.path === source.path) this.#waiting.delete(id);
    const id = randomUUID();
    this.#waiting.set(id, { source, shown: { id, fileName, proposal } });
    const oldest = this.#waiting.keys().next();
    if (this.#waiting.size > MOST_PENDING && !oldest.done) this.#waiting.delete(oldest.value);
  }

  list(): PendingDelimitedText[] {
    return [...this.#waiting.values()].map(({ shown }) => shown);
  }

  /** Takes a file out of the list. @throws KirchhoffError `not-found` */
  take(id: string): RecordSource {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined)
      throw new KirchhoffError('not-found', 'The file no longer waits for its columns.');
    this.#waiting.delete(id);
    return waiting.source;
  }
}
