/** Which stretches of which leads can be analysed. A bad lead is a finding, never an error. */
import type { LeadQuality } from '../contract/ecg.ts';
import { cos, sin } from '../numeric/elementary.ts';
import {
  butterworth,
  fillGaps,
  filterZeroPhase,
  filterZeroPhaseInPlace,
  slidingQuantile,
} from './filtering.ts';
import type { EcgLead, EcgRecording } from './recording.ts';

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

function converterLimits(lead: EcgLead, samplingRateHz: number): { low: number; high: number } {
  const margin = lead.resolutionMillivolts / 2;
  if (lead.rangeMillivolts !== null) {
    return { low: lead.rangeMillivolts.low + margin, high: lead.rangeMillivolts.high - margin };
  }
  const { millivolts } = lead;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of millivolts) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const needed = Math.ceil(CLIPPED_SECONDS * samplingRateHz);
  let [lowRun, highRun, longestLow, longestHigh] = [0, 0, 0, 0];
  for (const value of millivolts) {
    lowRun = value === low ? lowRun + 1 : 0;
    highRun = value === high ? highRun + 1 : 0;
    if (lowRun > longestLow) longestLow = lowRun;
    if (highRun > longestHigh) longestHigh = highRun;
  }
  return {
    low: longestLow >= needed ? low + margin : Number.NEGATIVE_INFINITY,
    high: longestHigh >= needed ? high - margin : Number.POSITIVE_INFINITY,
  };
}

function assessLead(lead: EcgLead, recording: EcgRecording): LeadQuality {
  const { samplingRateHz, lengthSamples } = recording;
  const { millivolts } = lead;
  const seconds = Math.ceil(lengthSamples / samplingRateHz);
  const bounds = (second: number): [number, number] => [
    Math.round(second * samplingRateHz),
    Math.min(lengthSamples, Math.round((second + 1) * samplingRateHz)),
  ];
  const limits = converterLimits(lead, samplingRateHz);
  const flatBelow = Math.max(2.5 * lead.resolutionMillivolts, FLAT_MILLIVOLTS);
  const filled = fillGaps(millivolts);
  const complexBand = filterZeroPhase(filled, [
    butterworth('high-pass', COMPLEX_BAND_LOW_HZ, samplingRateHz),
    butterworth('low-pass', Math.min(COMPLEX_BAND_HIGH_HZ, samplingRateHz * 0.4), samplingRateHz),
  ]);
  for (let i = 0; i < complexBand.length; i++) complexBand[i] = Math.abs(complexBand[i]!);
  const withoutDrift = filterZeroPhaseInPlace(filled, [butterworth('high-pass', WANDER_HZ, samplingRateHz)]);

  const secondState = new Uint8Array(seconds);
  const peakToPeak = new Float32Array(seconds).fill(Number.NaN);
  const noise = new Float32Array(seconds);
  const complex = new Float32Array(seconds).fill(Number.NaN);
  const wander = new Float32Array(seconds);
  const muscle = new Float32Array(seconds);
  const mains = new Uint8Array(seconds);
  for (let second = 0; second < seconds; second++) {
    const [start, end] = bounds(second);
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
    if (missing > samples * MISSING_SHARE) secondState[second] = SECOND_STATES.leadOff;
    else if (high - low <= flatBelow) {
      // A rail is flat too; only a known rail tells them apart.
      const onRail = lead.rangeMillivolts !== null && atLimit > samples / 2;
      secondState[second] = onRail ? SECOND_STATES.saturated : SECOND_STATES.leadOff;
    } else if (atLimit > samples * SATURATED_SHARE) secondState[second] = SECOND_STATES.saturated;
    else {
      peakToPeak[second] = steadyHigh - steadyLow;
      // The median leaves the complexes themselves out: they take less than half of the second.
      const around = Math.round(samplingRateHz / 2);
      const sorted = complexBand.slice(Math.max(0, start - around), end + around).sort();
      noise[second] = sorted[sorted.length >> 1]!;
      complex[second] = sorted[sorted.length - 1]!;
      wander[second] = wanderHigh - wanderLow;
      const fast = fastPart(millivolts.subarray(start, end), samplingRateHz);
      const sizes = fast.map(Math.abs).sort();
      muscle[second] = sizes[sizes.length >> 1] ?? 0;
      mains[second] = mainsFrequency(fast, samplingRateHz);
    }
  }

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
    lead: lead.name,
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
  const leads = recording.leads.map((lead) => assessLead(lead, recording));
  const seconds = Math.ceil(recording.lengthSamples / recording.samplingRateHz);
  const analysable = new Uint8Array(seconds);
  for (const { secondState } of leads) {
    for (let second = 0; second < seconds; second++) {
      if (secondState[second] === SECOND_STATES.analysable) analysable[second] = 1;
    }
  }
  const total = analysable.reduce((sum, value) => sum + value, 0);
  return { leads, analysable, analysableFraction: seconds === 0 ? 0 : total / seconds };
}
