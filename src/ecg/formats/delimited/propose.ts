/** Proposes how the columns of a delimited text file are to be read. */
import type { DelimitedTextMapping, DelimitedTextProposal } from '../../../contract/delimited-text.ts';
import { KirchhoffError } from '../../../contract/errors.ts';
import { commonLeadName } from '../../lead-names.ts';
import { type DecimalMark, type Delimiter, fieldsOf, linesOf, numberOf } from './columns.ts';

const PREVIEW_ROWS = 6;
const LOOKED_AT_LINES = 400;
const MAXIMUM_HEADER_LINES = 40;
/** Rows in a sequence that make a text one of samples. */
const LEAST_ROWS = 8;
const MAXIMUM_COLUMNS = 256;

interface Layout {
  delimiter: Delimiter;
  decimalMark: DecimalMark;
  skipLines: number;
  columns: number;
  rows: string[][];
}

const CHOICES: readonly (readonly [Delimiter, DecimalMark])[] = [
  ['\t', '.'],
  [';', '.'],
  [',', '.'],
  ['\t', ','],
  [';', ','],
  [' ', '.'],
  [' ', ','],
];

/** The delimiter and decimal mark under which most columns of most rows are numbers; null where none fits. */
function layoutOf(head: Uint8Array): Layout | null {
  if (head.includes(0)) return null;
  const lines = linesOf(new TextDecoder().decode(head)).slice(0, LOOKED_AT_LINES);
  // The last line may be cut off.
  if (lines.length > 1) lines.pop();
  let best: Layout | null = null;
  for (const [delimiter, decimalMark] of CHOICES) {
    for (
      let skipLines = 0;
      skipLines <= Math.min(MAXIMUM_HEADER_LINES, lines.length - LEAST_ROWS);
      skipLines++
    ) {
      const columns = fieldsOf(lines[skipLines]!, delimiter).length;
      if (columns > MAXIMUM_COLUMNS || lines[skipLines]!.trim() === '') continue;
      const rows: string[][] = [];
      for (const line of lines.slice(skipLines)) {
        const fields = fieldsOf(line, delimiter);
        const isRow =
          fields.length === columns && fields.every((field) => numberOf(field, decimalMark) !== null);
        if (!isRow || fields.every((field) => Number.isNaN(numberOf(field, decimalMark)))) break;
        rows.push(fields);
      }
      if (rows.length < LEAST_ROWS || skipLines + rows.length < lines.length - 1) continue;
      if (best === null || columns > best.columns)
        best = { delimiter, decimalMark, skipLines, columns, rows };
      break;
    }
  }
  return best;
}

/** Whether a file is rows of numbers, with at most a few lines before them. */
export function isDelimitedText(head: Uint8Array): boolean {
  return layoutOf(head) !== null;
}

const VOLTAGE = /[\s_([]+(V|mV|uV|µV|μV|nV)[)\]]?$/;
const TIME_UNIT = /[\s_([]+(s|sec|seconds?|ms|milliseconds?|us|µs|μs|microseconds?)[)\]]?$/i;

function voltageOf(heading: string): DelimitedTextMapping['units'] | null {
  const unit = VOLTAGE.exec(heading)?.[1] ?? (/^(V|mV|uV|µV|μV|nV)$/.exec(heading)?.[1] || null);
  return unit === null ? null : (unit.replace(/[µμ]/, 'u') as DelimitedTextMapping['units']);
}

function timeUnitOf(heading: string): 's' | 'ms' | 'us' | null {
  const unit = TIME_UNIT.exec(heading)?.[1]?.toLowerCase();
  if (unit === undefined) return null;
  if (/^(s|sec|seconds?)$/.test(unit)) return 's';
  return /^(ms|milli)/.test(unit) ? 'ms' : 'us';
}

const isTime = (heading: string) =>
  /^(elapsed[ _]?)?(time|t|timestamp|seconds?|millis(econds)?)\b/i.test(heading.replace(/_/g, ' '));
const isIndex = (heading: string) =>
  /^(sample|samples|index|idx|n|no|nr|#|row|beat|annotation|label)\b/i.test(heading);

/** The step of a column whose values rise evenly, else null. */
function evenStep(rows: readonly string[][], column: number, decimalMark: DecimalMark): number | null {
  const values = rows.map((row) => numberOf(row[column]!, decimalMark)!);
  const step = (values.at(-1)! - values[0]!) / (values.length - 1);
  if (!(step > 0)) return null;
  const even = values.every((value, i) => Math.abs(value - values[0]! - i * step) <= 0.51 * step);
  return even ? step : null;
}

/**
 * @param head the first bytes of the file, or all of it
 * @throws KirchhoffError `format-unknown` where it is no rows of numbers
 */
export function proposeMapping(fileName: string, head: Uint8Array): DelimitedTextProposal {
  const layout = layoutOf(head);
  if (layout === null)
    throw new KirchhoffError('format-unknown', 'This file is not rows of numbers.', fileName);
  const { delimiter, decimalMark, skipLines, columns, rows } = layout;
  const before = linesOf(new TextDecoder().decode(head))
    .slice(0, skipLines)
    .map((line) => fieldsOf(line.replace(/^#\s?/, ''), delimiter))
    .filter((fields) => fields.length === columns);
  // Headings, and under them units in a line of their own where the file has such a line.
  const unitLine =
    before.length > 1 && before.at(-1)!.some((field) => voltageOf(field) !== null) ? before.at(-1)! : null;
  const headings = (unitLine === null ? before.at(-1) : before.at(-2)) ?? new Array<string>(columns).fill('');
  const unitOf = (i: number) =>
    voltageOf(headings[i]!) ?? (unitLine === null ? null : voltageOf(unitLine[i]!));

  const steps = headings.map((_, i) => evenStep(rows, i, decimalMark));
  const timeColumn = headings.findIndex((heading, i) => isTime(heading) && steps[i] !== null);
  const unnamed = headings.every((heading) => heading === '');
  // Without headings, a first column that rises evenly is taken for time or for the number of the row.
  const risingFirst = unnamed && columns > 1 && steps[0] !== null ? 0 : -1;
  const leads = headings.flatMap((heading, column) => {
    if (column === timeColumn || column === risingFirst || isIndex(heading) || isTime(heading)) return [];
    const name = commonLeadName(heading.replace(VOLTAGE, '')).slice(0, 32);
    return [{ column, name: name === '' ? `ECG${column + 1}` : name }];
  });

  let time: DelimitedTextProposal['time'] = null;
  let timeIsWritten = false;
  const column = timeColumn === -1 ? risingFirst : timeColumn;
  const step = column === -1 ? null : steps[column]!;
  if (step !== null && step !== undefined) {
    const written =
      timeUnitOf(headings[column]!) ?? (unitLine === null ? null : timeUnitOf(` ${unitLine[column]!}`));
    // Rows are 0.1 to 20 ms apart; a step of 1 more often counts rows.
    const guessed = step < 0.05 ? 's' : step !== 1 && step <= 20 ? 'ms' : null;
    const unit = written ?? guessed;
    timeIsWritten = written !== null;
    if (unit !== null) time = { kind: 'column', column, unit };
  }
  const found = leads.map((lead) => unitOf(lead.column));
  const units = found[0] !== undefined && found.every((unit) => unit === found[0]) ? found[0] : null;
  return {
    delimiter,
    decimalMark,
    skipLines,
    headings,
    preview: rows.slice(0, PREVIEW_ROWS),
    time,
    units,
    leads: leads.slice(0, 64),
    certain: timeIsWritten && units !== null && leads.length > 0 && leads.length <= 64 && !unnamed,
  };
}
