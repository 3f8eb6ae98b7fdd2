/**
 * `npm run evaluate:rhythm`: the shipped rhythm network on all 48 records of the MIT-BIH Arrhythmia Database, none of
 * which it was trained on, at the reference condition: episodes of atrial fibrillation and of ventricular flutter as
 * annotation sets, scored by the functions of `kirchhoff evaluate`. Writes `models/ecg-rhythm/figures.json` with
 * the figures of the cross-validation and puts the tables of both into the model card.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { findAtrialFibrillation } from '../diagnosis/ecg-rhythm/af-stretches.ts';
import { classifyWindows } from '../diagnosis/ecg-rhythm/classify-windows.ts';
import { parseRhythmModel } from '../diagnosis/ecg-rhythm/rhythm-model.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import type { EcgAnnotation } from '../ecg/recording.ts';
import { mergeSpans } from '../ecg/rhythm/fibrillation.ts';
import {
  type PreparedSegment,
  prepareSegment,
  type RhythmSegment,
  rhythmSegments,
} from '../ecg/rhythm/segments.ts';
import { EC57_LEARNING_PERIOD_SECONDS } from '../ecg/scoring.ts';
import {
  type Episode,
  type EpisodeCounts,
  episodeFigures,
  referenceEpisodes,
  scoreEpisodes,
  summariseEpisodes,
} from '../ecg/scoring-episodes.ts';
import { type ArrayState, arrayAt } from '../imc/drift.ts';
import { programNetwork } from '../imc/program.ts';
import { compareWith, rhythmAnnotations } from './annotation-scoring.ts';
import { readMitdb, requiredDataFolder } from './data-folder.ts';
import { spreadOf } from './evaluation.ts';
import { DS1_RECORDS, DS2_RECORDS } from './mitdb-split.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';
import { type RhythmFigures, rhythmCard, rhythmFiguresSchema } from './rhythm-card.ts';

const FOLDER = resolve(import.meta.dirname, '../../models/ecg-rhythm');
const PACED_RECORDS = ['102', '104', '107', '217'];
const GROUPS: Record<string, readonly string[]> = { DS1: DS1_RECORDS, DS2: DS2_RECORDS };

interface PreparedRecord {
  record: string;
  lengthSamples: number;
  samplingRateHz: number;
  rPeaks: Int32Array;
  segments: { segment: RhythmSegment; prepared: PreparedSegment }[];
  annotations: EcgAnnotation[];
  af: Episode[];
  flutter: Episode[];
}

function prepare(folder: string, record: string): PreparedRecord {
  const { recording, annotations } = readMitdb(folder, record);
  const { lengthSamples, samplingRateHz } = recording;
  const quality = assessQuality(recording);
  const rPeaks = detectQrs(recording, quality);
  const segments = rhythmSegments(recording, quality.leads).map((segment) => ({
    segment,
    prepared: prepareSegment(
      segment,
      recording.leads[segment.lead]!.millivolts.slice(segment.startSample, segment.endSample),
      samplingRateHz,
      rPeaks,
    ),
  }));
  return {
    record,
    lengthSamples,
    samplingRateHz,
    rPeaks,
    segments,
    annotations,
    af: referenceEpisodes(annotations, ['(AFIB'], lengthSamples),
    flutter: referenceEpisodes(annotations, ['(AFL'], lengthSamples),
  };
}

const asEpisodes = (spans: readonly { startSample: number; endSample: number }[]): Episode[] =>
  spans.map(({ startSample, endSample }) => ({ start: startSample, end: endSample }));

function calledAf(
  state: ArrayState,
  calibration: Parameters<typeof classifyWindows>[1],
  one: PreparedRecord,
): Episode[] {
  const answers = one.segments.map(({ segment, prepared }) =>
    classifyWindows(state, calibration, { firstWindow: segment.firstWindow, ...prepared }, REFERENCE),
  );
  const windows = one.segments.flatMap(({ segment }) => segment.windows);
  const joined = (of: (answer: (typeof answers)[number]) => Float32Array | Uint8Array) =>
    answers.flatMap((answer) => [...of(answer)]);
  const { stretches } = findAtrialFibrillation(
    {
      startSample: Int32Array.from(windows, ({ startSample }) => startSample),
      endSample: Int32Array.from(windows, ({ endSample }) => endSample),
      judged: Uint8Array.from(joined((answer) => answer.judged)),
      probabilities: Float32Array.from(joined((answer) => answer.probabilities)),
      ensemble: Float32Array.from(joined((answer) => answer.ensemble)),
    },
    REFERENCE.samples,
    one.rPeaks,
    one.samplingRateHz,
  );
  return asEpisodes(stretches);
}

function overlapSeconds(a: readonly Episode[], b: readonly Episode[], samplingRateHz: number): number {
  let sum = 0;
  for (const one of a) {
    for (const other of b)
      sum += Math.max(0, Math.min(one.end, other.end) - Math.max(one.start, other.start));
  }
  return sum / samplingRateHz;
}

function main(): void {
  const folder = requiredDataFolder();
  const weights = readFileSync(resolve(FOLDER, 'weights.safetensors'));
  const json = (name: string): unknown => JSON.parse(readFileSync(resolve(FOLDER, name), 'utf8'));
  const model = parseRhythmModel(json('model.json'), weights, json('calibration.json'), 'ecg-rhythm');
  const records = [...DS1_RECORDS, ...DS2_RECORDS, ...PACED_RECORDS].map((record) => prepare(folder, record));
  const profile = readDeviceProfile(REFERENCE.profile);
  const states = REFERENCE.programmingSeeds.map((programmingSeed) =>
    arrayAt(programNetwork(model.network, profile, { programmingSeed, ranges: model.ranges }), {
      driftSeconds: REFERENCE.driftSeconds,
      driftCompensation: REFERENCE.driftCompensation,
    }),
  );
  /** By record, by programmed array. */
  const called = new Map(
    records.map((one) => [one.record, states.map((state) => calledAf(state, model.calibration, one))]),
  );
  const scoring = (one: PreparedRecord) => ({
    samplingRateHz: one.samplingRateHz,
    lengthSamples: one.lengthSamples,
    fromSeconds: EC57_LEARNING_PERIOD_SECONDS,
  });
  const afCounts = (one: PreparedRecord, array: number, withFlutter: boolean): EpisodeCounts => {
    const found = called.get(one.record)![array]!;
    return withFlutter
      ? scoreEpisodes(
          [...one.af, ...one.flutter].sort((a, b) => a.start - b.start),
          found,
          scoring(one),
        )
      : compareWith(one, rhythmAnnotations(found, []), {}).atrialFibrillation!;
  };
  const grouped = (names: readonly string[], withFlutter: boolean) => {
    const chosen = records.filter(({ record }) => names.includes(record));
    const runs = states.map((_, array) =>
      summariseEpisodes(chosen.map((one) => afCounts(one, array, withFlutter))),
    );
    const spread = (of: (run: (typeof runs)[number]) => number) => spreadOf(runs.map(of));
    const figures = (part: 'gross' | 'average') => ({
      episodeSensitivity: spread((run) => run[part].episodeSensitivity),
      episodePositivePredictivity: spread((run) => run[part].episodePositivePredictivity),
      durationSensitivity: spread((run) => run[part].durationSensitivity),
      durationPositivePredictivity: spread((run) => run[part].durationPositivePredictivity),
    });
    return { gross: figures('gross'), average: figures('average') };
  };
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const seconds = (episodes: readonly Episode[], rate: number) =>
    episodes.reduce((sum, { start, end }) => sum + (end - start) / rate, 0);
  const flutterCounts = records.map((one) => ({
    record: one.record,
    counts: compareWith(
      one,
      rhythmAnnotations(
        [],
        asEpisodes(
          mergeSpans(
            one.segments.flatMap(({ prepared }) => prepared.fibrillation),
            one.samplingRateHz,
          ),
        ),
      ),
      { fromSeconds: 0 },
    ).ventricularFibrillation,
  }));
  const figures: RhythmFigures = rhythmFiguresSchema.parse({
    calibrationId: model.calibration.id,
    weightsSha256: createHash('sha256').update(weights).digest('hex'),
    condition: { ...REFERENCE, programmingSeeds: [...REFERENCE.programmingSeeds] },
    crossValidation: json('cross-validation.json'),
    mitBih: {
      atrialFibrillation: Object.fromEntries(
        Object.entries(GROUPS).map(([name, group]) => [name, grouped(group, false)]),
      ),
      fibrillationOrFlutter: Object.fromEntries(
        Object.entries(GROUPS).map(([name, group]) => [name, grouped(group, true)]),
      ),
      records: records.map((one) => {
        const runs = states.map((_, array) => called.get(one.record)![array]!);
        const either = [...one.af, ...one.flutter];
        return {
          record: one.record,
          group: DS1_RECORDS.some((name) => name === one.record)
            ? 'DS1'
            : PACED_RECORDS.includes(one.record)
              ? 'paced'
              : 'DS2',
          afSeconds: seconds(one.af, one.samplingRateHz),
          flutterSeconds: seconds(one.flutter, one.samplingRateHz),
          foundSeconds: mean(runs.map((run) => overlapSeconds(run, either, one.samplingRateHz))),
          falseSeconds: mean(
            runs.map(
              (run) => seconds(run, one.samplingRateHz) - overlapSeconds(run, either, one.samplingRateHz),
            ),
          ),
          falseEpisodes: mean(
            runs.map(
              (run) =>
                run.filter((found) => overlapSeconds([found], either, one.samplingRateHz) === 0).length,
            ),
          ),
        };
      }),
      ventricularFlutter: {
        records: flutterCounts
          .filter(({ counts }) => counts.referenceSeconds > 0 || counts.testSeconds > 0)
          .map(({ record, counts }) => ({ record, ...counts })),
        gross: summariseEpisodes(flutterCounts.map(({ counts }) => counts)).counts,
        hours: records.reduce((sum, one) => sum + one.lengthSamples / one.samplingRateHz / 3600, 0),
      },
    },
  });
  writeFileSync(resolve(FOLDER, 'figures.json'), `${JSON.stringify(figures, null, 2)}\n`);
  const log = resolve(FOLDER, 'evaluation-log.jsonl');
  const before: unknown = JSON.parse(readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)!).mitBih;
  // The same answers again are no new look.
  const recomputed = isDeepStrictEqual(before, JSON.parse(JSON.stringify(figures.mitBih)));
  appendFileSync(
    log,
    `${JSON.stringify({ ...(recomputed ? { recomputed } : {}), calibrationId: figures.calibrationId, weightsSha256: figures.weightsSha256, mitBih: figures.mitBih })}\n`,
  );
  const cardPath = resolve(FOLDER, 'MODEL_CARD.md');
  writeFileSync(cardPath, rhythmCard(readFileSync(cardPath, 'utf8'), figures));
  for (const [name, { gross }] of Object.entries(figures.mitBih.atrialFibrillation)) {
    console.log(
      `${name}: AF duration sensitivity ${gross.durationSensitivity?.mean.toFixed(3)}, predictivity ${gross.durationPositivePredictivity?.mean.toFixed(3)}`,
    );
  }
  const flutter = episodeFigures(figures.mitBih.ventricularFlutter.gross);
  console.log(`ventricular flutter: duration sensitivity ${flutter.durationSensitivity.toFixed(3)}`);
}

main();
