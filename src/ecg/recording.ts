/** A decoded ECG recording: what every reader makes and every analysis takes. */

import type { RecordedEvent } from '../contract/study.ts';

export type { RecordedEvent };

export interface EcgLead {
  /** Name in the common vocabulary (I, II, III, aVR ... V6, MLII, ECG1 ...); unique within the recording. */
  name: string;
  /** Millivolts, NaN where the file marks the sample invalid; all leads have the same length. */
  millivolts: Float32Array;
  /** Smallest step of the converter, millivolts. */
  resolutionMillivolts: number;
  /** Converter limits, millivolts; samples at or beyond are saturated. Null where the file does not tell. */
  rangeMillivolts: { low: number; high: number } | null;
  /** Computed from leads I and II (Einthoven, Goldberger), not recorded. */
  derived?: true;
}

export interface EcgRecording {
  recordName: string;
  samplingRateHz: number;
  lengthSamples: number;
  leads: EcgLead[];
  /** ISO 8601 local time of the first sample; null where the file has none. */
  recordedAt: string | null;
  patient: {
    name: string;
    id: string;
    birthDate: string | null;
    ageYears: number | null;
    sex: 'female' | 'male' | 'other' | 'unknown';
  };
  /** Free text of the file about the recording, one entry a line; may hold patient data. */
  comments: string[];
  /** Marks and notes in time, in order; absent where the format has none. Not used by the analysis. */
  events?: RecordedEvent[];
  /** What the reader had to overlook; plain sentences. */
  warnings: string[];
}

/** One annotation of a WFDB annotation file (PhysioBank code, for instance `N`, `V`, `A`, `+`). */
export interface EcgAnnotation {
  sample: number;
  code: string;
  subtype: number;
  channel: number;
  number: number;
  text: string;
}
