/** A beat that is added by hand lies at an R peak, not where the pointer happened to be. */
import type { Correction } from '../contract/study.ts';
import { rPeakContext, rPeakNear } from '../ecg/r-peak-near.ts';
import type { ReadableRecords } from '../records/interfaces.ts';

/** State of a lead's second in which its deflections can be trusted. */
const ANALYSABLE = 0;

/**
 * The correction as it is kept: an added beat is moved to the R peak next to it, in the leads that can be
 * analysed there; without any, it stays where it was put.
 */
export function placed(records: ReadableRecords, studyId: string, correction: Correction): Correction {
  if (correction.kind !== 'add') return correction;
  const { samplingRateHz, lengthSamples, summary } = records.study(studyId);
  if (summary === null || correction.sample >= lengthSamples) return correction;
  const second = Math.floor(correction.sample / samplingRateHz);
  const leads = summary.leads.flatMap(({ secondState }, lead) =>
    secondState[second] === ANALYSABLE ? [lead] : [],
  );
  const context = rPeakContext(samplingRateHz);
  const start = Math.max(0, correction.sample - context);
  const signals = records.signalWindow(studyId, leads, start, 2 * context + 1);
  return { ...correction, sample: start + rPeakNear(signals, correction.sample - start, samplingRateHz) };
}
