/**
 * First half of the QRS detector: one trace of QRS evidence out of all leads, its peaks, and those of them that are
 * beats by height, neighbours and rhythm alone. Linear in the length of the recording.
 */
import {
  averageDown,
  butterworth,
  fillGapsInPlace,
  filterZeroPhaseInPlace,
  medianOf,
  movingAverage,
  slidingQuantile,
} from './filtering.ts';
import { SECOND_STATES } from './quality.ts';
import type { Signal } from './stretches.ts';

/** Leads are averaged down to between this and twice this rate before anything else. */
const WORKING_RATE_HZ = 250;
const BAND_LOW_HZ = 5;
const BAND_HIGH_HZ = 20;
/** Where the band has its weight: turns the derivative into the same size as the signal. */
const BAND_CENTRE_HZ = 11;
const ENVELOPE_SECONDS = 0.07;

/** A block is long enough to hold a complex at 30 beats a minute and more. */
const BLOCK_SECONDS = 2;
/** What is usual is learned from this many blocks on either side. */
const BLOCKS_AROUND = 10;
const USUAL_QUANTILE = 0.45;
/** The level between complexes: this quantile of a block's envelope. */
const QUIET_QUANTILE = 0.4;
/** Added to the relative quiet level, so that a lead without any noise does not outvote all others. */
const QUIET_FLOOR = 0.06;
/** A lead whose largest peak in a block is below this share of the usual loses its weight there. */
const PRESENCE_SHARE = 0.5;
/** Evidence of one lead counts up to this many times a usual complex. */
const EVIDENCE_LIMIT = 2.5;
/** Usual envelope height below which a lead shows no complexes, millivolts (a complex of about 0.1 mV). */
const SMALLEST_USUAL_MILLIVOLTS = 0.02;

/** No two complexes are closer. */
const REFRACTORY_SECONDS = 0.2;
/** Heights are in usual complexes. */
const SMALLEST_PEAK = 0.05;
const BEAT_HEIGHT = 0.4;
/** A peak this soon after a beat is its T wave unless it has this share of its height. */
const T_WAVE_SECONDS = 0.36;
const T_WAVE_SHARE = 0.5;
/** A peak this shortly before a larger one is its P wave. */
const P_WAVE_SECONDS = 0.25;
const P_WAVE_SHARE = 0.3;
/** Intervals longer than this many local medians are searched again for smaller peaks. */
const GAP_INTERVALS = 1.3;
const GAP_BEAT_HEIGHT = 0.15;
/** In gaps a peak must be this much larger than the median of the small peaks around. */
const GAP_NOISE_FACTOR = 2.5;
const INTERVALS_AROUND = 8;
const PEAKS_AROUND = 10;

/** How the trace of evidence lies over the recording. */
export interface TraceScale {
  rateHz: number;
  /** Samples of the recording in a sample of the trace. */
  factor: number;
  /** Samples of the trace in a block. */
  blockLength: number;
}

/** QRS evidence over time: about 1 at a usual complex, near 0 between complexes. */
export interface Evidence extends TraceScale {
  trace: Float32Array;
  /** Weight of each lead by block, 0 where it is not to be used. */
  blockWeights: Float32Array[];
}

export function traceScale(samplingRateHz: number): TraceScale {
  const factor = Math.max(1, Math.floor(samplingRateHz / WORKING_RATE_HZ));
  const rateHz = samplingRateHz / factor;
  return { rateHz, factor, blockLength: Math.round(BLOCK_SECONDS * rateHz) };
}

/** What is usual for a lead is learned from so much on either side, seconds. */
export const EVIDENCE_CONTEXT_SECONDS = BLOCKS_AROUND * BLOCK_SECONDS;

/** States of the seconds of each lead, from `assessQuality`. */
export type SecondStates = readonly Uint8Array[];

interface LeadEvidence {
  envelope: Float32Array;
  /** By block: usual height of a complex; weight of the lead, 0 where it is not to be used. */
  usual: Float32Array;
  weight: Float32Array;
}

/** The lead with straight lines where it is off, missing or at its limit, so that filters meet no steps there. */
export function bridged(
  millivolts: Float32Array,
  secondState: Uint8Array,
  samplingRateHz: number,
): Float32Array {
  const out = millivolts.slice();
  for (let second = 0; second < secondState.length; second++) {
    if (secondState[second]! < SECOND_STATES.leadOff) continue;
    out.fill(Number.NaN, Math.round(second * samplingRateHz), Math.round((second + 1) * samplingRateHz));
  }
  return fillGapsInPlace(out);
}

/** Changes the signal: of a lead of a day there is room for few copies. */
function envelopeOf(signal: Float32Array, rateHz: number): Float32Array {
  const band = filterZeroPhaseInPlace(signal, [
    butterworth('high-pass', BAND_LOW_HZ, rateHz),
    butterworth('low-pass', BAND_HIGH_HZ, rateHz),
  ]);
  const slopeScale = rateHz / (2 * 2 * Math.PI * BAND_CENTRE_HZ);
  let before = band[0] ?? 0;
  for (let i = 0; i < band.length; i++) {
    const value = band[i]!;
    const slope = (band[Math.min(band.length - 1, i + 1)]! - before) * slopeScale;
    band[i] = Math.sqrt(value * value + slope * slope);
    before = value;
  }
  return movingAverage(band, Math.round(ENVELOPE_SECONDS * rateHz));
}

function leadEvidence(
  millivolts: Float32Array,
  secondState: Uint8Array,
  samplingRateHz: number,
  factor: number,
  blockLength: number,
): LeadEvidence {
  const rateHz = samplingRateHz / factor;
  const envelope = envelopeOf(averageDown(bridged(millivolts, secondState, samplingRateHz), factor), rateHz);
  const blocks = Math.ceil(envelope.length / blockLength);
  const highest = new Float32Array(blocks).fill(Number.NaN);
  const quiet = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const start = block * blockLength;
    const end = Math.min(envelope.length, start + blockLength);
    const states = secondState.subarray(Math.floor(start / rateHz), Math.ceil(end / rateHz));
    if (states.every((state) => state >= SECOND_STATES.leadOff)) continue;
    const sorted = envelope.slice(start, end).sort();
    quiet[block] = sorted[Math.floor(sorted.length * QUIET_QUANTILE)]!;
    highest[block] = sorted[sorted.length - 1]!;
  }

  const usual = slidingQuantile(highest, BLOCKS_AROUND, USUAL_QUANTILE);
  const weight = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const height = usual[block]!;
    if (!(height >= SMALLEST_USUAL_MILLIVOLTS) || Number.isNaN(highest[block]!)) continue;
    // An amplifier that recovers from a jolt is quiet but shows nothing; it must not silence the other leads.
    const presence = Math.min(1, highest[block]! / height / PRESENCE_SHARE);
    const presenceSquared = presence * presence;
    const relativeQuiet = QUIET_FLOOR + quiet[block]! / height;
    weight[block] = (presenceSquared * presenceSquared + 1e-6) / (relativeQuiet * relativeQuiet);
  }
  return { envelope, usual, weight };
}

/** @param states of the seconds of the signal, which begins on a whole one */
export function evidenceOf(signal: Signal, states: SecondStates): Evidence {
  const { samplingRateHz, lengthSamples } = signal;
  const { factor, rateHz, blockLength } = traceScale(samplingRateHz);
  const trace = new Float32Array(Math.ceil(lengthSamples / factor));
  const blockWeights = signal.leads.map((lead, index) => {
    const secondState = states[index]!;
    const { envelope, usual, weight } = leadEvidence(
      lead.millivolts,
      secondState,
      samplingRateHz,
      factor,
      blockLength,
    );
    for (let i = 0; i < trace.length; i++) {
      const block = Math.floor(i / blockLength);
      if (weight[block] === 0 || secondState[Math.floor(i / rateHz)]! >= SECOND_STATES.leadOff) continue;
      trace[i]! += weight[block]! * Math.min(EVIDENCE_LIMIT, envelope[i]! / usual[block]!);
    }
    return weight;
  });
  for (let i = 0; i < trace.length; i++) {
    const block = Math.floor(i / blockLength);
    const second = Math.floor(i / rateHz);
    let total = 0;
    for (const [index, weight] of blockWeights.entries()) {
      if (states[index]![second]! >= SECOND_STATES.leadOff) continue;
      // Rounded as the trace's own sums are.
      total = Math.fround(total + weight[block]!);
    }
    trace[i] = total === 0 ? 0 : trace[i]! / total;
  }
  return { trace, rateHz, factor, blockWeights, blockLength };
}

/** Peaks of the trace by column, in order of time. */
export interface Peaks {
  /** Sample of the trace. */
  at: Int32Array;
  /** In usual complexes. */
  height: Float32Array;
}

/** Local maxima of samples `from` to `to` of the trace. */
export function maximaOf(trace: Float32Array, from: number, to: number): Peaks {
  const found: number[] = [];
  for (let at = from; at < to; at++) {
    const height = trace[at]!;
    if (height < SMALLEST_PEAK || height < (trace[at - 1] ?? 0) || height <= (trace[at + 1] ?? -1)) continue;
    found.push(at);
  }
  return { at: Int32Array.from(found), height: Float32Array.from(found, (at) => trace[at]!) };
}

/** The larger of any two maxima within the refractory time; pieces follow one another. */
export function peaksOf(pieces: readonly Peaks[], rateHz: number): Peaks {
  const refractory = Math.round(REFRACTORY_SECONDS * rateHz);
  const most = pieces.reduce((sum, { at }) => sum + at.length, 0);
  const peaks = { at: new Int32Array(most), height: new Float32Array(most) };
  let count = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.at.length; i++) {
      const [at, height] = [piece.at[i]!, piece.height[i]!];
      if (count > 0 && at - peaks.at[count - 1]! < refractory) {
        if (height <= peaks.height[count - 1]!) continue;
        count--;
      }
      peaks.at[count] = at;
      peaks.height[count] = height;
      count++;
    }
  }
  return { at: peaks.at.slice(0, count), height: peaks.height.slice(0, count) };
}

/** Indices of the peaks that are beats by their height and their neighbours. */
function plainBeats({ at, height }: Peaks, rateHz: number): number[] {
  const beats: number[] = [];
  for (let index = 0; index < at.length; index++) {
    if (height[index]! < BEAT_HEIGHT) continue;
    const before = beats[beats.length - 1] ?? -1;
    const isTWave =
      before >= 0 &&
      at[index]! - at[before]! < T_WAVE_SECONDS * rateHz &&
      height[index]! < T_WAVE_SHARE * height[before]!;
    const after = index + 1;
    const isPWave =
      after < at.length &&
      at[after]! - at[index]! < P_WAVE_SECONDS * rateHz &&
      height[index]! < P_WAVE_SHARE * height[after]!;
    if (!isTWave && !isPWave) beats.push(index);
  }
  return beats;
}

/** Peaks between two beats that are a gap in the rhythm: the highest where the next beat was due, and on from there. */
function beatsInGap(
  { at, height }: Peaks,
  from: number,
  to: number,
  usualInterval: number,
  rateHz: number,
): number[] {
  const small: number[] = [];
  const last = Math.min(at.length, to + PEAKS_AROUND, from + 1 + 10 * PEAKS_AROUND);
  for (let i = Math.max(0, from - PEAKS_AROUND); i < last; i++) {
    if (height[i]! < GAP_BEAT_HEIGHT) small.push(height[i]!);
  }
  const threshold =
    small.length === 0 ? GAP_BEAT_HEIGHT : Math.max(GAP_BEAT_HEIGHT, GAP_NOISE_FACTOR * medianOf(small));
  const end = at[to]!;
  const lastPossible = end - P_WAVE_SECONDS * rateHz;
  const found: number[] = [];
  let previous = at[from]!;
  for (let i = from + 1; i < to; i++) {
    if (at[i]! > lastPossible || end - previous < GAP_INTERVALS * usualInterval) break;
    if (at[i]! - previous < T_WAVE_SECONDS * rateHz || height[i]! < threshold) continue;
    let best = i;
    const until = Math.min(lastPossible, previous + GAP_INTERVALS * usualInterval);
    for (let j = i + 1; j < to && at[j]! < until; j++) {
      if (height[j]! > height[best]!) best = j;
    }
    found.push(best);
    previous = at[best]!;
    i = best;
  }
  return found;
}

/** Indices into `peaks`, ascending, of those that are beats by height, neighbours and rhythm. */
export function beatsByHeight(peaks: Peaks, rateHz: number): number[] {
  const plain = plainBeats(peaks, rateHz);
  const intervals = plain.slice(1).map((index, k) => peaks.at[index]! - peaks.at[plain[k]!]!);
  const beats: number[] = [];
  for (const [k, index] of plain.entries()) {
    beats.push(index);
    const interval = intervals[k];
    if (interval === undefined) break;
    const usual = medianOf(intervals.slice(Math.max(0, k - INTERVALS_AROUND), k + INTERVALS_AROUND + 1));
    if (interval < GAP_INTERVALS * usual) continue;
    for (const found of beatsInGap(peaks, index, plain[k + 1]!, usual, rateHz)) beats.push(found);
  }
  return beats;
}
