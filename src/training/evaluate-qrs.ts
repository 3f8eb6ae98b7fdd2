/**
 * `npm run evaluate:qrs`: the QRS detector on MIT-BIH, its beats as annotation sets scored by the functions of
 * `kirchhoff evaluate` against the reference annotations, which the detector itself never sees. DS1 is what it was tuned on, DS2 is the test: every run is a
 * look at the test set and is appended to `models/ecg-qrs/evaluation-log.jsonl`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readWfdb } from '../ecg/formats/wfdb/record.ts';
import { detectPacing } from '../ecg/pacing.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import {
  type DetectionCounts,
  detectionFigures,
  EC57_LEARNING_PERIOD_SECONDS,
  EC57_MATCH_WINDOW_SECONDS,
  summariseDetections,
} from '../ecg/scoring.ts';
import { beatAnnotations, compareWith } from './annotation-scoring.ts';
import { readMitdb, requiredDataFolder } from './data-folder.ts';
import { DS1_RECORDS, DS2_RECORDS, PACED_RECORDS } from './mitdb-split.ts';

const FOLDER = resolve(import.meta.dirname, '../../models/ecg-qrs');
const TIGHT_WINDOW_SECONDS = 0.05;

interface RecordScore {
  record: string;
  whole: DetectionCounts;
  afterLearning: DetectionCounts;
  tightWindow: DetectionCounts;
  refusedAsPaced: boolean;
}

const NOISE_LEVELS = ['24', '18', '12', '06', '00', '_6'] as const;

/**
 * Records 118 and 119 of the MIT-BIH Noise Stress Test Database, electrode motion added from 5 min on in alternating
 * stretches of 2 min with and without; scored from 5 min on against the annotations of the clean records, as EC57 asks.
 */
function noiseStress(folder: string) {
  console.log(`\n${'noise stress (118, 119 of DS1)'.padEnd(34)}     Se     +P     FN     FP`);
  return NOISE_LEVELS.map((level) => {
    const counts = ['118', '119'].map((record) => {
      const { annotations } = readMitdb(folder, record);
      const recording = readWfdb(`${record}e${level}.hea`, (name) => {
        const path = join(folder, 'nstdb', name);
        return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
      });
      const detected = detectQrs(recording, assessQuality(recording));
      return compareWith({ record, ...recording, annotations }, beatAnnotations(detected, null), {})
        .detection;
    });
    const { counts: sum, gross } = summariseDetections(counts);
    const decibels = Number(level.replace('_', '-'));
    console.log(
      `${row(`${decibels} dB`, gross)} ${String(sum.falseNegatives).padStart(6)} ${String(sum.falsePositives).padStart(6)}`,
    );
    return { decibels, counts: sum, gross };
  });
}

const scored = new Map<string, RecordScore>();

function scoreRecord(folder: string, record: string): RecordScore {
  const known = scored.get(record);
  if (known !== undefined) return known;
  const { recording, annotations } = readMitdb(folder, record);
  const detected = detectQrs(recording, assessQuality(recording));
  const test = beatAnnotations(detected, null);
  const score = (fromSeconds: number, windowSeconds: number) =>
    compareWith({ record, ...recording, annotations }, test, { fromSeconds, windowSeconds }).detection;
  const result: RecordScore = {
    record,
    whole: score(0, EC57_MATCH_WINDOW_SECONDS),
    afterLearning: score(EC57_LEARNING_PERIOD_SECONDS, EC57_MATCH_WINDOW_SECONDS),
    tightWindow: score(0, TIGHT_WINDOW_SECONDS),
    // Without the header's comments, which only some of the paced records have.
    refusedAsPaced: detectPacing({ ...recording, comments: [] }, detected).paced,
  };
  scored.set(record, result);
  return result;
}

const percent = (value: number) => (value * 100).toFixed(2);
const row = (name: string, { sensitivity, positivePredictivity }: ReturnType<typeof detectionFigures>) =>
  `${name.padEnd(34)} ${percent(sensitivity).padStart(6)} ${percent(positivePredictivity).padStart(6)}`;

function report(folder: string, name: string, records: readonly string[]) {
  const scores = records.map((record) => scoreRecord(folder, record));
  console.log(`\n${name.padEnd(34)}     Se     +P     FN     FP`);
  for (const { record, whole, refusedAsPaced } of scores) {
    const counts = `${String(whole.falseNegatives).padStart(6)} ${String(whole.falsePositives).padStart(6)}`;
    console.log(
      `${row(record, detectionFigures(whole))} ${counts}${refusedAsPaced ? '  refused as paced' : ''}`,
    );
  }
  const summary = {
    whole: summariseDetections(scores.map((score) => score.whole)),
    afterLearning: summariseDetections(scores.map((score) => score.afterLearning)),
    tightWindow: summariseDetections(scores.map((score) => score.tightWindow)),
    refusedAsPaced: scores.filter((score) => score.refusedAsPaced).map((score) => score.record),
    records: Object.fromEntries(scores.map((score) => [score.record, score.whole])),
  };
  console.log(row('gross, 150 ms, whole record', summary.whole.gross));
  console.log(row('average, 150 ms, whole record', summary.whole.average));
  console.log(row('gross, 150 ms, from 5 min on', summary.afterLearning.gross));
  console.log(row('average, 150 ms, from 5 min on', summary.afterLearning.average));
  console.log(row('gross, 50 ms, whole record', summary.tightWindow.gross));
  return summary;
}

const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8' }).trim();

const folder = requiredDataFolder();
const changed = git('status', '--porcelain', '--', 'src/ecg') !== '';
const figures = {
  ds1: report(folder, 'DS1 (tuned on)', DS1_RECORDS),
  ds2: report(folder, 'DS2 (test)', DS2_RECORDS),
  ds2Without202: report(
    folder,
    'DS2 without 202 (same person as 201)',
    DS2_RECORDS.filter((record) => record !== '202'),
  ),
  paced: report(folder, 'paced', PACED_RECORDS),
  all48: report(folder, 'all 48 records', [...DS1_RECORDS, ...DS2_RECORDS, ...PACED_RECORDS].sort()),
  noiseStress: noiseStress(folder),
};
const log = join(FOLDER, 'evaluation-log.jsonl');
const before: unknown = existsSync(log)
  ? JSON.parse(readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)!).figures
  : null;
const entry = {
  // The same answers again are no new look.
  ...(isDeepStrictEqual(before, JSON.parse(JSON.stringify(figures))) ? { recomputed: true } : {}),
  commit: git('rev-parse', 'HEAD') + (changed ? ' with changes' : ''),
  date: new Date().toISOString(),
  figures,
};
mkdirSync(FOLDER, { recursive: true });
appendFileSync(log, `${JSON.stringify(entry)}\n`);
writeFileSync(join(FOLDER, 'figures.json'), `${JSON.stringify(entry, null, 2)}\n`);
