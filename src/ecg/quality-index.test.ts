import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedDataFolder } from '../../test/shared-data.ts';
import { readWfdb } from './formats/wfdb/record.ts';
import { assessQuality } from './quality.ts';

const shared = sharedDataFolder();
const LEVELS = ['24', '18', '12', '06', '00', '_6'];

/** Mean index of each block of 2 min from 5 min on, both leads together; noise is in the first, third, ... */
function blocks(record: string, level: string): { noisy: number[]; clean: number[] } {
  const recording = readWfdb(`${record}e${level}.hea`, (name) => {
    const path = join(shared!, 'nstdb', name);
    return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
  });
  const { leads } = assessQuality(recording);
  const out = { noisy: [] as number[], clean: [] as number[] };
  for (let block = 0; 300 + 120 * (block + 1) <= recording.lengthSamples / 360; block++) {
    const means = leads.map(({ qualityIndex }) => {
      const seconds = qualityIndex!.subarray(300 + 120 * block, 420 + 120 * block);
      return seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
    });
    (block % 2 === 0 ? out.noisy : out.clean).push(
      means.reduce((sum, value) => sum + value, 0) / means.length,
    );
  }
  return out;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function areaUnderRoc(lower: readonly number[], higher: readonly number[]): number {
  let wins = 0;
  for (const a of lower) for (const b of higher) wins += a < b ? 1 : a === b ? 0.5 : 0;
  return wins / (lower.length * higher.length);
}

describe('kinds of noise', () => {
  const rateHz = 250;
  const withNoise = (noiseAt: (seconds: number) => number) => {
    const millivolts = Float32Array.from({ length: 60 * rateHz }, (_, i) => {
      const t = i / rateHz;
      const sinceR = (t % 0.8) - 0.4;
      return (
        Math.exp(-((sinceR / 0.015) ** 2)) + 0.2 * Math.exp(-(((sinceR - 0.25) / 0.05) ** 2)) + noiseAt(t)
      );
    });
    const lead = { name: 'II', millivolts, resolutionMillivolts: 0.005, rangeMillivolts: null };
    return assessQuality({
      recordName: 'made',
      samplingRateHz: rateHz,
      lengthSamples: millivolts.length,
      leads: [lead],
      recordedAt: null,
      patient: { name: '', id: '', birthDate: null, ageYears: null, sex: 'unknown' },
      comments: [],
      warnings: [],
    }).leads[0]!;
  };
  const inSecondHalf = (value: number, t: number) => (t >= 30 ? value : 0);

  it('names mains hum with its frequency, muscle noise and wander, each where it is', () => {
    for (const hz of [50, 60]) {
      const lead = withNoise((t) => inSecondHalf(0.3 * Math.sin(2 * Math.PI * hz * t), t));
      expect(lead.noiseSeconds).toMatchObject({ muscle: 0, mainsHz: hz, wander: 0 });
      expect(lead.noiseSeconds!.mains).toBeGreaterThanOrEqual(29);
    }
    let state = 1;
    const uniform = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647 - 0.5;
    };
    const muscle = withNoise((t) => inSecondHalf(uniform(), t));
    expect(muscle.noiseSeconds!.muscle).toBeGreaterThanOrEqual(28);
    expect(muscle.noiseSeconds).toMatchObject({ mains: 0, wander: 0 });
    const wander = withNoise((t) => inSecondHalf(3 * Math.sin(2 * Math.PI * 0.25 * t), t));
    expect(wander.noiseSeconds!.wander).toBeGreaterThanOrEqual(20);
    expect(wander.noiseSeconds).toMatchObject({ mains: 0, muscle: 0 });
    expect(withNoise(() => 0).noiseSeconds).toEqual({ muscle: 0, mains: 0, wander: 0, mainsHz: null });
  });
});

describe.skipIf(shared === null)('signal-quality index on the Noise Stress Test', () => {
  it('falls with the noise and tells noisy from clean blocks of two minutes', () => {
    const noisy: number[] = [];
    const clean: number[] = [];
    for (const record of ['118', '119']) {
      const levels = LEVELS.map((level) => blocks(record, level));
      const means = levels.map((level) => mean(level.noisy));
      for (let i = 1; i < means.length; i++) expect(means[i]!).toBeLessThan(means[i - 1]!);
      for (const level of levels) {
        noisy.push(...level.noisy);
        clean.push(...level.clean);
      }
      // At 24 dB the noise is less than what record 118 has of its own.
      for (const level of levels.slice(1))
        expect(areaUnderRoc(level.noisy, level.clean)).toBeGreaterThanOrEqual(0.9);
    }
    expect(areaUnderRoc(noisy, clean)).toBeGreaterThanOrEqual(0.9);
  });
});
