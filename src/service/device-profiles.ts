/**
 * Device profiles by name: those that ship with the program, and those of the user.
 *
 * The user's lie as `<name>.json` in a folder that the environment names, so that every thread finds it: the
 * application's own, into which profiles are imported, or on the command line that of the file that was given. Of an
 * imported one there is a second copy, which counts where the first has turned bad.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ErrorBody, errorBodyOf, KirchhoffError } from '../contract/errors.ts';
import { type DeviceProfile, parseDeviceProfile } from '../imc/profile.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { resourcePath } from './resources.ts';

/** A profile is a page of text. */
const LARGEST_BYTES = 2 ** 20;
const ENDING = '.json';
const AS_IMPORTED = 'as-imported';

export interface LoadedProfile {
  profile: DeviceProfile;
  /** Of the file's bytes. */
  sha256: string;
}

/** A profile that there is, or what keeps it from being one. */
export interface ListedProfile {
  name: string;
  /** Whether it is one of the user's. */
  own: boolean;
  /** Null where it cannot be used. */
  profile: DeviceProfile | null;
  /** What is wrong with the file; where there is a profile too, it is the one that was imported last. */
  error: ErrorBody | null;
}

function ownFolder(): string | null {
  return process.env.KIRCHHOFF_DEVICE_PROFILES ?? null;
}

export function shippedProfileNames(): string[] {
  return namesIn(resourcePath('models', 'devices'));
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(ENDING) && !name.startsWith('.'))
    .map((name) => basename(name, ENDING))
    .sort();
}

/**
 * Those that ship have precedence over the user's of the same name.
 * @throws {KirchhoffError} `profile-invalid` naming file and field, or `not-found` with the names that ship
 */
export function loadDeviceProfile(name: string): LoadedProfile {
  const { loaded, error } = find(name);
  if (loaded === null) throw KirchhoffError.fromBody(error);
  return loaded;
}

/** All that ship, then the user's. */
export function listDeviceProfiles(): ListedProfile[] {
  const shipped = shippedProfileNames();
  const folder = ownFolder();
  const own = folder === null ? [] : namesIn(folder).filter((name) => !shipped.includes(name));
  return [...shipped, ...own].map((name, i) => {
    const { loaded, error } = find(name);
    return { name, own: i >= shipped.length, profile: loaded?.profile ?? null, error };
  });
}

type Found = { loaded: LoadedProfile; error: ErrorBody | null } | { loaded: null; error: ErrorBody };

function find(name: string): Found {
  // A name comes from outside: it is no path.
  const isName = /^[\w.-]+$/.test(name);
  const file = `${name}${ENDING}`;
  const shipped = resourcePath('models', 'devices', file);
  const folder = ownFolder();
  try {
    if (isName && existsSync(shipped)) return { loaded: readProfile(shipped), error: null };
    if (isName && folder !== null && existsSync(join(folder, file))) {
      return { loaded: readProfile(join(folder, file)), error: null };
    }
    throw new KirchhoffError(
      'not-found',
      `There is no device profile "${name}". There are: ${shippedProfileNames().join(', ')}.`,
    );
  } catch (thrown) {
    const error = errorBodyOf(thrown);
    const copy = folder === null ? null : join(folder, AS_IMPORTED, file);
    const loaded = error.code === 'not-found' || copy === null ? null : readable(copy);
    return loaded === null ? { loaded, error } : { loaded, error };
  }
}

function readable(path: string): LoadedProfile | null {
  try {
    return readProfile(path);
  } catch {
    return null;
  }
}

/** @throws {KirchhoffError} `profile-invalid` naming file and field, `file-missing` */
function readProfile(path: string): LoadedProfile {
  const { bytes, profile } = readAnyProfile(path);
  const file = basename(path);
  if (`${profile.name}${ENDING}` !== file) {
    throw new KirchhoffError(
      'profile-invalid',
      `The profile calls itself "${profile.name}", so that its file is to be called ${profile.name}${ENDING}.`,
      `${file} field name`,
    );
  }
  return { profile, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function readAnyProfile(path: string): { bytes: Uint8Array; profile: DeviceProfile } {
  const file = basename(path);
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isFile() !== true) throw new KirchhoffError('file-missing', 'There is no such file.', file);
  if (status.size > LARGEST_BYTES) {
    throw new KirchhoffError('profile-invalid', 'A device profile has 1 MiB at most.', file);
  }
  const bytes = readFileSync(path);
  return { bytes, profile: parseDeviceProfile(jsonOf(bytes, file), file) };
}

function jsonOf(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (thrown) {
    const why = thrown instanceof Error ? ` (${thrown.message})` : '';
    throw new KirchhoffError('profile-invalid', `The device profile is not JSON${why}.`, file);
  }
}

/**
 * Checks a profile from anywhere and puts it among the user's, in the place of one of the same name.
 * @returns its name
 * @throws {KirchhoffError} `profile-invalid` naming the field, `already-exists` for the name of one that ships,
 * `file-missing`; what was there before stays
 */
export function importDeviceProfile(path: string): string {
  const folder = ownFolder();
  if (folder === null) throw new KirchhoffError('invalid-request', 'Nothing is imported here.');
  const { bytes, profile } = readAnyProfile(path);
  refuseShippedName(profile.name, basename(path));
  mkdirSync(join(folder, AS_IMPORTED), { recursive: true });
  for (const place of [folder, join(folder, AS_IMPORTED)]) {
    writeFileAtomically(join(place, `${profile.name}${ENDING}`), bytes);
  }
  return profile.name;
}

/**
 * Checks a profile and makes its folder that of the user's.
 * @returns its name
 * @throws {KirchhoffError} as `importDeviceProfile`, and for a file that is not called after the profile
 */
export function adoptProfileFile(path: string): string {
  const { profile } = readProfile(path);
  refuseShippedName(profile.name, basename(path));
  // Threads that start later find it too.
  process.env.KIRCHHOFF_DEVICE_PROFILES = dirname(path);
  return profile.name;
}

function refuseShippedName(name: string, file: string): void {
  if (shippedProfileNames().includes(name)) {
    throw new KirchhoffError(
      'already-exists',
      `A profile that ships is called "${name}"; give yours another name.`,
      `${file} field name`,
    );
  }
}
