/** What `--device` names: a profile that ships, or the file of one's own. */
import { resolve } from 'node:path';
import { adoptProfileFile } from '../service/device-profiles.ts';

/**
 * @param value a name, or a path that has a folder in it or ends in `.json`; undefined stays
 * @returns the profile's name, by which every thread then finds it
 * @throws KirchhoffError naming file and field where the file cannot be used
 */
export function profileNamed(value: string | undefined): string | undefined {
  if (value === undefined || !/[/\\]|\.json$/.test(value)) return value;
  return adoptProfileFile(resolve(value));
}
