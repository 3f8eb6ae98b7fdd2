/** The figures of a model card: tables made from an entry of the evaluation log, between two marks. */
import type { EvaluationEntry, Figures, Spread } from './evaluation.ts';
import { MACHINES, SUBSETS } from './evaluation.ts';

const BEGIN = '<!-- figures: made by `npm run evaluate`, do not edit -->';
const END = '<!-- end of figures -->';

/** The card with its figures replaced by those of `entry`. */
export function cardWithFigures(card: string, entry: EvaluationEntry): string {
  const begin = card.indexOf(BEGIN);
  const end = card.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('The model card has no place for figures.');
  return `${card.slice(0, begin)}${BEGIN}\n\n${figuresMarkdown(entry)}\n${card.slice(end)}`;
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

function figuresMarkdown(entry: EvaluationEntry): string {
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
    'At reference positions:',
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
