/**
 * `npm run evaluate:conduction`: AV block. First degree: PR of LUDB's recordings against the cardiologists' marks. Second
 * and third degree: recordings made of LUDB's own P waves and complexes (`made-conduction.ts`), through the program's
 * own detector; beside them the same waves without block. Pre-excitation: `preexcitation-figures.ts`. False alarms: MIT-BIH. Limits were set on LUDB's odd records
 * and on DS1; LUDB's even records and DS2 are the test, and every run with them is a line of
 * `models/ecg-conduction/evaluation-log.jsonl`. `--tuning` looks at the first two alone and writes nothing.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AV_BLOCK_KINDS } from '../contract/rhythm.ts';
import { medianOf } from '../ecg/filtering.ts';
import { measureIntervals } from '../ecg/intervals.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { episodeFigures, referenceEpisodes, scoreEpisodes } from '../ecg/scoring-episodes.ts';
import { limitsOverLeads } from '../ecg/wave-limits.ts';
import { RandomStream } from '../numeric/random.ts';
import { conductionIn } from './conduction-answers.ts';
import { type ConductionFigures, conductionFiguresSchema, docsWithConduction } from './conduction-card.ts';
import { readMitdb, requiredDataFolder } from './data-folder.ts';
import { LUDB_LEAD_II, LUDB_TEST_RECORDS, LUDB_TUNING_RECORDS, type LudbRecord, readLudb } from './ludb.ts';
import { MADE, type Made, madeRecording, planOf, sourceOf } from './made-conduction.ts';
import { DS1_RECORDS, DS2_RECORDS } from './mitdb-split.ts';
import { preExcitationFigures } from './preexcitation-figures.ts';

const MODELS = resolve(import.meta.dirname, '../../models/ecg-conduction');
const DOCS = resolve(import.meta.dirname, '../../docs/rhythm.md');
const LONG_PR_MS = 200;

/** Median PR over the marked beats, limits over all leads; null without marked P waves. */
function markedPrMs({ marked, recording }: LudbRecord): number | null {
  const rate = recording.samplingRateHz;
  const near = (waves: LudbRecord['marked'][number]['p'], from: number, to: number) =>
    waves.find(({ peak }) => peak >= from && peak <= to) ?? null;
  const values = marked[LUDB_LEAD_II]!.qrs.flatMap(({ peak }) => {
    const { p, qrs } = limitsOverLeads(
      marked.map((waves) => ({
        p: near(waves.p, peak - 0.45 * rate, peak - 0.03 * rate),
        qrs: near(waves.qrs, peak - 0.08 * rate, peak + 0.08 * rate),
        t: null,
      })),
    );
    return p !== null && qrs !== null ? [((qrs.onset - p.onset) * 1000) / rate] : [];
  });
  return values.length === 0 ? null : medianOf(values);
}

function firstDegree(folder: string, numbers: readonly number[]): ConductionFigures['tuning']['firstDegree'] {
  const counts = { records: 0, long: 0, told: 0, toldLong: 0, nearLimit: 0 };
  for (const number of numbers) {
    const record = readLudb(folder, number);
    const marked = markedPrMs(record);
    if (record.paced || marked === null) continue;
    const { recording } = record;
    const own = measureIntervals(recording, detectQrs(recording, assessQuality(recording))).prMs;
    counts.records++;
    const [isLong, isTold] = [marked > LONG_PR_MS, (own?.value ?? 0) > LONG_PR_MS];
    counts.long += Number(isLong);
    counts.told += Number(isTold);
    counts.toldLong += Number(isLong && isTold);
    counts.nearLimit += Number(isLong !== isTold && Math.abs(marked - LONG_PR_MS) <= 20);
  }
  return counts;
}

function secondAndThirdDegree(
  folder: string,
  numbers: readonly number[],
): ConductionFigures['tuning']['made'] {
  const rows = Object.fromEntries(
    Object.keys(MADE).map((made) => [
      made,
      {
        recordings: 0,
        block: 0,
        pSeen: 0,
        told: Object.fromEntries(AV_BLOCK_KINDS.map((kind) => [kind, 0])),
      },
    ]),
  );
  for (const number of numbers) {
    const record = readLudb(folder, number);
    const source = sourceOf(record);
    if (source === null) continue;
    for (const made of Object.keys(MADE) as Made[]) {
      const words: [number, number, number] = [number, Object.keys(MADE).indexOf(made), 0];
      const random = new RandomStream({ seed: 1, words });
      const plan = planOf(made, source.samplingRateHz, random);
      const lead = {
        ...record.recording.leads[LUDB_LEAD_II]!,
        millivolts: madeRecording(source, plan, random),
      };
      const found = conductionIn({
        ...record.recording,
        lengthSamples: plan.lengthSamples,
        leads: [lead],
      });
      const row = rows[made]!;
      row.recordings++;
      row.pSeen += Number(found.judgedFraction >= 0.5);
      row.block += Number(found.avBlock.length > 0);
      // One kind a recording: that of the most P waves.
      const most = found.avBlock.reduce((a, b) => (b.pWaves > (a?.pWaves ?? 0) ? b : a), found.avBlock[0]);
      if (most !== undefined) row.told[most.kind]!++;
    }
  }
  return rows;
}

/** Episodes of second- and third-degree block in records without any, and against `(BII` where that is annotated. */
function mitBih(folder: string, names: readonly string[]): ConductionFigures['tuning']['mitBih'] {
  const figures = { hours: 0, judgedHours: 0, falseEpisodes: 0, falseRecords: [] as string[] };
  const annotated: ConductionFigures['tuning']['mitBih']['annotated'] = [];
  for (const record of names) {
    const { recording, annotations } = readMitdb(folder, record);
    const { samplingRateHz, lengthSamples } = recording;
    const found = conductionIn(recording);
    const hours = lengthSamples / samplingRateHz / 3600;
    const reference = referenceEpisodes(annotations, ['(BII'], lengthSamples);
    if (reference.length > 0) {
      const told = found.avBlock.map(({ startSample, endSample }) => ({
        start: startSample,
        end: endSample,
      }));
      const counts = scoreEpisodes(reference, told, { samplingRateHz, lengthSamples, fromSeconds: 0 });
      const shares = episodeFigures(counts);
      annotated.push({
        record,
        referenceSeconds: counts.referenceSeconds,
        toldSeconds: counts.testSeconds,
        episodeSensitivity: shares.episodeSensitivity,
        durationSensitivity: shares.durationSensitivity,
        durationPositivePredictivity: Number.isNaN(shares.durationPositivePredictivity)
          ? null
          : shares.durationPositivePredictivity,
        kinds: Object.fromEntries(
          AV_BLOCK_KINDS.map((kind) => [kind, found.avBlock.filter((block) => block.kind === kind).length]),
        ),
      });
      continue;
    }
    figures.hours += hours;
    figures.judgedHours += hours * found.judgedFraction;
    figures.falseEpisodes += found.avBlock.length;
    if (found.avBlock.length > 0) figures.falseRecords.push(record);
  }
  return { ...figures, annotated };
}

function figuresOf(folder: string, ludb: readonly number[], records: readonly string[]) {
  return {
    firstDegree: firstDegree(folder, ludb),
    made: secondAndThirdDegree(folder, ludb),
    mitBih: mitBih(folder, records),
    preExcitation: preExcitationFigures(folder, ludb, records),
  };
}

const folder = requiredDataFolder();
const tuning = figuresOf(folder, LUDB_TUNING_RECORDS, DS1_RECORDS);
if (process.argv.includes('--tuning')) {
  console.log(JSON.stringify(tuning, null, 1));
} else {
  const entry = conductionFiguresSchema.parse({
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
    tuning,
    test: figuresOf(folder, LUDB_TEST_RECORDS, DS2_RECORDS),
  });
  mkdirSync(MODELS, { recursive: true });
  appendFileSync(resolve(MODELS, 'evaluation-log.jsonl'), `${JSON.stringify(entry)}\n`);
  writeFileSync(DOCS, docsWithConduction(readFileSync(DOCS, 'utf8'), entry));
}
