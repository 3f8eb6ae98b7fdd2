import { describe, expect, test } from 'vitest';
import { shippedProfile } from '../../test/random-network.ts';
import { errorBodyOf } from '../contract/errors.ts';
import { parseDeviceProfile } from './profile.ts';

describe('device profiles', () => {
  test('the shipped ones are valid and name their sources', () => {
    const pcm = shippedProfile('pcm-nandakumar-2019');
    expect(pcm.gMaxMicroSiemens).toBe(25);
    expect(pcm.programming.kind).toBe('gaussian-polynomial');
    expect(shippedProfile('ideal').readNoise.kind).toBe('none');
  });

  const wrong = (change: (profile: Record<string, Record<string, unknown>>) => void): string => {
    const profile = JSON.parse(JSON.stringify(shippedProfile('pcm-nandakumar-2019')));
    change(profile);
    try {
      parseDeviceProfile(profile, 'mine.json');
    } catch (error) {
      const body = errorBodyOf(error);
      expect(body.code).toBe('profile-invalid');
      return body.at ?? '';
    }
    return 'accepted';
  };

  test('a wrong one is refused with the name of the field', () => {
    expect(wrong(() => {})).toBe('accepted');
    expect(wrong((p) => (p.tile.rows = 0))).toBe('mine.json field tile.rows');
    expect(wrong((p) => (p.tile.rows = 65_537))).toBe('mine.json field tile.rows');
    expect(wrong((p) => (p.converters.dacBits = 12))).toBe('mine.json field converters.dacBits');
    expect(wrong((p) => (p.readNoise.coefficient = Number.NaN))).toBe(
      'mine.json field readNoise.coefficient',
    );
    expect(wrong((p) => (p.drift.kind = 'linear'))).toBe('mine.json field drift.kind');
    expect(wrong((p) => delete p.programming.source)).toBe('mine.json field programming.source');
    expect(wrong((p) => (p.drift.t0 = 20))).toBe('mine.json field drift.t0');
    expect(wrong((p) => ((p.drift.exponentMean as Record<string, number>).minimum = 1))).toBe(
      'mine.json field drift.exponentMean.minimum',
    );
    expect(wrong((p) => ((p as Record<string, unknown>).version = 2))).toBe('mine.json field version');
  });

  test('what is not a profile at all is refused', () => {
    expect(() => parseDeviceProfile(null, 'mine.json')).toThrow('mine.json');
  });
});
