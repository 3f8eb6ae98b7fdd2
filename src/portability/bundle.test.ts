import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { randomItems, residualNetwork, shippedProfile, smallNetwork } from '../../test/random-network.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { BeatModel } from '../imc/model-file.ts';
import { calibrateRanges } from '../imc/ranges.ts';
import { runIdealFp32 } from '../imc/software.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../numeric/safetensors.ts';
import { checkBundle, checkOutputs } from './agreement.ts';
import { type Bundle, bundleFiles, parseBundle } from './bundle.ts';
import { chipLogits, meanProbabilities, otherChip } from './expected-outputs.ts';

const ITEMS = 6;
const CLASSES = 4;
const PROFILE = shippedProfile('pcm-nandakumar-2019');
const ARRAY = { programmingSeed: 3, driftSeconds: 86_400, driftCompensation: true, samples: 8, seed: 5 };
const INPUTS = randomItems(smallNetwork(), ITEMS);

function smallModel(): BeatModel {
  const network = smallNetwork();
  const { signals, auxiliary } = randomItems(network, 64);
  return {
    network,
    ranges: calibrateRanges(network, PROFILE, signals, auxiliary),
    input: { channels: 2, length: 60, auxiliaryFeatures: ['a', 'b', 'c'] },
    training: { data: 'none', licence: 'none', patients: 1, beats: {}, seed: 1, commit: 'none', options: {} },
    calibration: {
      id: 'small-1',
      temperature: 1.5,
      review: { probabilityBelow: 0.8, epistemicAbove: 0.1 },
      conformal: null,
      method: 'by hand',
    },
  };
}

const FILES = bundleFiles({
  model: smallModel(),
  profile: PROFILE,
  array: ARRAY,
  inputs: { ...INPUTS, source: 'random', licence: 'none' },
  softwareVersion: '1.2.3',
});

type Json = Record<string, unknown>;

const parse = (files: ReadonlyMap<string, Uint8Array>) => parseBundle((name) => files.get(name) ?? null);
const jsonOf = (files: ReadonlyMap<string, Uint8Array>, name: string): Json =>
  JSON.parse(new TextDecoder().decode(files.get(name)));
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Replaces a file, and lists the new one in bundle.json. */
function put(files: Map<string, Uint8Array>, name: string, bytes: Uint8Array): void {
  files.set(name, bytes);
  if (name === 'bundle.json') return;
  const bundle = jsonOf(files, 'bundle.json') as { parts: Json };
  bundle.parts[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  files.set('bundle.json', bytesOf(JSON.stringify(bundle)));
}

/** A bundle with a changed JSON file. */
function withJson(name: string, change: (json: Json) => void): Map<string, Uint8Array> {
  const files = new Map(FILES);
  const json = jsonOf(files, name);
  change(json);
  put(files, name, bytesOf(JSON.stringify(json)));
  return files;
}

function withTensors(name: string, change: (tensors: Map<string, Tensor>) => void): Map<string, Uint8Array> {
  const files = new Map(FILES);
  const tensors = readSafetensors(files.get(name)!);
  change(tensors);
  put(files, name, writeSafetensors(tensors));
  return files;
}

function within(json: Json, ...path: string[]): Json {
  return path.reduce((part, key) => part[key] as Json, json);
}

describe('a portable bundle', () => {
  it('comes back as it was written, and computes the same here', () => {
    const bundle = parse(FILES);
    expect(bundle.model).toEqual(smallModel());
    expect(bundle.profile).toEqual(PROFILE);
    expect(bundle.inputs).toEqual(INPUTS);
    expect(bundle.description.array).toEqual(ARRAY);
    expect(bundle.expected.softwareLogits).toEqual(
      runIdealFp32(smallNetwork(), INPUTS.signals, INPUTS.auxiliary),
    );
    const comparisons = checkBundle(bundle);
    expect(comparisons.map(({ what, agrees }) => [what, agrees])).toEqual([
      ['software', true],
      ['array', true],
      ['other-chip', true],
    ]);
    expect(comparisons[1]).toMatchObject({ difference: 0, tolerance: 0 });
  });

  it('says where each weight lies: the matrix times its inputs, tile by tile, gives a dense layer', () => {
    const { mapping, model } = parse(FILES);
    const placed = mapping.layers.find(({ layer }) => layer === 'dense1')!;
    const layer = model.network.layers.find(({ name }) => name === 'dense1')!;
    if (layer.kind !== 'dense') throw new Error('dense1 is no dense layer');
    const cells = placed.tiles.reduce((sum, tile) => sum + tile.rows * tile.columns, 0);
    expect(cells).toBe(layer.weights.length);
    expect(placed.rowOrder.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: placed.rows }, (_, i) => i),
    );
    placed.columnScale.forEach((scale, column) => {
      const weights = placed.rowOrder.map((row) => Math.abs(layer.weights[column * placed.rows + row]));
      expect(scale).toBe(Math.max(...weights));
    });
  });

  it('says of groups and tiers which group and which tier a tile holds', () => {
    const network = residualNetwork();
    const { signals, auxiliary } = randomItems(network, 8);
    const profile = { ...PROFILE, tile: { ...PROFILE.tile, tiers: 4 } };
    const model: BeatModel = {
      ...smallModel(),
      network,
      ranges: calibrateRanges(network, profile, signals, auxiliary),
      input: { channels: 2, height: 15, width: 12, auxiliaryFeatures: ['a', 'b'] },
    };
    const inputs = { ...randomItems(network, 3), source: 'random', licence: 'none' };
    const files = bundleFiles({ model, profile, array: ARRAY, inputs, softwareVersion: '1.2.3' });
    const bundle = parse(files);
    expect(bundle.model.network).toEqual(network);
    const grouped = bundle.mapping.layers.find(({ layer }) => layer === 'one')!;
    expect(grouped.groups).toBe(4);
    expect(grouped.tiles.map(({ group, columnStart }) => [group, columnStart])).toEqual([
      [0, 0],
      [1, 3],
      [2, 6],
      [3, 9],
    ]);
    // Ten tiles in three of the chip.
    const places = bundle.mapping.layers.flatMap(({ tiles }) => tiles);
    expect(places.map(({ chipTile, tier }) => [chipTile, tier]).at(-1)).toEqual([0, 3]);
    expect(
      checkBundle(bundle)
        .slice(0, 2)
        .map(({ agrees }) => agrees),
    ).toEqual([true, true]);
  });

  const broken: [string, string, RegExp, () => Map<string, Uint8Array>][] = [
    [
      'a bundle of another version',
      'format-unsupported',
      /^bundle\.json version: .*version 2; this program reads version 1/,
      () => withJson('bundle.json', (json) => Object.assign(json, { version: 2 })),
    ],
    [
      'another format',
      'model-invalid',
      /^bundle\.json format/,
      () => withJson('bundle.json', (json) => Object.assign(json, { format: 'zip' })),
    ],
    [
      'no JSON',
      'model-invalid',
      /^bundle\.json: .*JSON/,
      () => new Map([...FILES, ['bundle.json', bytesOf('{')]]),
    ],
    [
      'a field too many',
      'model-invalid',
      /^bundle\.json extra/,
      () => withJson('bundle.json', (json) => Object.assign(json, { extra: 1 })),
    ],
    [
      'samples beyond the limit',
      'model-invalid',
      /^bundle\.json array\.samples/,
      () => withJson('bundle.json', (json) => Object.assign(within(json, 'array'), { samples: 1e6 })),
    ],
    [
      'a tolerance that is no number',
      'model-invalid',
      /^bundle\.json tolerances\.softwareLogits/,
      () =>
        withJson('bundle.json', (json) =>
          Object.assign(within(json, 'tolerances'), { softwareLogits: Number.NaN }),
        ),
    ],
    [
      'a missing part',
      'file-missing',
      /^device\.json/,
      () => new Map([...FILES].filter(([name]) => name !== 'device.json')),
    ],
    [
      'a part that was changed',
      'model-invalid',
      /^calibration\.json: .*SHA-256/,
      () => new Map([...FILES, ['calibration.json', bytesOf('{}')]]),
    ],
    [
      'a device profile that breaks its schema',
      'profile-invalid',
      /^device\.json field gMaxMicroSiemens/,
      () => withJson('device.json', (json) => Object.assign(json, { gMaxMicroSiemens: -1 })),
    ],
    [
      'a calibration that breaks its schema',
      'model-invalid',
      /calibration\.json temperature/,
      () => withJson('calibration.json', (json) => Object.assign(json, { temperature: 0 })),
    ],
    [
      'a weight that is not a number',
      'model-invalid',
      /weights\.safetensors conv1\.bias/,
      () =>
        withTensors('weights.safetensors', (tensors) => {
          tensors.get('conv1.bias')!.values[2] = Number.NaN;
        }),
    ],
    [
      'weights of another shape',
      'model-invalid',
      /weights\.safetensors conv1\.bias/,
      () =>
        withTensors('weights.safetensors', (tensors) =>
          tensors.set('conv1.bias', { shape: [2], values: new Float32Array(2) }),
        ),
    ],
    [
      'another mapping',
      'model-invalid',
      /^mapping\.json layers\.1\.tiles\.0\.rows/,
      () =>
        withJson('mapping.json', (json) =>
          Object.assign(within(json, 'layers', '1', 'tiles', '0'), { rows: 54 }),
        ),
    ],
    [
      'inputs of another shape',
      'model-invalid',
      /^expected\.safetensors signals: .*\[6, 120\], not \[6, 2, 60\]/,
      () =>
        withTensors('expected.safetensors', (tensors) => {
          tensors.get('signals')!.shape = [6, 120];
        }),
    ],
    [
      'a missing output',
      'model-invalid',
      /^expected\.safetensors logits\.array/,
      () => withTensors('expected.safetensors', (tensors) => tensors.delete('logits.array')),
    ],
    [
      'an input that is not finite',
      'model-invalid',
      /^expected\.safetensors auxiliary/,
      () =>
        withTensors('expected.safetensors', (tensors) => {
          tensors.get('auxiliary')!.values[0] = Number.POSITIVE_INFINITY;
        }),
    ],
  ];
  it.each(broken)('is refused for %s, naming the place', (_, code, place, files) => {
    const read = () => parse(files());
    expect(read).toThrow(KirchhoffError);
    expect(read).toThrow(expect.objectContaining({ code }));
    expect(read).toThrow(place);
  });

  it('is found not to agree where the expected logits are others', () => {
    const files = withTensors('expected.safetensors', (tensors) => {
      tensors.get('logits.software')!.values[5] += 0.001;
      tensors.get('logits.array')!.values[CLASSES * 8 * 2 + 3] += 1e-6;
    });
    const [software, array, other] = checkBundle(parse(files));
    expect(software).toMatchObject({ agrees: false, item: 1, class: 'class 1' });
    expect(software.difference).toBeCloseTo(0.001, 5);
    expect(array).toMatchObject({ agrees: false, item: 2, class: 'class 3' });
    expect(other.agrees).toBe(true);
  });
});

describe('outputs of other hardware', () => {
  const bundle = parse(FILES);
  const outputs = (tensors: Record<string, Float32Array>, shape = [ITEMS, CLASSES]) =>
    writeSafetensors(new Map(Object.entries(tensors).map(([name, values]) => [name, { shape, values }])));
  /** What the hardware gives that is like the bundle's but for `change`. */
  const probabilities = (chip: number, change: Partial<Bundle['description']['array']> = {}) =>
    meanProbabilities(
      bundle.model,
      chipLogits(bundle.model, PROFILE, { ...otherChip(ARRAY, chip), ...change }, INPUTS),
      ARRAY.samples,
    );
  const agreementOf = (values: Float32Array) =>
    checkOutputs(bundle, outputs({ probabilities: values }), 'theirs.safetensors')[0].agrees;

  it('agree where it is another chip of the same kind', () => {
    const agreeing = Array.from({ length: 30 }, (_, i) => agreementOf(probabilities(100 + i)));
    expect(agreeing.filter((agrees) => agrees).length).toBeGreaterThanOrEqual(29);
  });

  it('do not agree where nothing compensates ten years of drift', () => {
    const change = { driftSeconds: 3.2e8, driftCompensation: false };
    const agreeing = Array.from({ length: 10 }, (_, i) => agreementOf(probabilities(100 + i, change)));
    expect(agreeing).not.toContain(true);
  });

  it('do not agree where the classes are in another order', () => {
    const values = probabilities(100);
    for (let item = 0; item < ITEMS; item++) {
      values.subarray(item * CLASSES, (item + 1) * CLASSES).reverse();
    }
    expect(agreementOf(values)).toBe(false);
  });

  it('may be fp32 logits, compared with the software pass', () => {
    const logits = bundle.expected.softwareLogits.map((logit) => logit + 5e-5);
    const [agreeing] = checkOutputs(bundle, outputs({ logits }), 'theirs.safetensors');
    expect(agreeing).toMatchObject({ what: 'given-logits', agrees: true });
    logits[7] += 1e-3;
    const [differing] = checkOutputs(bundle, outputs({ logits }), 'theirs.safetensors');
    expect(differing).toMatchObject({ agrees: false, item: 1, class: 'class 3' });
  });

  it.each([
    ['neither tensor', { other: new Float32Array(24) }, [6, 4], /^theirs\.safetensors/],
    [
      'a wrong shape',
      { logits: new Float32Array(24) },
      [4, 6],
      /^theirs\.safetensors logits: .*not \[6, 4\]/,
    ],
    [
      'a NaN',
      { probabilities: new Float32Array(24).fill(Number.NaN) },
      [6, 4],
      /^theirs\.safetensors probabilities/,
    ],
  ])('are refused for %s, naming the tensor', (_, tensors, shape, place) => {
    const check = () =>
      checkOutputs(bundle, outputs(tensors as Record<string, Float32Array>, shape), 'theirs.safetensors');
    expect(check).toThrow(expect.objectContaining({ code: 'model-invalid' }));
    expect(check).toThrow(place);
  });
});
