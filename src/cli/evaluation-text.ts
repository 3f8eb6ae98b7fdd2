/** What `kirchhoff evaluate` prints: tables that fit a terminal, each of what there was anything of. */
import type { Evaluation, RecordFigures } from '../ecg/evaluation-figures.ts';
import { WAVE_KINDS } from '../ecg/scoring-waves.ts';
import { table } from './table.ts';

interface Shares {
  sensitivity: number | null;
  positivePredictivity: number | null;
}
type Column = readonly [name: string, of: (figures: RecordFigures) => Shares];

const TABLES: readonly { title: string; columns: readonly Column[] }[] = [
  {
    title: 'Beats',
    columns: [
      ['QRS', ({ qrs }) => qrs],
      ['V', ({ V }) => V],
      ['S', ({ S }) => S],
    ],
  },
  {
    title: 'Ventricular runs: couplets, 3 to 5 beats, 6 and more',
    columns: [
      ['2', ({ ventricularRuns }) => ventricularRuns.couplets],
      ['3-5', ({ ventricularRuns }) => ventricularRuns.shortRuns],
      ['6+', ({ ventricularRuns }) => ventricularRuns.longRuns],
    ],
  },
  {
    title: 'Supraventricular runs: couplets, 3 to 5 beats, 6 and more',
    columns: [
      ['2', ({ supraventricularRuns }) => supraventricularRuns.couplets],
      ['3-5', ({ supraventricularRuns }) => supraventricularRuns.shortRuns],
      ['6+', ({ supraventricularRuns }) => supraventricularRuns.longRuns],
    ],
  },
  {
    title: 'Atrial fibrillation (AF), ventricular flutter and fibrillation (VF): episodes and time',
    columns: [
      ['AF', ({ atrialFibrillation }) => atrialFibrillation.episodes],
      ['AF time', ({ atrialFibrillation }) => atrialFibrillation.duration],
      ['VF', ({ ventricularFibrillation }) => ventricularFibrillation.episodes],
      ['VF time', ({ ventricularFibrillation }) => ventricularFibrillation.duration],
    ],
  },
];

const percent = (share: number | null) => (share === null ? '-' : (100 * share).toFixed(2));

export function evaluationText(evaluation: Evaluation): string {
  const { rules, notCounted, skipped } = evaluation;
  return [
    `${rules.standard}\nReference .${rules.reference}, test .${rules.test}; ${rules.statements.join(' ')}\n\n`,
    'Sensitivity (Se) and positive predictivity (+P), %; - where nothing was there to find or called. Records without\n',
    'either are left out of their table.\n',
    ...TABLES.map(({ title, columns }) => sharesText(evaluation, title, columns)),
    confusionText(evaluation),
    intervalsText(evaluation),
    wavesText(evaluation),
    notCounted.length === 0 ? '' : `\nIn neither gross nor average: ${notCounted.join(', ')} (paced)\n`,
    ...skipped.map(({ record, why }) => `Left out: ${record}, ${why}\n`),
  ].join('');
}

/** A row for each record that has a figure, gross and average; empty where no record has one. */
function sharesText(
  { records, gross, average }: Evaluation,
  title: string,
  columns: readonly Column[],
): string {
  const cells = (figures: RecordFigures) =>
    columns.flatMap(([, of]) => {
      const { sensitivity, positivePredictivity } = of(figures);
      return [percent(sensitivity), percent(positivePredictivity)];
    });
  const rows = records
    .map(({ record, paced, figures }) => [`${record}${paced ? ' (paced)' : ''}`, ...cells(figures)])
    .filter(([, ...shares]) => shares.some((share) => share !== '-'));
  if (rows.length === 0) return '';
  const head = ['record', ...columns.flatMap(([name]) => [`${name} Se`, '+P'])];
  return `\n${title}\n${table([head, ...rows, ['gross', ...cells(gross)], ['average', ...cells(average)]])}`;
}

function confusionText({ beats }: Evaluation): string {
  const labels = ['N', 'S', 'V', 'F', 'Q', 'none'] as const;
  const rows = labels.map((row) => [row, ...labels.map((column) => String(beats[row][column]))]);
  return `\nBeats of all records that count\n${table([['reference \\ test', ...labels], ...rows])}`;
}

function intervalsText({ intervals }: Evaluation): string {
  const lines = (['pr', 'qrs', 'qt'] as const).flatMap((name) => {
    const { count, meanMs, standardDeviationMs } = intervals[name];
    const deviation = standardDeviationMs?.toFixed(1) ?? '-';
    return count === 0
      ? []
      : [`  ${name.toUpperCase()}: ${meanMs?.toFixed(1)} ± ${deviation} ms over ${count} beats\n`];
  });
  return lines.length === 0 ? '' : `\nIntervals, test less reference\n${lines.join('')}`;
}

function wavesText({ waves }: Evaluation): string {
  const rows = WAVE_KINDS.flatMap((kind) => {
    const of = waves[kind];
    if (of.found + of.missed === 0) return [];
    const limits = [of.onset, of.peak, of.end].flatMap(({ meanMs, standardDeviationMs }) => [
      meanMs?.toFixed(1) ?? '-',
      standardDeviationMs?.toFixed(1) ?? '-',
    ]);
    const marked = String(of.found + of.missed);
    return [
      [kind.toUpperCase(), marked, percent(of.sensitivity), percent(of.positivePredictivity), ...limits],
    ];
  });
  if (rows.length === 0) return '';
  const head = ['wave', 'marked', 'Se', '+P', 'onset', 'sd', 'peak', 'sd', 'end', 'sd'];
  return `\nWaves marked with onset, peak and end; test less reference, ms, mean and standard deviation\n${table([head, ...rows])}`;
}
