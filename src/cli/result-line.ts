/** One line of a batch's answer: what became of one record or image. */
import { z } from 'zod';
import { ecgSummarySchema, findingSchema } from '../contract/ecg.ts';
import { type ErrorBody, errorBodySchema } from '../contract/errors.ts';
import { holterSummarySchema } from '../contract/holter.ts';
import { type ImageInstance, instanceContentSchema } from '../contract/imaging.ts';
import { type ImageAnalysis, imagingFindingSchema } from '../contract/imaging-findings.ts';
import { ecgIntervalsSchema } from '../contract/intervals.ts';
import { type DeviceSettings, provenanceSchema } from '../contract/provenance.ts';
import { rhythmSummarySchema } from '../contract/rhythm.ts';
import type { RecordAnalysis } from '../service/analysis.ts';

/** The summary without quality by second, rhythm by window, trends, distributions and curves. */
const lineSummarySchema = ecgSummarySchema.extend({
  leads: z.array(ecgSummarySchema.shape.leads.element.omit({ secondState: true, qualityIndex: true })),
  intervals: ecgIntervalsSchema.omit({ medianBeat: true }).nullable().optional(),
  rhythm: rhythmSummarySchema.omit({ signal: true }).nullable().default(null),
  holter: holterSummarySchema
    .omit({ waveTrend: true, heartRateTrend: true, rrHistogram: true, poincare: true })
    .nullable()
    .optional(),
});

const common = {
  status: z.enum(['analysed', 'refused', 'error']),
  error: errorBodySchema.nullable(),
  provenance: provenanceSchema.nullable(),
};

const ecgLineSchema = z.object({
  /** Path of the record relative to the argument it was found under, without extension. */
  input: z.string(),
  kind: z.literal('ecg'),
  ...common,
  findings: z.array(findingSchema),
  summary: lineSummarySchema.nullable(),
});

const imageLineSchema = z.object({
  /** Path of the file relative to the argument it was found under, within an archive with the archive's name. */
  input: z.string(),
  kind: z.literal('image'),
  ...common,
  /** Empty where no model looks at images of this kind. */
  findings: z.array(imagingFindingSchema),
  summary: z
    .object({
      content: instanceContentSchema,
      modality: z.string().nullable(),
      view: z.string().nullable(),
      frames: z.int(),
      warnings: z.array(z.string()),
    })
    .nullable(),
});

export const resultLineSchema = z.discriminatedUnion('kind', [ecgLineSchema, imageLineSchema]);
export type ResultLine = z.infer<typeof resultLineSchema>;

/** @param analysis null where no model looks at images of this kind */
export function imageLine(
  input: string,
  { content, technique, series, frameCount, warnings }: ImageInstance,
  analysis: Pick<ImageAnalysis, 'finding' | 'provenance'> | null,
): ResultLine {
  return {
    input,
    kind: 'image',
    status: analysis?.finding.recommendation === 'refuse' ? 'refused' : 'analysed',
    findings: analysis === null ? [] : [analysis.finding],
    summary: {
      content,
      modality: series.modality ?? technique.modality,
      view: technique.view,
      frames: frameCount,
      warnings,
    },
    error: null,
    provenance: analysis?.provenance ?? null,
  };
}

export function resultLine(input: string, analysis: RecordAnalysis): ResultLine {
  const { outcome, findings, summary, provenance } = analysis;
  // Parsing drops what the schema leaves out.
  return ecgLineSchema.parse({
    input,
    kind: 'ecg',
    status: outcome.status,
    findings,
    summary,
    error: null,
    provenance,
  });
}

export function errorLine(input: string, error: ErrorBody, kind: ResultLine['kind'] = 'ecg'): ResultLine {
  return { input, kind, status: 'error', findings: [], summary: null, error, provenance: null };
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
