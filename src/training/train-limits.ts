/**
 * `npm run train:limits`: the corrections of wave limits, fitted on the odd records of LUDB, and the errors of intervals
 * on odd records that the corrections were not fitted to (eight groups of records, one person each). Writes both into
 * src/ecg and prints what the left-out records show; the even records are not read.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { conformalQuantile } from '../bayes/conformal.ts';
import { delineate } from '../ecg/delineation.ts';
import { INTERVALS, type IntervalErrors, type IntervalName, measureIntervals } from '../ecg/intervals.ts';
import { type Correction, correctionBy, type LimitWeights } from '../ecg/limit-corrections.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { WAVE_KINDS, type WaveComparison, waveFigures } from '../ecg/scoring-waves.ts';
import { RandomStream } from '../numeric/random.ts';
import { requiredDataFolder } from './data-folder.ts';
import {
  fitLimits,
  LEAD_SETS,
  type LeadSetName,
  type LimitExample,
  limitExamples,
  withLeads,
} from './limit-fit.ts';
import { LUDB_LEAD_II, LUDB_TUNING_RECORDS, type LudbRecord, readLudb } from './ludb.ts';
import { compareLeads, compareOverLeads, markedIntervals } from './wave-scoring.ts';

const FOLDS = 8;
const SEED = 4;
const ALPHA = 0.1;
const SET_NAMES = Object.keys(LEAD_SETS) as LeadSetName[];
const PLAIN = { biasMs: 0, deviationMs: 0, factor90: 1 };
/** Leaves values as they are; half of the interval is the standard error over beats. */
const UNCORRECTED: IntervalErrors = { pDuration: PLAIN, pr: PLAIN, qrs: PLAIN, qt: PLAIN };

interface TuningRecord {
  number: number;
  fold: number;
  record: LudbRecord;
  rPeaks: Int32Array;
}

interface IntervalError {
  number: number;
  fold: number;
  leads: readonly number[];
  errorMs: number;
  standardErrorMs: number;
}

function readTuning(folder: string): TuningRecord[] {
  const records = LUDB_TUNING_RECORDS.map((number) => ({ number, record: readLudb(folder, number) })).filter(
    ({ record }) => !record.paced,
  );
  const order = Int32Array.from(records.keys());
  new RandomStream({ seed: SEED, words: [0, 0, 0] }).shuffle(order);
  return records.map((one, i) => ({
    ...one,
    fold: order.indexOf(i) % FOLDS,
    rPeaks: detectQrs(one.record.recording, assessQuality(one.record.recording)),
  }));
}

function intervalErrors(
  { number, fold, record, rPeaks }: TuningRecord,
  leads: readonly number[],
  correction: Correction,
): Record<IntervalName, IntervalError[]> {
  const measured = measureIntervals(withLeads(record.recording, leads), rPeaks, {
    correction,
    errors: UNCORRECTED,
  });
  const truth = markedIntervals(record);
  return Object.fromEntries(
    INTERVALS.map((name) => {
      const [own, marked] = [measured[`${name}Ms`], truth[name]];
      if (own === null || marked === null) return [name, []];
      const standardErrorMs = own.interval90.high - own.value;
      return [name, [{ number, fold, leads, errorMs: own.value - marked, standardErrorMs }]];
    }),
  ) as Record<IntervalName, IntervalError[]>;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function errorOf(errors: readonly IntervalError[]) {
  const biasMs = mean(errors.map(({ errorMs }) => errorMs));
  const deviationMs = Math.sqrt(mean(errors.map(({ errorMs }) => (errorMs - biasMs) ** 2)));
  const inDoubts = errors.map(
    ({ errorMs, standardErrorMs }) => Math.abs(errorMs - biasMs) / Math.hypot(deviationMs, standardErrorMs),
  );
  const rounded = (value: number) => Number(value.toFixed(3));
  return {
    biasMs: rounded(biasMs),
    deviationMs: rounded(deviationMs),
    factor90: rounded(conformalQuantile(Float64Array.from(inDoubts), ALPHA)),
  };
}

/** Share of the errors of each group that lie inside the interval by the errors of all other groups. */
function coverageOf(errors: readonly IntervalError[]): number {
  let inside = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const { biasMs, deviationMs, factor90 } = errorOf(errors.filter((error) => error.fold !== fold));
    inside += errors.filter(
      (error) =>
        error.fold === fold &&
        Math.abs(error.errorMs - biasMs) <= factor90 * Math.hypot(deviationMs, error.standardErrorMs),
    ).length;
  }
  return inside / errors.length;
}

function printLimits(title: string, comparisons: readonly WaveComparison[]): void {
  const ms = (value: number | null) => (value ?? Number.NaN).toFixed(1).padStart(6);
  console.log(title);
  for (const kind of WAVE_KINDS) {
    const { onset, end, sensitivity, positivePredictivity } = waveFigures(comparisons, kind);
    console.log(
      `  ${kind.padEnd(4)} onset ${ms(onset.meanMs)} ± ${ms(onset.standardDeviationMs)}   end ${ms(end.meanMs)} ± ${ms(end.standardDeviationMs)}   Se ${sensitivity?.toFixed(4)} +P ${positivePredictivity?.toFixed(4)}`,
    );
  }
}

const tuning = readTuning(requiredDataFolder());
const weights = {} as Record<LeadSetName, LimitWeights>;
const errors = {} as Record<LeadSetName, IntervalErrors>;
for (const name of SET_NAMES) {
  const sets: readonly (readonly number[])[] = LEAD_SETS[name];
  const examples: LimitExample[] = tuning.flatMap(({ number, record, rPeaks }) =>
    sets.flatMap((leads) => limitExamples(number, record, rPeaks, leads)),
  );
  weights[name] = fitLimits(examples);
  const leftOut = { pDuration: [], pr: [], qrs: [], qt: [] } as Record<IntervalName, IntervalError[]>;
  const byLead: WaveComparison[] = [];
  const overLeads: WaveComparison[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = new Set(tuning.filter((one) => one.fold === fold).map(({ number }) => number));
    const correction = correctionBy(fitLimits(examples.filter(({ record }) => !held.has(record))));
    for (const one of tuning.filter(({ number }) => held.has(number))) {
      for (const leads of sets) {
        const found = intervalErrors(one, leads, correction);
        for (const interval of INTERVALS) leftOut[interval].push(...found[interval]);
        const reduced: LudbRecord = {
          ...one.record,
          recording: withLeads(one.record.recording, leads),
          annotations: leads.map((lead) => one.record.annotations[lead]!),
        };
        const { beats } = delineate(reduced.recording, one.rPeaks, correction);
        if (name === 'few' || leads.length === 12) byLead.push(...compareLeads(reduced, beats));
        if (leads.length === 12) overLeads.push(compareOverLeads(reduced, beats));
      }
    }
  }
  printLimits(`\n${name} leads: lead by lead, records left out`, byLead);
  if (overLeads.length > 0) printLimits('over leads, records left out', overLeads);
  // Of many leads, all twelve count; of few, every set.
  const counted = (interval: IntervalName) =>
    leftOut[interval].filter(({ leads }) => name === 'few' || leads.length === 12);
  errors[name] = Object.fromEntries(
    INTERVALS.map((interval) => [interval, errorOf(counted(interval))]),
  ) as IntervalErrors;
  for (const interval of INTERVALS) {
    const one = errors[name][interval];
    console.log(
      `  ${interval.padEnd(9)} n ${counted(interval).length}  ${one.biasMs.toFixed(1)} ± ${one.deviationMs.toFixed(1)} ms, factor ${one.factor90.toFixed(2)}, covered ${coverageOf(counted(interval)).toFixed(3)}`,
    );
  }
  if (name === 'few') {
    const inTwo = leftOut.pr.filter(({ leads }) => leads.length === 1 && leads[0] === LUDB_LEAD_II);
    const { biasMs, deviationMs } = errorOf(inTwo);
    console.log(
      `  PR in lead II alone, beside the bias of few leads: ${(biasMs - errors.few.pr.biasMs).toFixed(1)} ± ${deviationMs.toFixed(1)} ms`,
    );
  }
}
const written = '// Written by `npm run train:limits`.\n';
const ecg = resolve(import.meta.dirname, '../ecg');
writeFileSync(
  resolve(ecg, 'limit-weights.generated.ts'),
  `${written}import type { LimitWeights } from './limit-corrections.ts';\n\nexport const LIMIT_WEIGHTS: { many: LimitWeights; few: LimitWeights } = ${JSON.stringify(weights, null, 2)};\n`,
);
writeFileSync(
  resolve(ecg, 'interval-errors.generated.ts'),
  `${written}import type { IntervalErrors } from './intervals.ts';\n\nexport const INTERVAL_ERRORS: { many: IntervalErrors; few: IntervalErrors } = ${JSON.stringify(errors, null, 2)};\n`,
);
