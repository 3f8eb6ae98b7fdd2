/**
 * `npm run evaluate:intervals`: waves and their limits against the cardiologists' marks of LUDB, inside the marked span.
 * With `--tuning` only the odd records, on which the constants were chosen, and nothing is written. Without it the even
 * records too: each such run is a look at the held-out half and is appended to `models/ecg-intervals/evaluation-log.jsonl`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BeatWaves, delineate, type Wave } from '../ecg/delineation.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { requiredDataFolder } from './data-folder.ts';
import {
  LUDB_TEST_RECORDS,
  LUDB_TUNING_RECORDS,
  type LudbRecord,
  readLudb,
  WAVE_KINDS,
  type WaveKind,
} from './ludb.ts';

const FOLDER = resolve(import.meta.dirname, '../../models/ecg-intervals');
/** A found wave is a marked one if their peaks are no further apart. */
const MATCH_SECONDS = 0.15;
/** What the interval measurements call the limit over all leads: the second earliest and the second latest. */
const FIDUCIALS = ['p onset', 'p end', 'qrs onset', 'qrs end', 't onset', 't peak', 't end'] as const;
type Fiducial = (typeof FIDUCIALS)[number];
/**
 * Tolerances of the Common Standards for Quantitative Electrocardiography working party (two standard deviations of the
 * referees, ms) as delineation papers quote them; quoted from memory, not checked against the original.
 */
const CSE_TOLERANCE_MS: Partial<Record<Fiducial, number>> = {
  'p onset': 10.2,
  'p end': 12.7,
  'qrs onset': 6.5,
  'qrs end': 11.6,
  't end': 30.6,
};

interface Tally {
  errors: Record<Fiducial, number[]>;
  waves: Record<WaveKind, { found: number; missed: number; invented: number }>;
}

const emptyTally = (): Tally => ({
  errors: Object.fromEntries(FIDUCIALS.map((name) => [name, []])) as unknown as Tally['errors'],
  waves: Object.fromEntries(
    WAVE_KINDS.map((kind) => [kind, { found: 0, missed: 0, invented: 0 }]),
  ) as Tally['waves'],
});

function scoreWaves(tally: Tally, kind: WaveKind, marked: readonly Wave[], found: readonly Wave[], rateHz: number) {
  const taken = new Set<Wave>();
  for (const mark of marked) {
    let nearest: Wave | null = null;
    for (const wave of found) {
      const distance = Math.abs(wave.peak - mark.peak);
      if (taken.has(wave) || distance > MATCH_SECONDS * rateHz) continue;
      if (nearest === null || distance < Math.abs(nearest.peak - mark.peak)) nearest = wave;
    }
    if (nearest === null) {
      tally.waves[kind].missed++;
      continue;
    }
    taken.add(nearest);
    tally.waves[kind].found++;
    const ms = (a: number, b: number) => ((a - b) / rateHz) * 1000;
    const record = (name: Fiducial, error: number) => tally.errors[name].push(error);
    if (kind === 't') record('t peak', ms(nearest.peak, mark.peak));
    record(`${kind} onset`, ms(nearest.onset, mark.onset));
    record(`${kind} end`, ms(nearest.end, mark.end));
  }
  tally.waves[kind].invented += found.length - taken.size;
}

/** Beats whose QRS complex lies inside the marked span, with all their waves. */
function beatsInSpan({ recording, span }: LudbRecord): { beats: BeatWaves[]; pLikeness: number } {
  const rPeaks = detectQrs(recording, assessQuality(recording));
  const { beats, pLikeness } = delineate(recording, rPeaks);
  return { beats: beats.filter(({ rPeak }) => rPeak > span.from && rPeak < span.to), pLikeness };
}

function scoreRecord(tally: Tally, record: LudbRecord, beats: readonly BeatWaves[]): void {
  const { samplingRateHz } = record.recording;
  for (const [lead, marked] of record.marked.entries()) {
    const first = Math.min(...WAVE_KINDS.flatMap((kind) => marked[kind].map(({ onset }) => onset)));
    const last = Math.max(...WAVE_KINDS.flatMap((kind) => marked[kind].map(({ end }) => end)));
    for (const kind of WAVE_KINDS) {
      const found = beats
        .map((beat) => beat.leads[lead]![kind])
        .filter((wave) => wave !== null && wave.peak >= first && wave.peak <= last);
      scoreWaves(tally, kind, marked[kind], found as Wave[], samplingRateHz);
    }
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};

function figuresOf(name: string, folder: string, numbers: readonly number[]) {
  const tally = emptyTally();
  const fibrillation = { records: 0, beats: 0, beatsWithP: 0 };
  let paced = 0;
  const likeness: { record: number; rhythm: string; pLikeness: number }[] = [];
  for (const number of numbers) {
    const record = readLudb(folder, number);
    // Refused by the product: stimuli are no part of the heart's waves.
    if (record.paced) {
      paced++;
      continue;
    }
    const { beats, pLikeness } = beatsInSpan(record);
    scoreRecord(tally, record, beats);
    likeness.push({ record: number, rhythm: record.rhythm, pLikeness });
    if (/fibrillation/i.test(record.rhythm)) {
      fibrillation.records++;
      fibrillation.beats += beats.length;
      const withP = beats.filter((beat) => beat.leads.some(({ p }) => p !== null)).length;
      fibrillation.beatsWithP += withP;
    }
  }
  console.log(`\n${name}: ${numbers.length - paced} records, ${paced} paced ones left out`);
  console.log('             n     mean      sd  tolerance  (ms)');
  const fiducials = Object.fromEntries(
    FIDUCIALS.map((fiducial) => {
      const errors = tally.errors[fiducial];
      const figures = { count: errors.length, meanMs: mean(errors), deviationMs: deviation(errors) };
      console.log(
        `${fiducial.padEnd(10)} ${String(errors.length).padStart(5)} ${figures.meanMs.toFixed(1).padStart(8)} ${figures.deviationMs.toFixed(1).padStart(7)} ${String(CSE_TOLERANCE_MS[fiducial] ?? '').padStart(9)}`,
      );
      return [fiducial, figures];
    }),
  );
  console.log('wave     Se     +P');
  const waves = Object.fromEntries(
    WAVE_KINDS.map((kind) => {
      const { found, missed, invented } = tally.waves[kind];
      const figures = {
        marked: found + missed,
        sensitivity: found / (found + missed),
        positivePredictivity: found / (found + invented),
      };
      console.log(
        `${kind.padEnd(5)} ${(100 * figures.sensitivity).toFixed(2)} ${(100 * figures.positivePredictivity).toFixed(2)}`,
      );
      return [kind, figures];
    }),
  );
  console.log(
    `atrial fibrillation: ${fibrillation.records} records, ${fibrillation.beatsWithP} of ${fibrillation.beats} beats given a P wave`,
  );
  if (process.argv.includes('--likeness')) {
    for (const { record, rhythm, pLikeness } of likeness.sort((a, b) => a.pLikeness - b.pLikeness))
      console.log(record, rhythm, pLikeness.toFixed(2));
  }
  return {
    records: numbers.length - paced,
    pacedLeftOut: paced,
    fiducials,
    waves,
    atrialFibrillation: {
      records: fibrillation.records,
      beats: fibrillation.beats,
      beatsWithP: fibrillation.beatsWithP,
    },
  };
}

const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8' }).trim();

const folder = requiredDataFolder();
const tuning = figuresOf('LUDB, odd records (tuned on)', folder, LUDB_TUNING_RECORDS);
if (!process.argv.includes('--tuning')) {
  const changed = git('status', '--porcelain', '--', 'src/ecg') !== '';
  const entry = {
    commit: git('rev-parse', 'HEAD') + (changed ? ' with changes' : ''),
    date: new Date().toISOString(),
    figures: { tuning, test: figuresOf('LUDB, even records (test)', folder, LUDB_TEST_RECORDS) },
  };
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(join(FOLDER, 'evaluation-log.jsonl'), `${JSON.stringify(entry)}\n`);
  writeFileSync(join(FOLDER, 'figures.json'), `${JSON.stringify(entry, null, 2)}\n`);
}
