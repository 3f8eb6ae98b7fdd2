import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { deviceChoices, deviceOverview } from './device-lab.ts';
import {
  adoptProfileFile,
  importDeviceProfile,
  listDeviceProfiles,
  loadDeviceProfile,
  shippedProfileNames,
} from './device-profiles.ts';
import { resourcePath } from './resources.ts';

let folder: string;
let own: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-profiles-'));
  own = join(folder, 'own');
  vi.stubEnv('KIRCHHOFF_DEVICE_PROFILES', own);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The profile that the documentation writes out in full. */
function documentedExample(): Record<string, unknown> {
  const page = readFileSync(resourcePath('docs', 'device-profiles.md'), 'utf8');
  return JSON.parse(/```json\n([\s\S]+?)\n```/.exec(page)![1]);
}

function written(profile: unknown, name = 'mine.json'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof profile === 'string' ? profile : JSON.stringify(profile));
  return path;
}

const error = (code: string, at: string) =>
  expect.objectContaining({ body: expect.objectContaining({ code, at }) });

describe('a profile of the user’s', () => {
  it('can be the one in the documentation: imported, chosen, programmed', async () => {
    expect(importDeviceProfile(written(documentedExample()))).toBe('my-array');
    expect(loadDeviceProfile('my-array').profile).toMatchObject({ gMaxMicroSiemens: 50 });
    const { profiles, damaged } = deviceChoices();
    expect(damaged).toEqual([]);
    expect(profiles.at(-1)).toMatchObject({ name: 'my-array', own: true, title: 'An example' });
    expect(profiles.slice(0, -1).map(({ name }) => name)).toEqual(shippedProfileNames());
    const device = deviceSettingsSchema.parse({ profile: 'my-array' });
    const { tiles } = await deviceOverview('ecg-beats', device);
    expect(tiles.every(({ rows, columns }) => rows === 128 && columns === 128)).toBe(true);
  });

  it('takes the place of one of its name, in the array that is kept too', async () => {
    const device = deviceSettingsSchema.parse({ profile: 'my-array' });
    importDeviceProfile(written(documentedExample()));
    const before = (await deviceOverview('ecg-beats', device)).tiles.length;
    importDeviceProfile(
      written({ ...documentedExample(), tile: { rows: 64, columns: 16, source: 'made up' } }),
    );
    expect((await deviceOverview('ecg-beats', device)).tiles.length).toBeGreaterThan(before);
  });

  it.each([
    ['is no JSON', '{ "format": ', 'profile-invalid', 'mine.json'],
    [
      'has a negative conductance',
      { gMaxMicroSiemens: -1 },
      'profile-invalid',
      'mine.json field gMaxMicroSiemens',
    ],
    ['has a field of its own', { colour: 'red' }, 'profile-invalid', 'mine.json field colour'],
    ['is of another version', { version: 2 }, 'profile-invalid', 'mine.json field version'],
    ['has no source', { tile: { rows: 8, columns: 8 } }, 'profile-invalid', 'mine.json field tile.source'],
    ['would be a path', { name: '../mine' }, 'profile-invalid', 'mine.json field name'],
    ['has the name of one that ships', { name: 'ideal' }, 'already-exists', 'mine.json field name'],
    ['is far too large', ' '.repeat(2 ** 20 + 1), 'profile-invalid', 'mine.json'],
  ])('that %s is refused by its field, and the one before stays', (_, change, code, at) => {
    importDeviceProfile(written(documentedExample()));
    const before = loadDeviceProfile('my-array');
    const path = written(typeof change === 'string' ? change : { ...documentedExample(), ...change });
    expect(() => importDeviceProfile(path)).toThrow(error(code, at));
    expect(loadDeviceProfile('my-array')).toEqual(before);
    expect(readdirSync(own).toSorted()).toEqual(['as-imported', 'my-array.json']);
  });

  it('that turns bad on disk goes on as it was imported, and is named', () => {
    importDeviceProfile(written(documentedExample()));
    const before = loadDeviceProfile('my-array');
    writeFileSync(join(own, 'my-array.json'), JSON.stringify({ ...documentedExample(), drift: null }));
    expect(loadDeviceProfile('my-array')).toEqual(before);
    const { profiles, damaged } = deviceChoices();
    expect(profiles.map(({ name }) => name)).toContain('my-array');
    expect(damaged).toMatchObject([
      { name: 'my-array', usedAsImported: true, error: { at: 'my-array.json field drift' } },
    ]);
  });

  it('that was bad from the start keeps nobody from the others', () => {
    mkdirSync(own);
    writeFileSync(join(own, 'broken.json'), '{');
    expect(() => loadDeviceProfile('broken')).toThrow(error('profile-invalid', 'broken.json'));
    const listed = listDeviceProfiles();
    expect(listed.find(({ name }) => name === 'broken')).toMatchObject({ profile: null });
    expect(listed.filter(({ profile }) => profile !== null).map(({ name }) => name)).toEqual(
      shippedProfileNames(),
    );
  });
});

describe('a profile’s file on the command line', () => {
  it('is found by its name from then on', () => {
    expect(adoptProfileFile(written(documentedExample(), 'my-array.json'))).toBe('my-array');
    expect(loadDeviceProfile('my-array').profile.title).toBe('An example');
  });

  it('is called after the profile, and not as one that ships', () => {
    expect(() => adoptProfileFile(written(documentedExample()))).toThrow(
      error('profile-invalid', 'mine.json field name'),
    );
    const ideal = written({ ...documentedExample(), name: 'ideal' }, 'ideal.json');
    expect(() => adoptProfileFile(ideal)).toThrow(error('already-exists', 'ideal.json field name'));
    expect(() => adoptProfileFile(join(folder, 'none.json'))).toThrow(error('file-missing', 'none.json'));
  });
});
