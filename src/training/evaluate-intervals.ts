/**
 * `npm run evaluate:intervals`: waves and their limits against the cardiologists' marks of LUDB, inside the marked span.
 * With `--tuning` only the odd records, on which the constants were chosen, and nothing is written. Without it the even
 * records too: each such run is a look at the held-out half and is appended to `models/ecg-intervals/evaluation-log.jsonl`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BeatWaves, delineate, type MedianBeat, type Wave } from '../ecg/delineation.ts';
import { medianOf } from '../ecg/filtering.ts';
import { measureIntervals } from '../ecg/intervals.ts';
import { judgePlacement } from '../ecg/lead-placement.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { limitsOverLeads } from '../ecg/wave-limits.ts';
import { requiredDataFolder } from './data-folder.ts';
import { ELECTRODE_SWAPS, withElectrodesSwapped, withLeadInverted } from './electrode-swaps.ts';
import { CSE_TOLERANCE_MS, writeIntervalsDocs } from './intervals-card.ts';
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

function scoreWaves(
  tally: Tally,
  kind: WaveKind,
  marked: readonly Wave[],
  found: readonly Wave[],
  rateHz: number,
) {
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
function beatsInSpan({ recording, span }: LudbRecord) {
  const rPeaks = detectQrs(recording, assessQuality(recording));
  const { beats, pLikeness, median } = delineate(recording, rPeaks);
  return {
    beats: beats.filter(({ rPeak }) => rPeak > span.from && rPeak < span.to),
    pLikeness,
    median,
    measured: measureIntervals(recording, rPeaks),
  };
}

const INTERVALS = ['pDuration', 'pr', 'qrs', 'qt'] as const;
type IntervalName = (typeof INTERVALS)[number];

/** Median over the marked beats of each interval, limits over all leads drawn as in the product; milliseconds. */
function markedIntervals({ marked, recording }: LudbRecord): Record<IntervalName, number | null> {
  const rateHz = recording.samplingRateHz;
  const near = (waves: readonly Wave[], from: number, to: number) =>
    waves.find((wave) => wave.peak >= from && wave.peak <= to) ?? null;
  const values: Record<IntervalName, number[]> = { pDuration: [], pr: [], qrs: [], qt: [] };
  for (const { peak } of marked[1]!.qrs) {
    const limits = limitsOverLeads(
      marked.map((waves) => ({
        p: near(waves.p, peak - 0.35 * rateHz, peak - 0.03 * rateHz),
        qrs: near(waves.qrs, peak - 0.08 * rateHz, peak + 0.08 * rateHz),
        t: near(waves.t, peak + 0.1 * rateHz, peak + 0.55 * rateHz),
      })),
    );
    const ms = (samples: number) => (samples * 1000) / rateHz;
    if (limits.p !== null) values.pDuration.push(ms(limits.p.end - limits.p.onset));
    if (limits.p !== null && limits.qrs !== null) values.pr.push(ms(limits.qrs.onset - limits.p.onset));
    if (limits.qrs !== null) values.qrs.push(ms(limits.qrs.end - limits.qrs.onset));
    if (limits.qrs !== null && limits.t !== null) values.qt.push(ms(limits.t.end - limits.qrs.onset));
  }
  return Object.fromEntries(
    INTERVALS.map((name) => [name, values[name].length === 0 ? null : medianOf(values[name])]),
  ) as Record<IntervalName, number | null>;
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

/**
 * A swap moves and reverses whole leads, and so does it with their median beats: filters, medians and delineation treat
 * leads alike and both signs alike, so the median beat's leads are moved instead of the recording's.
 */
function judgeSwaps(
  tally: Map<string, Map<string, number>>,
  { recording }: LudbRecord,
  median: MedianBeat,
): void {
  const asRecording = {
    ...recording,
    leads: recording.leads.map((lead, index) => ({ ...lead, millivolts: median.leads[index]! })),
  };
  const judge = (name: string, swapped: EcgRecording) => {
    const found = judgePlacement(recording, {
      ...median,
      leads: swapped.leads.map((lead) => lead.millivolts),
    });
    const answer =
      found.verdict !== 'suspected'
        ? found.verdict
        : found.fault === 'precordial' || found.fault === 'inverted-lead'
          ? found.label.replace(/ seems? to be (exchanged|inverted)/, '')
          : found.fault;
    const row = tally.get(name) ?? new Map<string, number>();
    row.set(answer, (row.get(answer) ?? 0) + 1);
    tally.set(name, row);
  };
  judge('as recorded', asRecording);
  for (const swap of ELECTRODE_SWAPS) judge(swap, withElectrodesSwapped(asRecording, swap));
  for (const lead of ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'])
    judge(`Lead ${lead}`, withLeadInverted(asRecording, lead));
}

/** Share of recordings with a fault in which some fault, and in which this fault was suspected. */
function placementFigures(tally: ReadonlyMap<string, ReadonlyMap<string, number>>) {
  console.log('electrodes            records  suspected  as what it is');
  return Object.fromEntries(
    [...tally].map(([name, row]) => {
      const records = [...row.values()].reduce((sum, count) => sum + count, 0);
      const suspected = records - (row.get('plausible') ?? 0) - (row.get('not-judged') ?? 0);
      const named = row.get(name) ?? row.get(`Chest electrodes ${name.replace('-', ' and ')}`) ?? 0;
      console.log(
        `${name.padEnd(22)} ${String(records).padStart(6)} ${String(suspected).padStart(10)} ${String(named).padStart(14)}`,
      );
      return [name, { records, suspected, named }];
    }),
  );
}

function figuresOf(name: string, folder: string, numbers: readonly number[]) {
  const tally = emptyTally();
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
    const { beats, pLikeness, median, measured } = beatsInSpan(record);
    const truth = markedIntervals(record);
    for (const name of INTERVALS) {
      const own = measured[`${name}Ms`];
      const marked = truth[name];
      if (own === null || marked === null) continue;
      intervals[name].errors.push(own.value - marked);
      if (marked >= own.interval90.low && marked <= own.interval90.high) intervals[name].covered++;
    }
    if (median !== null) judgeSwaps(placement, record, median);
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
  const placementResult = placementFigures(placement);
  return {
    intervals: intervalFigures,
    placement: placementResult,
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
  writeIntervalsDocs();
}
