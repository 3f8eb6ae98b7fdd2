/** Shipped networks on their way out (bundle, ONNX, NIR), and bundles on disk. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { type Bundle, bundleFiles, parseBundle } from '../portability/bundle.ts';
import { BUNDLE_FILE, BUNDLE_PARTS, LARGEST_PART_BYTES } from '../portability/bundle-parts.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { loadDeviceProfile } from './device-profiles.ts';
import { evenlySpaced } from './sample-items.ts';
import { shippedNetwork } from './shipped-networks.ts';
import { SOFTWARE_VERSION } from './version.ts';

const MOST_ITEMS = 20;

/**
 * A shipped network on a device profile at the reference condition, as the files of a bundle by name.
 * @throws {KirchhoffError} `not-found` with the names of networks or profiles that exist
 */
export async function modelBundle(name: string, profileName: string): Promise<Map<string, Uint8Array>> {
  const { load, sampleItems } = shippedNetwork(name);
  const { profile } = loadDeviceProfile(profileName);
  const { programmingSeed, driftSeconds, driftCompensation, samples, seed } = deviceSettingsSchema.parse({});
  const model = load();
  const all = await sampleItems();
  const { signals, auxiliary, labels } = evenlySpaced(all, model.network, MOST_ITEMS);
  const some = labels.length < all.labels.length;
  return bundleFiles({
    model,
    profile,
    array: { programmingSeed, driftSeconds, driftCompensation, samples, seed },
    inputs: {
      signals,
      auxiliary,
      source: some ? `${labels.length}, evenly spaced, of ${all.what}` : all.what,
      licence: all.licence,
    },
    softwareVersion: SOFTWARE_VERSION,
  });
}

/**
 * Writes a bundle into a folder, made where it does not exist, in the place of one that it may hold; `bundle.json`
 * last.
 * @throws {KirchhoffError} `already-exists` where the folder holds files that are none of a bundle
 */
export function writeBundleFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(folder, { recursive: true });
  const known: readonly string[] = [...BUNDLE_PARTS, BUNDLE_FILE];
  const stranger = readdirSync(folder).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new KirchhoffError(
      'already-exists',
      `The folder holds something else (${stranger}). Give an empty folder, or one with a bundle to replace.`,
      folder,
    );
  }
  for (const name of known) {
    const bytes = files.get(name);
    if (bytes === undefined) rmSync(join(folder, name), { force: true });
    else writeFileAtomically(join(folder, name), bytes);
  }
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
