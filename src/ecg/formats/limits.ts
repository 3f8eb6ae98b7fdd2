/** What every reader refuses: rates and sizes that the analysis has no meaning for or that memory cannot hold. */
import { KirchhoffError } from '../../contract/errors.ts';

export const MINIMUM_SAMPLING_RATE_HZ = 50;
export const MAXIMUM_SAMPLING_RATE_HZ = 10_000;
/** 2 GB of millivolts: more than 24 hours of 12 leads at 500 Hz. */
export const MAXIMUM_VALUES = 2 ** 29;
/** Sample positions are 32-bit signed integers everywhere. */
export const MAXIMUM_LENGTH_SAMPLES = 2 ** 31 - 1;
/** As many leads as one request for signals may name. */
export const MAXIMUM_LEADS = 64;

/** @throws KirchhoffError `value-out-of-range` at `at` unless 50 to 10 000 Hz */
export function checkSamplingRate(samplingRateHz: number, at: string): void {
  if (!(samplingRateHz >= MINIMUM_SAMPLING_RATE_HZ && samplingRateHz <= MAXIMUM_SAMPLING_RATE_HZ)) {
    throw new KirchhoffError(
      'value-out-of-range',
      `The sampling rate is ${samplingRateHz} Hz; ${MINIMUM_SAMPLING_RATE_HZ} to ${MAXIMUM_SAMPLING_RATE_HZ} Hz can be analysed.`,
      at,
    );
  }
}

/** @throws KirchhoffError `file-too-large`, or `no-signal` where there is nothing */
export function checkSize(lengthSamples: number, leads: number, at: string): void {
  if (leads === 0 || lengthSamples === 0) {
    throw new KirchhoffError('no-signal', 'The file holds no ECG samples.', at);
  }
  if (leads > MAXIMUM_LEADS) {
    throw new KirchhoffError('file-too-large', `The file has more than ${MAXIMUM_LEADS} leads.`, at);
  }
  if (!(lengthSamples * leads <= MAXIMUM_VALUES && lengthSamples <= MAXIMUM_LENGTH_SAMPLES)) {
    throw new KirchhoffError(
      'file-too-large',
      `The record has ${lengthSamples} samples of ${leads} leads, more than can be kept in memory.`,
      at,
    );
  }
}
