/** A study of images: what was imported, what the machine says of each image, and what the reader says. */
import { z } from 'zod';
import { recommendationSchema, severitySchema } from './ecg.ts';
import { errorBodySchema } from './errors.ts';
import { imageSeriesSchema, instanceContentSchema, techniqueSchema } from './imaging.ts';
import { imageAnalysisSchema } from './imaging-findings.ts';
import { patientSchema, studyStatusSchema } from './study.ts';

/** One row of the worklist. */
export const imagingStudyRowSchema = z.object({
  id: z.string(),
  patient: patientSchema,
  /** ISO 8601 local time; null where the files have none. */
  studiedAt: z.string().nullable(),
  importedAt: z.string(),
  /** Study description, else the name of the first file. */
  description: z.string(),
  /** DICOM modalities, each once. */
  modalities: z.array(z.string()),
  objects: z.int(),
  status: studyStatusSchema,
  severity: severitySchema.nullable(),
  headline: z.string().nullable(),
  recommendation: recommendationSchema.nullable(),
});
export type ImagingStudyRow = z.infer<typeof imagingStudyRowSchema>;

const objectId = z.string().regex(/^[0-9a-f]{32}$/);
/** Column and row in pixels from the upper left corner of the image; a pixel's centre is at a half. */
const pointSchema = z.tuple([z.number(), z.number()]);

const drawn = { id: z.string().min(1).max(64), frame: z.int().min(0) };
/** What a reader draws on an image; lengths follow from the pixel spacing and are not kept. */
export const annotationSchema = z.discriminatedUnion('kind', [
  z.object({ ...drawn, kind: z.literal('length'), points: z.tuple([pointSchema, pointSchema]) }),
  z.object({ ...drawn, kind: z.literal('angle'), points: z.tuple([pointSchema, pointSchema, pointSchema]) }),
  /** Widest heart, then widest chest, each from side to side. */
  z.object({
    ...drawn,
    kind: z.literal('cardiothoracic-ratio'),
    points: z.tuple([pointSchema, pointSchema, pointSchema, pointSchema]),
  }),
  z.object({ ...drawn, kind: z.literal('rectangle'), points: z.tuple([pointSchema, pointSchema]) }),
  z.object({ ...drawn, kind: z.literal('ellipse'), points: z.tuple([pointSchema, pointSchema]) }),
  z.object({ ...drawn, kind: z.literal('probe'), points: z.tuple([pointSchema]) }),
  z.object({
    ...drawn,
    kind: z.literal('note'),
    points: z.tuple([pointSchema]),
    text: z.string().trim().min(1).max(500),
  }),
]);
export type Annotation = z.infer<typeof annotationSchema>;
export const annotationsSchema = z.array(annotationSchema).max(500);

export const annotationStateSchema = z.object({
  annotations: annotationsSchema,
  canUndo: z.boolean(),
  canRedo: z.boolean(),
});
export type AnnotationState = z.infer<typeof annotationStateSchema>;

/** What the reader says, kept beside the machine's answer; the latest counts. */
export const readingSchema = z.object({
  /** Whether the condition that the model looks for is there. */
  opinion: z.enum(['present', 'absent', 'uncertain']),
  text: z.string().trim().max(10_000),
});
export type Reading = z.infer<typeof readingSchema>;
export const storedReadingSchema = readingSchema.extend({ by: z.string(), at: z.string() });

/** One object of a study as the window knows it; pixels, saliency and documents are asked for by id. */
export const imagingObjectSchema = z.object({
  id: objectId,
  content: instanceContentSchema,
  fileName: z.string(),
  series: imageSeriesSchema,
  number: z.int().nullable(),
  frameCount: z.int().min(0),
  frameTimeMs: z.number().positive().nullable(),
  technique: techniqueSchema,
  warnings: z.array(z.string()),
  /** Null for objects that no model looks at, and before the analysis. */
  analysis: imageAnalysisSchema.omit({ saliency: true, embedding: true }).nullable(),
  hasSaliency: z.boolean(),
  annotations: annotationStateSchema,
});
export type ImagingObject = z.infer<typeof imagingObjectSchema>;

export const imagingStudyDetailSchema = imagingStudyRowSchema.extend({
  accessionNumber: z.string().nullable(),
  institution: z.string().nullable(),
  /** By series, then by number within the series. */
  images: z.array(imagingObjectSchema),
  /** Newest last. */
  readings: z.array(storedReadingSchema),
  error: errorBodySchema.nullable(),
  confirmed: z.object({ by: z.string(), at: z.string() }).nullable(),
});
export type ImagingStudyDetail = z.infer<typeof imagingStudyDetailSchema>;

/** A confirmed image that the network finds alike. */
export const similarImageSchema = z.object({
  studyId: z.string(),
  objectId: z.string(),
  /** Cosine of the angle between the embeddings, -1 to 1. */
  similarity: z.number(),
  opinion: readingSchema.shape.opinion,
  studiedAt: z.string().nullable(),
});
export type SimilarImage = z.infer<typeof similarImageSchema>;
