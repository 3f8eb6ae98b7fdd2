/** The figures of the rhythm network as they are stored, and the tables of its card made from them. */
import { z } from 'zod';
import { RHYTHM_CLASSES } from '../contract/rhythm.ts';
import { MACHINES } from './evaluation.ts';

const spreadSchema = z.object({ mean: z.number(), sd: z.number(), worst: z.number() });
type Spread = z.infer<typeof spreadSchema>;
/** A share is null where there was nothing to find or nothing was called. */
const shareSchema = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && 'mean' in value && Number.isNaN(value.mean) ? null : value,
  spreadSchema.nullable(),
);
const episodeSharesSchema = z.object({
  episodeSensitivity: shareSchema,
  episodePositivePredictivity: shareSchema,
  durationSensitivity: shareSchema,
  durationPositivePredictivity: shareSchema,
});
const groupSchema = z.object({ gross: episodeSharesSchema, average: episodeSharesSchema });
const episodeCountsSchema = z.object({
  referenceFound: z.int(),
  referenceMissed: z.int(),
  testRight: z.int(),
  testFalse: z.int(),
  referenceSeconds: z.number(),
  referenceCoveredSeconds: z.number(),
  testSeconds: z.number(),
  testRightSeconds: z.number(),
});

export const rhythmFiguresSchema = z.object({
  calibrationId: z.string(),
  weightsSha256: z.string(),
  condition: z.looseObject({
    profile: z.string(),
    driftSeconds: z.number(),
    samples: z.int(),
    programmingSeeds: z.array(z.int()),
  }),
  crossValidation: z.looseObject({
    recordings: z.record(z.string(), z.int()),
    windows: z.int(),
    temperature: z.number(),
    figures: z.record(
      z.enum(MACHINES),
      z.object({
        meanF1: spreadSchema,
        f1: z.record(z.string(), spreadSchema),
        accuracy: spreadSchema,
        nll: spreadSchema,
        brier: spreadSchema,
        ece: spreadSchema,
      }),
    ),
    doubt: z.object({
      right: z.object({ aleatoric: z.number(), epistemic: z.number() }),
      wrong: z.object({ aleatoric: z.number(), epistemic: z.number() }),
      errorsInLeastCertainTenth: z.number(),
    }),
    confusion: z.object({ labels: z.array(z.string()), rows: z.array(z.array(z.int())) }),
  }),
  mitBih: z.object({
    /** Gross and average after EC57: reference flutter is not judged. */
    atrialFibrillation: z.record(z.string(), groupSchema),
    fibrillationOrFlutter: z.record(z.string(), groupSchema),
    /** Whole records, mean over programmed arrays; seconds of fibrillation or flutter found and of false alarms. */
    records: z.array(
      z.object({
        record: z.string(),
        group: z.enum(['DS1', 'DS2', 'paced']),
        afSeconds: z.number(),
        flutterSeconds: z.number(),
        foundSeconds: z.number(),
        falseSeconds: z.number(),
        falseEpisodes: z.number(),
      }),
    ),
    ventricularFlutter: z.object({
      records: z.array(episodeCountsSchema.extend({ record: z.string() })),
      gross: episodeCountsSchema,
      hours: z.number(),
    }),
  }),
});
export type RhythmFigures = z.infer<typeof rhythmFiguresSchema>;

const BEGIN = '<!-- figures: made by `npm run evaluate:rhythm`, do not edit -->';
const END = '<!-- end of figures -->';

/** The card with its figures replaced. */
export function rhythmCard(card: string, figures: RhythmFigures): string {
  const begin = card.indexOf(BEGIN);
  const end = card.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('The model card has no place for figures.');
  return `${card.slice(0, begin)}${BEGIN}\n\n${tables(figures)}\n${card.slice(end)}`;
}

function digits(spread: Spread | null, places = 3): string {
  if (spread === null) return '–';
  const mean = spread.mean.toFixed(places);
  return spread.sd > 0 ? `${mean} ± ${spread.sd.toFixed(places)} (${spread.worst.toFixed(places)})` : mean;
}

function tables({ calibrationId, condition, crossValidation, mitBih }: RhythmFigures): string {
  const total = Object.values(crossValidation.recordings).reduce((sum, count) => sum + count, 0);
  const { doubt, confusion } = crossValidation;
  const groups = (title: string, of: RhythmFigures['mitBih']['atrialFibrillation']) =>
    Object.entries(of).flatMap(([name, figures]) =>
      (['gross', 'average'] as const).map((part) => {
        const shares = figures[part];
        const cells = [
          shares.episodeSensitivity,
          shares.episodePositivePredictivity,
          shares.durationSensitivity,
          shares.durationPositivePredictivity,
        ];
        return `| ${title}, ${name}, ${part} | ${cells.map((share) => digits(share)).join(' | ')} |`;
      }),
    );
  const flutter = mitBih.ventricularFlutter;
  const told = mitBih.records.filter(
    (row) => row.afSeconds + row.flutterSeconds > 0 || row.falseSeconds >= 0.5,
  );
  const quiet = mitBih.records.filter((row) => !told.includes(row)).map(({ record }) => record);
  return [
    `Five-fold cross-validation over ${total.toLocaleString('en')} recordings (${crossValidation.windows.toLocaleString('en')} windows), each scored once by a network that never saw it. Reference condition: profile ${condition.profile}, ${condition.driftSeconds.toLocaleString('en')} s after programming, drift compensation on, ${condition.samples} samples, ${condition.programmingSeeds.length} programming seeds: mean ± sd (worst). The score of the challenge is the mean F1 of N, A and O.`,
    '',
    `| | mean F1 | ${RHYTHM_CLASSES.map((name) => `F1 ${name}`).join(' | ')} | accuracy | NLL, nats | Brier | ECE |`,
    '|---|---|---|---|---|---|---|---|---|---|',
    ...MACHINES.map((machine) => {
      const figures = crossValidation.figures[machine];
      const cells = [
        figures.meanF1,
        ...RHYTHM_CLASSES.map((name) => figures.f1[name]!),
        figures.accuracy,
        figures.nll,
        figures.brier,
        figures.ece,
      ];
      return `| ${machine} | ${cells.map((spread) => digits(spread)).join(' | ')} |`;
    }),
    '',
    'Confusion on the array with the first programming seed (rows: reference):',
    '',
    `| | ${confusion.labels.join(' | ')} |`,
    `|---|${confusion.labels.map(() => '---').join('|')}|`,
    ...confusion.rows.map((row, i) => `| ${confusion.labels[i]} | ${row.join(' | ')} |`),
    '',
    `Doubt on the same array, nats, mean over recordings: right answers aleatoric ${doubt.right.aleatoric.toFixed(3)}, epistemic ${doubt.right.epistemic.toFixed(4)}; wrong answers ${doubt.wrong.aleatoric.toFixed(3)} and ${doubt.wrong.epistemic.toFixed(4)}. The least certain tenth of the recordings holds ${(100 * doubt.errorsInLeastCertainTenth).toFixed(0)} % of the errors.`,
    '',
    `The shipped network (calibration \`${calibrationId}\`) on the MIT-BIH Arrhythmia Database, of which nothing was used to train it. Episodes after EC57, from the sixth minute on:`,
    '',
    '| | episode sensitivity | episode predictivity | duration sensitivity | duration predictivity |',
    '|---|---|---|---|---|',
    ...groups('fibrillation (flutter not judged)', mitBih.atrialFibrillation),
    ...groups('fibrillation or flutter', mitBih.fibrillationOrFlutter),
    '',
    'By record, whole records, mean over programming seeds, seconds:',
    '',
    '| record | group | fibrillation | flutter | of these found | false alarms | false episodes |',
    '|---|---|---|---|---|---|---|',
    ...told.map(
      (row) =>
        `| ${row.record} | ${row.group} | ${row.afSeconds.toFixed(0)} | ${row.flutterSeconds.toFixed(0)} | ${row.foundSeconds.toFixed(0)} | ${row.falseSeconds.toFixed(0)} | ${row.falseEpisodes.toFixed(1)} |`,
    ),
    '',
    `No atrial fibrillation, and none called, in ${quiet.join(', ')}.`,
    '',
    `Ventricular flutter from the signal alone (no network; limits set on DS1, which holds the only record with it, 207): ${flutter.gross.referenceFound} of ${flutter.gross.referenceFound + flutter.gross.referenceMissed} episodes found, ${flutter.gross.referenceCoveredSeconds.toFixed(0)} of ${flutter.gross.referenceSeconds.toFixed(0)} s; ${flutter.gross.testFalse} false episodes in ${flutter.hours.toFixed(0)} h of 48 records.`,
    '',
  ].join('\n');
}
