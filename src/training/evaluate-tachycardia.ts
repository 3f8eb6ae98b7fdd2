/**
 * `npm run evaluate:tachycardia -- --keep <folder>`: runs that are called ventricular or supraventricular tachycardia
 * against the rhythms annotated in MIT-BIH DS1, `(VT` and `(SVTA`. Every patient is read by the network that was
 * trained on the other 21 (`leave-one-out.ts`), at the positions of the reference beats; atrial fibrillation, in which
 * no run is supraventricular, is the annotated one. Writes `models/ecg-beats/tachycardia.json` and the table in
 * docs/rhythm.md. DS2 is not looked at.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { sampleProbabilities } from '../bayes/uncertainty.ts';
import { NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import type { RhythmKind } from '../contract/rhythm.ts';
import { type BeatColumns, beatTableOf } from '../diagnosis/ecg-beats/classify.ts';
import { applyCorrections } from '../diagnosis/ecg-beats/corrections.ts';
import { EnsembleTally } from '../diagnosis/ecg-beats/ensemble.ts';
import { rrIntervals } from '../diagnosis/ecg-beats/intervals.ts';
import { findBeatPatterns } from '../diagnosis/ecg-rhythm/beat-patterns.ts';
import { aamiClassOf } from '../ecg/beat-mapping.ts';
import { BEAT_INPUT_SPEC, beatInputs } from '../ecg/beats.ts';
import {
  type Episode,
  referenceEpisodes,
  scoreEpisodes,
  summariseEpisodes,
} from '../ecg/scoring-episodes.ts';
import { labelledBeats } from './beat-dataset.ts';
import { BEAT_FIT, trainingRecords } from './beat-training.ts';
import { CROSS_VALIDATION } from './cross-validate.ts';
import { type AnnotatedRecording, readMitdb, requiredDataFolder } from './data-folder.ts';
import { keepOption, keptAnswers, leaveOneOut } from './leave-one-out.ts';
import type { LeftOut } from './leave-out.ts';
import { DS1_RECORDS } from './mitdb-split.ts';
import { REFERENCE } from './reference-condition.ts';
import { docsWithTachycardia, TACHYCARDIA, type TachycardiaFigures } from './tachycardia-card.ts';
import { type Scaling, scaled, scalingSchema } from './vector-scaling.ts';

const DOCS = resolve(import.meta.dirname, '../../docs/rhythm.md');

/** Rhythms whose beats may rightly be called so beside the one that is looked for. */
const KINDS = {
  'ventricular-tachycardia': { reference: ['(VT'], also: ['(VFL', '(IVR'] },
  'supraventricular-tachycardia': { reference: ['(SVTA'], also: ['(AFL'] },
} as const satisfies Partial<Record<RhythmKind, { reference: string[]; also: string[] }>>;
type Kind = keyof typeof KINDS;

/** Patterns of the beats of one record as the program would tell them. */
function patternsOf(
  { labels, logits, record }: LeftOut,
  { recording, annotations }: AnnotatedRecording,
  scaling: Scaling,
) {
  const reference = annotations.filter(({ code }) => aamiClassOf(code) !== null);
  const peaks = Int32Array.from(reference, ({ sample }) => sample);
  const { classifiable } = beatInputs(recording, null, peaks, BEAT_INPUT_SPEC);
  // Those that were read, as `labelledBeats` chooses them.
  const positions = reference.filter(
    ({ code }, i) =>
      classifiable[i] === 1 && (NETWORK_CLASSES as readonly string[]).includes(aamiClassOf(code)!),
  );
  if (positions.length !== labels.length) throw new Error(`${record}: not every beat was judged.`);
  const count = labels.length;
  const rowLength = REFERENCE.samples * NETWORK_CLASS_COUNT;
  const all = scaled(logits, scaling);
  const row = new Float64Array(rowLength);
  const ensemble = new Uint8Array(count * rowLength);
  const label = new Uint8Array(count);
  for (let beat = 0; beat < count; beat++) {
    sampleProbabilities(all.subarray(beat * rowLength, (beat + 1) * rowLength), NETWORK_CLASS_COUNT, 1, row);
    const sums = NETWORK_CLASSES.map((_, c) =>
      row.reduce((sum, p, i) => sum + (i % NETWORK_CLASS_COUNT === c ? p : 0), 0),
    );
    label[beat] = sums.indexOf(Math.max(...sums));
    row.forEach((p, i) => {
      ensemble[beat * rowLength + i] = Math.round(p * 255);
    });
  }
  const none = () => new Float32Array(count);
  const columns: BeatColumns = {
    label,
    probabilities: new Float32Array(count * NETWORK_CLASS_COUNT),
    probabilityLow: new Float32Array(count * NETWORK_CLASS_COUNT),
    probabilityHigh: new Float32Array(count * NETWORK_CLASS_COUNT),
    aleatoric: none(),
    epistemic: none(),
    recommendation: new Uint8Array(count),
    conformalSet: new Uint8Array(count),
  };
  const tally = new EnsembleTally(count, REFERENCE.samples);
  tally.add(ensemble, 0);
  const samples = Int32Array.from(positions, ({ sample }) => sample);
  const seconds = new Uint8Array(Math.ceil(recording.lengthSamples / recording.samplingRateHz)).fill(1);
  const found = findBeatPatterns(
    applyCorrections(beatTableOf(samples, columns), []),
    tally.ensemble(),
    rrIntervals(samples, recording.samplingRateHz, seconds),
  );
  return (kind: Kind): Episode[] =>
    found
      .filter((pattern) => pattern.kind === kind)
      .map(({ firstBeat, lastBeat }) => ({ start: samples[firstBeat]!, end: samples[lastBeat]! + 1 }));
}

const folder = requiredDataFolder();
const { scaling } = scalingFrom(readFileSync(CROSS_VALIDATION, 'utf8'));
const real = DS1_RECORDS.map((record) =>
  labelledBeats(readMitdb(folder, record), record, 0, BEAT_FIT.seed, BEAT_INPUT_SPEC),
);
const leftOut =
  keptAnswers(real, keepOption()) ?? leaveOneOut(trainingRecords(folder, BEAT_FIT.seed), keepOption());

function scalingFrom(json: string): { scaling: Scaling } {
  return { scaling: scalingSchema.parse(JSON.parse(json).scaling) };
}

const overlaps = (a: Episode, all: readonly Episode[]) => all.some((b) => a.start < b.end && b.start < a.end);
let hours = 0;
const rows = leftOut.map((one) => {
  const annotated = readMitdb(folder, one.record);
  const { samplingRateHz, lengthSamples } = annotated.recording;
  hours += lengthSamples / samplingRateHz / 3600;
  const told = patternsOf(one, annotated, scaling);
  const episodes = (rhythms: readonly string[]) =>
    referenceEpisodes(annotated.annotations, rhythms, lengthSamples);
  const fibrillation = episodes(['(AFIB']);
  return (Object.keys(KINDS) as Kind[]).map((kind) => {
    const reference = episodes(KINDS[kind].reference);
    const found = told(kind).filter(
      (run) => kind === 'ventricular-tachycardia' || !overlaps(run, fibrillation),
    );
    const counts = scoreEpisodes(reference, found, {
      samplingRateHz,
      lengthSamples,
      fromSeconds: 0,
      excluded: episodes(KINDS[kind].also),
    });
    return { kind, record: one.record, counts };
  });
});
const figures: TachycardiaFigures = {
  hours,
  kinds: (Object.keys(KINDS) as Kind[]).map((kind) => {
    const records = rows.flat().filter((row) => row.kind === kind);
    const { counts } = summariseEpisodes(records.map((row) => row.counts));
    return {
      kind,
      ...counts,
      records: records
        .filter((row) => row.counts.referenceSeconds > 0 || row.counts.testFalse > 0)
        .map((row) => ({
          record: row.record,
          found: row.counts.referenceFound,
          missed: row.counts.referenceMissed,
          falseAlarms: row.counts.testFalse,
        })),
    };
  }),
};
writeFileSync(TACHYCARDIA, `${JSON.stringify(figures, null, 1)}\n`);
writeFileSync(DOCS, docsWithTachycardia(readFileSync(DOCS, 'utf8'), figures));
