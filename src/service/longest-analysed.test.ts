import { expect, it } from 'vitest';
import { KirchhoffError } from '../contract/errors.ts';
import { checkAnalysable } from './longest-analysed.ts';

it('lets a recording through up to the limit over all leads, and tells the lengths beyond it', () => {
  const day = { samplingRateHz: 250, lengthSamples: 86_400 * 250, leads: 3 };
  const largest = day.lengthSamples * day.leads;
  expect(() => checkAnalysable(day, null, largest)).not.toThrow();
  expect(() => checkAnalysable({ ...day, leads: 4 }, 'a.hea', largest)).toThrow(KirchhoffError);
  expect(() => checkAnalysable({ ...day, lengthSamples: 2 * day.lengthSamples }, 'a.hea', largest)).toThrow(
    'a.hea: The recording lasts 2.0 days. With 3 leads at 250 Hz up to 1.0 days are analysed',
  );
});
