/**
 * Limits of the waves of one beat over all its leads, and what is measured between them. Over all leads a wave begins
 * where a quarter of the leads have begun and ends where only a quarter goes on, so that no single lead that strays
 * counts. A reader's limits on the median beat are measured with the same formulas, on the screen as in the report.
 */
import {
  type EcgIntervals,
  type ReaderMeasurements,
  WAVE_LIMITS,
  type WaveLimit,
} from '../contract/intervals.ts';
import type { LimitPlace } from '../contract/study.ts';
import { pow } from '../numeric/elementary.ts';
import { medianOf } from './filtering.ts';

/** Share of leads that may begin before, and end after, what counts for all. */
const EARLY_SHARE = 0.25;
/** Lead I and aVF are not of the same strength: augmented leads see the heart's vector by this much smaller. */
const AUGMENTED_STRENGTH = Math.sqrt(3) / 2;

/** Sample indices (may lie between samples). */
export interface WaveSpan {
  onset: number;
  end: number;
}

export interface BeatLimits {
  p: WaveSpan | null;
  qrs: WaveSpan | null;
  /** Begins where half of the leads have begun: the onset of T is too soft for more. */
  t: WaveSpan | null;
}

/** @param leads waves of one beat, lead by lead; null where a lead shows none */
export function limitsOverLeads(
  leads: readonly Readonly<Record<'p' | 'qrs' | 't', WaveSpan | null>>[],
): BeatLimits {
  const limits = (waves: readonly (WaveSpan | null)[]) => {
    const known = waves.filter((wave) => wave !== null);
    // A wave that fewer than half of the leads show is none.
    if (known.length === 0 || known.length * 2 < leads.length) return null;
    const rank = Math.floor(known.length * EARLY_SHARE);
    return {
      onset: known.map(({ onset }) => onset).sort((a, b) => a - b)[rank]!,
      end: known.map(({ end }) => end).sort((a, b) => b - a)[rank]!,
    };
  };
  const t = limits(leads.map((lead) => lead.t));
  const onsets = leads.flatMap((lead) => (lead.t === null ? [] : [lead.t.onset]));
  return {
    p: limits(leads.map((lead) => lead.p)),
    qrs: limits(leads.map((lead) => lead.qrs)),
    t: t === null ? null : { onset: Math.trunc(medianOf(onsets)), end: t.end },
  };
}

/** QT corrected for the rate, ms: Bazett QT/RR^1/2, Fridericia QT/RR^1/3, Framingham QT + 154 (1 - RR), RR in seconds. */
export function correctedQt(qtMs: number, rrMs: number) {
  const rr = rrMs / 1000;
  return {
    bazett: qtMs / Math.sqrt(rr),
    fridericia: qtMs / pow(rr, 1 / 3),
    framingham: qtMs + 154 * (1 - rr),
  };
}

/** Frontal axis in degrees from net areas in lead I and aVF, -180 to 180. */
export function frontalAxis(areaI: number, areaAvf: number): number {
  return (arcTangent(areaAvf / AUGMENTED_STRENGTH, areaI) * 180) / Math.PI;
}

/** atan2 by argument halving and a series, with the same bits on every machine. */
function arcTangent(y: number, x: number): number {
  if (x === 0 && y === 0) return 0;
  const [ay, ax] = [Math.abs(y), Math.abs(x)];
  let ratio = ay <= ax ? ay / ax : ax / ay;
  let halvings = 0;
  for (; halvings < 3; halvings++) ratio = ratio / (1 + Math.sqrt(1 + ratio * ratio));
  const square = ratio * ratio;
  let sum = 0;
  for (let k = 12; k >= 0; k--) sum = (k % 2 === 0 ? 1 : -1) / (2 * k + 1) + square * sum;
  let angle = ratio * sum * 2 ** halvings;
  if (ay > ax) angle = Math.PI / 2 - angle;
  if (x < 0) angle = Math.PI - angle;
  return y < 0 ? -angle : angle;
}

/**
 * Frontal axis of a wave of the median beat in degrees, from leads I and aVF (or II or III); null without these.
 * @param names of the leads
 * @param millivolts of the leads, in the same order
 * @param span whole sample indices
 */
export function axisOfWave(
  names: readonly string[],
  millivolts: readonly Float32Array[],
  { onset, end }: WaveSpan,
): number | null {
  const [one, two, three, avf] = ['I', 'II', 'III', 'aVF'].map((name) => millivolts[names.indexOf(name)]);
  if (one === undefined || end - onset < 2) return null;
  const area = (signal: Float32Array) => {
    let sum = 0;
    for (let i = onset; i <= end; i++) {
      // Against the line between the wave's limits.
      sum += signal[i]! - (signal[onset]! + ((signal[end]! - signal[onset]!) * (i - onset)) / (end - onset));
    }
    return sum;
  };
  const areaI = area(one);
  // Einthoven: II = I + III, aVF = (II + III) / 2.
  if (avf !== undefined) return frontalAxis(areaI, area(avf));
  if (two !== undefined) return frontalAxis(areaI, area(two) - areaI / 2);
  return three === undefined ? null : frontalAxis(areaI, area(three) + areaI / 2);
}

/** Milliseconds from the R peak of the median beat; null where the limit is not seen. */
export type LimitTimes = Readonly<Record<WaveLimit, number | null>>;
/** What a reader placed; null: not there; absent: as the machine has it. */
export type ReaderLimits = ReaderMeasurements['limits'];

const NOWHERE: LimitTimes = {
  pOnset: null,
  pEnd: null,
  qrsOnset: null,
  qrsEnd: null,
  tOnset: null,
  tEnd: null,
};

/** Where the machine sees them over all leads; all null without a median beat. */
export function machineLimits({ leads, medianBeat }: EcgIntervals): LimitTimes {
  if (medianBeat === null) return NOWHERE;
  const ms = (sample: number | undefined) =>
    sample === undefined ? null : (1000 * (sample - medianBeat.rPeak)) / medianBeat.samplingRateHz;
  const { p, qrs, t } = limitsOverLeads(leads);
  return {
    pOnset: ms(p?.onset),
    pEnd: ms(p?.end),
    qrsOnset: ms(qrs?.onset),
    qrsEnd: ms(qrs?.end),
    tOnset: ms(t?.onset),
    tEnd: ms(t?.end),
  };
}

export function withReader(machine: LimitTimes, reader: ReaderLimits): LimitTimes {
  const limits: Record<WaveLimit, number | null> = { ...machine };
  for (const limit of WAVE_LIMITS) {
    const place = reader[limit];
    if (place !== undefined) limits[limit] = place;
  }
  return limits;
}

export function withPlace(reader: ReaderLimits, limit: WaveLimit, place: LimitPlace): ReaderLimits {
  const { [limit]: _, ...others } = reader;
  switch (place.at) {
    case 'machine':
      return others;
    case 'nowhere':
      return { ...others, [limit]: null };
    case 'ms':
      return { ...others, [limit]: place.fromRPeakMs };
  }
}

/** Milliseconds from the R peak between which a limit may stand: its neighbours, or the ends of the median beat. */
export function roomOf(
  limits: LimitTimes,
  limit: WaveLimit,
  { samplingRateHz, rPeak, millivolts }: NonNullable<EcgIntervals['medianBeat']>,
): { fromMs: number; toMs: number } {
  const at = WAVE_LIMITS.indexOf(limit);
  const before = WAVE_LIMITS.slice(0, at).flatMap((each) => limits[each] ?? []);
  const after = WAVE_LIMITS.slice(at + 1).flatMap((each) => limits[each] ?? []);
  const samples = Math.max(1, ...millivolts.map((lead) => lead.length));
  const ms = (sample: number) => (1000 * (sample - rPeak)) / samplingRateHz;
  return { fromMs: Math.max(ms(0), ...before), toMs: Math.min(ms(samples - 1), ...after) };
}

type MeasuredName = Exclude<keyof ReaderMeasurements, 'limits'>;
export type Measured = Readonly<Record<MeasuredName, number | null>>;

/** The limits that each value rests on. */
const RESTS_ON: Readonly<Record<MeasuredName, readonly [WaveLimit, WaveLimit]>> = {
  pDurationMs: ['pOnset', 'pEnd'],
  prMs: ['pOnset', 'qrsOnset'],
  qrsMs: ['qrsOnset', 'qrsEnd'],
  qtMs: ['qrsOnset', 'tEnd'],
  qtcBazettMs: ['qrsOnset', 'tEnd'],
  qtcFridericiaMs: ['qrsOnset', 'tEnd'],
  qtcFraminghamMs: ['qrsOnset', 'tEnd'],
  pAxisDegrees: ['pOnset', 'pEnd'],
  qrsAxisDegrees: ['qrsOnset', 'qrsEnd'],
  tAxisDegrees: ['tOnset', 'tEnd'],
};
const MEASURED_NAMES = Object.keys(RESTS_ON) as MeasuredName[];

/** Intervals (ms) and axes (degrees) between the given limits; null where one is missing or they stand crossed. */
export function measuredBetween(intervals: EcgIntervals, limits: LimitTimes): Measured {
  const between = (name: MeasuredName): number | null => {
    const [from, to] = RESTS_ON[name].map((limit) => limits[limit]);
    return from == null || to == null || to < from ? null : to - from;
  };
  const axis = (name: MeasuredName): number | null => {
    const { medianBeat, leads } = intervals;
    const [from, to] = RESTS_ON[name].map((limit) => limits[limit]);
    if (medianBeat === null || from == null || to == null) return null;
    const sample = (ms: number) => Math.round((ms / 1000) * medianBeat.samplingRateHz) + medianBeat.rPeak;
    const names = leads.map(({ lead }) => lead);
    return axisOfWave(names, medianBeat.millivolts, { onset: sample(from), end: sample(to) });
  };
  const qtMs = between('qtMs');
  const rrMs = intervals.rrMs?.value ?? null;
  const qtc = qtMs === null || rrMs === null ? null : correctedQt(qtMs, rrMs);
  return {
    pDurationMs: between('pDurationMs'),
    prMs: between('prMs'),
    qrsMs: between('qrsMs'),
    qtMs,
    qtcBazettMs: qtc?.bazett ?? null,
    qtcFridericiaMs: qtc?.fridericia ?? null,
    qtcFraminghamMs: qtc?.framingham ?? null,
    pAxisDegrees: axis('pAxisDegrees'),
    qrsAxisDegrees: axis('qrsAxisDegrees'),
    tAxisDegrees: axis('tAxisDegrees'),
  };
}

/** What rests on at least one limit that the reader placed; null where none was placed, or there is no median beat. */
export function measuredByReader(intervals: EcgIntervals, reader: ReaderLimits): ReaderMeasurements | null {
  const placed = WAVE_LIMITS.filter((limit) => reader[limit] !== undefined);
  if (placed.length === 0 || intervals.medianBeat === null) return null;
  const all = measuredBetween(intervals, withReader(machineLimits(intervals), reader));
  // Not there by the reader's word is said; what only the machine does not see is left open.
  const rests = MEASURED_NAMES.filter(
    (name) =>
      RESTS_ON[name].some((limit) => placed.includes(limit)) &&
      (all[name] !== null || RESTS_ON[name].some((limit) => reader[limit] === null)),
  );
  return {
    limits: Object.fromEntries(placed.map((limit) => [limit, reader[limit]])),
    ...Object.fromEntries(rests.map((name) => [name, all[name]])),
  };
}
