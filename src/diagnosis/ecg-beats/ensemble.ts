/**
 * What the Monte-Carlo samples said of every beat. The rows themselves, 4 bytes a beat and sample, are only ever seen in
 * pieces; what is kept of them in memory is what counts, burdens and runs need, 2 bits a beat and sample and sums. Sums
 * are of whole numbers: pieces may come in any order, and what a clinician's word replaces is taken off again exactly.
 */
import { NETWORK_CLASS_COUNT } from '../../contract/ecg.ts';

/** Rows of consecutive beats: [beats][samples][4] in steps of 1/255; all zero for a beat that the network did not judge. */
export type EnsembleRows = Uint8Array;

/** One row of `EnsembleRows` as a probability is 255. */
const CERTAIN = 255;
/** Likeliest classes of so many samples share a byte. */
const SAMPLES_A_BYTE = 4;

/** Sums over beats, [4][samples]. */
export interface EnsembleSums {
  /** Of the probabilities, in steps of 1/255. */
  probability: Float64Array;
  /** Of p (1 - p), in steps of 1/255^2. */
  variance: Float64Array;
}

export interface BeatEnsemble {
  /** Monte-Carlo samples S a beat. */
  samples: number;
  /** Class that is likeliest (the first of equals) by beat of the machine and sample, [beats][S / 4], two bits each. */
  likeliest: Uint8Array;
  /** Over those beats of the machine that count as it labelled them. */
  sums: EnsembleSums;
}

/** Bytes of one beat's row. */
export function ensembleRowBytes(samples: number): number {
  return samples * NETWORK_CLASS_COUNT;
}

/** Takes rows in pieces, in any order; each beat once. */
export class EnsembleTally {
  readonly #ensemble: BeatEnsemble;

  constructor(beats: number, samples: number) {
    this.#ensemble = {
      samples,
      likeliest: new Uint8Array(beats * Math.ceil(samples / SAMPLES_A_BYTE)),
      sums: noSums(samples),
    };
  }

  add(rows: EnsembleRows, firstBeat: number): void {
    const { samples, likeliest, sums } = this.#ensemble;
    addTo(sums, rows, 1);
    const stride = Math.ceil(samples / SAMPLES_A_BYTE);
    const beats = rows.length / ensembleRowBytes(samples);
    for (let beat = 0; beat < beats; beat++) {
      for (let s = 0; s < samples; s++) {
        const start = (beat * samples + s) * NETWORK_CLASS_COUNT;
        let best = 0;
        for (let c = 1; c < NETWORK_CLASS_COUNT; c++) if (rows[start + c]! > rows[start + best]!) best = c;
        const byte = (firstBeat + beat) * stride + Math.floor(s / SAMPLES_A_BYTE);
        likeliest[byte]! |= best << (2 * (s % SAMPLES_A_BYTE));
      }
    }
  }

  /** Of all beats, as the machine labelled them. */
  ensemble(): BeatEnsemble {
    return this.#ensemble;
  }
}

/**
 * The ensemble once some beats of the machine no longer count as it labelled them.
 * @param replaced rows of these, in pieces
 */
export function withoutRows(ensemble: BeatEnsemble, replaced: Iterable<EnsembleRows>): BeatEnsemble {
  const { probability, variance } = ensemble.sums;
  const sums = { probability: probability.slice(), variance: variance.slice() };
  for (const rows of replaced) addTo(sums, rows, -1);
  return { ...ensemble, sums };
}

function noSums(samples: number): EnsembleSums {
  const length = NETWORK_CLASS_COUNT * samples;
  return { probability: new Float64Array(length), variance: new Float64Array(length) };
}

function addTo({ probability, variance }: EnsembleSums, rows: EnsembleRows, sign: 1 | -1): void {
  const samples = probability.length / NETWORK_CLASS_COUNT;
  for (let at = 0, s = 0; at < rows.length; at += NETWORK_CLASS_COUNT, s = s + 1 === samples ? 0 : s + 1) {
    for (let c = 0; c < NETWORK_CLASS_COUNT; c++) {
      const p = rows[at + c]!;
      probability[c * samples + s]! += sign * p;
      variance[c * samples + s]! += sign * p * (CERTAIN - p);
    }
  }
}

/** Sum over beats of the probability of `networkClass` in one sample, beats, and of its variance. */
export function sumsOf(
  { samples, sums }: BeatEnsemble,
  sample: number,
  networkClass: number,
): { mean: number; variance: number } {
  const at = networkClass * samples + sample;
  return { mean: sums.probability[at]! / CERTAIN, variance: sums.variance[at]! / (CERTAIN * CERTAIN) };
}

/** Whether `networkClass` is the likeliest one for a beat in one sample (the first of equals counts). */
export function isLikeliest(
  { samples, likeliest }: BeatEnsemble,
  beat: number,
  sample: number,
  networkClass: number,
): boolean {
  const byte = likeliest[beat * Math.ceil(samples / SAMPLES_A_BYTE) + Math.floor(sample / SAMPLES_A_BYTE)]!;
  return ((byte >> (2 * (sample % SAMPLES_A_BYTE))) & 3) === networkClass;
}
