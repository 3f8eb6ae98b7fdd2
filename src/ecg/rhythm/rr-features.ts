/**
 * How regular the RR intervals of a stretch of ECG are, in numbers from -1 to 1 that do not depend on sampling rate
 * or amplitude. Atrial fibrillation is irregular in no pattern; ectopic beats, bigeminy and respiration are
 * irregular in one. Only + - * / square roots and `elementary.ts`: the same bits on every machine.
 *
 * Sources: Markov states of Moody and Mark (Comput Cardiol 1983); turning points and Shannon entropy of Dash et al.
 * (Ann Biomed Eng 37, 2009); evidence in the Lorenz plot of successive differences of Sarkar, Ritscher and Mehra
 * (IEEE Trans Biomed Eng 55, 2008); sample entropy of Richman and Moorman (2000), its coefficient of Lake and
 * Moorman (Am J Physiol 300, 2011); Poincare plot of Brennan, Palaniswami and Kamen (2001).
 */
import { log } from '../../numeric/elementary.ts';
import {
  companded,
  correlationOf,
  deviationOf,
  histogramShares,
  meanOf,
  median,
  quantileOf,
  shareOf,
  sortedCopy,
  squashed,
} from './statistics.ts';

export type NamedFeatures = [name: string, value: number][];

/** Fewer intervals than this say nothing of regularity. */
const FEWEST_INTERVALS = 4;
/** An interval this much shorter than what is usual around it ends with a premature beat. */
export const PREMATURE_SHARE = 0.87;
/** Intervals on each side that "usual around it" means. */
const AROUND = 5;
const LOCAL_INTERVALS = 8;
/** Tolerance of the coefficient of sample entropy. */
const COEFFICIENT_SECONDS = 0.03;

const RATIO_EDGES = [0.55, 0.7, 0.82, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.18, 1.3, 1.5, 1.8];
const CHANGE_EDGES = [0.01, 0.02, 0.04, 0.07, 0.11, 0.17, 0.25, 0.4, 0.6];

/** Median of up to AROUND intervals on each side, the interval itself left out. */
export function usualAround(rr: ArrayLike<number>, index: number): number {
  const around: number[] = [];
  for (let j = Math.max(0, index - AROUND); j <= Math.min(rr.length - 1, index + AROUND); j++) {
    if (j !== index) around.push(rr[j]!);
  }
  return around.length === 0 ? rr[index]! : median(around);
}

/** 1 where interval i ends with a premature beat. */
export function prematureIntervals(rr: ArrayLike<number>): Uint8Array {
  const premature = new Uint8Array(rr.length);
  for (let i = 0; i < rr.length; i++) {
    const usual = usualAround(rr, i);
    const next = i + 1 < rr.length ? rr[i + 1]! : usual;
    if (rr[i]! < PREMATURE_SHARE * usual && next > rr[i]! * 1.08) premature[i] = 1;
  }
  return premature;
}

/** Sample entropy counts: templates of length m and m + 1 that agree within r. */
function matches(rr: ArrayLike<number>, m: number, r: number): { shorter: number; longer: number } {
  let [shorter, longer] = [0, 0];
  const n = rr.length - m;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      let alike = true;
      for (let k = 0; k < m && alike; k++) alike = Math.abs(rr[i + k]! - rr[j + k]!) <= r;
      if (!alike) continue;
      shorter++;
      if (Math.abs(rr[i + m]! - rr[j + m]!) <= r) longer++;
    }
  }
  return { shorter, longer };
}

/** -ln of the chance that what agrees for m intervals agrees for one more; half a match where there is none. */
function sampleEntropy(rr: ArrayLike<number>, m: number, r: number): number {
  const { shorter, longer } = matches(rr, m, r);
  if (shorter === 0) return 3;
  return -log(Math.max(longer, 0.5) / shorter);
}

function entropyOfShares(shares: readonly number[]): number {
  let entropy = 0;
  for (const share of shares) if (share > 0) entropy -= share * log(share);
  return entropy;
}

function differences(values: ArrayLike<number>): Float64Array {
  const changes = new Float64Array(Math.max(0, values.length - 1));
  for (let i = 0; i < changes.length; i++) changes[i] = values[i + 1]! - values[i]!;
  return changes;
}

/** Correlation of a series with itself `lag` later. */
function autocorrelation(values: Float64Array, lag: number): number {
  if (values.length < lag + 4) return 0;
  return correlationOf(values.subarray(0, values.length - lag), values.subarray(lag));
}

/** Markov transitions between short, usual and long intervals, nine shares. */
function transitions(rr: ArrayLike<number>): number[] {
  const counts = new Array<number>(9).fill(0);
  let before = -1;
  for (let i = 0; i < rr.length; i++) {
    const ratio = rr[i]! / usualAround(rr, i);
    const state = ratio < 0.87 ? 0 : ratio > 1.13 ? 2 : 1;
    if (before >= 0) counts[before * 3 + state]! += 1 / (rr.length - 1);
    before = state;
  }
  return counts;
}

/** Evidence in the Lorenz plot of successive differences, bins of 25 ms. */
function lorenz(changes: Float64Array): { occupied: number; origin: number; ectopic: number } {
  const bins = new Set<number>();
  let [origin, ectopic, outside] = [0, 0, 0];
  for (let i = 1; i < changes.length; i++) {
    const x = Math.max(-12, Math.min(12, Math.round(changes[i - 1]! / 0.04)));
    const y = Math.max(-12, Math.min(12, Math.round(changes[i]! / 0.04)));
    if (x === 0 && y === 0) {
      origin++;
      continue;
    }
    outside++;
    bins.add((x + 12) * 25 + y + 12);
    // A premature beat: a drop followed by a jump, the pair of it near the antidiagonal.
    if (x < -1 && y > 1 && y >= -x) ectopic++;
  }
  const n = Math.max(1, changes.length - 1);
  return {
    occupied: bins.size / n,
    origin: origin / n,
    ectopic: outside === 0 ? 0 : (3 * ectopic) / outside,
  };
}

/** Least, median and largest relative deviation over runs of eight intervals. */
function localDeviations(rr: Float64Array): [number, number, number] {
  const found: number[] = [];
  for (let i = 0; i + LOCAL_INTERVALS <= rr.length; i++) {
    const part = rr.subarray(i, i + LOCAL_INTERVALS);
    found.push(median(differences(part).map(Math.abs)) / median(part));
  }
  const sorted = sortedCopy(found);
  return [quantileOf(sorted, 0), quantileOf(sorted, 0.5), quantileOf(sorted, 1)];
}

/** What is left of the irregularity without the intervals around premature beats. */
function withoutEctopy(rr: Float64Array, premature: Uint8Array) {
  const kept: number[] = [];
  const changes: number[] = [];
  let last = -2;
  for (let i = 0; i < rr.length; i++) {
    const touched = premature[i] === 1 || (i > 0 && premature[i - 1] === 1);
    if (touched) continue;
    if (last === i - 1) changes.push(Math.abs(rr[i]! - rr[last]!));
    kept.push(rr[i]!);
    last = i;
  }
  const mean = meanOf(kept);
  const scale = mean > 0 ? 1 / mean : 0;
  const squares = changes.reduce((sum, change) => sum + change * change, 0);
  return {
    share: kept.length / rr.length,
    deviation: deviationOf(kept) * scale,
    successive: changes.length === 0 ? 0 : Math.sqrt(squares / changes.length) * scale,
    typical: median(changes) * scale,
    overTenth: shareOf(changes, (change) => change * scale > 0.1),
    entropy: kept.length < FEWEST_INTERVALS ? 0 : sampleEntropy(kept, 1, 0.05 * mean),
  };
}

/**
 * @param rr RR intervals of the stretch in order, seconds; those that cross a gap left out
 * @returns the same names in the same order for any input; all 0 with fewer than four intervals
 */
export function rrFeatures(rr: Float64Array): NamedFeatures {
  const enough = rr.length >= FEWEST_INTERVALS;
  const values = enough ? rr : new Float64Array(0);
  const sorted = sortedCopy(values);
  const usual = quantileOf(sorted, 0.5);
  const mean = meanOf(values);
  const relative = (x: number): number => (usual > 0 ? x / usual : 0);
  const changes = differences(values);
  const sizes = sortedCopy(changes.map(Math.abs));
  const ratios = values.map(relative);
  const deviation = deviationOf(values);
  let squares = 0;
  for (const change of changes) squares += change * change;
  const successive = changes.length === 0 ? 0 : Math.sqrt(squares / changes.length);
  const sd1 = deviationOf(changes) / Math.SQRT2;
  const sd2 = Math.sqrt(Math.max(0, 2 * deviation * deviation - sd1 * sd1));
  const turning = shareOf(changes, (change, i) => i > 0 && change * changes[i - 1]! < 0);
  const alternating = shareOf(
    changes,
    (change, i) =>
      i > 0 &&
      change * changes[i - 1]! < 0 &&
      Math.min(Math.abs(change), Math.abs(changes[i - 1]!)) > 0.1 * usual,
  );
  const second = sortedCopy(values.slice(2).map((value, i) => Math.abs(value - values[i]!)));
  const premature = prematureIntervals(values);
  const prematureShare = shareOf(premature, (flag) => flag === 1);
  const pairs: number[] = [];
  premature.forEach((flag, i) => {
    if (flag === 1 && i + 1 < values.length)
      pairs.push((values[i]! + values[i + 1]!) / (2 * usualAround(values, i)));
  });
  const clean = withoutEctopy(enough ? values : new Float64Array(1), enough ? premature : new Uint8Array(1));
  const plot = lorenz(changes);
  const local = localDeviations(values);
  const entropies = (
    [
      [1, 0.03],
      [1, 0.06],
      [2, 0.06],
      [1, 0.12],
    ] as const
  ).map(([m, r]) => (enough ? sampleEntropy(values, m, r * usual) : 0));
  const coefficient = enough
    ? sampleEntropy(values, 1, COEFFICIENT_SECONDS) + log((2 * COEFFICIENT_SECONDS) / mean)
    : 0;
  const ratioShares = histogramShares(ratios, RATIO_EDGES);
  const changeShares = histogramShares(
    changes.map((change) => Math.abs(relative(change))),
    CHANGE_EDGES,
  );
  const features: NamedFeatures = [
    ['enoughBeats', enough ? 1 : 0],
    ['beats', squashed(values.length, 35)],
    ['usual', squashed(usual, 0.8)],
    ['mean', squashed(mean, 0.8)],
    ['shortest', squashed(quantileOf(sorted, 0), 0.5)],
    ['longest', squashed(quantileOf(sorted, 1), 1.5)],
    ['fast', shareOf(values, (value) => value < 0.6)],
    ['veryFast', shareOf(values, (value) => value < 0.45)],
    ['slow', shareOf(values, (value) => value > 1.2)],
    ...[0, 0.1, 0.25, 0.75, 0.9, 1].map((fraction): [string, number] => [
      `quantile${fraction}`,
      companded(relative(quantileOf(sorted, fraction)) - (usual > 0 ? 1 : 0), 0.15),
    ]),
    ['deviation', squashed(relative(deviation), 0.1)],
    ['successive', squashed(relative(successive), 0.1)],
    ...[0.25, 0.5, 0.75, 0.9].map((fraction): [string, number] => [
      `change${fraction}`,
      squashed(relative(quantileOf(sizes, fraction)), 0.06),
    ]),
    ['over20ms', shareOf(sizes, (size) => size > 0.02)],
    ['over50ms', shareOf(sizes, (size) => size > 0.05)],
    ['over100ms', shareOf(sizes, (size) => size > 0.1)],
    ['overTenth', shareOf(sizes, (size) => relative(size) > 0.1)],
    ['overFifth', shareOf(sizes, (size) => relative(size) > 0.2)],
    ['sd1ToSd2', sd1 + sd2 > 0 ? (sd1 - sd2) / (sd1 + sd2) : 0],
    ...[1, 2, 3, 4].map((lag): [string, number] => [`autocorrelation${lag}`, autocorrelation(values, lag)]),
    ['changeAutocorrelation', autocorrelation(changes, 1)],
    ['changeAutocorrelation2', autocorrelation(changes, 2)],
    ['turning', turning],
    ['alternating', alternating],
    ['secondChange', squashed(relative(quantileOf(second, 0.5)), 0.06)],
    ['secondToFirst', companded(relative(quantileOf(second, 0.5) - quantileOf(sizes, 0.5)), 0.05)],
    ...entropies.map((entropy, i): [string, number] => [`sampleEntropy${i}`, squashed(entropy, 1.2)]),
    ['entropyCoefficient', companded(coefficient + 1.4, 1)],
    ['ratioEntropy', entropyOfShares(ratioShares) / log(RATIO_EDGES.length + 1)],
    ['changeEntropy', entropyOfShares(changeShares) / log(CHANGE_EDGES.length + 1)],
    ['occupied', plot.occupied],
    ['origin', plot.origin],
    ['ectopicPairs', squashed(plot.ectopic, 1)],
    ['premature', prematureShare],
    ['prematureCount', squashed(prematureShare * values.length, 2)],
    ['compensated', shareOf(pairs, (pair) => Math.abs(pair - 1) < 0.08) * (pairs.length > 0 ? 1 : 0)],
    ['reset', shareOf(pairs, (pair) => pair < 0.92)],
    ['cleanShare', clean.share],
    ['cleanDeviation', squashed(clean.deviation, 0.08)],
    ['cleanSuccessive', squashed(clean.successive, 0.08)],
    ['cleanTypical', squashed(clean.typical, 0.05)],
    ['cleanOverTenth', clean.overTenth],
    ['cleanEntropy', squashed(clean.entropy, 1.2)],
    ['localLeast', squashed(local[0], 0.05)],
    ['localMiddle', squashed(local[1], 0.05)],
    ['localMost', squashed(local[2], 0.05)],
    ...transitions(values).map((share, i): [string, number] => [`transition${i}`, share]),
    ...ratioShares.map((share, i): [string, number] => [`ratio${i}`, share]),
    ...changeShares.map((share, i): [string, number] => [`changeSize${i}`, share]),
  ];
  return enough ? features : features.map(([name]) => [name, 0]);
}
