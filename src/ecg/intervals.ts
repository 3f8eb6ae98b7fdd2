/**
 * Intervals, axes and ST levels of a recording's usual beat, between the limits over all leads of wave-limits.ts. Each interval's doubt is
 * the spread over beats together with the method's error, which was measured on the odd records of LUDB.
 */
import type { EcgIntervals, Measurement } from '../contract/intervals.ts';
import { type BeatWaves, type Delineation, delineate } from './delineation.ts';
import { medianOf } from './filtering.ts';
import { judgePlacement } from './lead-placement.ts';
import type { QualityAssessment } from './quality.ts';
import { round, type Signal, type SignalSource, type Stage, type Staged } from './stretches.ts';
import { axisOfWave, type BeatLimits, correctedQt, limitsOverLeads } from './wave-limits.ts';

/**
 * Mean and standard deviation of a record's interval less that of the cardiologists' marks, LUDB odd records,
 * milliseconds (`npm run evaluate:intervals`, before this correction). The mean is taken off.
 */
const METHOD_MS = {
  pDuration: { bias: -9.6, deviation: 13.2 },
  pr: { bias: -4.9, deviation: 11.2 },
  qrs: { bias: -11.0, deviation: 7.4 },
  qt: { bias: -2.2, deviation: 10.7 },
  rr: { bias: 0, deviation: 1 },
} as const;
type Method = (typeof METHOD_MS)[keyof typeof METHOD_MS];
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

/** @param rPeaks sample indices, ascending */
export function measureIntervals(recording: Signal, rPeaks: Int32Array): EcgIntervals {
  const { samplingRateHz } = recording;
  const delineation = delineate(recording, rPeaks);
  const dominant = delineation.beats.filter((beat) => beat.dominant);
  const limits = dominant.map((beat) => limitsOverLeads(beat.leads));
  const ms = (samples: number) => (samples * 1000) / samplingRateHz;
  const known = (values: (number | null)[]) => values.filter((value) => value !== null);

  const rr = Array.from(rPeaks.subarray(1), (at, i) => ms(at - rPeaks[i]!));
  const rrMs = rr.length === 0 ? null : medianOf(rr);
  const measure = (values: readonly number[], method: Method) =>
    values.length === 0 || values.length * 2 < dominant.length ? null : measurementOf(values, method);
  const qt = measure(
    known(limits.map(({ qrs, t }) => (qrs && t ? ms(t.end - qrs.onset) : null))),
    METHOD_MS.qt,
  );
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
    rrMs: rrMs === null ? null : measurementOf(rr, METHOD_MS.rr),
    pDurationMs: measure(known(limits.map(({ p }) => (p ? ms(p.end - p.onset) : null))), METHOD_MS.pDuration),
    prMs: measure(pr, METHOD_MS.pr),
    qrsMs: measure(known(limits.map(({ qrs }) => (qrs ? ms(qrs.end - qrs.onset) : null))), METHOD_MS.qrs),
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

function measurementOf(values: readonly number[], method: Method): Measurement {
  const value = medianOf(values) - method.bias;
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance =
    values.length < 2 ? 0 : values.reduce((sum, v) => sum + (v - mean) * (v - mean), 0) / (values.length - 1);
  const half = NORMAL_90 * Math.sqrt(method.deviation * method.deviation + variance / values.length);
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
