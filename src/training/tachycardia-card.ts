/** The table of tachycardias in docs/rhythm.md, from `models/ecg-beats/tachycardia.json`. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { RHYTHM_WORDS, rhythmKindSchema } from '../contract/rhythm.ts';

export const TACHYCARDIA = resolve(import.meta.dirname, '../../models/ecg-beats/tachycardia.json');

export const tachycardiaFiguresSchema = z.object({
  hours: z.number(),
  kinds: z.array(
    z.looseObject({
      kind: rhythmKindSchema,
      referenceFound: z.int(),
      referenceMissed: z.int(),
      testRight: z.int(),
      testFalse: z.int(),
      referenceSeconds: z.number(),
      referenceCoveredSeconds: z.number(),
      records: z.array(
        z.object({ record: z.string(), found: z.int(), missed: z.int(), falseAlarms: z.int() }),
      ),
    }),
  ),
});
export type TachycardiaFigures = z.infer<typeof tachycardiaFiguresSchema>;

const BEGIN = '<!-- tachycardia: made by `npm run evaluate:tachycardia`, do not edit -->';
const END = '<!-- end of tachycardia -->';

export function docsWithTachycardia(docs: string, figures: TachycardiaFigures): string {
  const begin = docs.indexOf(BEGIN);
  const end = docs.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('The page has no place for figures of tachycardia.');
  return `${docs.slice(0, begin)}${BEGIN}\n\n${table(figures)}\n\n${docs.slice(end)}`;
}

function table({ hours, kinds }: TachycardiaFigures): string {
  return [
    '| rhythm | episodes found | time found | episodes told right | false alarms an hour | by record: found, missed, false |',
    '|---|---|---|---|---|---|',
    ...kinds.map((row) => {
      const records = row.records
        .map(({ record, found, missed, falseAlarms }) => `${record}: ${found}, ${missed}, ${falseAlarms}`)
        .join('; ');
      return `| ${[
        RHYTHM_WORDS[row.kind],
        `${row.referenceFound} of ${row.referenceFound + row.referenceMissed}`,
        `${row.referenceCoveredSeconds.toFixed(0)} of ${row.referenceSeconds.toFixed(0)} s`,
        `${row.testRight} of ${row.testRight + row.testFalse}`,
        (row.testFalse / hours).toFixed(1),
        records,
      ].join(' | ')} |`;
    }),
  ].join('\n');
}
