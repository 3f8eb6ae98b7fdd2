import { readdirSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { inputSize } from '../imc/network.ts';
import type { NeuroBenchMetrics } from '../imc/neurobench.ts';
import { macsByLayer } from '../imc/shapes.ts';
import { loadBeatModel } from '../service/beat-model.ts';
import { sampleBeats } from '../service/sample-beats.ts';
import { UsageError } from './exit.ts';
import { neurobench } from './neurobench.ts';

test('the shipped network’s metrics are NeuroBench’s flat JSON, and say what they were measured on', async () => {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await neurobench(['ecg-beats'])).toBe(0);
  const metrics = JSON.parse(String(out.mock.calls[0][0])) as NeuroBenchMetrics;
  const message = String(told.mock.calls[0][0]);
  out.mockRestore();
  told.mockRestore();

  expect(Object.keys(metrics)).toEqual([
    'Footprint',
    'ParameterCount',
    'ConnectionSparsity',
    'ClassificationAccuracy',
    'ActivationSparsity',
    'SynapticOperations',
  ]);
  expect(metrics.Footprint).toBe(4 * metrics.ParameterCount);
  const macs = macsByLayer(loadBeatModel().model.network).reduce((sum, layer) => sum + layer.macs, 0);
  const { Effective_MACs, Effective_ACs, Dense } = metrics.SynapticOperations;
  // The network pads its convolutions, and padding is no operation.
  expect(Dense).toBeLessThan(macs);
  expect(Dense).toBeGreaterThan(0.95 * macs);
  expect(Effective_MACs + Effective_ACs).toBeLessThanOrEqual(Dense);
  expect(metrics.ActivationSparsity).toBeGreaterThan(0);
  expect(metrics.ActivationSparsity).toBeLessThan(1);
  expect(message).toContain('mitdb-100-premature-beats');
});

test('every shipped recording gives its reference beats to the network', async () => {
  const { model } = loadBeatModel();
  const beats = await sampleBeats(model.input);
  const headers = readdirSync(new URL('../../samples', import.meta.url)).filter((name) =>
    name.endsWith('.hea'),
  );
  expect(beats.recordings.map((name) => `${name}.hea`).sort()).toEqual(headers.sort());
  const { auxiliaryFeatures } = model.network.input;
  expect(beats.signals.length).toBe(beats.labels.length * inputSize(model.network.input));
  expect(beats.auxiliary.length).toBe(beats.labels.length * auxiliaryFeatures);
  // Normal, supraventricular and ventricular beats; the excerpts hold hardly any fusion beats.
  expect([...new Set(beats.labels)].sort()).toEqual(expect.arrayContaining([0, 1, 2]));
});

test.each([[['chest']], [['ecg-beats', 'more']], [['--data']]])('refuses %j', async (args) => {
  await expect(neurobench(args)).rejects.toThrow(UsageError);
});
