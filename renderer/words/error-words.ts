/** What to do next after each kind of error, in one sentence. */
import { type ErrorBody, type ErrorCode, KirchhoffError } from '../../src/contract/errors.ts';

const NEXT_STEP: Record<ErrorCode, string> = {
  'file-missing': 'Add the missing file beside the header and import again.',
  'file-truncated': 'Copy the file again from where it was made, then import it.',
  'file-too-large': 'Split the recording and import the parts.',
  'file-outside-folder': 'Put all files of the record in one folder and correct the header.',
  'header-invalid': 'Correct the header at the place named, or export the record again.',
  'format-unknown':
    'Import an ECG (WFDB, EDF, DICOM, SCP-ECG, HL7 aECG, ISHNE, MUSE or Philips XML, CSV) or an image (DICOM, JPEG, PNG).',
  'format-unsupported': 'Export it in another format and import that.',
  'value-out-of-range': 'Check the value at the place named, then import again.',
  'no-signal': 'Check the electrodes and the recorder; there is nothing to read in this file.',
  'model-invalid': 'Install the application again: a model file is damaged.',
  'profile-invalid': 'Correct the field named and import the profile again, or choose another.',
  'not-found': 'Go back to the worklist: it may have been removed.',
  locked: 'Unlock and try again.',
  'wrong-passphrase': 'Try again, or use the recovery key.',
  'already-exists': 'Choose another name.',
  'invalid-request': 'Check what was entered.',
  cancelled: 'Start it again when ready.',
  'store-corrupt': 'Restore the data folder from a backup.',
  'store-in-use': 'Close the other window of Kirchhoff, then try again.',
  'disk-full': 'Free some disk space and try again.',
  internal: 'Try again; if it comes back, report it with the text above.',
};

export function nextStep(code: ErrorCode): string {
  return NEXT_STEP[code];
}

/** Any thrown value as an error body; what is not a KirchhoffError is `internal`. */
export function bodyOf(thrown: unknown): ErrorBody {
  if (thrown instanceof KirchhoffError) return thrown.body;
  return { code: 'internal', message: thrown instanceof Error ? thrown.message : String(thrown), at: null };
}
