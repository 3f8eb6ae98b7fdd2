/** Shapes of the image tables and of their columns that hold JSON. */
import { z } from 'zod';
import { imageInstanceSchema } from '../contract/imaging.ts';
import { imagingFindingSchema } from '../contract/imaging-findings.ts';
import { annotationsSchema } from '../contract/imaging-study.ts';
import type { StudyStatus } from '../contract/study.ts';

export const instanceColumn = imageInstanceSchema;
export const findingColumn = imagingFindingSchema;
export const annotationsColumn = annotationsSchema;
export const aboutColumn = z.object({
  description: z.string(),
  accessionNumber: z.string().nullable(),
  institution: z.string().nullable(),
});
export const saliencyColumn = z.object({ width: z.int().positive(), height: z.int().positive() });

export interface ImageStudyRecord {
  id: string;
  study_key: string;
  patient: string;
  about: string;
  studied_at: string | null;
  imported_at: string;
  status: StudyStatus;
  error: string | null;
  confirmed_by: string | null;
  confirmed_at: string | null;
}

export interface ImageRecord {
  id: string;
  study_id: string;
  content_sha256: string;
  file_name: string;
  inputs: string;
  instance: string;
}

export interface ImageAnalysisRecord {
  image_id: string;
  analysed_at: string;
  finding: string;
  provenance: string;
  saliency: string | null;
}

export interface AnnotationRecord {
  id: number;
  image_id: string;
  annotations: string;
  user: string;
  at: string;
  state: 'active' | 'undone' | 'superseded';
}

export interface ReadingRecord {
  id: number;
  study_id: string;
  opinion: 'present' | 'absent' | 'uncertain';
  text: string;
  user: string;
  at: string;
}

export type ImageObjectRole = 'file' | 'saliency' | 'embedding';
