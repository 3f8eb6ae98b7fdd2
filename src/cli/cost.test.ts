import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CostReport } from '../imc/cost.ts';
import { resourcePath } from '../service/resources.ts';
import { cost } from './cost.ts';
import { UsageError } from './exit.ts';

const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
afterEach(() => written.mockClear());

async function printed(args: string[]): Promise<string> {
  expect(await cost(args)).toBe(0);
  return written.mock.calls.map(([text]) => String(text)).join('');
}

function answered(file: string, samples: string): Promise<string> {
  written.mockClear();
  return printed(['--device', file, '--chip', 'hermes-2023', '--samples', samples, '--json']);
}

describe('kirchhoff cost', () => {
  test('counts the shipped network on the chip of its profile', async () => {
    const report = JSON.parse(await printed(['ecg-beats', '--samples', '4', '--json'])) as CostReport;
    expect(report).toMatchObject({ network: 'ecg-beats', chip: { name: 'hermes-2023' }, samples: 4 });
    expect(report.allSamples.totalPicojoules).toBeCloseTo(4 * report.oneSample.totalPicojoules, 3);
    expect(report.layers.reduce((sum, layer) => sum + layer.cores, 0)).toBe(report.cores);
  });

  test('counts every network that ships', async () => {
    const cores = async (network: string) =>
      (JSON.parse(await printed([network, '--json'])) as CostReport).cores;
    const rhythm = await cores('ecg-rhythm');
    written.mockClear();
    expect(await cores('cxr-paediatric')).toBeGreaterThan(rhythm);
  });

  test('prints every layer, standing and source, and leaves out what a chip does not divide', async () => {
    const text = await printed(['--device', 'pcm-nandakumar-2019']);
    for (const part of [
      'classes',
      '32 samples',
      '45 nm',
      '14 nm, scaled',
      'consistency check',
      'prediction',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toMatch(/\[secondary\]\n {4}Horowitz/);
    expect(text).not.toMatch(/ADC +digital/);
    expect(text).toContain('of it devices');
    expect(text).not.toMatch(/\de[+-]/);
  });

  test('takes another chip', async () => {
    const text = await printed(['--chip', 'neurram-2022']);
    expect(text).toMatch(/array +DAC +ADC +digital/);
    expect(text).not.toContain('of it devices');
  });

  test('takes the file of a profile of one’s own, and names the field of one that is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-cost-'));
    vi.stubEnv('KIRCHHOFF_DEVICE_PROFILES', undefined);
    try {
      const profile = JSON.parse(readFileSync(resourcePath('models', 'devices', 'ideal.json'), 'utf8'));
      const file = join(folder, 'mine.json');
      writeFileSync(file, JSON.stringify({ ...profile, name: 'mine' }));
      const text = await printed(['--device', file, '--chip', 'hermes-2023']);
      expect(text).toContain('mine');
      // Reads that saturate are made again: their energy is counted on the items that ship.
      const once = JSON.parse(await answered(file, '1')) as CostReport;
      const boundManagement = { kind: 'iterative', largestFactor: 4 };
      const converters = { ...profile.converters, inputScaling: 'absolute-maximum', boundManagement };
      writeFileSync(file, JSON.stringify({ ...profile, name: 'mine', converters }));
      const repeated = JSON.parse(await answered(file, '32')) as CostReport;
      const layers = repeated.layers.map(({ readsPerVector }) => readsPerVector);
      expect(Math.max(...layers)).toBeGreaterThan(1);
      expect(Math.min(...layers)).toBeGreaterThanOrEqual(1);
      expect(repeated.allSamples.energyPicojoules.core).toBeGreaterThan(
        32 * once.allSamples.energyPicojoules.core,
      );
      writeFileSync(file, JSON.stringify({ ...profile, name: 'mine', gMaxMicroSiemens: 0 }));
      await expect(cost(['--device', file])).rejects.toThrow(/^mine\.json field gMaxMicroSiemens/);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.each([[['chest']], [['--samples', '0']], [['--samples', '']], [['--wrong']]])(
    'refuses %j',
    async (args) => {
      await expect(cost(args)).rejects.toThrow(UsageError);
    },
  );

  test('names the chips there are', async () => {
    await expect(cost(['--chip', 'none'])).rejects.toThrow(/hermes-2023, neurram-2022/);
    await expect(cost(['--device', 'ideal'])).rejects.toThrow(/hermes-2023, neurram-2022/);
    await expect(cost(['--chip', 'digital-45nm'])).rejects.toThrow(/hermes-2023, neurram-2022/);
  });
});
