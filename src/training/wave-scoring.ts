/**
 * Waves of the delineation and of the cardiologists as sets of annotations, lead by lead and over all leads of a beat,
 * scored by the functions of `kirchhoff evaluate`.
 */
import type { BeatWaves } from '../ecg/delineation.ts';
import { medianOf } from '../ecg/filtering.ts';
import { INTERVALS, type IntervalName } from '../ecg/intervals.ts';
import type { EcgAnnotation } from '../ecg/recording.ts';
import { WAVE_KINDS, type WaveComparison, type WaveKind } from '../ecg/scoring-waves.ts';
import { limitsOverLeads, type WaveSpan } from '../ecg/wave-limits.ts';
import { compareWith } from './annotation-scoring.ts';
import type { LudbRecord, MarkedWaves } from './ludb.ts';

const CODES: Record<WaveKind, string> = { p: 'p', qrs: 'N', t: 't' };
type Wave = { onset: number; peak: number; end: number };
/** Waves of one beat in one lead. */
type Waves = Readonly<Record<WaveKind, Wave | null>>;

/**
 * Annotations of one lead, ascending. Waves of a file stand one after another: one that runs into the next ends where that
 * begins, and a wave that would begin before the last one's peak begins there.
 */
export function waveAnnotations(beats: readonly Waves[]): EcgAnnotation[] {
  const mark = (sample: number, code: string): EcgAnnotation => ({
    sample,
    code,
    subtype: 0,
    channel: 0,
    number: 0,
    text: '',
  });
  const waves = beats
    .flatMap((beat) =>
      WAVE_KINDS.flatMap((kind) => {
        const wave = beat[kind];
        return wave === null ? [] : [{ ...wave, code: CODES[kind] }];
      }),
    )
    .sort((a, b) => a.peak - b.peak);
  return waves.flatMap(({ onset, peak, end, code }, i) => {
    const next = waves[i + 1];
    const from = Math.max(onset, waves[i - 1]?.peak ?? onset);
    const to = next === undefined ? end : Math.max(peak, Math.min(end, next.onset));
    return [mark(from, '('), mark(peak, code), mark(to, ')')];
  });
}

const inSpan = ({ span }: LudbRecord, beats: readonly BeatWaves[]) =>
  beats.filter(({ rPeak }) => rPeak > span.from && rPeak < span.to);

/** What was found in one lead, beats inside the span that is marked in any. */
export function foundInLead(record: LudbRecord, beats: readonly BeatWaves[], lead: number): EcgAnnotation[] {
  return waveAnnotations(inSpan(record, beats).map((beat) => beat.leads[lead]!));
}

function compared(
  { recording }: LudbRecord,
  annotations: readonly EcgAnnotation[],
  found: readonly EcgAnnotation[],
): WaveComparison {
  const { samplingRateHz, lengthSamples } = recording;
  const reference = { record: '', samplingRateHz, lengthSamples, annotations };
  return compareWith(reference, found, { fromSeconds: 0 }).waves;
}

/** One comparison a lead. */
export function compareLeads(record: LudbRecord, beats: readonly BeatWaves[]): WaveComparison[] {
  return record.annotations.map((annotations, lead) =>
    compared(record, annotations, foundInLead(record, beats, lead)),
  );
}

/** The marked waves of each beat of lead II in all leads: the nearest of its P, QRS and T that are where they can be. */
export function markedBeats({ marked, recording }: LudbRecord): Waves[][] {
  const rateHz = recording.samplingRateHz;
  const near = (waves: MarkedWaves[WaveKind], from: number, to: number) =>
    waves.find((wave) => wave.peak >= from && wave.peak <= to) ?? null;
  return marked[1]!.qrs.map(({ peak }) =>
    marked.map((waves) => ({
      p: near(waves.p, peak - 0.35 * rateHz, peak - 0.03 * rateHz),
      qrs: near(waves.qrs, peak - 0.08 * rateHz, peak + 0.08 * rateHz),
      t: near(waves.t, peak + 0.1 * rateHz, peak + 0.55 * rateHz),
    })),
  );
}

/** One set of limits a beat, drawn over all leads as the product draws them; between them a peak in the middle. */
function overLeads(leads: readonly Waves[]): Waves {
  const { p, qrs, t } = limitsOverLeads(leads);
  const wave = (span: WaveSpan | null): Wave | null =>
    span === null || span.end < span.onset
      ? null
      : { ...span, peak: Math.trunc((span.onset + span.end) / 2) };
  return { p: wave(p), qrs: wave(qrs), t: wave(t) };
}

/** Limits over all leads, as the CSE referees set them, against those of the marks drawn over all leads alike. */
export function compareOverLeads(record: LudbRecord, beats: readonly BeatWaves[]): WaveComparison {
  return compared(
    record,
    waveAnnotations(markedBeats(record).map(overLeads)),
    waveAnnotations(inSpan(record, beats).map((beat) => overLeads(beat.leads))),
  );
}

/**
 * How far the marks of one limit lie from their own median of a record and lead, ms, beats laid upon one another as the
 * delineation lays them: no delineation of the average beat comes closer to the marks than this.
 */
export function scatterOfMarks(
  record: LudbRecord,
  beats: readonly BeatWaves[],
  kind: WaveKind,
  limit: 'onset' | 'end',
): number[] {
  const rateHz = record.recording.samplingRateHz;
  return record.marked.flatMap((waves, lead) => {
    const from = inSpan(record, beats).flatMap((beat) => {
      const own = beat.leads[lead]![kind];
      if (!beat.dominant || own === null) return [];
      const mark = waves[kind].find((wave) => Math.abs(wave.peak - own.peak) <= 0.15 * rateHz);
      return mark === undefined ? [] : [((mark[limit] - own[limit]) * 1000) / rateHz];
    });
    if (from.length < 3) return [];
    const middle = medianOf(from);
    return from.map((value) => value - middle);
  });
}

/** Median over the marked beats of each interval, limits over all leads drawn as in the product; milliseconds. */
export function markedIntervals(record: LudbRecord): Record<IntervalName, number | null> {
  const values: Record<IntervalName, number[]> = { pDuration: [], pr: [], qrs: [], qt: [] };
  for (const leads of markedBeats(record)) {
    const limits = limitsOverLeads(leads);
    const ms = (samples: number) => (samples * 1000) / record.recording.samplingRateHz;
    if (limits.p !== null) values.pDuration.push(ms(limits.p.end - limits.p.onset));
    if (limits.p !== null && limits.qrs !== null) values.pr.push(ms(limits.qrs.onset - limits.p.onset));
    if (limits.qrs !== null) values.qrs.push(ms(limits.qrs.end - limits.qrs.onset));
    if (limits.qrs !== null && limits.t !== null) values.qt.push(ms(limits.t.end - limits.qrs.onset));
  }
  return Object.fromEntries(
    INTERVALS.map((name) => [name, values[name].length === 0 ? null : medianOf(values[name])]),
  ) as Record<IntervalName, number | null>;
}
