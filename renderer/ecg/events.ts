/** Events of a recording by kind, and the way from one to the next. */
import type { BeatClass, BeatTable, EcgSummary } from '../../src/contract/ecg.ts';
import { BEAT_CLASSES } from '../../src/contract/ecg.ts';
import { recordedEventKind } from '../../src/contract/recorded-events.ts';
import type { RhythmKind } from '../../src/contract/rhythm.ts';
import type { RecordedEvent } from '../../src/contract/study.ts';
import { type BeatTest, isEctopic, isUncertain } from './navigation.ts';

/** Stretches of the recording; the others are kinds of single beats. */
export const SPAN_KINDS = ['pause', 'run', 'couplet', 'af', 'rhythm', 'patient', 'mark'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];
export const BEAT_KINDS = ['uncertain', 'ectopic', 'S', 'V', 'F', 'Q'] as const;
export type BeatKind = (typeof BEAT_KINDS)[number];
export type EventKind = SpanKind | BeatKind;

export interface EventSpan {
  startSample: number;
  /** Exclusive. */
  endSample: number;
}

interface EventWords {
  /** "Next ventricular beat" */
  name: string;
  /** For the next one; with Shift for the one before. */
  key: string;
}

export const EVENT_WORDS: Readonly<Record<EventKind, EventWords>> = {
  uncertain: { name: 'uncertain beat', key: 'u' },
  ectopic: { name: 'ectopic beat', key: 'e' },
  pause: { name: 'pause', key: 'p' },
  run: { name: 'run', key: 'r' },
  couplet: { name: 'couplet', key: 'k' },
  af: { name: 'atrial fibrillation', key: 'i' },
  rhythm: { name: 'change of rhythm', key: 'y' },
  patient: { name: 'mark of the patient', key: 'b' },
  mark: { name: 'mark or note', key: 'm' },
  S: { name: 'supraventricular beat', key: 'alt+s' },
  V: { name: 'ventricular beat', key: 'alt+v' },
  F: { name: 'fusion beat', key: 'alt+f' },
  Q: { name: 'unclassifiable beat', key: 'alt+q' },
};

export function beatTestOf(kind: BeatKind): BeatTest {
  if (kind === 'uncertain') return isUncertain;
  if (kind === 'ectopic') return isEctopic;
  const code = BEAT_CLASSES.indexOf(kind satisfies BeatClass);
  return (beats: BeatTable, index) => beats.label[index] === code;
}

const UNEVENTFUL: ReadonlySet<RhythmKind> = new Set(['sinus', 'undetermined', 'not-analysable']);

/**
 * In order of time.
 * @param summary null where the recording was not analysed: marks and notes came with it all the same
 */
export function spansOf(
  summary: EcgSummary | null,
  recorded: readonly RecordedEvent[],
  { samplingRateHz, lengthSamples }: { samplingRateHz: number; lengthSamples: number },
): Record<SpanKind, EventSpan[]> {
  const episodes = summary?.rhythm?.episodes ?? [];
  const marks = (of: readonly RecordedEvent[]) =>
    inOrder(
      of
        .map((event) => spanOf(event, samplingRateHz))
        .filter(({ endSample, startSample }) => endSample > 0 && startSample < lengthSamples),
    );
  const inOrder = (spans: readonly EventSpan[]) =>
    spans
      .map(({ startSample, endSample }) => ({ startSample, endSample }))
      .sort((a, b) => a.startSample - b.startSample);
  return {
    pause: inOrder(
      (summary?.pauses ?? []).map(({ startSample, seconds }) => ({
        startSample,
        endSample: startSample + Math.round(seconds * samplingRateHz),
      })),
    ),
    run: inOrder(summary?.runs ?? []),
    couplet: inOrder(summary?.couplets ?? []),
    af: inOrder(episodes.filter(({ kind }) => kind === 'atrial-fibrillation')),
    rhythm: inOrder(episodes.filter(({ layer, kind }) => layer === 'base' && !UNEVENTFUL.has(kind))),
    patient: marks(recorded.filter((event) => recordedEventKind(event) === 'patient')),
    mark: marks(recorded),
  };
}

/** At least one sample. */
export function spanOf({ atSeconds, durationSeconds }: RecordedEvent, samplingRateHz: number): EventSpan {
  const startSample = Math.round(atSeconds * samplingRateHz);
  return {
    startSample,
    endSample: startSample + Math.max(1, Math.round((durationSeconds ?? 0) * samplingRateHz)),
  };
}

/**
 * The next stretch that begins after `fromSample`, or the one before that begins before it; null where there is none.
 *
 * @param spans in order of time
 */
export function nextSpan(
  spans: readonly EventSpan[],
  fromSample: number,
  direction: 1 | -1,
): EventSpan | null {
  const found =
    direction === 1
      ? spans.find(({ startSample }) => startSample > fromSample)
      : spans.findLast(({ startSample }) => startSample < fromSample);
  return found ?? null;
}
