/** Filters over whole leads, all linear in the number of samples. */

import { cos, sin } from '../numeric/elementary.ts';
import { selectInPlace } from '../numeric/order-statistic.ts';

/** A second-order section; a0 is 1. */
export interface Biquad {
  b0: number;
  b1: number;
  b2: number;
  a1: number;
  a2: number;
}

/** Butterworth, second order, by the bilinear transform; the cut-off must lie below half the sampling rate. */
export function butterworth(
  kind: 'low-pass' | 'high-pass',
  cutOffHz: number,
  samplingRateHz: number,
): Biquad {
  const angle = (Math.PI * cutOffHz) / samplingRateHz;
  const k = sin(angle) / cos(angle);
  const scale = 1 / (1 + Math.SQRT2 * k + k * k);
  const a1 = 2 * (k * k - 1) * scale;
  const a2 = (1 - Math.SQRT2 * k + k * k) * scale;
  return kind === 'low-pass'
    ? { b0: k * k * scale, b1: 2 * k * k * scale, b2: k * k * scale, a1, a2 }
    : { b0: scale, b1: -2 * scale, b2: scale, a1, a2 };
}

/** Direct form II transposed, in place, started as if the first sample had lasted for ever. */
function filterInPlace(signal: Float32Array, section: Biquad, direction: 1 | -1): void {
  const { b0, b1, b2, a1, a2 } = section;
  const length = signal.length;
  if (length === 0) return;
  let i = direction === 1 ? 0 : length - 1;
  const first = signal[i]!;
  const settled = (first * (b0 + b1 + b2)) / (1 + a1 + a2);
  let z2 = b2 * first - a2 * settled;
  let z1 = b1 * first - a1 * settled + z2;
  for (let count = 0; count < length; count++, i += direction) {
    const x = signal[i]!;
    const y = b0 * x + z1;
    z1 = b1 * x - a1 * y + z2;
    z2 = b2 * x - a2 * y;
    signal[i] = y;
  }
}

/** Runs the sections forwards and backwards, so that nothing is delayed. The signal must hold no NaN. */
export function filterZeroPhase(signal: Float32Array, sections: readonly Biquad[]): Float32Array {
  return filterZeroPhaseInPlace(signal.slice(), sections);
}

/** As `filterZeroPhase`, over the signal itself: a lead of a day is 90 MB. */
export function filterZeroPhaseInPlace(signal: Float32Array, sections: readonly Biquad[]): Float32Array {
  for (const section of sections) {
    filterInPlace(signal, section, 1);
    filterInPlace(signal, section, -1);
  }
  return signal;
}

/** Mean over `width` samples (made odd) around each sample; fewer at the edges. */
export function movingAverage(signal: Float32Array, width: number): Float32Array {
  const half = Math.max(0, Math.floor(width / 2));
  const length = signal.length;
  const out = new Float32Array(length);
  let sum = 0;
  for (let i = 0; i < Math.min(half, length); i++) sum += signal[i]!;
  for (let i = 0; i < length; i++) {
    if (i + half < length) sum += signal[i + half]!;
    if (i - half > 0) sum -= signal[i - half - 1]!;
    out[i] = sum / (Math.min(length - 1, i + half) - Math.max(0, i - half) + 1);
  }
  return out;
}

/** Fills NaN stretches with straight lines between their neighbours; a signal of NaN only becomes 0. */
export function fillGaps(signal: Float32Array): Float32Array {
  return fillGapsInPlace(signal.slice());
}

/** As `fillGaps`, in the signal itself. */
export function fillGapsInPlace(signal: Float32Array): Float32Array {
  let last = -1;
  for (let i = 0; i <= signal.length; i++) {
    if (i < signal.length && Number.isNaN(signal[i]!)) continue;
    if (i - last > 1) {
      const right = i < signal.length ? signal[i]! : last >= 0 ? signal[last]! : 0;
      const left = last >= 0 ? signal[last]! : right;
      for (let j = last + 1; j < i; j++) signal[j] = left + ((right - left) * (j - last)) / (i - last);
    }
    last = i;
  }
  return signal;
}

/** Mean of each `factor` samples; the last, incomplete group is averaged over what it has. */
export function averageDown(signal: Float32Array, factor: number): Float32Array {
  if (factor === 1) return signal;
  const out = new Float32Array(Math.ceil(signal.length / factor));
  for (let i = 0; i < out.length; i++) {
    const end = Math.min(signal.length, (i + 1) * factor);
    let sum = 0;
    for (let j = i * factor; j < end; j++) sum += signal[j]!;
    out[i] = sum / (end - i * factor);
  }
  return out;
}

/** Median; NaN for an empty list. */
export function medianOf(values: ArrayLike<number>): number {
  if (values.length === 0) return Number.NaN;
  const copy = new Float64Array(values);
  const middle = copy.length >> 1;
  const upper = selectInPlace(copy, middle);
  if (copy.length % 2 === 1) return upper;
  return (selectInPlace(copy.subarray(0, middle), middle - 1) + upper) / 2;
}

/** The `fraction` quantile (0 to 1, nearest rank) of the finite values within `reach` places of each place. */
export function slidingQuantile(values: Float32Array, reach: number, fraction: number): Float32Array {
  const out = new Float32Array(values.length);
  // The finite values of the window in ascending order: one comes, one goes.
  const window = new Float32Array(2 * reach + 2);
  let count = 0;
  const placeOf = (value: number): number => {
    let [from, to] = [0, count];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (window[middle]! < value) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const enter = (value: number | undefined) => {
    if (value === undefined || !Number.isFinite(value)) return;
    const place = placeOf(value);
    window.copyWithin(place + 1, place, count++);
    window[place] = value;
  };
  const leave = (value: number | undefined) => {
    if (value === undefined || !Number.isFinite(value)) return;
    const place = placeOf(value);
    window.copyWithin(place, place + 1, count--);
  };
  for (let i = 0; i < Math.min(reach, values.length); i++) enter(values[i]);
  for (let i = 0; i < values.length; i++) {
    enter(values[i + reach]);
    out[i] = count === 0 ? Number.NaN : window[Math.floor((count - 1) * fraction + 0.5)]!;
    leave(values[i - reach]);
  }
  return out;
}
