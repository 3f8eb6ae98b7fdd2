/** Delimited text with a confirmed mapping, read as `EcgRecording`. */
import type { DelimitedTextMapping } from '../../../contract/delimited-text.ts';
import { KirchhoffError } from '../../../contract/errors.ts';
import type { EcgRecording } from '../../recording.ts';
import { recordingOfLeads } from '../from-leads.ts';
import { MAXIMUM_VALUES } from '../limits.ts';
import { millivoltsPerUnit } from '../units.ts';
import { decimalsOf, fieldsOf, linesOf, numberOf } from './columns.ts';

/** A limit of the product: an hour of 12 leads at 500 Hz. */
const LARGEST_FILE_BYTES = 256 * 2 ** 20;
const SECONDS_PER_UNIT = { s: 1, ms: 1e-3, us: 1e-6 };

/**
 * The rate of rows whose times are given; those may be rounded, but none may be missing.
 * @param lineOf line of a row in the file, for messages
 */
function rateOf(times: Float64Array, fileName: string, lineOf: (row: number) => number): number {
  const rows = times.length;
  const step = rows < 2 ? Number.NaN : (times[rows - 1]! - times[0]!) / (rows - 1);
  if (!(step > 0) || !Number.isFinite(step)) {
    throw new KirchhoffError(
      'value-out-of-range',
      'The times of the rows do not rise.',
      `${fileName} line ${lineOf(0)}`,
    );
  }
  for (let row = 1; row < rows; row++) {
    const gap = times[row]! - times[row - 1]!;
    if (!(gap > 0.25 * step && gap < 1.75 * step)) {
      throw new KirchhoffError(
        'value-out-of-range',
        'The times of the rows are not even: rows are missing or out of order here.',
        `${fileName} line ${lineOf(row)}`,
      );
    }
  }
  const rate = 1 / step;
  // Times with few digits give 499.98 Hz for 500 Hz.
  return Math.abs(rate - Math.round(rate)) < 1e-3 * rate ? Math.round(rate) : Number(rate.toPrecision(9));
}

/** @throws KirchhoffError naming file and line */
export function readDelimited(
  fileName: string,
  bytes: Uint8Array,
  mapping: DelimitedTextMapping,
): EcgRecording {
  if (bytes.length > LARGEST_FILE_BYTES) {
    throw new KirchhoffError('file-too-large', 'Text of more than 256 MB is not read.', fileName);
  }
  const { delimiter, decimalMark, skipLines, time, leads } = mapping;
  const lines = linesOf(new TextDecoder().decode(bytes));
  let end = lines.length;
  while (end > skipLines && lines[end - 1]!.trim() === '') end--;
  const rows = end - skipLines;
  if (rows <= 0) throw new KirchhoffError('no-signal', 'The file holds no rows of samples.', fileName);
  if (rows * leads.length > MAXIMUM_VALUES) {
    throw new KirchhoffError(
      'file-too-large',
      'The file has more samples than can be kept in memory.',
      fileName,
    );
  }
  const lineOf = (row: number) => skipLines + row + 1;
  const scale = millivoltsPerUnit(mapping.units)!;
  const millivolts = leads.map(() => new Float32Array(rows));
  const times = new Float64Array(time.kind === 'column' ? rows : 0);
  const decimals = new Uint8Array(leads.length);
  const [lowest, highest] = [new Float64Array(leads.length), new Float64Array(leads.length)];
  const valueAt = (fields: readonly string[], column: number, row: number): number => {
    const value = column < fields.length ? numberOf(fields[column]!, decimalMark) : null;
    if (value !== null) return value;
    throw new KirchhoffError(
      'value-out-of-range',
      `Column ${column + 1} holds no number here.`,
      `${fileName} line ${lineOf(row)}`,
    );
  };
  for (let row = 0; row < rows; row++) {
    const fields = fieldsOf(lines[skipLines + row]!, delimiter);
    for (const [i, { column }] of leads.entries()) {
      const value = valueAt(fields, column, row) * scale;
      millivolts[i]![row] = value;
      decimals[i] = Math.max(decimals[i]!, decimalsOf(fields[column]!, decimalMark));
      if (value < lowest[i]!) lowest[i] = value;
      if (value > highest[i]!) highest[i] = value;
    }
    if (time.kind === 'column') times[row] = valueAt(fields, time.column, row) * SECONDS_PER_UNIT[time.unit];
  }
  const samplingRateHz = time.kind === 'rate' ? time.samplingRateHz : rateOf(times, fileName, lineOf);
  return recordingOfLeads(
    fileName,
    leads.map(({ name }, i) => ({
      name,
      startSample: 0,
      millivolts: millivolts[i]!,
      // The file does not tell the converter's step: the last digit, or what 16 bits would have, is taken for it.
      resolutionMillivolts: Math.max(scale * 10 ** -decimals[i]!, (highest[i]! - lowest[i]!) / 2 ** 16),
    })),
    {
      samplingRateHz,
      recordedAt: null,
      patient: { name: '', id: '', birthDate: null, ageYears: null, sex: 'unknown' },
    },
    `${fileName} line ${lineOf(0)}`,
  );
}
