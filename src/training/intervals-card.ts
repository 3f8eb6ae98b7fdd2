/** The tables of waves and intervals in docs/ecg-signal.md, from the last entry of the log. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

const errorSchema = z.object({ meanMs: z.number(), deviationMs: z.number() });
const fiducialsSchema = z.record(z.string(), errorSchema.extend({ count: z.int() }));
const halfSchema = z.looseObject({
  records: z.int(),
  fiducials: fiducialsSchema,
  fiducialsOverLeads: fiducialsSchema,
  scatterOfMarksMs: z.record(z.string(), z.number()),
  waves: z.record(
    z.string(),
    z.object({ marked: z.int(), sensitivity: z.number(), positivePredictivity: z.number() }),
  ),
  intervals: z.record(z.string(), errorSchema.extend({ coverage: z.number() })),
  atrialFibrillation: z.object({ records: z.int(), beats: z.int(), beatsWithP: z.int() }),
});
const entrySchema = z.looseObject({ figures: z.object({ tuning: halfSchema, test: halfSchema }) });
export type IntervalsEntry = z.infer<typeof entrySchema>;

/**
 * Tolerances of the Common Standards for Quantitative Electrocardiography working party (two standard deviations of the
 * referees, ms) as delineation papers quote them; quoted from memory, not checked against the original.
 */
export const CSE_TOLERANCE_MS: Readonly<Record<string, number>> = {
  'p onset': 10.2,
  'p end': 12.7,
  'qrs onset': 6.5,
  'qrs end': 11.6,
  't end': 30.6,
};

const INTERVAL_NAMES = { pDuration: 'P duration', pr: 'PR', qrs: 'QRS', qt: 'QT' } as const;

const BEGIN = '<!-- intervals: made by `npm run evaluate:intervals`, do not edit -->';
const END = '<!-- end of intervals -->';

export function lastIntervalsEntry(): IntervalsEntry {
  const log = resolve(import.meta.dirname, '../../models/ecg-intervals/evaluation-log.jsonl');
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return entrySchema.parse(JSON.parse(lines[lines.length - 1]!));
}

export function docsWithIntervals(docs: string, entry: IntervalsEntry): string {
  const begin = docs.indexOf(BEGIN);
  const end = docs.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('The page has no place for figures of intervals.');
  return `${docs.slice(0, begin)}${BEGIN}\n\n${tables(entry)}\n\n${docs.slice(end)}`;
}

function tables({ figures: { test, tuning } }: IntervalsEntry): string {
  const ms = (value: number) => value.toFixed(1).replace('-', '−');
  const percent = (share: number) => (100 * share).toFixed(1);
  const wave = (name: string) => {
    const { sensitivity, positivePredictivity } = test.waves[name]!;
    return `${percent(sensitivity)} and ${percent(positivePredictivity)}`;
  };
  const withP = ({ atrialFibrillation: { records, beats, beatsWithP } }: typeof test) =>
    `${beatsWithP} of ${beats} beats in ${records} records`;
  return [
    '| limit | over all leads | lead by lead | marks alone | CSE tolerance | within it: over all leads, lead by lead |',
    '|---|---|---|---|---|---|',
    ...Object.entries(CSE_TOLERANCE_MS).map(([name, tolerance]) => {
      const [over, each] = [test.fiducialsOverLeads[name]!, test.fiducials[name]!];
      const title = name.replace(/^\w+/, (kind) => kind.toUpperCase());
      const within = ({ deviationMs }: typeof over) => (deviationMs <= tolerance ? 'yes' : 'no');
      const error = ({ meanMs, deviationMs }: typeof over) => `${ms(meanMs)} ± ${ms(deviationMs)}`;
      return `| ${title} | ${error(over)} | ${error(each)} | ${ms(test.scatterOfMarksMs[name]!)} | ${tolerance} | ${within(over)}, ${within(each)} |`;
    }),
    '',
    `Waves found, sensitivity and positive predictivity in %: P ${wave('p')}, QRS ${wave('qrs')}, T ${wave('t')}. Beats with atrial fibrillation that were given a P wave: ${withP(test)}; on the odd records ${withP(tuning)}.`,
    '',
    '| interval of a record | mean error | standard deviation | inside the 90 % interval |',
    '|---|---|---|---|',
    ...Object.entries(INTERVAL_NAMES).map(([name, title]) => {
      const { meanMs, deviationMs, coverage } = test.intervals[name]!;
      return `| ${title} | ${ms(meanMs)} | ${ms(deviationMs)} | ${coverage.toFixed(2)} |`;
    }),
  ].join('\n');
}

/** Puts the figures of the last entry into docs/ecg-signal.md. */
export function writeIntervalsDocs(): void {
  const path = resolve(import.meta.dirname, '../../docs/ecg-signal.md');
  writeFileSync(path, docsWithIntervals(readFileSync(path, 'utf8'), lastIntervalsEntry()));
}

if (import.meta.main) writeIntervalsDocs();
