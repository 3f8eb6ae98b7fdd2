/**
 * Whether the files that run outside the app's archive are those that were packaged. Electron proves the archive
 * alone; service, its Node and the database driver lie beside it. Their digests are inside the archive.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Written at packaging beside the built shell: SHA-256 by path relative to the folder of resources. */
const MANIFEST = 'service-integrity.json';
const manifestSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));

/** @throws where the manifest is missing or not one */
export function readManifest(folder: string): Record<string, string> {
  return manifestSchema.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')));
}

async function sha256Of(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch {
    return null;
  }
  return hash.digest('hex');
}

/** Names of the files that are missing or differ from what was packaged, in order. */
export async function damagedFiles(manifest: Record<string, string>, resources: string): Promise<string[]> {
  const checked = await Promise.all(
    Object.entries(manifest).map(async ([name, sha256]) =>
      (await sha256Of(join(resources, name))) === sha256 ? [] : [name],
    ),
  );
  return checked.flat().sort();
}
