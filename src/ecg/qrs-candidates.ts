/**
 * Second half of the QRS detector: what is known of each peak of evidence. A peak is compared with the beats by height
 * around it: when it comes, how large and how steep it is, whether a beat nearby has the same shape in the same leads.
 * Linear in the length of the recording: each peak looks at a fixed number of beats and samples.
 */
import { log } from '../numeric/elementary.ts';
import { averageDown, butterworth, filterZeroPhaseInPlace, medianOf } from './filtering.ts';
import { bridged, type Evidence, type Peak } from './qrs-evidence.ts';
import type { QualityAssessment } from './quality.ts';
import type { EcgRecording } from './recording.ts';

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

interface ShapeLead {
  signal: Float32Array;
  weights: Float32Array;
}

const logRatio = (a: number, b: number) => {
  const value = log((a + 1e-3) / (b + 1e-3));
  return Math.max(-LARGEST_LOG, Math.min(LARGEST_LOG, value));
};

/**
 * @param peaks all peaks of the evidence
 * @param beats indices of those that are beats by height, ascending
 * @returns [peaks][CANDIDATE_FEATURES], all within a few units of 0
 */
export function candidateFeatures(
  recording: EcgRecording,
  quality: QualityAssessment,
  evidence: Evidence,
  peaks: readonly Peak[],
  beats: readonly number[],
): Float32Array {
  const { trace, rateHz, factor, blockWeights, blockLength } = evidence;
  const shapeFactor = Math.max(1, Math.round(rateHz / SHAPE_RATE_HZ));
  const shapeRateHz = rateHz / shapeFactor;
  const leads: ShapeLead[] = recording.leads.map((lead, index) => ({
    signal: filterZeroPhaseInPlace(
      averageDown(
        bridged(lead.millivolts, quality.leads[index]!.secondState, recording.samplingRateHz),
        factor * shapeFactor,
      ),
      [
        butterworth('high-pass', SHAPE_LOW_HZ, shapeRateHz),
        butterworth('low-pass', Math.min(SHAPE_HIGH_HZ, shapeRateHz * 0.4), shapeRateHz),
      ],
    ),
    weights: blockWeights[index]!,
  }));
  const reach = Math.round(SHAPE_REACH_SECONDS * shapeRateHz);
  const shift = Math.round(SHIFT_SECONDS * shapeRateHz);
  const same = SAME_SECONDS * rateHz;
  const rival = RIVAL_SECONDS * rateHz;
  const intervals = beats.slice(1).map((index, k) => peaks[index]!.at - peaks[beats[k]!]!.at);
  const steepness = peaks.map(({ at }) => steepnessAt(leads, at, shapeFactor, blockLength, reach));
  const width = peaks.map(({ at, height }) => widthAt(trace, at, height / 2, rateHz));
  const out = new Float32Array(peaks.length * CANDIDATE_FEATURES);
  const quietReach = Math.round(QUIET_REACH_SECONDS * rateHz);

  let next = 0;
  for (const [index, { at, height }] of peaks.entries()) {
    while (next < beats.length && peaks[beats[next]!]!.at < at - same) next++;
    // Beats before: up to `next - 1`; after: from `after` on, the peak's own beat left out.
    let after = next;
    while (after < beats.length && peaks[beats[after]!]!.at <= at + same) after++;
    const usual = medianOf(intervals.slice(Math.max(0, next - INTERVALS_AROUND), next + INTERVALS_AROUND));
    const usualInterval = Number.isNaN(usual) ? 0.8 * rateHz : usual;
    const before = next > 0 ? beats[next - 1]! : -1;
    const behind = after < beats.length ? beats[after]! : -1;
    const intervalBefore = before < 0 ? LONGEST_INTERVALS * usualInterval : at - peaks[before]!.at;
    const intervalAfter = behind < 0 ? LONGEST_INTERVALS * usualInterval : peaks[behind]!.at - at;

    let [rivalBefore, rivalAfter] = [0, 0];
    for (let i = index - 1; i >= 0 && at - peaks[i]!.at < rival; i--)
      rivalBefore = Math.max(rivalBefore, peaks[i]!.height);
    for (let i = index + 1; i < peaks.length && peaks[i]!.at - at < rival; i++)
      rivalAfter = Math.max(rivalAfter, peaks[i]!.height);
    const quiet = trace.slice(Math.max(0, at - quietReach), at + quietReach).sort();
    const neighbours: number[] = [];
    for (let k = Math.max(0, next - BEATS_COMPARED); k < next; k++) neighbours.push(beats[k]!);
    for (let k = after; k < Math.min(beats.length, after + BEATS_COMPARED); k++) neighbours.push(beats[k]!);
    let [best, gain] = [0, 0];
    const likeness: number[] = [];
    for (const other of neighbours) {
      const match = likenessOf(leads, at, peaks[other]!.at, shapeFactor, blockLength, reach, shift);
      likeness.push(match.correlation);
      if (match.correlation > best) ({ correlation: best, gain } = match);
    }
    const usualSteepness = neighbours.length === 0 ? 0 : medianOf(neighbours.map((i) => steepness[i]!));
    const usualHeight = neighbours.length === 0 ? 1 : medianOf(neighbours.map((i) => peaks[i]!.height));
    const usualWidth = neighbours.length === 0 ? 0.1 : medianOf(neighbours.map((i) => width[i]!));
    out.set(
      [
        logRatio(height, 1),
        Math.min(LONGEST_INTERVALS, intervalBefore / usualInterval),
        Math.min(LONGEST_INTERVALS, intervalAfter / usualInterval),
        Math.min(1.5, intervalBefore / rateHz),
        Math.min(1.5, intervalAfter / rateHz),
        logRatio(height, usualHeight),
        logRatio(height, before < 0 ? usualHeight : peaks[before]!.height),
        logRatio(height, behind < 0 ? usualHeight : peaks[behind]!.height),
        logRatio(height, rivalBefore),
        logRatio(height, rivalAfter),
        logRatio(height, quiet[quiet.length >> 1]!),
        best,
        likeness.length === 0 ? 0 : medianOf(likeness),
        gain > 0 ? logRatio(gain, 1) : 0,
        logRatio(steepness[index]!, usualSteepness),
        logRatio(width[index]!, usualWidth),
        width[index]! * 10,
        usualInterval / rateHz,
      ],
      index * CANDIDATE_FEATURES,
    );
  }
  return out;
}

/** Steepest slope near a peak, millivolts a sample of the shape's rate, mean over leads by weight. */
function steepnessAt(
  leads: readonly ShapeLead[],
  at: number,
  shapeFactor: number,
  blockLength: number,
  reach: number,
): number {
  const block = Math.floor(at / blockLength);
  const centre = Math.round(at / shapeFactor);
  let [sum, total] = [0, 0];
  for (const { signal, weights } of leads) {
    const weight = weights[block]!;
    if (weight === 0) continue;
    let steepest = 0;
    for (let i = Math.max(1, centre - reach); i < Math.min(signal.length, centre + reach); i++)
      steepest = Math.max(steepest, Math.abs(signal[i]! - signal[i - 1]!));
    sum += weight * steepest;
    total += weight;
  }
  return total === 0 ? 0 : sum / total;
}

/** Time around a peak in which the trace stays above a level, seconds, at most 0.5 s. */
function widthAt(trace: Float32Array, at: number, level: number, rateHz: number): number {
  const most = Math.round(0.25 * rateHz);
  let from = at;
  while (from > 0 && at - from < most && trace[from - 1]! > level) from--;
  let to = at;
  while (to < trace.length - 1 && to - at < most && trace[to + 1]! > level) to++;
  return (to - from + 1) / rateHz;
}

/** Largest correlation of the shapes at two places over small shifts, and how much larger the first is. */
function likenessOf(
  leads: readonly ShapeLead[],
  at: number,
  other: number,
  shapeFactor: number,
  blockLength: number,
  reach: number,
  shift: number,
): { correlation: number; gain: number } {
  const block = Math.floor(at / blockLength);
  const otherBlock = Math.floor(other / blockLength);
  const a = Math.round(at / shapeFactor);
  const b = Math.round(other / shapeFactor);
  let best = { correlation: -1, gain: 0 };
  for (let by = -shift; by <= shift; by++) {
    let [correlation, gain, total] = [0, 0, 0];
    for (const { signal, weights } of leads) {
      const weight = Math.min(weights[block]!, weights[otherBlock]!);
      if (weight === 0) continue;
      let [aa, bb, ab] = [0, 0, 0];
      for (let i = -reach; i <= reach; i++) {
        const x = signal[a + by + i] ?? 0;
        const y = signal[b + i] ?? 0;
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
