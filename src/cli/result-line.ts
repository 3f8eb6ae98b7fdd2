/** One line of a batch's answer: what became of one record. */
import { z } from 'zod';
import { ecgSummarySchema, findingSchema } from '../contract/ecg.ts';
import { type ErrorBody, errorBodySchema } from '../contract/errors.ts';
import { type DeviceSettings, provenanceSchema } from '../contract/provenance.ts';
import { rhythmSummarySchema } from '../contract/rhythm.ts';
import type { RecordAnalysis } from '../service/analysis.ts';

/** The summary without its second-by-second quality and window-by-window rhythm, which the report's JSON has. */
const lineSummarySchema = ecgSummarySchema.extend({
  leads: z.array(ecgSummarySchema.shape.leads.element.omit({ secondState: true })),
  rhythm: rhythmSummarySchema.omit({ signal: true }).nullable().default(null),
});

export const resultLineSchema = z.object({
  /** Path of the record relative to the argument it was found under, without extension. */
  input: z.string(),
  kind: z.literal('ecg'),
  status: z.enum(['analysed', 'refused', 'error']),
  findings: z.array(findingSchema),
  summary: lineSummarySchema.nullable(),
  error: errorBodySchema.nullable(),
  provenance: provenanceSchema.nullable(),
});
export type ResultLine = z.infer<typeof resultLineSchema>;

export function resultLine(input: string, analysis: RecordAnalysis): ResultLine {
  const { outcome, findings, summary, provenance } = analysis;
  // Parsing drops what the schema leaves out.
  return resultLineSchema.parse({
    input,
    kind: 'ecg',
    status: outcome.status,
    findings,
    summary,
    error: null,
    provenance,
  });
}

export function errorLine(input: string, error: ErrorBody): ResultLine {
  return { input, kind: 'ecg', status: 'error', findings: [], summary: null, error, provenance: null };
}

export interface ExpectedResult {
  contentSha256: string;
  modelSha256: string;
  rhythmModelSha256: string;
  deviceProfileSha256: string;
  softwareVersion: string;
  device: DeviceSettings;
}

/** Whether an earlier result is what analysing the record again would give. */
export function stillHolds({ provenance }: ResultLine, expected: ExpectedResult): boolean {
  if (provenance === null) return false;
  const { device } = expected;
  return (
    provenance.contentSha256 === expected.contentSha256 &&
    provenance.modelSha256 === expected.modelSha256 &&
    provenance.rhythm?.modelSha256 === expected.rhythmModelSha256 &&
    provenance.deviceProfileSha256 === expected.deviceProfileSha256 &&
    provenance.softwareVersion === expected.softwareVersion &&
    provenance.deviceProfile === device.profile &&
    provenance.driftSeconds === device.driftSeconds &&
    provenance.driftCompensation === device.driftCompensation &&
    provenance.programmingSeed === device.programmingSeed &&
    provenance.samples === device.samples &&
    provenance.seed === device.seed
  );
}
