/** Requests about studies of images; part of `REQUESTS` in `protocol.ts`. */
import { z } from 'zod';
import { decodedImageSchema } from './imaging.ts';
import { saliencySchema } from './imaging-findings.ts';
import {
  annotationStateSchema,
  annotationsSchema,
  imagingStudyDetailSchema,
  imagingStudyRowSchema,
  readingSchema,
  similarImageSchema,
} from './imaging-study.ts';
import { deviceSettingsSchema } from './provenance.ts';

const nothing = z.object({}).strict();
const id = z.string().regex(/^[0-9a-f]{32}$/);
const reason = z.string().trim().min(1).max(1000);

/** A node of a structured report (PS3.3 C.17.3), in reading order. */
export interface ReportNode {
  /** Meaning of the concept name; empty where there is none. */
  concept: string;
  /** The value in words; empty for containers. */
  value: string;
  children: ReportNode[];
}
export const reportNodeSchema: z.ZodType<ReportNode> = z.lazy(() =>
  z.object({ concept: z.string(), value: z.string(), children: z.array(reportNodeSchema) }),
);

/** What an object that is no image holds. */
export const imagingDocumentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('report'), title: z.string(), root: reportNodeSchema }),
  z.object({ kind: z.literal('pdf'), title: z.string(), bytes: z.instanceof(Uint8Array) }),
  /** The waveform was imported as a recording of its own. */
  z.object({ kind: z.literal('waveform'), title: z.string(), ecgStudyId: z.string().nullable() }),
]);
export type ImagingDocument = z.infer<typeof imagingDocumentSchema>;

export const imageReportFormatSchema = z.enum(['pdf', 'json']);
export type ImageReportFormat = z.infer<typeof imageReportFormatSchema>;

export const IMAGING_REQUESTS = {
  'imaging.list': { owner: 'service', input: nothing, output: z.array(imagingStudyRowSchema) },
  'imaging.get': { owner: 'service', input: z.object({ studyId: id }), output: imagingStudyDetailSchema },
  /** Other studies of the same patient, newest first. */
  'imaging.priors': {
    owner: 'service',
    input: z.object({ studyId: id }),
    output: z.array(imagingStudyRowSchema),
  },
  /** One decoded frame; the window, zoom and colours are the viewer's. */
  'imaging.frame': {
    owner: 'service',
    input: z.object({ objectId: id, frame: z.int().min(0) }),
    output: decodedImageSchema,
  },
  'imaging.saliency': {
    owner: 'service',
    input: z.object({ objectId: id }),
    output: saliencySchema.nullable(),
  },
  'imaging.document': { owner: 'service', input: z.object({ objectId: id }), output: imagingDocumentSchema },
  /** The nearest confirmed images of this store, nearest first; empty where the model was not asked. */
  'imaging.similar': {
    owner: 'service',
    input: z.object({ objectId: id, count: z.int().min(1).max(20) }),
    output: z.array(similarImageSchema),
  },
  /** All that is drawn on the image now. */
  'imaging.annotate': {
    owner: 'service',
    input: z.object({ objectId: id, annotations: annotationsSchema }),
    output: annotationStateSchema,
  },
  'imaging.undoAnnotation': {
    owner: 'service',
    input: z.object({ objectId: id }),
    output: annotationStateSchema,
  },
  'imaging.redoAnnotation': {
    owner: 'service',
    input: z.object({ objectId: id }),
    output: annotationStateSchema,
  },
  'imaging.read': {
    owner: 'service',
    input: z.object({ studyId: id, reading: readingSchema }),
    output: imagingStudyDetailSchema,
  },
  'imaging.confirm': { owner: 'service', input: z.object({ studyId: id }), output: imagingStudyDetailSchema },
  'imaging.reopen': {
    owner: 'service',
    input: z.object({ studyId: id, reason }),
    output: imagingStudyDetailSchema,
  },
  'imaging.remove': { owner: 'service', input: z.object({ studyId: id, reason }), output: nothing },
  /** Main shows a save dialog, then does `imaging.write`; null where the user cancelled. */
  'imaging.export': {
    owner: 'main',
    input: z.object({ studyId: id, format: imageReportFormatSchema }),
    output: z.object({ path: z.string().nullable() }),
  },
  /** Not open to the renderer: a path comes from main's dialog only. */
  'imaging.write': {
    owner: 'service',
    input: z.object({ studyId: id, format: imageReportFormatSchema, path: z.string().min(1).max(4096) }),
    output: z.object({ path: z.string() }),
  },
  'imaging.reanalyse': {
    owner: 'service',
    input: z.object({ studyId: id, device: deviceSettingsSchema }),
    output: z.object({ jobId: z.string() }),
  },
} as const;
