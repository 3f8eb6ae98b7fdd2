/** Makes a recording of leads that a reader has decoded. */
import { uniqueLeadNames } from '../lead-names.ts';
import type { EcgRecording } from '../recording.ts';
import { checkSamplingRate, checkSize } from './limits.ts';

export interface DecodedLead {
  /** As the file writes it. */
  name: string;
  /** Place of its first sample in the recording. */
  startSample: number;
  millivolts: Float32Array;
  resolutionMillivolts: number;
  rangeMillivolts?: { low: number; high: number } | null;
}

/**
 * Leads of the same length, NaN where one was not recorded.
 * @param at where the sampling rate stands in the file
 * @throws KirchhoffError `value-out-of-range`, `no-signal`, `file-too-large`
 */
export function recordingOfLeads(
  fileName: string,
  leads: readonly DecodedLead[],
  rest: Pick<EcgRecording, 'samplingRateHz' | 'recordedAt' | 'patient'> & Partial<EcgRecording>,
  at: string,
): EcgRecording {
  checkSamplingRate(rest.samplingRateHz, at);
  const lengthSamples = Math.max(0, ...leads.map((lead) => lead.startSample + lead.millivolts.length));
  checkSize(lengthSamples, leads.length, fileName);
  const names = uniqueLeadNames(leads.map(({ name }) => name));
  return {
    comments: [],
    warnings: [],
    ...rest,
    recordName: fileName.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, ''),
    lengthSamples,
    leads: leads.map((lead, i) => {
      let { millivolts } = lead;
      if (millivolts.length < lengthSamples) {
        millivolts = new Float32Array(lengthSamples).fill(Number.NaN);
        millivolts.set(lead.millivolts, lead.startSample);
      }
      return {
        name: names[i]!,
        millivolts,
        resolutionMillivolts: lead.resolutionMillivolts,
        rangeMillivolts: lead.rangeMillivolts ?? null,
      };
    }),
  };
}
