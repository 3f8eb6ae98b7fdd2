/** The figures of pre-excitation as they are logged, and their table in docs/rhythm.md. */
import { z } from 'zod';

const toldSchema = z.object({ recordings: z.int(), allLeads: z.int(), leadII: z.int() });
export const preExcitationFiguresSchema = z.object({
  /** Recordings as they are, none pre-excited; in how many it was told, of all leads and of lead II alone. */
  real: toldSchema.extend({ records: z.array(z.int()) }),
  /** By what was made of them. */
  made: z.record(z.string(), toldSchema),
  mitBih: z.object({
    hours: z.number(),
    /** Told episodes that overlap none that is annotated. */
    falseEpisodes: z.int(),
    falseRecords: z.array(z.string()),
    annotated: z.array(
      z.object({
        record: z.string(),
        part: z.string(),
        episodes: z.int(),
        referenceSeconds: z.number(),
        toldSeconds: z.number(),
        episodeSensitivity: z.number(),
        durationSensitivity: z.number(),
        durationPositivePredictivity: z.number(),
      }),
    ),
  }),
});
export type PreExcitationFigures = z.infer<typeof preExcitationFiguresSchema>;
type Halves = { tuning: PreExcitationFigures; test: PreExcitationFigures };

const BEGIN = '<!-- pre-excitation: made by `npm run evaluate:conduction`, do not edit -->';
const END = '<!-- end of pre-excitation -->';

export function docsWithPreExcitation(docs: string, figures: Halves): string {
  const begin = docs.indexOf(BEGIN);
  const end = docs.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('The page has no place for figures of pre-excitation.');
  return `${docs.slice(0, begin)}${BEGIN}\n\n${tables(figures)}\n\n${docs.slice(end)}`;
}

function tables({ tuning, test }: Halves): string {
  const row = (name: string, of: (half: PreExcitationFigures) => z.infer<typeof toldSchema>) =>
    `| ${name} | ${[test, tuning]
      .map(of)
      .flatMap(({ allLeads, leadII, recordings }) => [
        `${allLeads} of ${recordings}`,
        `${leadII} of ${recordings}`,
      ])
      .join(' | ')} |`;
  const alarms = ({ mitBih: { hours, falseEpisodes, falseRecords } }: PreExcitationFigures) =>
    `${falseEpisodes} in ${hours.toFixed(1)} h${falseRecords.length > 0 ? ` (records ${falseRecords.join(', ')})` : ''}, ${((24 * falseEpisodes) / hours).toFixed(1)} a day`;
  const percent = (share: number) => (100 * share).toFixed(0);
  return [
    'In how many recordings of LUDB it was told, of twelve leads and of lead II alone; the first row is of recordings as they are, none of them pre-excited:',
    '',
    '| recordings | test: 12 leads | lead II | tuning: 12 leads | lead II |',
    '|---|---|---|---|---|',
    row('as recorded', ({ real }) => real),
    ...Object.keys(test.made).map((name) => row(`made: ${name}`, ({ made }) => made[name]!)),
    '',
    `Told episodes on MIT-BIH that overlap none annotated: DS2 (test) ${alarms(test)}; DS1 (tuning) ${alarms(tuning)}.`,
    ...[...tuning.mitBih.annotated, ...test.mitBih.annotated].flatMap((part) => [
      '',
      `Record ${part.record}, ${part.part} (${part.episodes} episodes annotated, ${part.referenceSeconds.toFixed(0)} s): ${percent(part.episodeSensitivity)} % of the episodes and ${percent(part.durationSensitivity)} % of the time found, ${percent(part.durationPositivePredictivity)} % of the ${part.toldSeconds.toFixed(0)} s told right.`,
    ]),
  ].join('\n');
}
