/** What the marks and notes that came with a recording are, judged by their words: no format says it by a code. */
import type { RecordedEvent } from './study.ts';

export const RECORDED_EVENT_KINDS = ['patient', 'device', 'note'] as const;
export type RecordedEventKind = (typeof RECORDED_EVENT_KINDS)[number];

export const RECORDED_EVENT_NAMES: Readonly<Record<RecordedEventKind, string>> = {
  patient: "Patient's mark",
  device: 'Device',
  note: 'Note',
};

/** A button that the patient pressed, as recorders and their software write it. */
const PATIENT =
  /\b(patient('s)?[ -]?(event|mark|marker|button|trigger|activated|initiated)|(event|patient|push)[ -]?button|button press(ed)?|manual (event|trigger)|event mark(er)?)\b|^(patient|event|marker?)( ?#?\d+)?$/i;
/** What recorder or file software notes of itself. */
const DEVICE =
  /\b(recording (starts|ends|started|ended|paused)|no signal|signal loss|leads? off|electrode|impedance|battery|calibration|device|firmware|clock|date changed)\b/i;

/** `patient` only where the text says so: all other texts, such as entries of a diary, are notes. */
export function recordedEventKind({ text }: Pick<RecordedEvent, 'text'>): RecordedEventKind {
  const words = text.trim();
  if (PATIENT.test(words)) return 'patient';
  return DEVICE.test(words) ? 'device' : 'note';
}
