/** Which stretches of which leads can be analysed. A bad lead is a finding, never an error. */

import type { LeadQuality } from '../contract/ecg.ts';
import { cos, sin } from '../numeric/elementary.ts';
import { selectInPlace } from '../numeric/order-statistic.ts';
import {
  butterworth,
  fillGaps,
  filterZeroPhase,
  filterZeroPhaseInPlace,
  slidingQuantile,
} from './filtering.ts';
import type { EcgLead, EcgRecording } from './recording.ts';
import {
  round,
  runStages,
  type Signal,
  type SignalSource,
  type Stage,
  type Staged,
  StretchGrid,
  secondsIn,
  WHOLE_SAMPLES,
} from './stretches.ts';

export const SECOND_STATES = { analysable: 0, noisy: 1, leadOff: 2, saturated: 3 } as const;

export interface QualityAssessment {
  leads: LeadQuality[];
  /** Per second of the recording (the last may be shorter), 1 where at least one lead can be analysed. */
  analysable: Uint8Array;
  /** Share of seconds with at least one analysable lead, 0 to 1. */
  analysableFraction: number;
}

/** Peak-to-peak below which a second is flat: two steps of the converter, but no less than this. */
const FLAT_MILLIVOLTS = 0.005;
/** Share of a second at the converter's limits from which it is saturated: wider than a clipped R peak. */
const SATURATED_SHARE = 0.06;
/** Share of a second without samples from which the lead is off. */
const MISSING_SHARE = 0.5;
/** Where the file tells no limits: samples in a row at the lead's extreme value, in seconds, that are a limit. */
const CLIPPED_SECONDS = 0.06;
/** Where complexes have their energy; what is there between them hides them. */
const COMPLEX_BAND_LOW_HZ = 5;
const COMPLEX_BAND_HIGH_HZ = 25;
/**
 * Median over two seconds of the magnitude in that band, relative to the usual complex, from which a second is noisy.
 * A ventricular tachycardia is nearly as busy as noise and must not be hidden by it, so the limit is lenient: on DS1 it
 * leaves out under 1 % of ventricular beats, on the Noise Stress Test half of the time with noise at -6 dB.
 */
const NOISE_RATIO = 0.14;
/** What is usual for complexes is learned from this many seconds on either side, longer than noise lasts. */
const SECONDS_AROUND_COMPLEX = 60;
/** Low, so that noise does not raise what is usual. */
const USUAL_COMPLEX_QUANTILE = 0.4;
/** What is usual for the amplitude follows a change of gain or posture. */
const SECONDS_AROUND_AMPLITUDE = 15;
/** Peak-to-peak of a second relative to the lead's usual one from which it is a movement artefact. */
const MOVEMENT_RATIO = 4;

/**
 * Signal-quality index of a second: 100 / (1 + x^2), x^2 the sum of three squared ratios, each 1 where that kind of noise
 * alone halves it. What hides complexes and muscle noise are taken against the usual complex, wander against the usual
 * peak-to-peak. Chosen on records 118 and 119 of the Noise Stress Test at 24 to -6 dB.
 */
const HALVING_COMPLEX_BAND = 0.15;
const HALVING_MUSCLE = 0.5;
const HALVING_WANDER = 1.5;
/** Half of the period of the frequency that the difference for muscle noise doubles: 45 Hz, 5 Hz falls to a sixteenth. */
const MUSCLE_HALF_PERIOD_SECONDS = 1 / 90;
/** Slower than any wave: what the 1 Hz high-pass takes away. */
const WANDER_HZ = 1;
/** From these ratios on, of the usual complex and of the usual peak-to-peak, a kind of noise is named in a second. */
const NAMED_FAST = 0.1;
const NAMED_WANDER = 1.5;
/** Share of the fast part that lies within 1 Hz of 50 or 60 Hz from which it is mains hum. */
const MAINS_SHARE = 0.5;

/** The extreme values of a lead in a piece of signal, and how many samples in a row are at them. */
interface Extremes {
  low: number;
  high: number;
  lowRun: number;
  highRun: number;
}

/** Extremes of every lead whose file does not tell the converter's limits; null of the others. */
export const extremesStage: Stage<null, (Extremes | null)[]> = {
  name: 'quality-extremes',
  run: (_, [signal]) =>
    signal!.leads.map((lead) => (lead.rangeMillivolts === null ? extremesOf(lead.millivolts) : null)),
};

function extremesOf(millivolts: Float32Array): Extremes {
  const extremes = {
    low: Number.POSITIVE_INFINITY,
    high: Number.NEGATIVE_INFINITY,
    lowRun: 0,
    highRun: 0,
  };
  for (const value of millivolts) {
    if (value < extremes.low) extremes.low = value;
    if (value > extremes.high) extremes.high = value;
  }
  let [lowRun, highRun] = [0, 0];
  for (const value of millivolts) {
    lowRun = value === extremes.low ? lowRun + 1 : 0;
    highRun = value === extremes.high ? highRun + 1 : 0;
    if (lowRun > extremes.lowRun) extremes.lowRun = lowRun;
    if (highRun > extremes.highRun) extremes.highRun = highRun;
  }
  return extremes;
}

interface Limits {
  low: number;
  high: number;
}

/** @param parts extremes of pieces that overlap by the samples in a row that make a limit */
function converterLimits(
  lead: Omit<EcgLead, 'millivolts'>,
  parts: readonly (Extremes | null)[],
  samplingRateHz: number,
): Limits {
  const margin = lead.resolutionMillivolts / 2;
  if (lead.rangeMillivolts !== null) {
    return { low: lead.rangeMillivolts.low + margin, high: lead.rangeMillivolts.high - margin };
  }
  const known = parts.filter((part) => part !== null);
  const low = known.reduce((least, part) => Math.min(least, part.low), Number.POSITIVE_INFINITY);
  const high = known.reduce((most, part) => Math.max(most, part.high), Number.NEGATIVE_INFINITY);
  const needed = samplesAtLimit(samplingRateHz);
  return {
    low: known.some((part) => part.low === low && part.lowRun >= needed)
      ? low + margin
      : Number.NEGATIVE_INFINITY,
    high: known.some((part) => part.high === high && part.highRun >= needed)
      ? high - margin
      : Number.POSITIVE_INFINITY,
  };
}

function samplesAtLimit(samplingRateHz: number): number {
  return Math.ceil(CLIPPED_SECONDS * samplingRateHz);
}

/** What is measured of every second of a lead; NaN and 0 where its state says that it shows nothing. */
interface Seconds {
  /** Analysable, lead off or saturated; whether it is too noisy is judged against others. */
  state: Uint8Array;
  peakToPeak: Float32Array;
  /** Typical and largest size in the band of complexes. */
  noise: Float32Array;
  complex: Float32Array;
  wander: Float32Array;
  muscle: Float32Array;
  /** 50 or 60 where most of what is fast has that frequency. */
  mains: Uint8Array;
}

function noSeconds(seconds: number): Seconds {
  return {
    state: new Uint8Array(seconds),
    peakToPeak: new Float32Array(seconds).fill(Number.NaN),
    noise: new Float32Array(seconds),
    complex: new Float32Array(seconds).fill(Number.NaN),
    wander: new Float32Array(seconds),
    muscle: new Float32Array(seconds),
    mains: new Uint8Array(seconds),
  };
}

/** Seconds `from` to `to` of the piece, of every lead. */
export const secondsStage: Stage<{ limits: Limits[]; from: number; to: number }, Seconds[]> = {
  name: 'quality-seconds',
  run: ({ limits, from, to }, [signal]) =>
    signal!.leads.map((lead, index) => measuredSeconds(lead, signal!, limits[index]!, from, to)),
};

function measuredSeconds(
  lead: EcgLead,
  { samplingRateHz, lengthSamples }: Signal,
  limits: Limits,
  from: number,
  to: number,
): Seconds {
  const { millivolts } = lead;
  const bounds = (second: number): [number, number] => [
    Math.round(second * samplingRateHz),
    Math.min(lengthSamples, Math.round((second + 1) * samplingRateHz)),
  ];
  const flatBelow = Math.max(2.5 * lead.resolutionMillivolts, FLAT_MILLIVOLTS);
  const filled = fillGaps(millivolts);
  const complexBand = filterZeroPhase(filled, [
    butterworth('high-pass', COMPLEX_BAND_LOW_HZ, samplingRateHz),
    butterworth('low-pass', Math.min(COMPLEX_BAND_HIGH_HZ, samplingRateHz * 0.4), samplingRateHz),
  ]);
  for (let i = 0; i < complexBand.length; i++) complexBand[i] = Math.abs(complexBand[i]!);
  const withoutDrift = filterZeroPhaseInPlace(filled, [butterworth('high-pass', WANDER_HZ, samplingRateHz)]);

  const measured = noSeconds(to - from);
  for (let second = from; second < to; second++) {
    const [start, end] = bounds(second);
    const at = second - from;
    let [missing, atLimit] = [0, 0];
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [steadyLow, steadyHigh] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [wanderLow, wanderHigh] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = start; i < end; i++) {
      const value = millivolts[i]!;
      if (Number.isNaN(value)) missing++;
      if (value <= limits.low || value >= limits.high) atLimit++;
      if (value < low) low = value;
      if (value > high) high = value;
      if (withoutDrift[i]! < steadyLow) steadyLow = withoutDrift[i]!;
      if (withoutDrift[i]! > steadyHigh) steadyHigh = withoutDrift[i]!;
      const slow = value - withoutDrift[i]!;
      if (slow < wanderLow) wanderLow = slow;
      if (slow > wanderHigh) wanderHigh = slow;
    }
    const samples = end - start;
    if (missing > samples * MISSING_SHARE) measured.state[at] = SECOND_STATES.leadOff;
    else if (high - low <= flatBelow) {
      // A rail is flat too; only a known rail tells them apart.
      const onRail = lead.rangeMillivolts !== null && atLimit > samples / 2;
      measured.state[at] = onRail ? SECOND_STATES.saturated : SECOND_STATES.leadOff;
    } else if (atLimit > samples * SATURATED_SHARE) measured.state[at] = SECOND_STATES.saturated;
    else {
      measured.peakToPeak[at] = steadyHigh - steadyLow;
      // The median leaves the complexes themselves out: they take less than half of the second.
      const around = Math.round(samplingRateHz / 2);
      const near = complexBand.slice(Math.max(0, start - around), end + around);
      measured.noise[at] = selectInPlace(near, near.length >> 1);
      measured.complex[at] = selectInPlace(near, near.length - 1);
      measured.wander[at] = wanderHigh - wanderLow;
      const fast = fastPart(millivolts.subarray(start, end), samplingRateHz);
      const sizes = fast.map(Math.abs);
      measured.muscle[at] = sizes.length === 0 ? 0 : selectInPlace(sizes, sizes.length >> 1);
      measured.mains[at] = mainsFrequency(fast, samplingRateHz);
    }
  }
  return measured;
}

/** Judges the seconds of a lead by what is usual for it around them. */
function judgedLead(name: string, measured: Seconds): LeadQuality {
  const { state: secondState, peakToPeak, noise, complex, wander, muscle, mains } = measured;
  const seconds = secondState.length;
  const usual = slidingQuantile(peakToPeak, SECONDS_AROUND_AMPLITUDE, 0.5);
  const usualComplex = slidingQuantile(complex, SECONDS_AROUND_COMPLEX, USUAL_COMPLEX_QUANTILE);
  for (let second = 0; second < seconds; second++) {
    if (secondState[second] !== SECOND_STATES.analysable) continue;
    const tooMuchNoise = noise[second]! > NOISE_RATIO * usualComplex[second]!;
    const moved = peakToPeak[second]! > MOVEMENT_RATIO * usual[second]!;
    if (tooMuchNoise || moved) secondState[second] = SECOND_STATES.noisy;
  }

  const qualityIndex = new Uint8Array(seconds);
  const noiseSeconds = { muscle: 0, mains: 0, wander: 0 };
  let mainsHz: 50 | 60 | null = null;
  for (let second = 0; second < seconds; second++) {
    if (secondState[second]! >= SECOND_STATES.leadOff) continue;
    const hiding = noise[second]! / usualComplex[second]! / HALVING_COMPLEX_BAND;
    const fast = muscle[second]! / usualComplex[second]! / HALVING_MUSCLE;
    const slow = wander[second]! / usual[second]! / HALVING_WANDER;
    const squares = hiding * hiding + fast * fast + slow * slow;
    qualityIndex[second] = Number.isFinite(squares) ? Math.round(100 / (1 + squares)) : 0;
    if (wander[second]! > NAMED_WANDER * usual[second]!) noiseSeconds.wander++;
    const named = muscle[second]! > NAMED_FAST * usualComplex[second]!;
    if (named && mains[second] !== 0) {
      noiseSeconds.mains++;
      mainsHz = mains[second] === 50 ? 50 : 60;
    } else if (named) noiseSeconds.muscle++;
  }

  const count = (state: number) => secondState.reduce((sum, value) => sum + (value === state ? 1 : 0), 0);
  return {
    lead: name,
    analysableFraction: seconds === 0 ? 0 : count(SECOND_STATES.analysable) / seconds,
    leadOffSeconds: count(SECOND_STATES.leadOff),
    saturatedSeconds: count(SECOND_STATES.saturated),
    secondState,
    qualityIndex,
    noiseSeconds: { ...noiseSeconds, mainsHz },
  };
}

/** Each sample less the mean of those half a period before and after; empty below 90 Hz and where samples are missing. */
function fastPart(signal: Float32Array, samplingRateHz: number): Float32Array {
  const step = Math.round(MUSCLE_HALF_PERIOD_SECONDS * samplingRateHz);
  if (step < 1 || signal.length <= 2 * step) return new Float32Array(0);
  const out = new Float32Array(signal.length - 2 * step);
  for (let i = 0; i < out.length; i++) out[i] = signal[i + step]! - (signal[i]! + signal[i + 2 * step]!) / 2;
  return out.some((value) => Number.isNaN(value)) ? new Float32Array(0) : out;
}

/** 50 or 60 where most of the signal lies within about 1 Hz of it, else 0. */
function mainsFrequency(fast: Float32Array, samplingRateHz: number): 0 | 50 | 60 {
  let energy = 0;
  for (const value of fast) energy += value * value;
  if (energy === 0) return 0;
  for (const hz of [50, 60] as const) {
    if (samplingRateHz <= 2 * hz) continue;
    const angle = (2 * Math.PI * hz) / samplingRateHz;
    const [stepCos, stepSin] = [cos(angle), sin(angle)];
    let [c, s, sumC, sumS] = [1, 0, 0, 0];
    for (const value of fast) {
      sumC += value * c;
      sumS += value * s;
      [c, s] = [c * stepCos - s * stepSin, s * stepCos + c * stepSin];
    }
    if ((2 * (sumC * sumC + sumS * sumS)) / fast.length > MAINS_SHARE * energy) return hz;
  }
  return 0;
}

/** Judges every lead second by second: flat or missing, saturated, noisy, or fit for analysis. */
export function assessQuality(recording: EcgRecording): QualityAssessment {
  return runStages(recording, qualityStages(recording));
}

/**
 * `assessQuality` of a recording of any length.
 * @param largestStretch samples of a lead that are judged at once
 */
export function* qualityStages(
  recording: Omit<SignalSource, 'readWindow'>,
  largestStretch = WHOLE_SAMPLES,
): Staged<QualityAssessment> {
  const { samplingRateHz, lengthSamples } = recording;
  const stretches = new StretchGrid(recording, [], 1, largestStretch).stretches();
  const unknown = recording.leads.some((lead) => lead.rangeMillivolts === null);
  const extremes = !unknown
    ? []
    : yield* round(
        extremesStage,
        stretches.map(({ from, to }) => {
          const end = Math.min(lengthSamples, to + samplesAtLimit(samplingRateHz));
          return { input: null, pieces: [{ startSample: from, lengthSamples: end - from }] };
        }),
      );
  const limits = recording.leads.map((lead, index) =>
    converterLimits(
      lead,
      extremes.map((part) => part[index]!),
      samplingRateHz,
    ),
  );
  const parts = yield* round(
    secondsStage,
    stretches.map((stretch) => {
      const [from, to] = secondsIn(stretch, recording);
      const input = { limits, from: from - stretch.firstSecond, to: to - stretch.firstSecond };
      return { input, pieces: [stretch.piece] };
    }),
  );
  const seconds = Math.ceil(lengthSamples / samplingRateHz);
  const leads = recording.leads.map(({ name }, index) => {
    const measured = noSeconds(seconds);
    for (const [i, part] of parts.entries()) {
      const [first] = secondsIn(stretches[i]!, recording);
      for (const column of Object.keys(measured) as (keyof Seconds)[])
        measured[column].set(part[index]![column], first);
    }
    return judgedLead(name, measured);
  });
  const analysable = new Uint8Array(seconds);
  for (const { secondState } of leads) {
    for (let second = 0; second < seconds; second++) {
      if (secondState[second] === SECOND_STATES.analysable) analysable[second] = 1;
    }
  }
  const total = analysable.reduce((sum, value) => sum + value, 0);
  return { leads, analysable, analysableFraction: seconds === 0 ? 0 : total / seconds };
}
