/** How long a recording may be for its analysis, which needs it as a whole. */
import { KirchhoffError } from '../contract/errors.ts';
import { MAXIMUM_VALUES } from '../ecg/formats/limits.ts';

const SECONDS_A_DAY = 86_400;

/**
 * @param recording lengthSamples of each of `leads` leads
 * @param largest values of all leads together that are analysed
 * @throws KirchhoffError `file-too-large` that says how long the recording is and how long it may be
 */
export function checkAnalysable(
  { lengthSamples, samplingRateHz, leads }: { lengthSamples: number; samplingRateHz: number; leads: number },
  at: string | null,
  largest = MAXIMUM_VALUES,
): void {
  const mostSamples = Math.floor(largest / leads);
  if (lengthSamples <= mostSamples) return;
  const days = (samples: number) => (samples / samplingRateHz / SECONDS_A_DAY).toFixed(1);
  throw new KirchhoffError(
    'file-too-large',
    `The recording lasts ${days(lengthSamples)} days. With ${leads} leads at ${samplingRateHz} Hz up to ${days(mostSamples)} days are analysed; it can be viewed, and shorter parts of it can be analysed as recordings of their own.`,
    at,
  );
}
