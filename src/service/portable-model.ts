/** The shipped network on its way out (bundle, ONNX, NIR), and bundles on disk. */
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { beatInputs } from '../ecg/beats.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { inputSize } from '../imc/network.ts';
import { type Bundle, type BundleContent, bundleFiles, parseBundle } from '../portability/bundle.ts';
import { BUNDLE_FILE, BUNDLE_PARTS, LARGEST_PART_BYTES } from '../portability/bundle-parts.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { loadBeatModel, loadDeviceProfile } from './beat-model.ts';
import { readRecord } from './read-record.ts';
import { resourcePath } from './resources.ts';
import { SOFTWARE_VERSION } from './version.ts';

/** Every kind of beat, and noise. */
const EXAMPLE_RECORDS = [
  'mitdb-100-premature-beats',
  'mitdb-105-noise',
  'mitdb-232-pauses',
  'mitdb-233-ventricular-runs',
  'mitdb-234-supraventricular-run',
];
const BEATS_A_RECORD = 4;

/** The beat network on a device profile at the reference condition, as the files of a bundle by name. */
export function beatModelBundle(profileName: string): Map<string, Uint8Array> {
  const { model } = loadBeatModel();
  const { profile } = loadDeviceProfile(profileName);
  const { programmingSeed, driftSeconds, driftCompensation, samples, seed } = deviceSettingsSchema.parse({});
  return bundleFiles({
    model,
    profile,
    array: { programmingSeed, driftSeconds, driftCompensation, samples, seed },
    inputs: exampleBeats(),
    softwareVersion: SOFTWARE_VERSION,
  });
}

/** Beats of the sample recordings, evenly spaced among those that are fit to be classified. */
function exampleBeats(): BundleContent['inputs'] {
  const { input, model } = loadBeatModel();
  const { auxiliaryFeatures } = model.network.input;
  const size = inputSize(model.network.input);
  const items = EXAMPLE_RECORDS.flatMap((name) => {
    const { recording } = readRecord({ path: resourcePath('samples', `${name}.hea`), format: 'wfdb' });
    const quality = assessQuality(recording);
    const beats = beatInputs(recording, quality, detectQrs(recording, quality), input);
    const fit = Array.from(beats.classifiable.keys()).filter((beat) => beats.classifiable[beat] === 1);
    return Array.from({ length: BEATS_A_RECORD }, (_, i) => {
      const beat = fit[Math.floor(((i + 0.5) * fit.length) / BEATS_A_RECORD)];
      return {
        signal: beats.signals.subarray(beat * size, (beat + 1) * size),
        auxiliary: beats.auxiliary.subarray(beat * auxiliaryFeatures, (beat + 1) * auxiliaryFeatures),
      };
    });
  });
  const signals = new Float32Array(items.length * size);
  const auxiliary = new Float32Array(items.length * auxiliaryFeatures);
  items.forEach((item, i) => {
    signals.set(item.signal, i * size);
    auxiliary.set(item.auxiliary, i * auxiliaryFeatures);
  });
  return {
    signals,
    auxiliary,
    source: `${BEATS_A_RECORD} beats each of ${EXAMPLE_RECORDS.join(', ')}; MIT-BIH Arrhythmia Database 1.0.0, doi 10.13026/C2F305`,
    licence: 'Open Data Commons Attribution License v1.0',
  };
}

/**
 * Writes a bundle into a folder, made where it does not exist; `bundle.json` last.
 * @throws {KirchhoffError} `already-exists` where the folder holds files that are none of a bundle
 */
export function writeBundleFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(folder, { recursive: true });
  const stranger = readdirSync(folder).find((name) => !files.has(name));
  if (stranger !== undefined) {
    throw new KirchhoffError(
      'already-exists',
      `The folder holds something else (${stranger}). Give an empty folder, or one with a bundle to replace.`,
      folder,
    );
  }
  for (const name of [...BUNDLE_PARTS, BUNDLE_FILE])
    writeFileAtomically(join(folder, name), files.get(name)!);
}

/** @throws {KirchhoffError} as `parseBundle` does */
export function readBundleFolder(folder: string): Bundle {
  return parseBundle((name) => readPortableFile(join(folder, name), name));
}

/**
 * Bytes of a file from elsewhere; null where there is none.
 * @throws {KirchhoffError} `file-too-large`, before it is read, beyond 256 MiB
 */
export function readPortableFile(path: string, name: string): Uint8Array | null {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || !status.isFile()) return null;
  if (status.size > LARGEST_PART_BYTES) {
    throw new KirchhoffError('file-too-large', 'Files up to 256 MiB are read.', name);
  }
  return readFileSync(path);
}
