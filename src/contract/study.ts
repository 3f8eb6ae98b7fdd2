/** A study: one recording with what the machine and the clinician said of it. */
import { z } from 'zod';
import { int32ArraySchema } from './arrays.ts';
import {
  beatClassSchema,
  ecgSummarySchema,
  findingSchema,
  recommendationSchema,
  severitySchema,
} from './ecg.ts';
import { errorBodySchema } from './errors.ts';
import { waveLimitSchema } from './intervals.ts';
import { provenanceSchema } from './provenance.ts';

export const patientSchema = z.object({
  /** Display name; empty where the file has none. */
  name: z.string(),
  /** Medical record number or the file's patient id; empty where there is none. */
  id: z.string(),
  birthDate: z.string().nullable(),
  ageYears: z.number().nullable(),
  sex: z.enum(['female', 'male', 'other', 'unknown']),
});
export type Patient = z.infer<typeof patientSchema>;

/** What the file says happened while it was recorded: a patient's mark, a diary entry, a device's note. */
export const recordedEventSchema = z.object({
  /** Seconds after the first sample; may lie outside the recording. */
  atSeconds: z.number(),
  durationSeconds: z.number().nullable(),
  text: z.string(),
});
export type RecordedEvent = z.infer<typeof recordedEventSchema>;

/** queued -> analysing -> preliminary -> confirmed; refused and failed end without findings. */
export const studyStatusSchema = z.enum([
  'queued',
  'analysing',
  'preliminary',
  'confirmed',
  'refused',
  'failed',
]);
export type StudyStatus = z.infer<typeof studyStatusSchema>;

/** One row of the worklist. */
export const studyRowSchema = z.object({
  id: z.string(),
  recordName: z.string(),
  patient: patientSchema,
  /** ISO 8601 local time of the recording's start; null where the file has none. */
  recordedAt: z.string().nullable(),
  importedAt: z.string(),
  durationSeconds: z.number(),
  leads: z.array(z.string()),
  status: studyStatusSchema,
  /** Worst severity among findings; null before analysis. */
  severity: severitySchema.nullable(),
  /** Label of the most severe finding, or the reason of a refusal or failure. */
  headline: z.string().nullable(),
  recommendation: recommendationSchema.nullable(),
  /** Share of beats recommended for review, 0 to 1; null before analysis. */
  reviewFraction: z.number().nullable(),
});
export type StudyRow = z.infer<typeof studyRowSchema>;

export const studyDetailSchema = studyRowSchema.extend({
  samplingRateHz: z.number(),
  lengthSamples: z.int(),
  /** Notes of the reader, for instance dropped annotations. */
  warnings: z.array(z.string()),
  /** Marks and notes that came with the recording, in time order; no finding, and not used by the analysis. */
  events: z.array(recordedEventSchema),
  summary: ecgSummarySchema.nullable(),
  findings: z.array(findingSchema),
  provenance: provenanceSchema.nullable(),
  error: errorBodySchema.nullable(),
  corrections: z.object({ count: z.int(), canUndo: z.boolean(), canRedo: z.boolean() }),
  confirmed: z.object({ by: z.string(), at: z.string() }).nullable(),
});
export type StudyDetail = z.infer<typeof studyDetailSchema>;

/** Where a limit of the median beat stands: placed by a reader, not there at all, or as the machine has it. */
export const limitPlaceSchema = z.discriminatedUnion('at', [
  z.object({ at: z.literal('ms'), fromRPeakMs: z.number().min(-10_000).max(10_000) }),
  z.object({ at: z.literal('nowhere') }),
  z.object({ at: z.literal('machine') }),
]);
export type LimitPlace = z.infer<typeof limitPlaceSchema>;

/**
 * A clinician's correction of one beat or of many, named by the position of their R peaks, or of one limit of the
 * median beat. The latter is in milliseconds from its R peak, so that it holds when the beats are found again.
 */
export const correctionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('relabel'), sample: z.int().min(0), label: beatClassSchema }),
  /** Moved to the R peak within 60 ms of `sample`; the answer's beats tell where it went. */
  z.object({ kind: z.literal('add'), sample: z.int().min(0), label: beatClassSchema }),
  z.object({ kind: z.literal('delete'), sample: z.int().min(0) }),
  /** All beats of a template, for instance: one step that is undone as one. */
  z.object({
    kind: z.literal('relabel-many'),
    /** Ascending, each of a beat that exists. */
    samples: int32ArraySchema,
    label: beatClassSchema,
    /** What the beats have in common, for the log: "Template 3". */
    group: z.string().trim().min(1).max(120),
  }),
  z.object({ kind: z.literal('wave-limit'), limit: waveLimitSchema, place: limitPlaceSchema }),
]);
/** Corrections of beats, which all but those of a limit are. */
export type BeatCorrection = Exclude<z.infer<typeof correctionSchema>, { kind: 'wave-limit' }>;
export type Correction = z.infer<typeof correctionSchema>;
