/** Where the files are that ship with the program: models, device profiles, sample recordings, fonts. */
import { resolve } from 'node:path';

/**
 * The folder that holds `models/`, `samples/` and `fonts/`. In a checkout it is the project's root, which is
 * two folders up both from this file and from the built one; an installed program names it in the environment.
 */
function resourceFolder(): string {
  return process.env.KIRCHHOFF_RESOURCES ?? resolve(import.meta.dirname, '../..');
}

export function resourcePath(...parts: string[]): string {
  return resolve(resourceFolder(), ...parts);
}
