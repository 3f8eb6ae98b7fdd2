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

/** `lead ii`, `AVR` and `ECG lead V1` as `II`, `aVR` and `V1`; a name that is none of these stays as it is. */
export function commonLeadName(written: string): string {
  const name = written.trim();
  const bare = name.replace(/^(ecg[ _-]+)?(lead[ _-]+)?/i, '');
  return BY_UPPER_CASE.get(bare.toUpperCase()) ?? name;
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
