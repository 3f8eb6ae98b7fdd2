import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeSafetensors } from '../numeric/safetensors.ts';
import { checkOutputs } from '../portability/agreement.ts';
import { BUNDLE_FILE, BUNDLE_PARTS } from '../portability/bundle-parts.ts';
import { chipLogits, meanProbabilities, otherChip } from '../portability/expected-outputs.ts';
import { readBundleFolder } from '../service/portable-model.ts';
import { shippedNetwork } from '../service/shipped-networks.ts';
import { UsageError } from './exit.ts';
import { models } from './models.ts';
import { parseModelsOptions } from './models-options.ts';

let folder: string;
let said: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-models-'));
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string) => join(folder, name);
const answers = () =>
  said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('kirchhoff models', () => {
  it('exports the beat network as a bundle that agrees, the same bytes each time', async () => {
    expect(await models(['export', 'ecg-beats', '--out', path('a')])).toBe(0);
    expect(await models(['export', 'ecg-beats', '--out', path('b')])).toBe(0);
    const files = [BUNDLE_FILE, ...BUNDLE_PARTS].filter((name) => name !== 'appearance.safetensors');
    expect(readdirSync(path('a')).toSorted()).toEqual(files.toSorted());
    for (const name of readdirSync(path('a'))) {
      expect(readFileSync(join(path('a'), name)).equals(readFileSync(join(path('b'), name)))).toBe(true);
    }
    said = '';
    expect(await models(['check', path('a')])).toBe(0);
    expect(answers().map(({ what, agrees }) => [what, agrees])).toEqual([
      ['software', true],
      ['array', true],
      ['other-chip', true],
    ]);
    said = '';
    expect(await models(['check', path('a'), '--chips', '3'])).toBe(0);
    expect(answers().filter(({ what, agrees }) => what === 'other-chip' && agrees)).toHaveLength(3);
    said = '';
    cpSync(join(path('a'), 'expected.safetensors'), path('theirs.safetensors'));
    await expect(models(['check', path('a'), '--outputs', path('theirs.safetensors')])).rejects.toThrow(
      /neither a tensor "logits"/,
    );
  });

  it.each([
    ['ecg-beats', 30],
    ['ecg-rhythm', 30],
    // Its chips take ten times as long.
    ['cxr-paediatric', 9],
  ])(
    'exports %s: other chips of its kind agree, another array or order of classes does not',
    async (name, chips) => {
      // As an export of another network left it: a part that only some networks have goes away.
      writeFileSync(path('appearance.safetensors'), 'of another network');
      expect(await models(['export', name, '--out', folder])).toBe(0);
      const bundle = readBundleFolder(folder);
      expect(bundle.model).toEqual(shippedNetwork(name).load());
      expect(bundle.description.inputs.items).toBeGreaterThanOrEqual(4);
      said = '';
      expect(await models(['check', folder])).toBe(0);
      expect(answers().map(({ agrees }) => agrees)).toEqual([true, true, true]);

      const { model, profile, inputs, description } = bundle;
      const { array } = description;
      const probabilities = (chip: number, change: Partial<typeof array> = {}) =>
        meanProbabilities(
          model,
          chipLogits(model, profile, { ...otherChip(array, chip), ...change }, inputs),
          array.samples,
        );
      const shape = [description.inputs.items, model.network.classes.length];
      const agrees = (values: Float32Array) =>
        checkOutputs(bundle, writeSafetensors(new Map([['probabilities', { shape, values }]])), 'theirs')[0]
          .agrees;
      const further = Array.from({ length: chips }, (_, i) => probabilities(100 + i));
      expect(further.filter(agrees).length).toBeGreaterThanOrEqual(chips - 1);
      for (let chip = 100; chip < 100 + chips / 3; chip++) {
        const aged = probabilities(chip, { driftSeconds: 3.2e8, driftCompensation: false });
        expect(agrees(aged)).toBe(false);
      }
      const reordered = further[0].slice();
      for (let item = 0; item < shape[0]; item++) {
        reordered.subarray(item * shape[1], (item + 1) * shape[1]).reverse();
      }
      expect(agrees(reordered)).toBe(false);
    },
    120_000,
  );

  it('exports ONNX, which it reads, and NIR', async () => {
    expect(await models(['export', 'ecg-beats', '--out', path('n.onnx'), '--format', 'onnx'])).toBe(0);
    expect(await models(['export', 'ecg-beats', '--out', path('n.nir'), '--format', 'nir'])).toBe(0);
    expect(readFileSync(path('n.nir')).subarray(0, 4).toString('latin1')).toBe('\x89HDF');
    said = '';
    expect(await models(['check', path('n.onnx')])).toBe(0);
    expect(answers()[0]).toMatchObject({ kind: 'network', name: 'ecg-beats', classes: ['N', 'S', 'V', 'F'] });
  });

  it('does not write into a folder that holds something else', async () => {
    writeFileSync(path('letter.txt'), 'dear');
    await expect(models(['export', 'ecg-beats', '--out', folder])).rejects.toMatchObject({
      body: { code: 'already-exists' },
    });
    expect(readdirSync(folder)).toEqual(['letter.txt']);
  });

  it('does not read files beyond 256 MiB', async () => {
    writeFileSync(path('large.onnx'), '');
    truncateSync(path('large.onnx'), 2 ** 28 + 1);
    await expect(models(['check', path('large.onnx')])).rejects.toMatchObject({
      body: { code: 'file-too-large', at: 'large.onnx' },
    });
    renameSync(path('large.onnx'), path('bundle.json'));
    await expect(models(['check', folder])).rejects.toMatchObject({
      body: { code: 'file-too-large', at: 'bundle.json' },
    });
  });

  it('says what is missing', async () => {
    await expect(models(['check', path('none.onnx')])).rejects.toMatchObject({
      body: { code: 'file-missing' },
    });
    await expect(models(['check', folder])).rejects.toMatchObject({
      body: { code: 'file-missing', at: 'bundle.json' },
    });
  });

  it.each([
    [['import']],
    [['export', 'other', '--out', 'x']],
    [['export', 'ecg-beats']],
    [['export', 'ecg-beats', '--out', 'x', '--format', 'zip']],
    [['export', 'ecg-beats', '--out', 'x', '--format', 'onnx', '--device', 'ideal']],
    [['check']],
    [['check', 'a', 'b']],
    [['check', 'a', '--format', 'onnx']],
    [['check', 'a', '--chips', '0']],
    [['check', 'a', '--chips', '2', '--outputs', 'b']],
  ])('does not understand %j', (args) => {
    expect(() => parseModelsOptions(args)).toThrow(UsageError);
  });
});
