/** Shapes of the columns that hold JSON, shared by reader and writer. */
import { z } from 'zod';
import { int32ArraySchema } from '../contract/arrays.ts';
import { ecgSummarySchema, findingSchema, recommendationSchema, severitySchema } from '../contract/ecg.ts';
import { errorBodySchema } from '../contract/errors.ts';
import type { WaveLimit } from '../contract/intervals.ts';
import { provenanceSchema } from '../contract/provenance.ts';
import { limitPlaceSchema, patientSchema, recordedEventSchema, type StudyStatus } from '../contract/study.ts';

export const leadsColumn = z.array(
  z.object({
    name: z.string(),
    resolutionMillivolts: z.number(),
    rangeMillivolts: z.object({ low: z.number(), high: z.number() }).nullable(),
    derived: z.literal(true).optional(),
  }),
);
/** R peaks of a correction of many beats. */
export const samplesColumn = int32ArraySchema;
export const limitPlaceColumn = limitPlaceSchema;
export const patientColumn = patientSchema;
export const sentencesColumn = z.array(z.string());
export const eventsColumn = z.array(recordedEventSchema);
export const inputsColumn = provenanceSchema.shape.inputs;
export const errorColumn = errorBodySchema;
export const provenanceColumn = provenanceSchema;
export const summaryColumn = ecgSummarySchema;
export const findingsColumn = z.array(findingSchema);
export const headlineColumn = z.object({
  severity: severitySchema.nullable(),
  headline: z.string().nullable(),
  recommendation: recommendationSchema.nullable(),
  reviewFraction: z.number().min(0).max(1).nullable(),
});

export interface StudyRecord {
  id: string;
  content_sha256: string;
  record_name: string;
  patient: string;
  recorded_at: string | null;
  imported_at: string;
  sampling_rate_hz: number;
  length_samples: number;
  leads: string;
  comments: string;
  warnings: string;
  inputs: string;
  events: string | null;
  status: StudyStatus;
  error: string | null;
  confirmed_by: string | null;
  confirmed_at: string | null;
}

export interface AnalysisRecord {
  study_id: string;
  analysed_at: string;
  provenance: string;
  ensemble_samples: number;
  machine_summary: string;
  machine_findings: string;
  machine_headline: string;
  summary: string;
  findings: string;
  headline: string;
}

export interface CorrectionRecord {
  id: number;
  study_id: string;
  kind: 'relabel' | 'add' | 'delete' | 'relabel-many' | 'wave-limit';
  /** Null where `samples` names many beats, and where `wave_limit` names a limit. */
  sample: number | null;
  samples: string | null;
  beat_group: string | null;
  wave_limit: WaveLimit | null;
  limit_place: string | null;
  /** Class of a beat; for a limit, where it stands in words. */
  label: string | null;
  previous_label: string | null;
  user: string;
  at: string;
  state: 'active' | 'undone' | 'superseded';
}

export type ObjectRole = 'signal' | 'envelope' | 'beats' | 'ensemble';
