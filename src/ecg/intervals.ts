/**
 * Intervals, axes and ST levels of a recording's usual beat, between the limits over all leads of wave-limits.ts. Each interval's doubt is
 * the spread over beats together with the method's error, measured on records of LUDB that the method was not fitted to.
 */
import type { EcgIntervals, Measurement } from '../contract/intervals.ts';
import { type BeatWaves, type Delineation, delineate } from './delineation.ts';
import { medianOf } from './filtering.ts';
import { INTERVAL_ERRORS } from './interval-errors.generated.ts';
import { judgePlacement } from './lead-placement.ts';
import { type Correction, MANY_LEADS } from './limit-corrections.ts';
import type { QualityAssessment } from './quality.ts';
import { round, type Signal, type SignalSource, type Stage, type Staged } from './stretches.ts';
import { axisOfWave, type BeatLimits, correctedQt, limitsOverLeads } from './wave-limits.ts';

export const INTERVALS = ['pDuration', 'pr', 'qrs', 'qt'] as const;
export type IntervalName = (typeof INTERVALS)[number];

/**
 * Error of the method in one interval of a record against the cardiologists' marks over all leads, on LUDB's odd records,
 * each delineated with weights that were fitted without it (`npm run train:limits`).
 */
interface MethodError {
  /** Mean; taken off. */
  biasMs: number;
  deviationMs: number;
  /**
   * The interval of 90 % is this many times the doubt (deviation of the method together with the standard error over
   * beats) to either side: the conformal quantile of error over doubt.
   */
  factor90: number;
}
export type IntervalErrors = Readonly<Record<IntervalName, MethodError>>;

const EXACT_TO_A_MILLISECOND: MethodError = { biasMs: 0, deviationMs: 1, factor90: 1.645 };
/** Spread of the axes over beats is nearly none; what remains is the error of placement and area, degrees. */
const AXIS_METHOD_DEGREES = 5;
const NORMAL_90 = 1.645;
/** An interval with a half-width beyond this share of itself is for review. */
const REVIEW_SHARE = 0.2;
const FEWEST_BEATS = 3;
const LEVEL_SECONDS = 0.02;

/** A longer recording is measured on its cleanest stretch of this length. */
const STRETCH_SECONDS = 60;

/** Intervals of a piece of signal that is measured as a whole. */
export const intervalsStage: Stage<{ rPeaks: Int32Array }, EcgIntervals> = {
  name: 'intervals',
  run: ({ rPeaks }, [signal]) => measureIntervals(signal!, rPeaks),
};

/**
 * Measures the whole of a recording of up to 60 s, of a longer one the stretch of 60 s in which most leads can be
 * analysed for the longest (the first of equal ones).
 * @param rPeaks sample indices, ascending
 */
export function* intervalsStages(
  { samplingRateHz, lengthSamples }: Omit<SignalSource, 'readWindow'>,
  quality: QualityAssessment,
  rPeaks: Int32Array,
): Staged<EcgIntervals> {
  const length = Math.round(STRETCH_SECONDS * samplingRateHz);
  if (lengthSamples <= length * 1.5) {
    const whole = { startSample: 0, lengthSamples };
    return (yield* round(intervalsStage, [{ input: { rPeaks }, pieces: [whole] }]))[0]!;
  }
  const points = Float64Array.from(quality.analysable, (_, second) =>
    quality.leads.reduce((sum, lead) => sum + (lead.qualityIndex?.[second] ?? 0), 0),
  );
  let [start, best] = [0, -1];
  for (
    let second = 0;
    (second + STRETCH_SECONDS) * samplingRateHz <= lengthSamples;
    second += STRETCH_SECONDS
  ) {
    const total = points.subarray(second, second + STRETCH_SECONDS).reduce((sum, value) => sum + value, 0);
    if (total > best) [start, best] = [second, total];
  }
  const from = Math.round(start * samplingRateHz);
  const inside = rPeaks.filter((at) => at >= from && at < from + length).map((at) => at - from);
  const [measured] = yield* round(intervalsStage, [
    { input: { rPeaks: inside }, pieces: [{ startSample: from, lengthSamples: length }] },
  ]);
  const minutes = `${Math.floor(start / 3600)}:${String(Math.floor(start / 60) % 60).padStart(2, '0')}:00`;
  return { ...measured!, notes: [`Measured on the cleanest 60 s, from ${minutes} on.`, ...measured!.notes] };
}

/**
 * @param rPeaks sample indices, ascending
 * @param fitted others than those that ship, for fitting them
 */
export function measureIntervals(
  recording: Signal,
  rPeaks: Int32Array,
  fitted: { correction?: Correction; errors?: IntervalErrors } = {},
): EcgIntervals {
  const { samplingRateHz } = recording;
  const delineation = delineate(recording, rPeaks, fitted.correction);
  const usable = recording.leads.filter(({ millivolts }) => millivolts.some((value) => !Number.isNaN(value)));
  const errors = fitted.errors ?? (usable.length >= MANY_LEADS ? INTERVAL_ERRORS.many : INTERVAL_ERRORS.few);
  const dominant = delineation.beats.filter((beat) => beat.dominant);
  const limits = dominant.map((beat) => limitsOverLeads(beat.leads));
  const ms = (samples: number) => (samples * 1000) / samplingRateHz;
  const known = (values: (number | null)[]) => values.filter((value) => value !== null);

  const rr = Array.from(rPeaks.subarray(1), (at, i) => ms(at - rPeaks[i]!));
  const rrMs = rr.length === 0 ? null : medianOf(rr);
  const measure = (values: readonly number[], method: MethodError) =>
    values.length === 0 || values.length * 2 < dominant.length ? null : measurementOf(values, method);
  const qt = measure(known(limits.map(({ qrs, t }) => (qrs && t ? ms(t.end - qrs.onset) : null))), errors.qt);
  const axes = axesOf(recording, delineation);
  const notes: string[] = [];
  if (dominant.length < delineation.beats.length) {
    notes.push(
      `${delineation.beats.length - dominant.length} of ${delineation.beats.length} beats have another shape and were left out.`,
    );
  }
  const pr = known(limits.map(({ p, qrs }) => (p && qrs ? ms(qrs.onset - p.onset) : null)));
  if (delineation.median !== null && pr.length === 0) {
    notes.push('Beats do not agree on a P wave, so no PR interval is given.');
  }
  return {
    beats: delineation.beats.length,
    dominantBeats: dominant.length,
    rrMs: rrMs === null ? null : measurementOf(rr, EXACT_TO_A_MILLISECOND),
    pDurationMs: measure(known(limits.map(({ p }) => (p ? ms(p.end - p.onset) : null))), errors.pDuration),
    prMs: measure(pr, errors.pr),
    qrsMs: measure(known(limits.map(({ qrs }) => (qrs ? ms(qrs.end - qrs.onset) : null))), errors.qrs),
    qtMs: qt,
    qtcMs: qt === null || rrMs === null ? null : corrected(qt, rrMs),
    axesDegrees: axes,
    leads: recording.leads.map((lead, index) => {
      const waves = delineation.median?.waves[index];
      return {
        lead: lead.name,
        p: waves?.p ?? null,
        qrs: waves?.qrs ?? null,
        t: waves?.t ?? null,
        st: stLevel(recording, index, dominant, limits),
      };
    }),
    medianBeat:
      delineation.median === null
        ? null
        : { samplingRateHz, rPeak: delineation.median.rPeak, millivolts: delineation.median.leads },
    placement: judgePlacement(recording, delineation.median),
    measuredByReader: null,
    notes,
  };
}

function measurementOf(values: readonly number[], method: MethodError): Measurement {
  const value = medianOf(values) - method.biasMs;
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance =
    values.length < 2 ? 0 : values.reduce((sum, v) => sum + (v - mean) * (v - mean), 0) / (values.length - 1);
  const doubt = Math.sqrt(method.deviationMs * method.deviationMs + variance / values.length);
  const half = method.factor90 * doubt;
  const why: string[] = [];
  if (values.length < FEWEST_BEATS) why.push(`Measured on ${values.length} beats only.`);
  if (half > REVIEW_SHARE * Math.abs(value)) why.push('The interval is wide against the value.');
  return {
    value,
    interval90: { low: value - half, high: value + half },
    beats: values.length,
    recommendation: why.length === 0 ? 'accept' : 'review',
    why,
  };
}

function corrected(qt: Measurement, rrMs: number): NonNullable<EcgIntervals['qtcMs']> {
  const [value, low, high] = [qt.value, qt.interval90.low, qt.interval90.high].map((q) =>
    correctedQt(q, rrMs),
  ) as [ReturnType<typeof correctedQt>, ReturnType<typeof correctedQt>, ReturnType<typeof correctedQt>];
  const rate = 60_000 / rrMs;
  const by = (name: 'bazett' | 'fridericia' | 'framingham'): Measurement => {
    const why = [...qt.why];
    if (name === 'bazett' && (rate > 100 || rate < 60)) {
      why.push('Bazett overcorrects above 100/min and undercorrects below 60/min.');
    }
    return {
      value: value[name],
      interval90: { low: low[name], high: high[name] },
      beats: qt.beats,
      recommendation: why.length === 0 ? 'accept' : 'review',
      why,
    };
  };
  return { bazett: by('bazett'), fridericia: by('fridericia'), framingham: by('framingham') };
}

function axesOf(recording: Signal, { median }: Delineation): EcgIntervals['axesDegrees'] {
  const none = { p: null, qrs: null, t: null };
  if (median === null) return none;
  const names = recording.leads.map(({ name }) => name);
  const limits = limitsOverLeads(median.waves);
  const axis = (span: { onset: number; end: number } | null): Measurement | null => {
    const value = span === null ? null : axisOfWave(names, median.leads, span);
    if (value === null) return null;
    const half = NORMAL_90 * AXIS_METHOD_DEGREES;
    return {
      value,
      interval90: { low: value - half, high: value + half },
      beats: median.beats,
      recommendation: median.beats < FEWEST_BEATS ? 'review' : 'accept',
      why: median.beats < FEWEST_BEATS ? [`Measured on ${median.beats} beats only.`] : [],
    };
  };
  return { p: axis(limits.p), qrs: axis(limits.qrs), t: axis(limits.t) };
}

/** Median over beats of the unfiltered level after the QRS complex against that before it. */
function stLevel(
  recording: Signal,
  lead: number,
  beats: readonly BeatWaves[],
  limits: readonly BeatLimits[],
): EcgIntervals['leads'][number]['st'] {
  const { samplingRateHz, lengthSamples } = recording;
  const signal = recording.leads[lead]!.millivolts;
  const half = Math.max(1, Math.round((LEVEL_SECONDS / 2) * samplingRateHz));
  const levels: { j: number[]; at60: number[]; at80: number[] } = { j: [], at60: [], at80: [] };
  const level = (from: number, to: number) => {
    if (from < 0 || to >= lengthSamples) return Number.NaN;
    const values = signal.subarray(from, to + 1);
    return values.some((value) => Number.isNaN(value)) ? Number.NaN : medianOf(values);
  };
  for (const index of beats.keys()) {
    const { qrs } = limits[index]!;
    if (qrs === null) continue;
    const base = level(qrs.onset - 2 * half, qrs.onset);
    const at = (seconds: number) => {
      const centre = qrs.end + Math.round(seconds * samplingRateHz);
      return level(centre - half, centre + half) - base;
    };
    const [j, at60, at80] = [level(qrs.end, qrs.end + Math.max(1, half >> 1)) - base, at(0.06), at(0.08)];
    if (Number.isNaN(j) || Number.isNaN(at60) || Number.isNaN(at80)) continue;
    levels.j.push(j);
    levels.at60.push(at60);
    levels.at80.push(at80);
  }
  if (levels.j.length === 0) return null;
  return {
    jMillivolts: medianOf(levels.j),
    at60Millivolts: medianOf(levels.at60),
    at80Millivolts: medianOf(levels.at80),
  };
}
