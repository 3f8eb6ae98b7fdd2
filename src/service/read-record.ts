/** Reads one recording from disk, with the hashes that its results are traced by. */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import type { Provenance } from '../contract/provenance.ts';
import { type OpenedRecording, openedInMemory } from '../ecg/formats/opened-recording.ts';
import { readEcg, readEcgAsRecorded } from '../ecg/formats/read-ecg.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import type { RecordSource } from './record-files.ts';

/** A limit of the product: 14 days of 3 leads at 1000 Hz in 16 bits are 7 GB; what a file may hold is less. */
const LARGEST_FILE_BYTES = 2 ** 31 - 1;

export interface OpenedRecord {
  recording: EcgRecording;
  inputs: Provenance['inputs'];
  contentSha256: string;
}

/** A recording to be analysed, in memory or read window by window. */
export interface ReadableRecord {
  recording: OpenedRecording;
  inputs: Provenance['inputs'];
  contentSha256: string;
}

export function inMemory({ recording, ...rest }: OpenedRecord): ReadableRecord {
  return { ...rest, recording: openedInMemory(recording) };
}

/** As `readRecordAsRecorded`, with limb leads computed that a 12-lead recording lacks. */
export function readRecord(source: Pick<RecordSource, 'path' | 'format' | 'delimited'>): OpenedRecord {
  return openRecord(source, readEcg);
}

/** Throws KirchhoffError naming the file and the place in it. Never reads outside the recording's folder. */
export function readRecordAsRecorded(
  source: Pick<RecordSource, 'path' | 'format' | 'delimited'>,
): OpenedRecord {
  return openRecord(source, readEcgAsRecorded);
}

function openRecord(
  source: Pick<RecordSource, 'path' | 'format' | 'delimited'>,
  read: typeof readEcg,
): OpenedRecord {
  const folder = dirname(source.path);
  const inputs: Provenance['inputs'] = [];
  const readFile = (name: string): Uint8Array | null => {
    const real = pathInside(folder, name);
    if (real === null) return null;
    if (statSync(real).size > LARGEST_FILE_BYTES) {
      throw new KirchhoffError('file-too-large', 'The file is larger than 2 GiB.', name);
    }
    const bytes = readFileSync(real);
    if (!inputs.some((input) => input.name === name)) {
      inputs.push({ name, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length });
    }
    return bytes;
  };
  const recording = read(source.format, basename(source.path), readFile, source.delimited);
  inputs.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { recording, inputs, contentSha256: contentHash(recording) };
}

/**
 * The real path of a file beside a recording, null where there is none.
 * @throws KirchhoffError `file-outside-folder`
 */
export function pathInside(recordFolder: string, name: string): string | null {
  const folder = realpathSync(recordFolder);
  let real: string;
  try {
    real = realpathSync(join(folder, name));
  } catch {
    return null;
  }
  if (!real.startsWith(folder + sep)) {
    throw new KirchhoffError(
      'file-outside-folder',
      'The file leads outside the record’s folder and is not read.',
      name,
    );
  }
  return real;
}

/** SHA-256 of what was recorded: sampling rate, lead names, millivolts (little endian, as in memory). */
export function contentHash(recording: EcgRecording): string {
  return hashSignals(recording, (lead) => [recording.leads[lead]!.millivolts]);
}

/** The same of a recording whose leads come window by window. */
export function hashSignals(
  recording: Pick<EcgRecording, 'samplingRateHz' | 'lengthSamples'> & { leads: readonly { name: string }[] },
  windowsOf: (lead: number) => Iterable<Float32Array>,
): string {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([
      recording.samplingRateHz,
      recording.lengthSamples,
      recording.leads.map((lead) => lead.name),
    ]),
  );
  for (const lead of recording.leads.keys()) {
    for (const millivolts of windowsOf(lead)) {
      hash.update(new Uint8Array(millivolts.buffer, millivolts.byteOffset, millivolts.byteLength));
    }
  }
  return hash.digest('hex');
}
