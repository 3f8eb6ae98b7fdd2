/** The figures of AV conduction as they are logged, and those of AV block as a table in docs/rhythm.md. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { AV_BLOCK_KINDS } from '../contract/rhythm.ts';
import { docsWithPreExcitation, preExcitationFiguresSchema } from './preexcitation-card.ts';

const kindCounts = z.record(z.string(), z.int());
const halfSchema = z.object({
  /** Records with marked P waves; PR marked and told above 200 ms; disagreements within 20 ms of the limit. */
  firstDegree: z.object({
    records: z.int(),
    long: z.int(),
    told: z.int(),
    toldLong: z.int(),
    nearLimit: z.int(),
  }),
  /** By what was made: recordings, those with P waves seen, with any block told, and the kind told. */
  made: z.record(
    z.string(),
    z.object({ recordings: z.int(), pSeen: z.int(), block: z.int(), told: kindCounts }),
  ),
  mitBih: z.object({
    hours: z.number(),
    judgedHours: z.number(),
    falseEpisodes: z.int(),
    falseRecords: z.array(z.string()),
    annotated: z.array(
      z.object({
        record: z.string(),
        referenceSeconds: z.number(),
        toldSeconds: z.number(),
        episodeSensitivity: z.number(),
        durationSensitivity: z.number(),
        durationPositivePredictivity: z.number().nullable(),
        kinds: kindCounts,
      }),
    ),
  }),
  preExcitation: preExcitationFiguresSchema,
});
export const conductionFiguresSchema = z.object({ commit: z.string(), tuning: halfSchema, test: halfSchema });
export type ConductionFigures = z.infer<typeof conductionFiguresSchema>;

const BEGIN = '<!-- AV block: made by `npm run evaluate:conduction`, do not edit -->';
const END = '<!-- end of AV block -->';

/** The last entry of the log. */
export function lastConductionFigures(): ConductionFigures {
  const log = resolve(import.meta.dirname, '../../models/ecg-conduction/evaluation-log.jsonl');
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return conductionFiguresSchema.parse(JSON.parse(lines[lines.length - 1]!));
}

export function docsWithConduction(docs: string, figures: ConductionFigures): string {
  const begin = docs.indexOf(BEGIN);
  const end = docs.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('The page has no place for figures of AV block.');
  const { tuning, test } = figures;
  return docsWithPreExcitation(
    `${docs.slice(0, begin)}${BEGIN}\n\n${tables(figures)}\n\n${docs.slice(end)}`,
    { tuning: tuning.preExcitation, test: test.preExcitation },
  );
}

function tables({ tuning, test }: ConductionFigures): string {
  const made = Object.keys(test.made).map((name) => {
    const cells = [test, tuning].flatMap((half) => {
      const { recordings, pSeen, block, told } = half.made[name]!;
      return [`${block} of ${recordings}`, told[name] === undefined ? '–' : `${told[name]}`, `${pSeen}`];
    });
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  const first = ({ firstDegree: { records, long, told, toldLong, nearLimit } }: ConductionFigures['test']) =>
    `${toldLong} of ${long} records with a marked PR above 200 ms told, ${told - toldLong} of ${records - long} others called so; ${nearLimit} of these ${long - toldLong + told - toldLong} disagreements lie within 20 ms of the limit`;
  const alarms = ({ mitBih }: ConductionFigures['test']) =>
    `${mitBih.falseEpisodes} episodes of second- or third-degree block in ${mitBih.hours.toFixed(1)} h without any (P waves seen in ${mitBih.judgedHours.toFixed(1)} h${mitBih.falseRecords.length > 0 ? `; records ${mitBih.falseRecords.join(', ')}` : ''}), ${((24 * mitBih.falseEpisodes) / mitBih.hours).toFixed(1)} a day`;
  return [
    `Second and third degree, in recordings of 60 s made of real P waves and complexes of LUDB (sources: test even, tuning odd records): in how many any block was told, in how many this kind, and in how many P waves were seen in at least half of the time:`,
    '',
    '| made | test: block | this kind | P seen | tuning: block | this kind | P seen |',
    '|---|---|---|---|---|---|---|',
    ...made,
    '',
    `First degree (LUDB, all leads): test ${first(test)}; tuning ${first(tuning)}.`,
    '',
    `False alarms on MIT-BIH: DS2 (test) ${alarms(test)}; DS1 (tuning) ${alarms(tuning)}.`,
    ...test.mitBih.annotated.flatMap((row) => {
      const percent = (share: number | null) => (share === null ? '–' : (100 * share).toFixed(0));
      const kinds = AV_BLOCK_KINDS.filter((kind) => row.kinds[kind]! > 0).map(
        (kind) => `${row.kinds[kind]} ${kind}`,
      );
      return [
        '',
        `Record ${row.record} of DS2, the only one with second-degree block annotated ("(BII", ${row.referenceSeconds.toFixed(0)} s): ${percent(row.episodeSensitivity)} % of the episodes and ${percent(row.durationSensitivity)} % of the time found, ${percent(row.durationPositivePredictivity)} % of the time told right; episodes told: ${kinds.length === 0 ? 'none' : kinds.join(', ')}.`,
      ];
    }),
  ].join('\n');
}
