/**
 * Second half of the QRS detector: what is known of each peak of evidence. A peak is compared with the beats by height
 * around it: when it comes, how large and how steep it is, whether a beat nearby has the same shape in the same leads.
 * Linear in the length of the recording: each peak looks at a fixed number of beats and samples.
 */
import { log } from '../numeric/elementary.ts';
import { averageDown, butterworth, filterZeroPhaseInPlace, medianOf } from './filtering.ts';
import {
  bridged,
  type Evidence,
  evidenceOf,
  type Peaks,
  type SecondStates,
  traceScale,
} from './qrs-evidence.ts';
import type { Signal } from './stretches.ts';

/** Shapes are compared near this rate, in this band, over this time on either side of the peak. */
const SHAPE_RATE_HZ = 125;
const SHAPE_LOW_HZ = 2;
const SHAPE_HIGH_HZ = 35;
const SHAPE_REACH_SECONDS = 0.08;
/** Two shapes may be shifted by this much against each other. */
const SHIFT_SECONDS = 0.024;
/** Beats before and after the peak that it is compared with. */
const BEATS_COMPARED = 6;
const INTERVALS_AROUND = 8;
/** Other peaks this near compete with it. */
const RIVAL_SECONDS = 0.4;
/** A beat by height this close to the peak is the peak itself. */
const SAME_SECONDS = 0.06;
const QUIET_REACH_SECONDS = 0.6;
const LONGEST_INTERVALS = 2.5;
const LARGEST_LOG = 3;

/** Numbers in a row of `candidateFeatures`. */
export const CANDIDATE_FEATURES = 18;

/** Beats before and after a peak that its features may look at. */
export const BEATS_AROUND = Math.max(BEATS_COMPARED, INTERVALS_AROUND) + 2;
/** Peaks before and after a peak that may be its rivals: two are never closer than 0.2 s. */
export const RIVALS_AROUND = 4;

/** Samples of the trace that a sample of the shapes takes. */
export function shapeFactorOf(rateHz: number): number {
  return Math.max(1, Math.round(rateHz / SHAPE_RATE_HZ));
}

interface ShapeLead {
  signal: Float32Array;
  weights: Float32Array;
}

const logRatio = (a: number, b: number) => {
  const value = log((a + 1e-3) / (b + 1e-3));
  return Math.max(-LARGEST_LOG, Math.min(LARGEST_LOG, value));
};

/** Evidence and shapes over a piece of signal, asked for by samples of the whole recording's trace. */
export class TraceView {
  readonly evidence: Evidence;
  readonly #start: number;
  readonly #shapeFactor: number;
  readonly #reach: number;
  readonly #leads: readonly ShapeLead[];

  /**
   * @param states of the seconds of the piece
   * @param start of the piece, samples of the trace; a multiple of a block and of a sample of the shapes
   */
  constructor(signal: Signal, states: SecondStates, start: number) {
    const { factor, rateHz } = traceScale(signal.samplingRateHz);
    this.evidence = evidenceOf(signal, states);
    this.#start = start;
    this.#shapeFactor = shapeFactorOf(rateHz);
    const shapeRateHz = rateHz / this.#shapeFactor;
    this.#reach = Math.round(SHAPE_REACH_SECONDS * shapeRateHz);
    this.#leads = signal.leads.map((lead, index) => ({
      signal: filterZeroPhaseInPlace(
        averageDown(
          bridged(lead.millivolts, states[index]!, signal.samplingRateHz),
          factor * this.#shapeFactor,
        ),
        [
          butterworth('high-pass', SHAPE_LOW_HZ, shapeRateHz),
          butterworth('low-pass', Math.min(SHAPE_HIGH_HZ, shapeRateHz * 0.4), shapeRateHz),
        ],
      ),
      weights: this.evidence.blockWeights[index]!,
    }));
  }

  /** Steepest slope near a peak, millivolts a sample of the shape's rate, mean over leads by weight. */
  steepnessAt(at: number): number {
    const block = this.#blockOf(at);
    const centre = this.#centreOf(at);
    let [sum, total] = [0, 0];
    for (const { signal, weights } of this.#leads) {
      const weight = weights[block]!;
      if (weight === 0) continue;
      let steepest = 0;
      const end = Math.min(signal.length, centre + this.#reach);
      for (let i = Math.max(1, centre - this.#reach); i < end; i++)
        steepest = Math.max(steepest, Math.abs(signal[i]! - signal[i - 1]!));
      sum += weight * steepest;
      total += weight;
    }
    return total === 0 ? 0 : sum / total;
  }

  /** Time around a peak in which the trace stays above a level, seconds, at most 0.5 s. */
  widthAt(at: number, level: number): number {
    const { trace, rateHz } = this.evidence;
    const most = Math.round(0.25 * rateHz);
    const own = at - this.#start;
    let from = own;
    while (from > 0 && own - from < most && trace[from - 1]! > level) from--;
    let to = own;
    while (to < trace.length - 1 && to - own < most && trace[to + 1]! > level) to++;
    return (to - from + 1) / rateHz;
  }

  /** Median of the trace around a peak. */
  levelAt(at: number): number {
    const { trace, rateHz } = this.evidence;
    const reach = Math.round(QUIET_REACH_SECONDS * rateHz);
    const own = at - this.#start;
    const sorted = trace.slice(Math.max(0, own - reach), own + reach).sort();
    return sorted[sorted.length >> 1]!;
  }

  /** Largest correlation of the shapes at two places over small shifts, and how much larger the first is. */
  likenessOf(at: number, view: TraceView, other: number): { correlation: number; gain: number } {
    const shift = Math.round(SHIFT_SECONDS * (this.evidence.rateHz / this.#shapeFactor));
    const reach = this.#reach;
    const block = this.#blockOf(at);
    const otherBlock = view.#blockOf(other);
    const a = this.#centreOf(at);
    const b = view.#centreOf(other);
    let best = { correlation: -1, gain: 0 };
    for (let by = -shift; by <= shift; by++) {
      let [correlation, gain, total] = [0, 0, 0];
      for (let lead = 0; lead < this.#leads.length; lead++) {
        const { signal, weights } = this.#leads[lead]!;
        const { signal: otherSignal, weights: otherWeights } = view.#leads[lead]!;
        const weight = Math.min(weights[block]!, otherWeights[otherBlock]!);
        if (weight === 0) continue;
        let [aa, bb, ab] = [0, 0, 0];
        for (let i = -reach; i <= reach; i++) {
          const x = signal[a + by + i] ?? 0;
          const y = otherSignal[b + i] ?? 0;
          aa += x * x;
          bb += y * y;
          ab += x * y;
        }
        if (aa > 0 && bb > 0) {
          correlation += (weight * ab) / Math.sqrt(aa * bb);
          gain += (weight * ab) / bb;
        }
        total += weight;
      }
      if (total > 0 && correlation / total > best.correlation)
        best = { correlation: correlation / total, gain: gain / total };
    }
    return best;
  }

  #blockOf(at: number): number {
    return Math.floor((at - this.#start) / this.evidence.blockLength);
  }

  #centreOf(at: number): number {
    return Math.round((at - this.#start) / this.#shapeFactor);
  }
}

/**
 * @param viewAt the view that a peak is to be seen in
 * @param peaks all peaks of the evidence, or those around the ones asked for: RIVALS_AROUND on either side, and the
 *   beats
 * @param beats indices of those that are beats by height, ascending; all, or BEATS_AROUND on either side
 * @param from first of the peaks that are asked for
 * @param to end of the peaks that are asked for, exclusive
 * @returns [peaks][CANDIDATE_FEATURES] of those asked for, all within a few units of 0
 */
export function candidateFeatures(
  viewAt: (peak: number) => TraceView,
  { rateHz }: { rateHz: number },
  peaks: Peaks,
  beats: ArrayLike<number>,
  from = 0,
  to = peaks.at.length,
): Float32Array {
  const same = SAME_SECONDS * rateHz;
  const rival = RIVAL_SECONDS * rateHz;
  const count = peaks.at.length;
  const intervals = Array.from(
    { length: Math.max(0, beats.length - 1) },
    (_, k) => peaks.at[beats[k + 1]!]! - peaks.at[beats[k]!]!,
  );
  const steepnesses = new Map<number, number>();
  const steepnessOf = (peak: number): number => {
    const known = steepnesses.get(peak);
    if (known !== undefined) return known;
    const found = viewAt(peak).steepnessAt(peaks.at[peak]!);
    steepnesses.set(peak, found);
    return found;
  };
  const widths = new Map<number, number>();
  const widthOf = (peak: number): number => {
    const known = widths.get(peak);
    if (known !== undefined) return known;
    const found = viewAt(peak).widthAt(peaks.at[peak]!, peaks.height[peak]! / 2);
    widths.set(peak, found);
    return found;
  };
  const out = new Float32Array((to - from) * CANDIDATE_FEATURES);

  let next = 0;
  for (let index = from; index < to; index++) {
    const at = peaks.at[index]!;
    const height = peaks.height[index]!;
    const view = viewAt(index);
    while (next < beats.length && peaks.at[beats[next]!]! < at - same) next++;
    // Beats before: up to `next - 1`; after: from `after` on, the peak's own beat left out.
    let after = next;
    while (after < beats.length && peaks.at[beats[after]!]! <= at + same) after++;
    const usual = medianOf(intervals.slice(Math.max(0, next - INTERVALS_AROUND), next + INTERVALS_AROUND));
    const usualInterval = Number.isNaN(usual) ? 0.8 * rateHz : usual;
    const before = next > 0 ? beats[next - 1]! : -1;
    const behind = after < beats.length ? beats[after]! : -1;
    const intervalBefore = before < 0 ? LONGEST_INTERVALS * usualInterval : at - peaks.at[before]!;
    const intervalAfter = behind < 0 ? LONGEST_INTERVALS * usualInterval : peaks.at[behind]! - at;

    let [rivalBefore, rivalAfter] = [0, 0];
    for (let i = index - 1; i >= 0 && at - peaks.at[i]! < rival; i--)
      rivalBefore = Math.max(rivalBefore, peaks.height[i]!);
    for (let i = index + 1; i < count && peaks.at[i]! - at < rival; i++)
      rivalAfter = Math.max(rivalAfter, peaks.height[i]!);
    const neighbours: number[] = [];
    for (let k = Math.max(0, next - BEATS_COMPARED); k < next; k++) neighbours.push(beats[k]!);
    for (let k = after; k < Math.min(beats.length, after + BEATS_COMPARED); k++) neighbours.push(beats[k]!);
    let [best, gain] = [0, 0];
    const likeness: number[] = [];
    for (const other of neighbours) {
      const match = view.likenessOf(at, viewAt(other), peaks.at[other]!);
      likeness.push(match.correlation);
      if (match.correlation > best) ({ correlation: best, gain } = match);
    }
    const usualSteepness = neighbours.length === 0 ? 0 : medianOf(neighbours.map(steepnessOf));
    const usualHeight = neighbours.length === 0 ? 1 : medianOf(neighbours.map((i) => peaks.height[i]!));
    const usualWidth = neighbours.length === 0 ? 0.1 : medianOf(neighbours.map(widthOf));
    const width = widthOf(index);
    out.set(
      [
        logRatio(height, 1),
        Math.min(LONGEST_INTERVALS, intervalBefore / usualInterval),
        Math.min(LONGEST_INTERVALS, intervalAfter / usualInterval),
        Math.min(1.5, intervalBefore / rateHz),
        Math.min(1.5, intervalAfter / rateHz),
        logRatio(height, usualHeight),
        logRatio(height, before < 0 ? usualHeight : peaks.height[before]!),
        logRatio(height, behind < 0 ? usualHeight : peaks.height[behind]!),
        logRatio(height, rivalBefore),
        logRatio(height, rivalAfter),
        logRatio(height, view.levelAt(at)),
        best,
        likeness.length === 0 ? 0 : medianOf(likeness),
        gain > 0 ? logRatio(gain, 1) : 0,
        logRatio(steepnessOf(index), usualSteepness),
        logRatio(width, usualWidth),
        width * 10,
        usualInterval / rateHz,
      ],
      (index - from) * CANDIDATE_FEATURES,
    );
  }
  return out;
}
