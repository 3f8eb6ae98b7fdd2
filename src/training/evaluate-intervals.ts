/**
 * `npm run evaluate:intervals`: waves and their limits against the cardiologists' marks of LUDB, inside the marked span,
 * scored by the functions of `kirchhoff evaluate`. With `--tuning` only the odd records, on which the constants were
 * chosen, and nothing is written. Without it the even records too: each such run is a look at the held-out half and is
 * appended to `models/ecg-intervals/evaluation-log.jsonl`; `--note` says in the entry why it was looked.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BeatWaves, delineate } from '../ecg/delineation.ts';
import { INTERVALS, type IntervalName, measureIntervals } from '../ecg/intervals.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { WAVE_KINDS, type WaveComparison, waveFigures } from '../ecg/scoring-waves.ts';
import { requiredDataFolder } from './data-folder.ts';
import { CSE_TOLERANCE_MS, writeIntervalsDocs } from './intervals-card.ts';
import { LUDB_TEST_RECORDS, LUDB_TUNING_RECORDS, type LudbRecord, readLudb } from './ludb.ts';
import { judgeSwaps, placementFigures } from './placement-scoring.ts';
import { compareLeads, compareOverLeads, markedIntervals, scatterOfMarks } from './wave-scoring.ts';

const OPTIONS = parseArgs({
  options: { tuning: { type: 'boolean' }, likeness: { type: 'boolean' }, note: { type: 'string' } },
}).values;
const FOLDER = resolve(import.meta.dirname, '../../models/ecg-intervals');
const FIDUCIALS = [
  ['p', 'onset'],
  ['p', 'end'],
  ['qrs', 'onset'],
  ['qrs', 'end'],
  ['t', 'onset'],
  ['t', 'peak'],
  ['t', 'end'],
] as const;

function delineated({ recording }: LudbRecord) {
  const rPeaks = detectQrs(recording, assessQuality(recording));
  return { ...delineate(recording, rPeaks), measured: measureIntervals(recording, rPeaks) };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};

/** Mean and standard deviation of each limit. */
function fiducialFigures(comparisons: readonly WaveComparison[]) {
  return Object.fromEntries(
    FIDUCIALS.map(([kind, limit]) => {
      const { count, meanMs, standardDeviationMs } = waveFigures(comparisons, kind)[limit];
      return [`${kind} ${limit}`, { count, meanMs, deviationMs: standardDeviationMs }];
    }),
  );
}

function printFiducials(title: string, figures: ReturnType<typeof fiducialFigures>) {
  console.log(`${title.padEnd(12)} n     mean      sd  tolerance  (ms)`);
  for (const [name, { count, meanMs, deviationMs }] of Object.entries(figures)) {
    const [one, other] = [meanMs, deviationMs].map((value) => (value ?? Number.NaN).toFixed(1));
    console.log(
      `${name.padEnd(10)} ${String(count).padStart(5)} ${one!.padStart(8)} ${other!.padStart(7)} ${String(CSE_TOLERANCE_MS[name] ?? '').padStart(9)}`,
    );
  }
}

function figuresOf(name: string, folder: string, numbers: readonly number[]) {
  const leads: WaveComparison[] = [];
  const overLeads: WaveComparison[] = [];
  const scatter = new Map<string, number[]>();
  const fibrillation = { records: 0, beats: 0, beatsWithP: 0 };
  let paced = 0;
  const intervals = Object.fromEntries(
    INTERVALS.map((name) => [name, { errors: [] as number[], covered: 0 }]),
  ) as Record<IntervalName, { errors: number[]; covered: number }>;
  const placement = new Map<string, Map<string, number>>();
  const likeness: { record: number; rhythm: string; pLikeness: number }[] = [];
  for (const number of numbers) {
    const record = readLudb(folder, number);
    // Refused by the product: stimuli are no part of the heart's waves.
    if (record.paced) {
      paced++;
      continue;
    }
    const { beats, pLikeness, median, measured } = delineated(record);
    const truth = markedIntervals(record);
    for (const name of INTERVALS) {
      const own = measured[`${name}Ms`];
      const marked = truth[name];
      if (own === null || marked === null) continue;
      intervals[name].errors.push(own.value - marked);
      if (marked >= own.interval90.low && marked <= own.interval90.high) intervals[name].covered++;
    }
    if (median !== null) judgeSwaps(placement, record, median);
    leads.push(...compareLeads(record, beats));
    overLeads.push(compareOverLeads(record, beats));
    for (const [kind, limit] of FIDUCIALS) {
      if (limit === 'peak') continue;
      const values = scatter.get(`${kind} ${limit}`) ?? [];
      for (const value of scatterOfMarks(record, beats, kind, limit)) values.push(value);
      scatter.set(`${kind} ${limit}`, values);
    }
    likeness.push({ record: number, rhythm: record.rhythm, pLikeness });
    if (/fibrillation/i.test(record.rhythm)) countFibrillation(fibrillation, record, beats);
  }
  console.log(`\n${name}: ${numbers.length - paced} records, ${paced} paced ones left out`);
  const fiducials = fiducialFigures(leads);
  const fiducialsOverLeads = fiducialFigures(overLeads);
  printFiducials('lead by lead', fiducials);
  printFiducials('over leads', fiducialsOverLeads);
  const scatterMs = Object.fromEntries(
    [...scatter].map(([limit, values]) => [limit, Math.sqrt(mean(values.map((value) => value ** 2)))]),
  );
  console.log(
    `marks about their median, sd: ${Object.entries(scatterMs)
      .map(([limit, sd]) => `${limit} ${sd.toFixed(1)}`)
      .join(', ')} ms`,
  );
  console.log('wave     Se     +P');
  const waves = Object.fromEntries(
    WAVE_KINDS.map((kind) => {
      const { found, missed, sensitivity, positivePredictivity } = waveFigures(leads, kind);
      const percent = (share: number | null) => (100 * (share ?? Number.NaN)).toFixed(2);
      console.log(`${kind.padEnd(5)} ${percent(sensitivity)} ${percent(positivePredictivity)}`);
      return [kind, { marked: found + missed, sensitivity, positivePredictivity }];
    }),
  );
  console.log(
    `atrial fibrillation: ${fibrillation.records} records, ${fibrillation.beatsWithP} of ${fibrillation.beats} beats given a P wave`,
  );
  if (OPTIONS.likeness) {
    for (const { record, rhythm, pLikeness } of likeness.sort((a, b) => a.pLikeness - b.pLikeness))
      console.log(record, rhythm, pLikeness.toFixed(2));
  }
  console.log('interval     n     mean      sd  in 90 % interval');
  const intervalFigures = Object.fromEntries(
    INTERVALS.map((name) => {
      const { errors, covered } = intervals[name];
      const figures = {
        records: errors.length,
        meanMs: mean(errors),
        deviationMs: deviation(errors),
        coverage: covered / errors.length,
      };
      console.log(
        `${name.padEnd(9)} ${String(figures.records).padStart(5)} ${figures.meanMs.toFixed(1).padStart(8)} ${figures.deviationMs.toFixed(1).padStart(7)} ${figures.coverage.toFixed(2).padStart(8)}`,
      );
      return [name, figures];
    }),
  );
  return {
    intervals: intervalFigures,
    placement: placementFigures(placement),
    records: numbers.length - paced,
    pacedLeftOut: paced,
    fiducials,
    fiducialsOverLeads,
    scatterOfMarksMs: scatterMs,
    waves,
    atrialFibrillation: fibrillation,
  };
}

function countFibrillation(
  counts: { records: number; beats: number; beatsWithP: number },
  { span }: LudbRecord,
  beats: readonly BeatWaves[],
): void {
  const inside = beats.filter(({ rPeak }) => rPeak > span.from && rPeak < span.to);
  counts.records++;
  counts.beats += inside.length;
  counts.beatsWithP += inside.filter((beat) => beat.leads.some(({ p }) => p !== null)).length;
}

const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8' }).trim();

const folder = requiredDataFolder();
const tuning = figuresOf('LUDB, odd records (tuned on)', folder, LUDB_TUNING_RECORDS);
if (!OPTIONS.tuning) {
  const changed = git('status', '--porcelain', '--', 'src/ecg') !== '';
  const entry = {
    commit: git('rev-parse', 'HEAD') + (changed ? ' with changes' : ''),
    date: new Date().toISOString(),
    ...(OPTIONS.note === undefined ? {} : { note: OPTIONS.note }),
    figures: { tuning, test: figuresOf('LUDB, even records (test)', folder, LUDB_TEST_RECORDS) },
  };
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(join(FOLDER, 'evaluation-log.jsonl'), `${JSON.stringify(entry)}\n`);
  writeFileSync(join(FOLDER, 'figures.json'), `${JSON.stringify(entry, null, 2)}\n`);
  writeIntervalsDocs();
}
