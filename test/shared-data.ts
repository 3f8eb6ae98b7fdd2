/** Finds the public data archives that live beside the project, where they are present. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const UNPACK = resolve(import.meta.dirname, '../../shared/data/unpack');

let folder: string | null | undefined;

/** Folder that holds `mitdb/`, `nstdb/` and the others, or null where the archives are absent (tests then skip). */
export function sharedDataFolder(): string | null {
  if (folder === undefined) {
    folder = existsSync(UNPACK) ? execFileSync(UNPACK, { encoding: 'utf8' }).trim() : null;
  }
  return folder;
}
