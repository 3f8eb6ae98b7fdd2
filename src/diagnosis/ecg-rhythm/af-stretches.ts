/**
 * Atrial fibrillation over a recording from overlapping windows. The windows' starts cut time into cells of one hop;
 * a cell's probability is the mean over the windows that hold it, of A among N, A and O, in each Monte-Carlo sample.
 */
import { quantileOfSorted } from '../../bayes/uncertainty.ts';
import type { Burden, Interval90 } from '../../contract/certainty.ts';
import { RHYTHM_CLASS_COUNT, RHYTHM_CLASSES } from '../../contract/rhythm.ts';

const AF = RHYTHM_CLASSES.indexOf('A');
const NOISY = RHYTHM_CLASSES.indexOf('~');
/** A window that is likelier noisy than this says nothing of its rhythm. */
const MOST_NOISY = 0.7;
/** Shorter stretches are no episode: 30 s is the least by the ESC guideline of 2020. */
const SHORTEST_SECONDS = 30;
/** The change of rhythm is looked for this far on both sides of a cell's border. */
const REFINED_SECONDS = 15;

export interface WindowAnswers {
  startSample: Int32Array;
  endSample: Int32Array;
  judged: Uint8Array;
  /** Mean probabilities, [n][classes]. */
  probabilities: Float32Array;
  /** [n][samples][classes] */
  ensemble: Float32Array;
}

export interface AfStretch {
  startSample: number;
  endSample: number;
  /** Mean over its cells, and the 5 % and 95 % quantiles of that mean over the samples. */
  probability: number;
  interval90: Interval90;
}

export interface AfAnswer {
  stretches: AfStretch[];
  burden: Burden | null;
}

interface Cell {
  startSample: number;
  endSample: number;
  /** By sample of the ensemble; empty where no window speaks. */
  bySample: Float64Array;
  mean: number;
}

function cellsOf(windows: WindowAnswers, samples: number): Cell[] {
  const count = windows.startSample.length;
  const cells: Cell[] = [];
  let first = 0;
  for (let i = 0; i < count; i++) {
    const startSample = windows.startSample[i]!;
    // The last windows' tails are cells too, so that the whole recording is covered.
    const borders = [startSample, i + 1 < count ? windows.startSample[i + 1]! : windows.endSample[i]!];
    while (windows.endSample[first]! <= borders[0]!) first++;
    const bySample = new Float64Array(samples);
    let speaking = 0;
    for (let w = first; w <= i; w++) {
      if (windows.judged[w] === 0) continue;
      if (windows.probabilities[w * RHYTHM_CLASS_COUNT + NOISY]! > MOST_NOISY) continue;
      speaking++;
      for (let s = 0; s < samples; s++) {
        const at = (w * samples + s) * RHYTHM_CLASS_COUNT;
        const rest = Math.max(1e-6, 1 - windows.ensemble[at + NOISY]!);
        bySample[s]! += Math.min(1, windows.ensemble[at + AF]! / rest);
      }
    }
    const scaled = speaking === 0 ? new Float64Array(0) : bySample.map((sum) => sum / speaking);
    const mean = speaking === 0 ? Number.NaN : scaled.reduce((sum, p) => sum + p, 0) / samples;
    cells.push({ startSample: borders[0]!, endSample: borders[1]!, bySample: scaled, mean });
  }
  return cells;
}

function intervalOf(values: Float64Array): Interval90 {
  const sorted = values.slice().sort();
  return { low: quantileOfSorted(sorted, 0.05), high: quantileOfSorted(sorted, 0.95) };
}

/**
 * @param samples Monte-Carlo samples of a window
 * @param rPeaks sample indices, ascending; the borders of stretches are moved to one of them
 */
export function findAtrialFibrillation(
  windows: WindowAnswers,
  samples: number,
  rPeaks: Int32Array,
  samplingRateHz: number,
): AfAnswer {
  const cells = cellsOf(windows, samples);
  const lengthSamples = cells[cells.length - 1]?.endSample ?? 0;
  const stretches: AfStretch[] = [];
  for (let i = 0; i < cells.length; i++) {
    if (!(cells[i]!.mean >= 0.5)) continue;
    let end = i + 1;
    while (end < cells.length && cells[end]!.mean >= 0.5) end++;
    const part = cells.slice(i, end);
    const startSample = refined(part[0]!.startSample, 'onset', rPeaks, samplingRateHz, lengthSamples);
    const endSample = refined(part[part.length - 1]!.endSample, 'end', rPeaks, samplingRateHz, lengthSamples);
    i = end;
    const needed = Math.min(SHORTEST_SECONDS * samplingRateHz, lengthSamples);
    if (endSample - startSample < needed) continue;
    const bySample = Float64Array.from({ length: samples }, (_, s) =>
      part.reduce((sum, cell) => sum + cell.bySample[s]! / part.length, 0),
    );
    const last = stretches[stretches.length - 1];
    stretches.push({
      startSample: Math.max(startSample, last?.endSample ?? 0),
      endSample,
      probability: bySample.reduce((sum, p) => sum + p, 0) / samples,
      interval90: intervalOf(bySample),
    });
  }
  return { stretches, burden: burdenOf(cells, samples, stretches) };
}

/** Share of the time that was judged; the interval is of the same share with each sample's own answer. */
function burdenOf(cells: readonly Cell[], samples: number, stretches: readonly AfStretch[]): Burden | null {
  const judged = cells.filter((cell) => cell.bySample.length > 0);
  const total = judged.reduce((sum, cell) => sum + cell.endSample - cell.startSample, 0);
  if (total === 0) return null;
  const inAf = stretches.reduce((sum, stretch) => sum + stretch.endSample - stretch.startSample, 0);
  const fraction = Math.min(1, inAf / total);
  const shares = Float64Array.from({ length: samples }, (_, s) =>
    judged.reduce(
      (sum, cell) => sum + (cell.bySample[s]! >= 0.5 ? (cell.endSample - cell.startSample) / total : 0),
      0,
    ),
  );
  const { low, high } = intervalOf(shares);
  return { fraction, interval90: { low: Math.min(low, fraction), high: Math.max(high, fraction) } };
}

/** Number of the first R peak that is not before a place; bisection, for two weeks have 1.7 million. */
function firstFrom(rPeaks: Int32Array, place: number): number {
  let [low, high] = [0, rPeaks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rPeaks[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The R peak near a border where regular intervals most clearly end and irregular ones begin (or the reverse). */
function refined(
  border: number,
  side: 'onset' | 'end',
  rPeaks: Int32Array,
  samplingRateHz: number,
  lengthSamples: number,
): number {
  if (border <= 0 || border >= lengthSamples) return border;
  const reach = REFINED_SECONDS * samplingRateHz;
  const near = rPeaks.subarray(
    firstFrom(rPeaks, border - reach),
    firstFrom(rPeaks, Math.floor(border + reach) + 1),
  );
  if (near.length < 6) return border;
  const changes: number[] = [];
  for (let k = 1; k + 1 < near.length; k++) {
    const before = near[k]! - near[k - 1]!;
    const after = near[k + 1]! - near[k]!;
    changes.push(Math.abs(after - before) / (after + before));
  }
  const sorted = changes.slice().sort((a, b) => a - b);
  const middle = (sorted[Math.floor(sorted.length * 0.25)]! + sorted[Math.floor(sorted.length * 0.75)]!) / 2;
  // Sum of what exceeds the middle from here on (onset) or up to here (end), largest at the change.
  let [best, bestSum] = [0, Number.NEGATIVE_INFINITY];
  for (let k = 0; k <= changes.length; k++) {
    const part = side === 'onset' ? changes.slice(k) : changes.slice(0, k);
    const sum = part.reduce((total, change) => total + change - middle, 0);
    if (sum > bestSum) [best, bestSum] = [k, sum];
  }
  // Change k is at peak k + 1.
  return near[Math.min(near.length - 1, best + 1)]!;
}
