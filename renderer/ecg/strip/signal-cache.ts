/**
 * The samples near what is shown, fetched in chunks ahead of need. Reading never waits: what is not there
 * yet is NaN, and `onArrival` tells when it is.
 */
export const CHUNK_SAMPLES = 1 << 14;
/** Chunks of one lead that are kept; 2^10 chunks of 2^14 samples are 64 MiB. */
const KEPT_CHUNKS = 1 << 10;
const FETCHES_AT_ONCE = 3;

export type FetchWindow = (
  leads: number[],
  startSample: number,
  lengthSamples: number,
) => Promise<{ leads: Float32Array[] }>;

export class SignalCache {
  readonly #lengthSamples: number;
  readonly #fetch: FetchWindow;
  readonly #onArrival: (error: unknown) => void;
  /** By `lead:chunk`, oldest use first. */
  readonly #chunks = new Map<string, Float32Array>();
  readonly #underWay = new Set<string>();
  #wanted: { leads: number[]; chunk: number }[] = [];
  #wantedFrom = 0;
  #fetches = 0;
  #closed = false;

  /** @param onArrival called with null after samples have come, or with what a fetch threw */
  constructor(lengthSamples: number, fetch: FetchWindow, onArrival: (error: unknown) => void) {
    this.#lengthSamples = lengthSamples;
    this.#fetch = fetch;
    this.#onArrival = onArrival;
  }

  close(): void {
    this.#closed = true;
    this.#wanted = [];
    this.#chunks.clear();
  }

  /** Millivolts of [startSample, startSample + length), NaN where not fetched, missing or outside. */
  read(lead: number, startSample: number, length: number): Float32Array {
    const out = new Float32Array(length).fill(Number.NaN);
    const first = Math.max(0, startSample);
    const end = Math.min(this.#lengthSamples, startSample + length);
    for (let at = first; at < end; ) {
      const chunk = Math.floor(at / CHUNK_SAMPLES);
      const chunkStart = chunk * CHUNK_SAMPLES;
      const upTo = Math.min(end, chunkStart + CHUNK_SAMPLES);
      const held = this.#chunks.get(`${lead}:${chunk}`);
      if (held !== undefined) out.set(held.subarray(at - chunkStart, upTo - chunkStart), at - startSample);
      at = upTo;
    }
    return out;
  }

  /** True when every sample of the stretch that exists has been fetched. */
  holds(leads: readonly number[], startSample: number, length: number): boolean {
    const [from, to] = this.#chunkRange(startSample, length);
    for (let chunk = from; chunk <= to; chunk++) {
      if (leads.some((lead) => !this.#chunks.has(`${lead}:${chunk}`))) return false;
    }
    return true;
  }

  /** Fetches what is missing of the stretch; asked again near there, its neighbours too, ahead of the direction first. */
  want(leads: readonly number[], startSample: number, length: number, direction: 1 | -1): void {
    const [from, to] = this.#chunkRange(startSample, length);
    const order: number[] = [];
    for (let chunk = from; chunk <= to; chunk++) order.push(chunk);
    // While the place leaps, as under a pointer that drags over a day, no neighbour will be looked at.
    const leaps = Math.abs(from - this.#wantedFrom) > 2;
    this.#wantedFrom = from;
    const ahead = direction === 1 ? [to + 1, to + 2, from - 1] : [from - 1, from - 2, to + 1];
    const lastChunk = Math.floor((this.#lengthSamples - 1) / CHUNK_SAMPLES);
    if (!leaps) order.push(...ahead.filter((chunk) => chunk >= 0 && chunk <= lastChunk));
    this.#wanted = [];
    for (const chunk of order) {
      const missing: number[] = [];
      for (const lead of leads) {
        const key = `${lead}:${chunk}`;
        const held = this.#chunks.get(key);
        if (held !== undefined) {
          this.#chunks.delete(key);
          this.#chunks.set(key, held);
        } else if (!this.#underWay.has(key)) missing.push(lead);
      }
      if (missing.length > 0) this.#wanted.push({ leads: missing, chunk });
    }
    this.#fetchNext();
  }

  #chunkRange(startSample: number, length: number): [number, number] {
    const from = Math.floor(Math.max(0, startSample) / CHUNK_SAMPLES);
    const last = Math.min(this.#lengthSamples, startSample + length) - 1;
    return [from, Math.floor(last / CHUNK_SAMPLES)];
  }

  #fetchNext(): void {
    while (this.#fetches < FETCHES_AT_ONCE && this.#wanted.length > 0) {
      const next = this.#wanted.shift()!;
      void this.#fetchChunk(next.leads, next.chunk);
    }
  }

  async #fetchChunk(leads: number[], chunk: number): Promise<void> {
    const startSample = chunk * CHUNK_SAMPLES;
    const length = Math.min(CHUNK_SAMPLES, this.#lengthSamples - startSample);
    for (const lead of leads) this.#underWay.add(`${lead}:${chunk}`);
    this.#fetches++;
    let failure: unknown = null;
    try {
      const window = await this.#fetch(leads, startSample, length);
      if (this.#closed) return;
      leads.forEach((lead, i) => {
        this.#chunks.set(`${lead}:${chunk}`, window.leads[i]!);
      });
      for (const key of this.#chunks.keys()) {
        if (this.#chunks.size <= KEPT_CHUNKS) break;
        this.#chunks.delete(key);
      }
    } catch (thrown) {
      failure = thrown;
    } finally {
      this.#fetches--;
      for (const lead of leads) this.#underWay.delete(`${lead}:${chunk}`);
    }
    if (this.#closed) return;
    this.#onArrival(failure);
    if (failure === null) this.#fetchNext();
  }
}
