/** The common vocabulary of lead names, into which every reader maps what its format writes. */

const COMMON_NAMES = [
  'I',
  'II',
  'III',
  'aVR',
  'aVL',
  'aVF',
  'V1',
  'V2',
  'V3',
  'V4',
  'V5',
  'V6',
  'V7',
  'V8',
  'V9',
  'V3R',
  'V4R',
  'MLI',
  'MLII',
  'MLIII',
  'MV1',
  'MV5',
  'ECG',
] as const;

const BY_UPPER_CASE: ReadonlyMap<string, string> = new Map(
  COMMON_NAMES.map((name) => [name.toUpperCase(), name]),
);

/** Signals in volts that monitors and polysomnographs record beside the ECG. */
const OTHER_SIGNALS =
  /\b(eeg|eog|emg|erg|eda|gsr|resp|respiration|airflow|flow|abd|thorax|abp|art|pap|cvp|icp|pleth|ppg|spo2|sao2|temp|marker|event|status|trigger|accelerometer|noise|sine|pulse)\b/i;

/** Whether the name says that the signal is no ECG. */
export function isOtherSignal(written: string): boolean {
  return OTHER_SIGNALS.test(written.replace(/[_.]/g, ' ')) && !/\be[ck]g\b/i.test(written);
}

/** `lead ii`, `AVR` and `ECG lead V1` as `II`, `aVR` and `V1`; a name that is none of these stays as it is. */
export function commonLeadName(written: string): string {
  const name = written.trim();
  const bare = name
    .replace(/^mdc_ecg_lead_/i, '')
    .replace(/^(e[ck]g[ _-]+)?(lead[ _-]+)?/i, '')
    .replace(/^(channel[ _-]+)?ekg$/i, 'ECG');
  return BY_UPPER_CASE.get(bare.toUpperCase()) ?? name;
}

/** Whether the name is one of an ECG: in the common vocabulary, or holding the word ECG or EKG. */
export function isEcgName(written: string): boolean {
  return /\be[ck]g/i.test(written) || BY_UPPER_CASE.has(commonLeadName(written).toUpperCase());
}

/** Names that are unique in the recording: nameless leads become ECG1, ECG2 ..., repeated ones get `-2`, `-3` ... */
export function uniqueLeadNames(written: readonly string[]): string[] {
  const taken = new Set<string>();
  return written.map((text, index) => {
    const name = commonLeadName(text) || `ECG${index + 1}`;
    let unique = name;
    for (let repetition = 2; taken.has(unique); repetition++) unique = `${name}-${repetition}`;
    taken.add(unique);
    return unique;
  });
}
