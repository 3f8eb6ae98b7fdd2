/** How RR intervals are spread: histogram, Poincaré plot, and heart rate minute by minute. */
import { BEAT_CLASSES } from '../../contract/ecg.ts';
import type { HolterSummary } from '../../contract/holter.ts';
import type { RrIntervals } from '../ecg-beats/intervals.ts';
import type { RecordingFacts } from '../ecg-beats/summarise.ts';

const N = BEAT_CLASSES.indexOf('N');
const ECTOPIC = ['S', 'V', 'F'].map((name) => BEAT_CLASSES.indexOf(name as 'S'));

const BIN_MS = 20;
const FIRST_MS = 200;
/** To 2.2 s; what is longer falls into the last bin. */
const HISTOGRAM_BINS = 100;
/** To 3 s, from 0; fine enough that a plot of the squares shows what one of the points would. */
const POINCARE_BIN_MS = 10;
const POINCARE_BINS = 300;
const MINUTE_SECONDS = 60;

export function rrHistogram(label: Uint8Array, { seconds }: RrIntervals): HolterSummary['rrHistogram'] {
  const all = new Int32Array(HISTOGRAM_BINS);
  const normal = new Int32Array(HISTOGRAM_BINS);
  for (let i = 0; i < seconds.length; i++) {
    if (Number.isNaN(seconds[i]!)) continue;
    const bin = binOf(seconds[i]! * 1000 - FIRST_MS, BIN_MS, HISTOGRAM_BINS);
    all[bin]!++;
    if (label[i] === N && label[i + 1] === N) normal[bin]!++;
  }
  return { firstMs: FIRST_MS, binMs: BIN_MS, all, normal };
}

export function poincare(label: Uint8Array, { seconds }: RrIntervals): HolterSummary['poincare'] {
  const count = new Int32Array(POINCARE_BINS * POINCARE_BINS);
  const ectopic = new Int32Array(POINCARE_BINS * POINCARE_BINS);
  for (let i = 0; i + 1 < seconds.length; i++) {
    if (Number.isNaN(seconds[i]!) || Number.isNaN(seconds[i + 1]!)) continue;
    const cell =
      binOf(seconds[i]! * 1000, POINCARE_BIN_MS, POINCARE_BINS) * POINCARE_BINS +
      binOf(seconds[i + 1]! * 1000, POINCARE_BIN_MS, POINCARE_BINS);
    count[cell]!++;
    const touches = [label[i]!, label[i + 1]!, label[i + 2]!].some((one) => ECTOPIC.includes(one));
    if (touches) ectopic[cell]!++;
  }
  const cells = Int32Array.from(count.keys()).filter((cell) => count[cell]! > 0);
  return {
    binMs: POINCARE_BIN_MS,
    first: cells.map((cell) => Math.floor(cell / POINCARE_BINS)),
    second: cells.map((cell) => cell % POINCARE_BINS),
    count: cells.map((cell) => count[cell]!),
    ectopic: cells.map((cell) => ectopic[cell]!),
  };
}

/** Rounded first: 0.74 s is 740 ms, not 739.99. */
function binOf(ms: number, binMs: number, bins: number): number {
  const bin = Math.floor(Math.round(ms * 1000) / 1000 / binMs);
  return bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
}

/** Each interval counts in the minute of the beat that ends it. */
export function heartRateTrend(
  { lengthSamples, samplingRateHz }: RecordingFacts,
  sample: Int32Array,
  { seconds }: RrIntervals,
  rates: Float64Array,
): HolterSummary['heartRateTrend'] {
  const minutes = Math.ceil(lengthSamples / (MINUTE_SECONDS * samplingRateHz));
  const sum = new Float64Array(minutes);
  const intervals = new Int32Array(minutes);
  const nothing = () => new Float32Array(minutes).fill(Number.NaN);
  const trend = { minimum: nothing(), mean: nothing(), maximum: nothing() };
  for (let i = 0; i < seconds.length; i++) {
    if (Number.isNaN(seconds[i]!)) continue;
    const minute = Math.min(minutes - 1, Math.floor(sample[i + 1]! / (MINUTE_SECONDS * samplingRateHz)));
    sum[minute]! += seconds[i]!;
    intervals[minute]!++;
    const rate = rates[i]!;
    if (Number.isNaN(rate)) continue;
    if (!(rate >= trend.minimum[minute]!)) trend.minimum[minute] = rate;
    if (!(rate <= trend.maximum[minute]!)) trend.maximum[minute] = rate;
  }
  for (let minute = 0; minute < minutes; minute++) {
    if (intervals[minute]! > 0) trend.mean[minute] = (60 * intervals[minute]!) / sum[minute]!;
  }
  return trend;
}
