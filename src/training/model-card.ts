/** The figures of a model card: tables made from what commands wrote, between two marks. */
import { z } from 'zod';
import { NETWORK_CLASSES } from '../contract/ecg.ts';
import { ec57Markdown } from './annotation-scoring.ts';
import type { EvaluationEntry, Figures, MethodFigures, Spread } from './evaluation.ts';
import { MACHINES, SUBSETS } from './evaluation.ts';

/** What the card takes from `cross-validation.json`. */
export const crossValidationFiguresSchema = z.looseObject({
  comparison: z.record(
    z.string(),
    z.looseObject({
      accuracy: z.number(),
      nll: z.number(),
      ece: z.number(),
      aurc: z.number(),
      augrc: z.number(),
      errorsInLeastCertainTenth: z.number(),
    }),
  ),
  conformal: z.looseObject({
    records: z.array(
      z.object({ record: z.string(), beats: z.array(z.number()), covered: z.array(z.number()) }),
    ),
  }),
});

/** What the card takes from `out-of-knowledge.json`. */
export const outOfKnowledgeSchema = z.looseObject({
  kinds: z.array(
    z.object({
      kind: z.string(),
      beats: z.int(),
      known: z.int(),
      auroc: z.record(z.string(), z.object({ epistemic: z.number().nullable(), entropy: z.number() })),
    }),
  ),
});

export interface CardSources {
  entry: EvaluationEntry;
  crossValidation: z.infer<typeof crossValidationFiguresSchema>;
  outOfKnowledge: z.infer<typeof outOfKnowledgeSchema>;
}

/**
 * Published inter-patient figures on DS2, per cent as printed: accuracy, S sensitivity and predictivity, V
 * sensitivity and predictivity. Accuracies are of four or of five classes, and works differ in how fusion and
 * unclassifiable beats count.
 */
const PUBLISHED: readonly (readonly [string, string, string, string, string, string, string])[] = [
  ['de Chazal 2004', '83', '76', '38', '77', '82', 'doi 10.1038/s41598-017-09837-3, table 2'],
  ['Llamedo and Martínez 2011', '93', '77', '39', '81', '87', 'the same, tables 2 and 5'],
  ['Mar 2011', '89', '83.2', '33.5', '86.8', '75.9', 'PMC5499251, table 4'],
  ['Ye 2012', '86.4', '60', '53', '81', '63', 'doi 10.1038/s41598-017-09837-3, table 2'],
  [
    'Zhang 2014',
    '88.3',
    '79.1',
    '36.0',
    '85.5',
    '92.7',
    'PMC5499251, table 4; accuracy as printed by Mondéjar-Guerra 2019',
  ],
  ['Lin and Yang 2014', '93', '81', '31', '86', '73', 'doi 10.1038/s41598-017-09837-3, tables 2 and 5'],
  ['Garcia 2017', '92.4', '62.0', '53.0', '87.3', '59.4', 'the same, table 5'],
  ['plain CNN 2017', '–', '15.4', '47.3', '60.4', '66.8', 'PMC5499251, row "Proposed (b)"'],
];

const BEGIN = '<!-- figures: made by `npm run evaluate`, do not edit -->';
const END = '<!-- end of figures -->';

/** The card with its figures replaced by those of `sources`. */
export function cardWithFigures(card: string, sources: CardSources): string {
  const begin = card.indexOf(BEGIN);
  const end = card.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('The model card has no place for figures.');
  return `${card.slice(0, begin)}${BEGIN}\n\n${figuresMarkdown(sources)}\n${card.slice(end)}`;
}

function percent(spread: Spread): string {
  const mean = (100 * spread.mean).toFixed(1);
  return spread.sd > 0
    ? `${mean} ± ${(100 * spread.sd).toFixed(1)} (${(100 * spread.worst).toFixed(1)})`
    : mean;
}

function decimal(spread: Spread): string {
  const mean = spread.mean.toFixed(4);
  return spread.sd > 0 ? `${mean} ± ${spread.sd.toFixed(4)} (${spread.worst.toFixed(4)})` : mean;
}

const FIGURE_HEADER =
  '| | accuracy | S sensitivity | S predictivity | S F1 | V sensitivity | V predictivity | V F1 |\n|---|---|---|---|---|---|---|---|';

function figureRow(name: string, { accuracy, S, V }: Figures): string {
  const cells = [accuracy, ...[S, V].flatMap((c) => [c.sensitivity, c.positivePredictivity, c.f1])].map(
    percent,
  );
  return `| ${name} | ${cells.join(' | ')} |`;
}

const METHOD_HEADER =
  '| | accuracy | NLL, nats | ECE | AURC | AUGRC | errors in the least certain tenth |\n|---|---|---|---|---|---|---|';

function methodRow(name: string, of: (figure: keyof MethodFigures) => Spread): string {
  const cells = [
    percent(of('accuracy')),
    ...(['nll', 'ece', 'aurc', 'augrc'] as const).map((figure) => decimal(of(figure))),
    percent(of('errorsInLeastCertainTenth')),
  ];
  return `| ${name} | ${cells.join(' | ')} |`;
}

function uncertaintyMarkdown({ entry, crossValidation, outOfKnowledge }: CardSources): string[] {
  const exact = (mean: number): Spread => ({ mean, sd: 0, worst: mean });
  const share = (value: number | null) => (value === null ? '–' : (100 * value).toFixed(1));
  const { methods, conformal } = entry;
  const fromLeftOut = crossValidation.conformal.records;
  return [
    'Where uncertainty comes from, on left-out DS1 patients (five groups of patients, reference positions), each with the temperature that fits it best there. The ensemble has the same means without the common modes of the posterior; the deterministic network is fp32. AURC, AUGRC: areas under the risk-coverage curves, lower is better:',
    '',
    METHOD_HEADER,
    ...Object.entries(crossValidation.comparison).map(([name, figures]) =>
      methodRow(name, (figure) => exact(figures[figure])),
    ),
    '',
    ...(methods === undefined
      ? []
      : [
          `The same on DS2, detected positions (the ensemble on ${(entry.comparedSeeds ?? []).length} programming seeds), with those scalings:`,
          '',
          METHOD_HEADER,
          ...Object.entries(methods).map(([name, figures]) => methodRow(name, (figure) => figures[figure])),
          '',
        ]),
    ...(conformal === undefined
      ? []
      : [
          `Conformal sets, one threshold a class, wanted coverage ${share(1 - conformal.alpha)}. On DS2 a set holds ${conformal.meanSize.toFixed(2)} classes on average, one class in ${share(conformal.single)} and none in ${share(conformal.empty)} of the beats. The thresholds are of patients of DS1, each left out alone and read by a network trained on the other 21; coverage of DS1 is of each of them by thresholds from the others. It holds on average over patients; for one patient nothing is guaranteed:`,
          '',
          `| | ${NETWORK_CLASSES.join(' | ')} |`,
          `|---|${NETWORK_CLASSES.map(() => '---').join('|')}|`,
          `| DS2, all | ${conformal.coverage.map(percent).join(' | ')} |`,
          `| DS1, each left out alone, all | ${NETWORK_CLASSES.map((_, c) =>
            share(
              fromLeftOut.reduce((sum, { covered }) => sum + covered[c]!, 0) /
                fromLeftOut.reduce((sum, { beats }) => sum + beats[c]!, 0),
            ),
          ).join(' | ')} |`,
          ...conformal.records.map(
            ({ record, coverage }) => `| DS2 ${record} | ${coverage.map(share).join(' | ')} |`,
          ),
          ...fromLeftOut.map(
            ({ record, beats, covered }) =>
              `| DS1 ${record} | ${beats.map((n, c) => share(n === 0 ? null : covered[c]! / n)).join(' | ')} |`,
          ),
          '',
        ]),
    'Kinds of beats that were never trained on, told from known ones by uncertainty (half of DS1 trained on without the kind, the other half read, one programmed array; AUROC, 0.5 is chance; `node src/training/out-of-knowledge.ts`):',
    '',
    '| left out | beats | known beats | posterior: epistemic | posterior: entropy | ensemble: epistemic | ensemble: entropy | deterministic: entropy |',
    '|---|---|---|---|---|---|---|---|',
    ...outOfKnowledge.kinds.map(({ kind, beats, known, auroc }) => {
      const cell = (method: string, part: 'epistemic' | 'entropy') =>
        auroc[method]?.[part]?.toFixed(3) ?? '–';
      return `| ${kind} | ${beats} | ${known} | ${cell('trained posterior', 'epistemic')} | ${cell('trained posterior', 'entropy')} | ${cell('hardware noise ensemble', 'epistemic')} | ${cell('hardware noise ensemble', 'entropy')} | ${cell('deterministic', 'entropy')} |`;
    }),
    '',
  ];
}

function publishedMarkdown({ reference, condition, comparedSeeds }: EvaluationEntry): string[] {
  const { accuracy, S, V } = reference.array;
  const ours = [accuracy, S.sensitivity, S.positivePredictivity, V.sensitivity, V.positivePredictivity];
  return [
    'Beside published classifiers with the same split, none told anything of the test patient by an expert. Positions of beats are the reference’s, escape beats N. Accuracy is as each work prints it, of four or five classes, and fusion beats count differently from work to work, so that small differences mean nothing:',
    '',
    '| | accuracy | S sensitivity | S predictivity | V sensitivity | V predictivity | printed in |',
    '|---|---|---|---|---|---|---|',
    `| this one, on the array | ${ours.map(percent).join(' | ')} | ${(comparedSeeds ?? condition.programmingSeeds).length} programmed arrays |`,
    ...PUBLISHED.map((row) => `| ${row.join(' | ')} |`),
    '',
  ];
}

function ec57({ ec57: figures, condition }: EvaluationEntry): string[] {
  if (figures === undefined) return [];
  return [
    `By EC57 to the letter, programming seed ${condition.programmingSeeds[0]}, as \`kirchhoff evaluate\` scores the annotation files in \`ds2/\`; ${figures.statements.join(' ')}`,
    '',
    ...ec57Markdown(figures),
    '',
  ];
}

function figuresMarkdown(sources: CardSources): string {
  const { entry } = sources;
  const { condition, counts } = entry;
  const share = (value: number | null) => (value === null ? '–' : (100 * value).toFixed(1));
  return [
    `DS2, ${counts.records} whole records, ${counts.reference.toLocaleString('en')} reference beats; the program's own detector found ${counts.detected.toLocaleString('en')} beats and refused to judge ${counts.refused.toLocaleString('en')} of them. Reference condition: profile ${condition.profile}, ${condition.driftSeconds.toLocaleString('en')} s after programming, drift compensation ${condition.driftCompensation ? 'on' : 'off'}, ${condition.samples} samples, ${condition.programmingSeeds.length} programming seeds: mean ± sd (worst). Calibration \`${entry.calibrationId}\`, code \`${entry.commit.slice(0, 12)}\`. Per cent.`,
    '',
    'At detected positions, escape beats as N; missed and extra beats count:',
    '',
    FIGURE_HEADER,
    ...MACHINES.map((machine) => figureRow(machine, entry.detected[machine])),
    '',
    `At reference positions (${(entry.comparedSeeds ?? condition.programmingSeeds).length} programming seeds):`,
    '',
    FIGURE_HEADER,
    ...MACHINES.map((machine) => figureRow(machine, entry.reference[machine])),
    '',
    'On the array at detected positions, otherwise counted:',
    '',
    FIGURE_HEADER,
    ...SUBSETS.map((subset) => figureRow(subset === 'all' ? 'all records' : subset, entry.subsets[subset])),
    figureRow('escape beats as S', entry.escapeAsS),
    '',
    'Calibration of beats that were found and judged (ECE: 15 bins of equal width):',
    '',
    '| | NLL, nats | Brier | ECE |',
    '|---|---|---|---|',
    ...MACHINES.map((machine) => {
      const { nll, brier, ece } = entry.calibration[machine];
      return `| ${machine} | ${decimal(nll)} | ${decimal(brier)} | ${decimal(ece)} |`;
    }),
    '',
    ...uncertaintyMarkdown(sources),
    ...publishedMarkdown(entry),
    ...ec57(entry),
    `Confusion on the array with programming seed ${condition.programmingSeeds[0]}, detected positions (rows: reference):`,
    '',
    `| | ${entry.confusion.labels.join(' | ')} |`,
    `|---|${entry.confusion.labels.map(() => '---').join('|')}|`,
    ...entry.confusion.rows.map((row, i) => `| ${entry.confusion.labels[i]} | ${row.join(' | ')} |`),
    '',
    'By record, mean over programming seeds:',
    '',
    '| record | beats | accuracy | S sensitivity | S predictivity | V sensitivity | V predictivity |',
    '|---|---|---|---|---|---|---|',
    ...entry.records.map(
      (row) =>
        `| ${row.record} | ${row.beats} | ${share(row.accuracy)} | ${share(row.sSensitivity)} | ${share(row.sPositivePredictivity)} | ${share(row.vSensitivity)} | ${share(row.vPositivePredictivity)} |`,
    ),
    '',
  ].join('\n');
}
