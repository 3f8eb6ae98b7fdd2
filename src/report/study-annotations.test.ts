import { expect, it } from 'vitest';
import type { RhythmEpisode, RhythmKind } from '../contract/rhythm.ts';
import { compareAnnotations, EC57_OPTIONS } from '../ecg/compare-annotations.ts';
import { readWfdbAnnotations, writeWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import type { EcgAnnotation } from '../ecg/recording.ts';
import { studyAnnotations } from './study-annotations.ts';
import { testStudy } from './test-study.ts';

const { study, beats } = testStudy({ rhythm: true });
const RATE_HZ = study.samplingRateHz;

function withEpisodes(...spans: [kind: RhythmKind, layer: 'base' | 'event', from: number, to: number][]) {
  const [known] = study.summary!.rhythm!.episodes;
  const episodes = spans.map(([kind, layer, from, to]): RhythmEpisode => {
    return { ...known!, kind, layer, startSample: from * RATE_HZ, endSample: to * RATE_HZ };
  });
  const rhythm = { ...study.summary!.rhythm!, episodes };
  return { ...study, summary: { ...study.summary!, rhythm } };
}

const written = (of: Parameters<typeof studyAnnotations>[0]): EcgAnnotation[] =>
  readWfdbAnnotations(writeWfdbAnnotations(studyAnnotations(of, beats)));
const marks = (annotations: readonly EcgAnnotation[]) =>
  annotations
    .filter(({ code }) => ['+', '[', ']', '~'].includes(code))
    .map(({ sample, code, text, subtype }) => [sample / RATE_HZ, code, code === '~' ? subtype : text]);

it('tells one rhythm at a time, the gravest of those that overlap', () => {
  const annotated = written(
    withEpisodes(
      ['sinus', 'base', 0, 100],
      ['ventricular-bigeminy', 'event', 20, 30],
      ['ventricular-tachycardia', 'event', 30, 34],
      ['pause', 'event', 50, 54],
      ['atrial-fibrillation', 'base', 100, 300],
      ['ventricular-trigeminy', 'event', 150, 160],
      ['ventricular-tachycardia', 'event', 200, 203],
      ['ventricular-fibrillation', 'base', 300, 320],
      ['not-analysable', 'base', 320, 400],
      ['undetermined', 'base', 400, 500],
      ['sinus-bradycardia', 'base', 500, 600],
      ['av-block-two-to-one', 'event', 520, 540],
    ),
  );
  expect(marks(annotated)).toEqual([
    [0, '+', '(N'],
    [20, '+', '(B'],
    [30, '+', '(VT'],
    [34, '+', '(N'],
    [100, '+', '(AFIB'],
    [200, '+', '(VT'],
    [203, '+', '(AFIB'],
    [300, '+', '(VFL'],
    [300, '[', ''],
    [320, '+', '(NOISE'],
    [320, ']', ''],
    [320, '~', -1],
    [400, '+', '(UNDETERMINED'],
    [400, '~', 0],
    [500, '+', '(SBR'],
    [520, '+', '(BII'],
    [540, '+', '(SBR'],
  ]);
});

it('keeps every beat, in order, with its class', () => {
  const annotated = written(study);
  const found = annotated.filter(({ code }) => !['+', '[', ']', '~'].includes(code));
  expect(found.map(({ sample }) => sample)).toEqual([...beats.sample]);
  const samples = annotated.map(({ sample }) => sample);
  expect(samples).toEqual([...samples].sort((a, b) => a - b));
});

it('gives episodes that are scored as those of the study', () => {
  const fibrillating = withEpisodes(
    ['sinus', 'base', 0, 320],
    ['atrial-fibrillation', 'base', 320, 480],
    ['sinus', 'base', 480, 600],
  );
  const reference = [
    { sample: 0, text: '(N' },
    { sample: 300 * RATE_HZ, text: '(AFIB' },
    { sample: 500 * RATE_HZ, text: '(N' },
  ].map((one): EcgAnnotation => ({ code: '+', subtype: 0, channel: 0, number: 0, ...one }));
  const recording = { samplingRateHz: RATE_HZ, lengthSamples: study.lengthSamples };
  const scored = compareAnnotations(reference, written(fibrillating), recording, EC57_OPTIONS);
  expect(scored.atrialFibrillation).toMatchObject({
    referenceFound: 1,
    referenceMissed: 0,
    testRight: 1,
    testFalse: 0,
    referenceSeconds: 200,
    referenceCoveredSeconds: 160,
    testSeconds: 160,
  });
});

it('writes the beats of a study whose rhythm nobody judged', () => {
  expect(marks(written({ ...study, summary: null }))).toEqual([]);
});
