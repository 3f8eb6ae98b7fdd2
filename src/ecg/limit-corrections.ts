/**
 * Moves each lead's limits of P, QRS and T to where cardiologists mark them. Thresholds and trapeziums have habits: they
 * end a P wave late in the chest leads, begin QRS late where its first deflection is slow. A ridge regression on how fast
 * and how high the lead and all leads together are around the median limit says how far the marks lie from there. Its
 * weights were fitted on LUDB's odd records (`npm run train:limits`): one set for eight leads or more, one for fewer.
 */
import { log } from '../numeric/elementary.ts';
import type { LeadWaves, Wave } from './delineation.ts';
import { medianOf } from './filtering.ts';
import { LIMIT_WEIGHTS } from './limit-weights.generated.ts';
import type { WaveKind } from './scoring-waves.ts';
import { togetherOf, velocityOf } from './wave-velocity.ts';

export const LIMITS = ['p onset', 'p end', 'qrs onset', 'qrs end', 't onset', 't end'] as const;
export type Limit = (typeof LIMITS)[number];

/** From this number of leads on those together say enough for weights of their own. */
export const MANY_LEADS = 8;
/** Milliseconds from the median over leads: bias and one weight a feature. */
export type LimitWeights = Readonly<Record<Limit, { bias: number; weights: readonly number[] }>>;
/** What is known of one lead's limit. */
export interface UncorrectedLimit {
  limit: Limit;
  lead: number;
  /** Median over leads, a sample of the beat. */
  from: number;
  features: readonly number[];
}
/** @returns how far the limit lies from the median over leads, ms */
export type Correction = (limit: UncorrectedLimit) => number;

/** No limit is moved further than this from the median over leads. */
const FURTHEST_MS = 60;
const SLOW_REACH_SECONDS = 0.008;
/** Where around the median limit the leads are looked at: to either side, in steps. */
const LOOK_SECONDS = {
  p: { reach: 0.08, step: 0.016 },
  qrs: { reach: 0.056, step: 0.008 },
  t: { reach: 0.096, step: 0.024 },
} as const;
/** The fastest part of QRS lies this near the R peak. */
const FASTEST_REACH_SECONDS = 0.06;
const SLOW_MARGIN_SECONDS = 0.02;
/** Shares of the highest velocity below which nothing is told apart. */
const QRS_LEAD_FLOOR = 0.02;
const QRS_TOGETHER_FLOOR = 0.01;
const SLOW_FLOOR = 0.05;
const SMALLEST_HEIGHT_MILLIVOLTS = 0.01;

/** By the weights that ship, for a recording of so many usable leads. */
export function correctionFor(leads: number): Correction {
  return correctionBy(leads >= MANY_LEADS ? LIMIT_WEIGHTS.many : LIMIT_WEIGHTS.few);
}

export function correctionBy(set: LimitWeights): Correction {
  return ({ limit, features }) => {
    const { bias, weights } = set[limit];
    return Math.max(
      -FURTHEST_MS,
      Math.min(
        FURTHEST_MS,
        weights.reduce((sum, weight, i) => sum + weight * features[i]!, bias),
      ),
    );
  };
}

/** A beat, or the median beat, filtered for QRS and for P and T; positions are samples in it. */
interface FilteredBeat {
  /** As fast as its leads are for QRS. */
  qrsSpeeds: Speeds;
  slow: readonly Float32Array[];
  samplingRateHz: number;
  rPeak: number;
  rrSeconds: number;
}

/** @param waves one entry a lead; null stays null, and no peak moves */
export function withCorrectedLimits(
  waves: readonly LeadWaves[],
  beat: FilteredBeat,
  correct: Correction,
): LeadWaves[] {
  const { samplingRateHz } = beat;
  const qrsOnset = medianLimit(waves, 'qrs', 'onset');
  const qrsEnd = medianLimit(waves, 'qrs', 'end');
  if (Number.isNaN(qrsOnset)) return [...waves];
  const about = { beat, waves, qrsOnset, qrsEnd };
  const velocities = {
    qrs: beat.qrsSpeeds,
    slow: speedsOf(beat.slow, samplingRateHz, SLOW_REACH_SECONDS),
  };
  const moved = (kind: WaveKind): (Wave | null)[] => {
    const middle = { onset: medianLimit(waves, kind, 'onset'), end: medianLimit(waves, kind, 'end') };
    return waves.map((lead, index) => {
      const wave = lead[kind];
      if (wave === null) return null;
      const place = (side: 'onset' | 'end') => {
        const from = middle[side];
        const features = featuresOf({ ...about, kind, side, from, wave, lead: index, velocities });
        return Math.round(
          from + (correct({ limit: `${kind} ${side}`, lead: index, from, features }) * samplingRateHz) / 1000,
        );
      };
      return {
        onset: Math.max(0, Math.min(wave.peak, place('onset'))),
        peak: wave.peak,
        end: Math.min(beat.slow[index]!.length - 1, Math.max(wave.peak, place('end'))),
      };
    });
  };
  const [p, qrs, t] = [moved('p'), moved('qrs'), moved('t')];
  return qrs.map((complex, lead) => ({
    p: endingBefore(p[lead]!, complex),
    qrs: complex,
    t: beginningAfter(t[lead]!, complex),
  }));
}

const endingBefore = (wave: Wave | null, next: Wave | null): Wave | null =>
  wave === null || next === null
    ? wave
    : { ...wave, end: Math.max(wave.peak, Math.min(wave.end, next.onset)) };
const beginningAfter = (wave: Wave | null, last: Wave | null): Wave | null =>
  wave === null || last === null
    ? wave
    : { ...wave, onset: Math.min(wave.peak, Math.max(wave.onset, last.end)) };

function medianLimit(waves: readonly LeadWaves[], kind: WaveKind, side: 'onset' | 'end'): number {
  return medianOf(waves.flatMap((lead) => lead[kind]?.[side] ?? []));
}

/** Lead by lead and of all leads together, millivolts a second. */
export interface Speeds {
  leads: Float32Array[];
  together: Float32Array;
}

export function speedsOf(
  leads: readonly Float32Array[],
  samplingRateHz: number,
  reachSeconds: number,
): Speeds {
  const each = leads.map((lead) => velocityOf(lead, samplingRateHz, reachSeconds));
  return { leads: each, together: togetherOf(each) };
}

interface Place {
  beat: FilteredBeat;
  waves: readonly LeadWaves[];
  qrsOnset: number;
  qrsEnd: number;
  velocities: { qrs: Speeds; slow: Speeds };
  kind: WaveKind;
  side: 'onset' | 'end';
  /** Median limit over leads. */
  from: number;
  wave: Wave;
  lead: number;
}

/** The lead and all leads around the median limit; lengths differ by kind of wave alone. */
function featuresOf(place: Place): number[] {
  const { beat, waves, qrsOnset, qrsEnd, velocities, kind, side, from, wave, lead } = place;
  const { samplingRateHz, rPeak, rrSeconds } = beat;
  const samples = (seconds: number) => Math.round(seconds * samplingRateHz);
  const { reach, step } = LOOK_SECONDS[kind];
  const steps = Math.round(reach / step);
  const places = Array.from({ length: 2 * steps + 1 }, (_, i) => from + (i - steps) * step * samplingRateHz);
  const { leads, together } = kind === 'qrs' ? velocities.qrs : velocities.slow;
  const own = leads[lead]!;
  const [first, last] =
    kind === 'qrs'
      ? [rPeak - samples(FASTEST_REACH_SECONDS), rPeak + samples(FASTEST_REACH_SECONDS)]
      : [wave.onset - samples(SLOW_MARGIN_SECONDS), wave.end + samples(SLOW_MARGIN_SECONDS)];
  const fastest = highest(own, first, last);
  const fastestTogether = highest(together, first, last);
  const [floor, floorTogether] =
    kind === 'qrs' ? [QRS_LEAD_FLOOR, QRS_TOGETHER_FLOOR] : [SLOW_FLOOR, SLOW_FLOOR];
  const ms = (distance: number) => (distance * 1000) / samplingRateHz;
  const limits = waves.flatMap((each) => each[kind]?.[side] ?? []);
  const mean = limits.reduce((sum, value) => sum + value, 0) / limits.length;
  const spread = Math.sqrt(
    limits.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / limits.length,
  );
  return [
    ...places.map((at) => log(valueAt(own, at) / fastest + floor)),
    ...places.map((at) => log(valueAt(together, at) / fastestTogether + floorTogether)),
    ...(kind === 'qrs' ? [] : levels(beat.slow[lead]!, wave, places)),
    log(fastest / fastestTogether),
    Math.max(-40, Math.min(40, ms(wave[side] - from))),
    ms(wave.peak - from),
    ...(kind === 'qrs' ? [ms(qrsEnd - qrsOnset)] : [ms(qrsOnset - from), ms(from - qrsEnd)]),
    rrSeconds,
    ms(spread),
  ];
}

/** How high the wave stands at places, shares of its height above the level at its limits; and the height's logarithm. */
function levels(signal: Float32Array, wave: Wave, places: readonly number[]): number[] {
  const base = (valueAt(signal, wave.onset) + valueAt(signal, wave.end)) / 2;
  const height = signal[wave.peak]! - base;
  const least = height < 0 ? -SMALLEST_HEIGHT_MILLIVOLTS : SMALLEST_HEIGHT_MILLIVOLTS;
  const scale = Math.abs(height) > SMALLEST_HEIGHT_MILLIVOLTS ? height : least;
  return [
    ...places.map((at) => Math.max(-1.5, Math.min(1.5, (valueAt(signal, at) - base) / scale))),
    log(Math.abs(height) + SMALLEST_HEIGHT_MILLIVOLTS),
  ];
}

/** Never 0, so that it can divide. */
function highest(values: Float32Array, first: number, last: number): number {
  let most = 1e-4;
  for (let i = Math.max(0, first); i <= Math.min(values.length - 1, last); i++) {
    if (values[i]! > most) most = values[i]!;
  }
  return most;
}

/** Between samples along a line; beyond the ends the first or last. */
function valueAt(values: Float32Array, at: number): number {
  const place = Math.max(0, Math.min(values.length - 1, at));
  const low = Math.floor(place);
  const high = Math.min(values.length - 1, low + 1);
  return values[low]! + (values[high]! - values[low]!) * (place - low);
}
