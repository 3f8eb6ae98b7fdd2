/**
 * The samples near what is shown, fetched in chunks ahead of need. Reading never waits: what is not there
 * yet is NaN, and `onArrival` tells when it is.
 */
export const CHUNK_SAMPLES = 1 << 12;
/** Chunks of one lead that are kept; 2^12 chunks of 2^12 samples are 64 MiB. */
const KEPT_CHUNKS = 1 << 12;
/** Neighbours of each other that one request brings. */
const CHUNKS_A_FETCH = 4;
const FETCHES_AT_ONCE = 3;
/** Fetched beyond what is looked at, where the view goes and behind it. */
const AHEAD_CHUNKS = 8;
const BEHIND_CHUNKS = 4;

export type FetchWindow = (
  leads: number[],
  startSample: number,
  lengthSamples: number,
) => Promise<{ leads: Float32Array[] }>;

/** Neighbouring chunks that are missing of the same leads. */
interface Run {
  leads: number[];
  from: number;
  to: number;
}

export class SignalCache {
  readonly #lengthSamples: number;
  readonly #fetch: FetchWindow;
  readonly #onArrival: (error: unknown) => void;
  /** By `lead:chunk`, oldest use first. */
  readonly #chunks = new Map<string, Float32Array>();
  readonly #underWay = new Set<string>();
  #wanted: Run[] = [];
  /** First and last chunk of what is looked at. */
  #looked: [number, number] = [0, -1];
  #leaping = false;
  #fetches = 0;
  #closed = false;

  /** @param onArrival called with null after samples of what is looked at have come, or with what a fetch threw */
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

  /**
   * Fetches what is missing of the stretch, then its neighbours, ahead of the direction first. What was wanted before
   * and has not been asked for is forgotten.
   * @param leaping the place changes by more than is in view, as under a pointer that drags over a day: no neighbour
   * will be looked at, and by the time that a second request is answered nor will this place
   */
  want(
    leads: readonly number[],
    startSample: number,
    length: number,
    direction: 1 | -1,
    leaping = false,
  ): void {
    const [from, to] = this.#chunkRange(startSample, length);
    this.#looked = [from, to];
    this.#leaping = leaping;
    this.#wanted = this.#missing(leads, from, to);
    if (!leaping) {
      const before = direction === 1 ? BEHIND_CHUNKS : AHEAD_CHUNKS;
      const after = direction === 1 ? AHEAD_CHUNKS : BEHIND_CHUNKS;
      const earlier = this.#missing(leads, from - before, from - 1).reverse();
      const later = this.#missing(leads, to + 1, to + after);
      this.#wanted.push(...(direction === 1 ? [...later, ...earlier] : [...earlier, ...later]));
    }
    this.#fetchNext();
  }

  /** What is neither here nor on its way, in runs of neighbours; what is here counts as used. */
  #missing(leads: readonly number[], from: number, to: number): Run[] {
    const runs: Run[] = [];
    const last = Math.min(to, Math.floor((this.#lengthSamples - 1) / CHUNK_SAMPLES));
    for (let chunk = Math.max(0, from); chunk <= last; chunk++) {
      const missing: number[] = [];
      for (const lead of leads) {
        const key = `${lead}:${chunk}`;
        const held = this.#chunks.get(key);
        if (held !== undefined) {
          this.#chunks.delete(key);
          this.#chunks.set(key, held);
        } else if (!this.#underWay.has(key)) missing.push(lead);
      }
      if (missing.length === 0) continue;
      const run = runs.at(-1);
      const goesOn =
        run?.to === chunk - 1 &&
        chunk - run.from < CHUNKS_A_FETCH &&
        run.leads.length === missing.length &&
        run.leads.every((lead, i) => lead === missing[i]);
      if (goesOn) run.to = chunk;
      else runs.push({ leads: missing, from: chunk, to: chunk });
    }
    return runs;
  }

  #chunkRange(startSample: number, length: number): [number, number] {
    const from = Math.floor(Math.max(0, startSample) / CHUNK_SAMPLES);
    const last = Math.min(this.#lengthSamples, startSample + length) - 1;
    return [from, Math.floor(last / CHUNK_SAMPLES)];
  }

  #fetchNext(): void {
    const most = this.#leaping ? 1 : FETCHES_AT_ONCE;
    while (this.#fetches < most && this.#wanted.length > 0) void this.#fetchRun(this.#wanted.shift()!);
  }

  async #fetchRun({ leads, from, to }: Run): Promise<void> {
    const startSample = from * CHUNK_SAMPLES;
    const length = Math.min((to + 1) * CHUNK_SAMPLES, this.#lengthSamples) - startSample;
    const keysOf = (lead: number) => Array.from({ length: to - from + 1 }, (_, i) => `${lead}:${from + i}`);
    const keys = leads.map(keysOf);
    for (const key of keys.flat()) this.#underWay.add(key);
    this.#fetches++;
    let failure: unknown = null;
    try {
      const window = await this.#fetch(leads, startSample, length);
      if (this.#closed) return;
      keys.forEach((ofLead, i) => {
        const samples = window.leads[i]!;
        ofLead.forEach((key, chunk) => {
          // A copy of its own where the run is longer: a part must not keep the whole from being let go.
          const start = chunk * CHUNK_SAMPLES;
          const whole = samples.length <= CHUNK_SAMPLES;
          this.#chunks.set(key, whole ? samples : samples.slice(start, start + CHUNK_SAMPLES));
        });
      });
      for (const key of this.#chunks.keys()) {
        if (this.#chunks.size <= KEPT_CHUNKS) break;
        this.#chunks.delete(key);
      }
    } catch (thrown) {
      failure = thrown;
    } finally {
      this.#fetches--;
      for (const key of keys.flat()) this.#underWay.delete(key);
    }
    if (this.#closed) return;
    const [first, last] = this.#looked;
    if (failure !== null || (from <= last && to >= first)) this.#onArrival(failure);
    if (failure === null) this.#fetchNext();
  }
}
