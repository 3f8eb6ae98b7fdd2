/**
 * What the waves of a stretch of one lead look like, in numbers from -1 to 1 that do not depend on sampling rate or
 * amplitude: how alike the complexes are, whether there is a P wave that keeps its place, what is left of the signal
 * between complexes once the usual beat is taken off (the f waves of atrial fibrillation are 4 to 9 Hz), noise.
 */
import { RHYTHM_RATE_HZ } from './conditioned.ts';
import { type NamedFeatures, prematureIntervals } from './rr-features.ts';
import {
  companded,
  correlationOf,
  deviationOf,
  meanOf,
  median,
  quantileOf,
  shareOf,
  sortedCopy,
  squashed,
} from './statistics.ts';

/** Window around an R peak: 0.4 s before, 0.496 s after. */
export const BEFORE = 50;
export const LENGTH = 112;
/** Every second value of the usual beat is a feature. */
const TEMPLATE_STEP = 2;
const FEWEST_BEATS = 4;

interface Region {
  from: number;
  to: number;
}
const QRS: Region = { from: BEFORE - 10, to: BEFORE + 13 };
const WIDE: Region = { from: BEFORE - 25, to: BEFORE + 45 };
const P_WAVE: Region = { from: BEFORE - 36, to: BEFORE - 8 };
const T_WAVE: Region = { from: BEFORE + 14, to: BEFORE + 55 };
/** Lags at which the rest between complexes is compared with itself: 3 to 12 Hz. */
const SHORTEST_LAG = Math.round(RHYTHM_RATE_HZ / 12);
const LONGEST_LAG = Math.round(RHYTHM_RATE_HZ / 3);

/** Beats of a stretch against its own usual beat. */
export interface BeatShapes {
  /** Height of the usual QRS complex, millivolts; 0 where there is none. */
  amplitude: number;
  /** 1 or -1: which way the usual QRS complex points. */
  polarity: number;
  /** The usual (median) beat, millivolts, [LENGTH]. */
  template: Float32Array;
  /** Correlation of each beat's QRS with the usual one, [beats]. */
  qrsCorrelation: Float64Array;
}

function cut(signal: Float32Array, peak: number): Float32Array {
  const beat = new Float32Array(LENGTH);
  const last = signal.length - 1;
  for (let j = 0; j < LENGTH; j++) {
    const i = peak - BEFORE + j;
    beat[j] = last < 0 ? 0 : signal[i < 0 ? 0 : i > last ? last : i]!;
  }
  return beat;
}

function part(beat: Float32Array, region: Region): Float32Array {
  return beat.subarray(region.from, region.to);
}

function heightOf(values: Float32Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.length === 0 ? 0 : high - low;
}

/** Samples of the QRS region beyond a quarter of its largest deflection from the beat's median. */
function widthOf(beat: Float32Array): number {
  const level = median(beat);
  const region = part(beat, { from: BEFORE - 18, to: BEFORE + 22 });
  let largest = 0;
  for (const value of region) largest = Math.max(largest, Math.abs(value - level));
  return shareOf(region, (value) => Math.abs(value - level) > 0.25 * largest) * region.length;
}

function medianBeat(beats: readonly Float32Array[]): Float32Array {
  const template = new Float32Array(LENGTH);
  const column = new Float64Array(beats.length);
  for (let j = 0; j < LENGTH; j++) {
    for (let k = 0; k < beats.length; k++) column[k] = beats[k]![j]!;
    template[j] = quantileOf(column.sort(), 0.5);
  }
  return template;
}

export function beatShapes(signal: Float32Array, peaks: Int32Array): BeatShapes & { beats: Float32Array[] } {
  const beats = Array.from(peaks, (peak) => cut(signal, peak));
  const template = medianBeat(beats);
  const level = median(template);
  let [amplitude, polarity] = [0, 1];
  for (let j = QRS.from; j < QRS.to; j++) {
    const value = template[j]! - level;
    if (Math.abs(value) > amplitude) {
      amplitude = Math.abs(value);
      polarity = value < 0 ? -1 : 1;
    }
  }
  const qrs = part(template, QRS);
  const qrsCorrelation = Float64Array.from(beats, (beat) => correlationOf(part(beat, QRS), qrs));
  return { beats, amplitude, polarity, template, qrsCorrelation };
}

/** Signal less the usual beat at each R peak; the middle of the complexes is set to 0. */
export function withoutUsualBeat(
  signal: Float32Array,
  peaks: Int32Array,
  template: Float32Array,
): Float32Array {
  const rest = signal.slice();
  for (let k = 0; k < peaks.length; k++) {
    const start = peaks[k]! - BEFORE;
    // Where two windows overlap, the border is midway, but no P wave is cut off by its neighbour.
    const from =
      k > 0 ? Math.max(start, Math.round(peaks[k - 1]! + 0.62 * (peaks[k]! - peaks[k - 1]!))) : start;
    const to =
      k + 1 < peaks.length
        ? Math.min(start + LENGTH, Math.round(peaks[k]! + 0.62 * (peaks[k + 1]! - peaks[k]!)))
        : start + LENGTH;
    for (let i = Math.max(0, from); i < Math.min(rest.length, to); i++) {
      const j = i - start;
      if (j < 0 || j >= LENGTH) continue;
      rest[i] = j >= QRS.from && j < QRS.to ? 0 : rest[i]! - template[j]!;
    }
  }
  return rest;
}

/** How much of each beat's own wave in a region is the usual one: 0 nothing, 1 all. */
function steadiness(beats: readonly Float32Array[], template: Float32Array, region: Region): number {
  const usual = part(template, region);
  const usualMean = meanOf(usual);
  let usualEnergy = 0;
  for (const value of usual) usualEnergy += (value - usualMean) ** 2;
  let rest = 0;
  for (const beat of beats) {
    const own = part(beat, region);
    const ownMean = meanOf(own);
    for (let j = 0; j < own.length; j++) rest += (own[j]! - ownMean - usual[j]! + usualMean) ** 2;
  }
  const perBeat = rest / Math.max(1, beats.length);
  return usualEnergy + perBeat > 0 ? usualEnergy / (usualEnergy + perBeat) : 0;
}

/** Largest autocorrelation of the rest at lags of 3 to 12 Hz, its frequency, and that at twice the lag. */
function oscillation(rest: Float32Array): { strength: number; frequencyHz: number; second: number } {
  const at = (lag: number): number => {
    let [product, energy] = [0, 0];
    for (let i = lag; i < rest.length; i++) {
      product += rest[i]! * rest[i - lag]!;
      energy += rest[i]! * rest[i]!;
    }
    return energy > 0 ? product / energy : 0;
  };
  let [best, strength] = [SHORTEST_LAG, -1];
  let before = at(SHORTEST_LAG - 1);
  let here = at(SHORTEST_LAG);
  for (let lag = SHORTEST_LAG; lag <= LONGEST_LAG; lag++) {
    const after = at(lag + 1);
    if (here > strength && here >= before && here >= after) [best, strength] = [lag, here];
    [before, here] = [here, after];
  }
  return { strength, frequencyHz: RHYTHM_RATE_HZ / best, second: at(2 * best) };
}

/** Root mean square of a band made by the difference of moving sums: cheap, and the same bits everywhere. */
function rms(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return values.length === 0 ? 0 : Math.sqrt(squares / values.length);
}

function slopes(values: Float32Array): Float32Array {
  const out = new Float32Array(Math.max(0, values.length - 1));
  for (let i = 0; i < out.length; i++) out[i] = values[i + 1]! - values[i]!;
  return out;
}

/** Typical size, second by second, of what remains between complexes, relative to the complex. */
function restBySecond(rest: Float32Array, amplitude: number): Float64Array {
  const seconds = Math.floor(rest.length / RHYTHM_RATE_HZ);
  return Float64Array.from({ length: seconds }, (_, second) =>
    amplitude > 0
      ? rms(rest.subarray(second * RHYTHM_RATE_HZ, (second + 1) * RHYTHM_RATE_HZ)) / amplitude
      : 0,
  ).sort();
}

/** One beat against the usual one. */
export interface BeatTraits {
  /** Correlations of the QRS complex, of all waves and of the stretch before the complex, -1 to 1. */
  qrsAlike: number;
  waveAlike: number;
  pAlike: number;
  /** Height of the stretch before the complex over that of the usual complex. */
  pHeight: number;
  /** Height and width of the complex over those of the usual one. */
  height: number;
  width: number;
  /** Size of what the usual beat leaves of the signal after this beat, over the usual complex. */
  rest: number;
}

export function beatTraits(
  { beats, template, amplitude, qrsCorrelation }: BeatShapes & { beats: readonly Float32Array[] },
  peaks: Int32Array,
  rest: Float32Array,
): BeatTraits[] {
  const usualHeight = heightOf(part(template, QRS));
  const usualWidth = widthOf(template);
  return beats.map((beat, k) => {
    const end = k + 1 < peaks.length ? peaks[k + 1]! : peaks[k]! + RHYTHM_RATE_HZ;
    return {
      qrsAlike: qrsCorrelation[k]!,
      waveAlike: correlationOf(part(beat, WIDE), part(template, WIDE)),
      pAlike: correlationOf(part(beat, P_WAVE), part(template, P_WAVE)),
      pHeight: amplitude > 0 ? heightOf(part(beat, P_WAVE)) / amplitude : 0,
      height: usualHeight > 0 ? heightOf(part(beat, QRS)) / usualHeight : 1,
      width: usualWidth > 0 ? widthOf(beat) / usualWidth : 1,
      rest: amplitude > 0 ? rms(rest.subarray(peaks[k]!, end)) / amplitude : 0,
    };
  });
}

/**
 * @param signal of the stretch, at RHYTHM_RATE_HZ
 * @param baseline what was filtered off it
 * @param peaks R peaks within it, sample indices
 * @returns the same names in the same order for any input; all 0 with fewer than four beats
 */
export function shapeFeatures(
  signal: Float32Array,
  baseline: Float32Array,
  peaks: Int32Array,
  shapes: BeatShapes & { beats: readonly Float32Array[] },
  rest: Float32Array,
): NamedFeatures {
  const enough = peaks.length >= FEWEST_BEATS && shapes.amplitude > 0;
  const { amplitude, polarity, template, qrsCorrelation } = shapes;
  const beats = enough ? shapes.beats : [];
  const scale = enough ? 1 / amplitude : 0;
  const rr = Float64Array.from(
    { length: Math.max(0, peaks.length - 1) },
    (_, i) => peaks[i + 1]! - peaks[i]!,
  );
  const premature = prematureIntervals(rr);
  const alike = sortedCopy(qrsCorrelation);
  const ofBeats = (region: Region): Float64Array =>
    sortedCopy(beats.map((beat) => correlationOf(part(beat, region), part(template, region))));
  const wide = ofBeats(WIDE);
  const p = ofBeats(P_WAVE);
  const t = ofBeats(T_WAVE);
  const heights = sortedCopy(beats.map((beat) => heightOf(part(beat, QRS)) * scale));
  const widths = sortedCopy(beats.map(widthOf));
  const pHeights = sortedCopy(beats.map((beat) => heightOf(part(beat, P_WAVE)) * scale));
  const usualP = part(template, P_WAVE);
  let pPeak = 0;
  for (let j = 1; j < usualP.length; j++) if (usualP[j]! * polarity > usualP[pPeak]! * polarity) pPeak = j;
  const usualT = part(template, T_WAVE);
  let tPeak = 0;
  for (let j = 1; j < usualT.length; j++) if (Math.abs(usualT[j]!) > Math.abs(usualT[tPeak]!)) tPeak = j;
  // Beat i + 1 ends interval i.
  const early = (i: number): boolean => i > 0 && premature[i - 1] === 1;
  const wave = oscillation(rest);
  const restSizes = restBySecond(rest, amplitude);
  const signalSlope = rms(slopes(signal));
  const restSlopes = slopes(rest);
  const spread = deviationOf(signal);
  const mean = meanOf(signal);
  let [third, fourth] = [0, 0];
  for (const value of signal) {
    const z = spread > 0 ? (value - mean) / spread : 0;
    third += z * z * z;
    fourth += z * z * z * z;
  }
  const n = Math.max(1, signal.length);
  const level = median(template);
  const features: NamedFeatures = [
    ['enoughShapes', enough ? 1 : 0],
    ['amplitude', squashed(amplitude, 0.8)],
    ['polarity', polarity],
    ...[0, 0.1, 0.25, 0.5, 0.9].map((f): [string, number] => [`qrsAlike${f}`, quantileOf(alike, f)]),
    ['qrsUnlike', shareOf(qrsCorrelation, (c) => c < 0.8)],
    ['qrsVeryUnlike', shareOf(qrsCorrelation, (c) => c < 0.5)],
    ['earlyUnlike', shareOf(qrsCorrelation, (c, i) => c < 0.8 && early(i))],
    ['earlyAlike', shareOf(qrsCorrelation, (c, i) => c >= 0.8 && early(i))],
    ['lateUnlike', shareOf(qrsCorrelation, (c, i) => c < 0.8 && !early(i))],
    ['earlyUnlikeCount', squashed(shareOf(qrsCorrelation, (c, i) => c < 0.8 && early(i)) * peaks.length, 1)],
    ['earlyAlikeCount', squashed(shareOf(qrsCorrelation, (c, i) => c >= 0.8 && early(i)) * peaks.length, 1)],
    ...[0.1, 0.5].map((f): [string, number] => [`wideAlike${f}`, quantileOf(wide, f)]),
    ...[0.1, 0.25, 0.5, 0.75].map((f): [string, number] => [`pAlike${f}`, quantileOf(p, f)]),
    ...[0.25, 0.5].map((f): [string, number] => [`tAlike${f}`, quantileOf(t, f)]),
    ['pSteady', steadiness(beats, template, P_WAVE)],
    ['tSteady', steadiness(beats, template, T_WAVE)],
    ['pSteadyNearQrs', steadiness(beats, template, { from: BEFORE - 26, to: BEFORE - 8 })],
    ['pHeight', squashed(heightOf(usualP) * scale, 0.15)],
    ['pHeightTypical', squashed(quantileOf(pHeights, 0.5), 0.2)],
    ['pHeightSpread', squashed(quantileOf(pHeights, 0.9) - quantileOf(pHeights, 0.1), 0.2)],
    ['pPeakHeight', companded(((usualP[pPeak] ?? 0) - level) * polarity * scale, 0.1)],
    ['pPlace', pPeak / P_WAVE.to],
    ['tHeight', companded(((usualT[tPeak] ?? 0) - level) * polarity * scale, 0.3)],
    ['tPlace', tPeak / LENGTH],
    ['width', squashed(quantileOf(widths, 0.5), 8)],
    ['widthWide', squashed(quantileOf(widths, 0.9), 8)],
    ['widthMost', squashed(quantileOf(widths, 1), 8)],
    ['templateWidth', squashed(enough ? widthOf(template) : 0, 8)],
    ...[0, 0.1, 0.9, 1].map((f): [string, number] => [`height${f}`, squashed(quantileOf(heights, f), 1)]),
    ['heightSpread', squashed(deviationOf(heights), 0.2)],
    ['oscillation', wave.strength],
    ['oscillationHz', wave.frequencyHz / 12],
    ['oscillationSecond', wave.second],
    ...[0.1, 0.5, 0.9, 1].map((f): [string, number] => [`rest${f}`, squashed(quantileOf(restSizes, f), 0.1)]),
    ['restSharpness', squashed(rms(restSlopes), rms(rest) * 0.5 + 1e-9)],
    ['restSharperStill', squashed(rms(slopes(restSlopes)), rms(restSlopes) + 1e-9)],
    ['restToSignal', squashed(rms(rest), spread + 1e-9)],
    ['sharpness', squashed(signalSlope, spread * 0.4 + 1e-9)],
    ['slopeTypical', squashed(median(slopes(signal).map(Math.abs)), signalSlope * 0.4 + 1e-9)],
    ['skewness', companded((third / n) * polarity, 2)],
    ['kurtosis', squashed(fourth / n, 8)],
    ['drift', squashed(deviationOf(baseline), amplitude * 0.3 + 1e-9)],
    ['driftHeight', squashed(heightOf(baseline), amplitude + 1e-9)],
  ];
  const usualBeat: NamedFeatures = Array.from(
    { length: LENGTH / TEMPLATE_STEP },
    (_, k): [string, number] => [
      `beat${k}`,
      companded((template[k * TEMPLATE_STEP]! - level) * polarity * scale, 0.4),
    ],
  );
  const all = [...features, ...usualBeat];
  return enough ? all : all.map(([name]) => [name, 0]);
}
