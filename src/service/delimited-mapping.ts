/** What a delimited text file does not tell of its columns, filled in from options. */

import { basename } from 'node:path';
import { z } from 'zod';
import {
  type DelimitedTextMapping,
  type DelimitedTextProposal,
  delimitedTextMappingSchema,
} from '../contract/delimited-text.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { RecordSource } from './record-files.ts';

export interface DelimitedTextOptions {
  samplingRateHz?: number | undefined;
  timeUnit?: 's' | 'ms' | 'us' | undefined;
  units?: DelimitedTextMapping['units'] | undefined;
  /** Names of the columns in order, without the column of the time; `_` leaves one out. */
  leads?: readonly string[] | undefined;
}

/**
 * @throws KirchhoffError `invalid-request` naming the file and the option that is needed
 */
export function mappingWith(
  proposal: DelimitedTextProposal,
  options: DelimitedTextOptions,
  fileName: string,
): DelimitedTextMapping {
  const missing = (message: string) => new KirchhoffError('invalid-request', message, fileName);
  const { delimiter, decimalMark, skipLines } = proposal;
  const written = proposal.time;
  let time = proposal.certain ? written : null;
  if (options.samplingRateHz !== undefined) {
    time = { kind: 'rate', samplingRateHz: options.samplingRateHz };
  } else if (options.timeUnit !== undefined && written?.kind === 'column') {
    time = { ...written, unit: options.timeUnit };
  }
  if (time === null) {
    throw missing(
      written === null
        ? 'The file does not tell its sampling rate: give it with --csv-rate HZ.'
        : 'The unit of the time column is not written: give it with --csv-time-unit s, ms or us, or the rate with --csv-rate HZ.',
    );
  }
  const units = options.units ?? proposal.units;
  if (units === null)
    throw missing('The unit of the samples is not written: give it with --csv-units V, mV, uV or nV.');
  const names = options.leads;
  const timeColumn = written?.kind === 'column' ? written.column : -1;
  const columns = proposal.headings.map((_, column) => column).filter((column) => column !== timeColumn);
  if (names !== undefined && names.length > columns.length) {
    throw missing(`--csv-leads names ${names.length} columns; the file has ${columns.length}.`);
  }
  const leads =
    names === undefined
      ? proposal.leads
      : names.map((name, i) => ({ column: columns[i]!, name })).filter(({ name }) => name !== '_');
  if (names === undefined && proposal.headings.every((heading) => heading === '') && leads.length > 1) {
    throw missing(
      'The columns have no headings: name them with --csv-leads, for instance I,II,V1 (_ leaves one out).',
    );
  }
  const mapping = delimitedTextMappingSchema.safeParse({
    delimiter,
    decimalMark,
    skipLines,
    time,
    units,
    leads,
  });
  if (!mapping.success) throw missing(z.prettifyError(mapping.error));
  return mapping.data;
}

/** A source of delimited text with its columns known, any other as it is. @throws as `mappingWith` */
export function withMapping(source: RecordSource, options: DelimitedTextOptions): RecordSource {
  if (source.proposal === undefined) return source;
  return { ...source, delimited: mappingWith(source.proposal, options, basename(source.path)) };
}
