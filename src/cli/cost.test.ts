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

function printed(args: string[]): string {
  expect(cost(args)).toBe(0);
  return written.mock.calls.map(([text]) => String(text)).join('');
}

describe('kirchhoff cost', () => {
  test('counts the shipped network on the chip of its profile', () => {
    const report = JSON.parse(printed(['ecg-beats', '--samples', '4', '--json'])) as CostReport;
    expect(report).toMatchObject({ network: 'ecg-beats', chip: { name: 'hermes-2023' }, samples: 4 });
    expect(report.allSamples.totalPicojoules).toBeCloseTo(4 * report.oneSample.totalPicojoules, 3);
    expect(report.layers.reduce((sum, layer) => sum + layer.cores, 0)).toBe(report.cores);
  });

  test('counts every network that ships', () => {
    const cores = (network: string) => (JSON.parse(printed([network, '--json'])) as CostReport).cores;
    const rhythm = cores('ecg-rhythm');
    written.mockClear();
    expect(cores('cxr-paediatric')).toBeGreaterThan(rhythm);
  });

  test('prints every layer, standing and source, and leaves out what a chip does not divide', () => {
    const text = printed(['--device', 'pcm-nandakumar-2019']);
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

  test('takes another chip', () => {
    const text = printed(['--chip', 'neurram-2022']);
    expect(text).toMatch(/array +DAC +ADC +digital/);
    expect(text).not.toContain('of it devices');
  });

  test('takes the file of a profile of one’s own, and names the field of one that is wrong', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-cost-'));
    vi.stubEnv('KIRCHHOFF_DEVICE_PROFILES', undefined);
    try {
      const profile = JSON.parse(readFileSync(resourcePath('models', 'devices', 'ideal.json'), 'utf8'));
      const file = join(folder, 'mine.json');
      writeFileSync(file, JSON.stringify({ ...profile, name: 'mine' }));
      const text = printed(['--device', file, '--chip', 'hermes-2023']);
      expect(text).toContain('mine');
      writeFileSync(file, JSON.stringify({ ...profile, name: 'mine', gMaxMicroSiemens: 0 }));
      expect(() => cost(['--device', file])).toThrow(/^mine\.json field gMaxMicroSiemens/);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.each([[['chest']], [['--samples', '0']], [['--samples', '']], [['--wrong']]])('refuses %j', (args) => {
    expect(() => cost(args)).toThrow(UsageError);
  });

  test('names the chips there are', () => {
    expect(() => cost(['--chip', 'none'])).toThrow(/hermes-2023, neurram-2022/);
    expect(() => cost(['--device', 'ideal'])).toThrow(/hermes-2023, neurram-2022/);
    expect(() => cost(['--chip', 'digital-45nm'])).toThrow(/hermes-2023, neurram-2022/);
  });
});
