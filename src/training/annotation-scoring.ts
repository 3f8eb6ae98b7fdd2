/**
 * What the evaluations say of the detector, the beat network and rhythm, as sets of annotations, scored against the
 * reference by the same functions as `kirchhoff evaluate`: figures of cards and of the command cannot differ.
 */
import { z } from 'zod';
import type { BeatClass } from '../contract/ecg.ts';
import type { EscapeBeatClass } from '../ecg/beat-mapping.ts';
import {
  type ComparisonOptions,
  compareAnnotations,
  EC57_OPTIONS,
  type RecordComparison,
} from '../ecg/compare-annotations.ts';
import { type EvaluatedRecord, evaluationOf } from '../ecg/evaluation-figures.ts';
import type { EcgAnnotation } from '../ecg/recording.ts';
import type { Episode } from '../ecg/scoring-episodes.ts';

/** Extension of the annotation files that are kept beside a model. */
export const TEST_EXTENSION = 'kir';

/** A record's reference and how long it is. */
export interface ReferenceRecord {
  record: string;
  samplingRateHz: number;
  lengthSamples: number;
  annotations: readonly EcgAnnotation[];
}

function annotation(sample: number, code: string, text = ''): EcgAnnotation {
  return { sample, code, subtype: 0, channel: 0, number: 0, text };
}

/** Beats at positions, ascending; of class N where no classes are given. */
export function beatAnnotations(
  positions: ArrayLike<number>,
  classes: readonly BeatClass[] | null,
): EcgAnnotation[] {
  return Array.from(positions, (sample, i) => annotation(sample, classes?.[i] ?? 'N'));
}

/** Atrial fibrillation as rhythm annotations, ventricular flutter or fibrillation between `[` and `]`. */
export function rhythmAnnotations(
  atrialFibrillation: readonly Episode[],
  ventricularFibrillation: readonly Episode[],
): EcgAnnotation[] {
  return [
    annotation(0, '+', '(N'),
    ...atrialFibrillation.flatMap(({ start, end }) => [
      annotation(start, '+', '(AFIB'),
      annotation(end, '+', '(N'),
    ]),
    ...ventricularFibrillation.flatMap(({ start, end }) => [annotation(start, '['), annotation(end, ']')]),
  ].sort((a, b) => a.sample - b.sample);
}

export function compareWith(
  { samplingRateHz, lengthSamples, annotations }: ReferenceRecord,
  test: readonly EcgAnnotation[],
  options: Partial<ComparisonOptions>,
): RecordComparison {
  return compareAnnotations(
    annotations,
    test,
    { samplingRateHz, lengthSamples },
    { ...EC57_OPTIONS, ...options },
  );
}

/** Beats over the whole record, the learning period too. */
export function compareBeats(
  reference: ReferenceRecord,
  test: readonly EcgAnnotation[],
  escapeBeats: EscapeBeatClass,
): RecordComparison {
  return compareWith(reference, test, { fromSeconds: 0, escapeBeats });
}

/** To the letter of EC57. */
export function scoredByEc57(reference: ReferenceRecord, test: readonly EcgAnnotation[]): EvaluatedRecord {
  return { record: reference.record, paced: false, comparison: compareWith(reference, test, {}) };
}

const shareSchema = z.number().nullable();
const figuresSchema = z.object({ sensitivity: shareSchema, positivePredictivity: shareSchema });
const runsSchema = z.object({
  couplets: figuresSchema,
  shortRuns: figuresSchema,
  longRuns: figuresSchema,
});
const recordFiguresSchema = z.object({
  qrs: figuresSchema,
  V: figuresSchema,
  S: figuresSchema,
  ventricularRuns: runsSchema,
  supraventricularRuns: runsSchema,
});

/** Beats and runs as `kirchhoff evaluate` gives them for these annotation sets; nothing of rhythm. */
export const ec57Schema = z.object({
  statements: z.array(z.string()),
  gross: recordFiguresSchema,
  average: recordFiguresSchema,
  records: z.array(z.object({ record: z.string(), figures: recordFiguresSchema })),
});
export type Ec57Figures = z.infer<typeof ec57Schema>;

export function ec57Figures(records: readonly EvaluatedRecord[]): Ec57Figures {
  const {
    rules,
    gross,
    average,
    records: rows,
  } = evaluationOf(records, [], {
    ...EC57_OPTIONS,
    reference: 'atr',
    test: TEST_EXTENSION,
    includePaced: false,
  });
  return ec57Schema.parse({ statements: rules.statements, gross, average, records: rows });
}

const EC57_COLUMNS = [
  ['QRS', ({ qrs }) => qrs],
  ['V', ({ V }) => V],
  ['S', ({ S }) => S],
  ['V couplets', ({ ventricularRuns }) => ventricularRuns.couplets],
  ['V runs of 3 to 5', ({ ventricularRuns }) => ventricularRuns.shortRuns],
  ['longer V runs', ({ ventricularRuns }) => ventricularRuns.longRuns],
  ['S couplets', ({ supraventricularRuns }) => supraventricularRuns.couplets],
  ['S runs of 3 to 5', ({ supraventricularRuns }) => supraventricularRuns.shortRuns],
  ['longer S runs', ({ supraventricularRuns }) => supraventricularRuns.longRuns],
] as const satisfies readonly [string, (of: Ec57Figures['gross']) => z.infer<typeof figuresSchema>][];

/** One line a kind of thing that is found: gross and average sensitivity and predictivity, per cent. */
export function ec57Markdown({ gross, average }: Ec57Figures): string[] {
  const percent = (share: number | null) => (share === null ? '–' : (100 * share).toFixed(2));
  return [
    '| | gross sensitivity | gross predictivity | average sensitivity | average predictivity |',
    '|---|---|---|---|---|',
    ...EC57_COLUMNS.map(([name, of]) => {
      const cells = [gross, average].flatMap((figures) => {
        const { sensitivity, positivePredictivity } = of(figures);
        return [percent(sensitivity), percent(positivePredictivity)];
      });
      return `| ${name} | ${cells.join(' | ')} |`;
    }),
  ];
}
