/** Words that say what the columns of delimited text are. */
import type { DelimitedTextOptions } from '../service/delimited-mapping.ts';
import { UsageError } from './exit.ts';

export const DELIMITED_TEXT_WORDS = {
  'csv-rate': { type: 'string' },
  'csv-time-unit': { type: 'string' },
  'csv-units': { type: 'string' },
  'csv-leads': { type: 'string' },
} as const;

const TIME_UNITS = ['s', 'ms', 'us'] as const;
const UNITS = ['V', 'mV', 'uV', 'nV'] as const;

function oneOf<Word extends string>(
  text: string | undefined,
  words: readonly Word[],
  name: string,
): Word | undefined {
  if (text === undefined) return undefined;
  const word = words.find((each) => each === text);
  if (word === undefined) throw new UsageError(`${name} takes ${words.join(', ')}, not "${text}".`);
  return word;
}

/** @throws UsageError saying which word is off */
export function delimitedTextOptions(
  values: Readonly<Partial<Record<keyof typeof DELIMITED_TEXT_WORDS, string>>>,
): DelimitedTextOptions {
  const rate = values['csv-rate'] === undefined ? undefined : Number(values['csv-rate']);
  if (rate !== undefined && !(rate >= 50 && rate <= 10_000)) {
    throw new UsageError('--csv-rate takes the rows a second, from 50 to 10000.');
  }
  const leads = values['csv-leads']?.split(',').map((name) => name.trim());
  if (leads?.some((name) => name === ''))
    throw new UsageError('--csv-leads takes names with commas between, for instance I,II,V1.');
  return {
    samplingRateHz: rate,
    timeUnit: oneOf(values['csv-time-unit'], TIME_UNITS, '--csv-time-unit'),
    units: oneOf(values['csv-units'], UNITS, '--csv-units'),
    leads,
  };
}

/** Whether any of the words was given: then every text of numbers in a folder is meant. */
export function anyDelimitedTextOption(options: DelimitedTextOptions): boolean {
  return Object.values(options).some((value) => value !== undefined);
}
