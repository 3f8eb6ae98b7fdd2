/**
 * `npm run evaluate:conduction`: AV block. First degree: PR of LUDB's recordings against the cardiologists' marks. Second
 * and third degree: recordings made of LUDB's own P waves and complexes (`made-conduction.ts`), through the program's
 * own detector; beside them the same waves without block. False alarms: MIT-BIH. Limits were set on LUDB's odd records
 * and on DS1; LUDB's even records and DS2 are the test, and every run with them is a line of
 * `models/ecg-conduction/evaluation-log.jsonl`. `--tuning` looks at the first two alone and writes nothing.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AV_BLOCK_KINDS, type AvBlockKind, type Conduction } from '../contract/rhythm.ts';
import { medianOf } from '../ecg/filtering.ts';
import { beatLimits, measureIntervals } from '../ecg/intervals.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { conductionOf } from '../ecg/rhythm/conduction.ts';
import { prepareSegment, rhythmSegments } from '../ecg/rhythm/segments.ts';
import { episodeFigures, referenceEpisodes, scoreEpisodes } from '../ecg/scoring-episodes.ts';
import { RandomStream } from '../numeric/random.ts';
import { type ConductionFigures, conductionFiguresSchema, docsWithConduction } from './conduction-card.ts';
import { readMitdb, requiredDataFolder } from './data-folder.ts';
import { LUDB_TEST_RECORDS, LUDB_TUNING_RECORDS, type LudbRecord, readLudb } from './ludb.ts';
import { type ConductionPlan, madeRecording, type SourceBeats } from './made-conduction.ts';
import { DS1_RECORDS, DS2_RECORDS } from './mitdb-split.ts';

const MODELS = resolve(import.meta.dirname, '../../models/ecg-conduction');
const DOCS = resolve(import.meta.dirname, '../../docs/rhythm.md');
const LONG_PR_MS = 200;
const LEAD_II = 1;
const MADE_SECONDS = 60;

function conductionIn(recording: EcgRecording): Conduction {
  const quality = assessQuality(recording);
  const rPeaks = detectQrs(recording, quality);
  const segments = rhythmSegments(recording, quality.leads).map(
    (segment) =>
      prepareSegment(
        segment,
        recording.leads[segment.lead]!.millivolts.slice(segment.startSample, segment.endSample),
        recording.samplingRateHz,
        rPeaks,
      ).conduction,
  );
  return conductionOf(segments, rPeaks, recording);
}

/** Median PR over the marked beats, limits over all leads; null without marked P waves. */
function markedPrMs({ marked, recording }: LudbRecord): number | null {
  const rate = recording.samplingRateHz;
  const near = (waves: LudbRecord['marked'][number]['p'], from: number, to: number) =>
    waves.find(({ peak }) => peak >= from && peak <= to) ?? null;
  const values = marked[LEAD_II]!.qrs.flatMap(({ peak }) => {
    const { p, qrs } = beatLimits(
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

/** Waves of a record's lead II where P, QRS and T are marked; null where they are not, or there is no sinus rhythm. */
function sourceOf({ recording, marked, paced, rhythm }: LudbRecord): SourceBeats | null {
  const { p, qrs, t } = marked[LEAD_II]!;
  if (paced || /fibrillation|flutter|wandering/i.test(rhythm)) return null;
  const rate = recording.samplingRateHz;
  const beats = qrs.flatMap(({ onset, peak }) => {
    const before = p.find((wave) => wave.end <= onset && wave.peak > peak - 0.45 * rate);
    const after = t.find((wave) => wave.onset > peak && wave.end < peak + 0.7 * rate);
    return before && after ? [{ peak, p: before, qrsFrom: onset - peak, tTo: after.end - peak }] : [];
  });
  if (beats.length < 4) return null;
  const of = (value: (beat: (typeof beats)[number]) => number) => Math.round(medianOf(beats.map(value)));
  const margin = Math.round(0.012 * rate);
  const qrsFrom = of((beat) => beat.qrsFrom) - margin;
  return {
    millivolts: recording.leads[LEAD_II]!.millivolts,
    samplingRateHz: rate,
    rPeaks: beats.map(({ peak }) => peak),
    pFrom: of((beat) => beat.p.onset - beat.peak) - margin,
    pTo: Math.min(
      qrsFrom,
      of((beat) => beat.p.end - beat.peak),
    ),
    qrsFrom,
    tTo: of((beat) => beat.tTo),
  };
}

/** What is made of each source; null: no block. */
const MADE = {
  'sinus rhythm': null,
  'sinus pauses': null,
  'mobitz-1': 'mobitz-1',
  'mobitz-2': 'mobitz-2',
  'two-to-one': 'two-to-one',
  'high-grade': 'high-grade',
  complete: 'complete',
} as const satisfies Record<string, AvBlockKind | null>;
type Made = keyof typeof MADE;

/** Samples of P waves (as R would follow) and of R peaks. */
function planOf(made: Made, rate: number, random: RandomStream): ConductionPlan {
  const length = MADE_SECONDS * rate;
  const times = (interval: number, jitter: number): number[] => {
    const at: number[] = [];
    for (let t = 0.7 * rate; t < length - rate; ) {
      at.push(t);
      t += interval * rate * (1 + jitter * (2 * random.uniform() - 1));
    }
    return at;
  };
  const pp = 0.75 + 0.3 * random.uniform();
  const atrial = times(pp, 0.03);
  const cycle = 4 + random.integer(3);
  const keep = (is: (i: number) => boolean) => atrial.filter((_, i) => is(i));
  switch (made) {
    case 'sinus rhythm':
      return { lengthSamples: length, atrial, ventricular: atrial };
    case 'sinus pauses': {
      const left = keep((i) => i % cycle !== cycle - 1);
      return { lengthSamples: length, atrial: left, ventricular: left };
    }
    case 'mobitz-1': {
      const longer = [0, 0.06, 0.1, 0.12, 0.13];
      const ventricular = atrial.flatMap((at, i) => {
        const place = i % cycle;
        return place === cycle - 1 ? [] : [at + longer[Math.min(place, longer.length - 1)]! * rate];
      });
      return { lengthSamples: length, atrial, ventricular };
    }
    case 'mobitz-2':
      return { lengthSamples: length, atrial, ventricular: keep((i) => i % cycle !== cycle - 1) };
    case 'two-to-one':
      return { lengthSamples: length, atrial, ventricular: keep((i) => i < 8 || i % 2 === 0) };
    case 'high-grade':
      return { lengthSamples: length, atrial, ventricular: keep((i) => i < 8 || i % 4 === 0) };
    case 'complete':
      return { lengthSamples: length, atrial, ventricular: times(1.25 + 0.5 * random.uniform(), 0.015) };
  }
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
      const lead = { ...record.recording.leads[LEAD_II]!, millivolts: madeRecording(source, plan, random) };
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
