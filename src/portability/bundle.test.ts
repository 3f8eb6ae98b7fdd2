import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  networkOf,
  randomConv1d,
  randomConv2d,
  randomDense,
  randomItems,
  shippedProfile,
} from '../../test/random-network.ts';
import { KirchhoffError } from '../contract/errors.ts';
import { RHYTHM_CLASSES } from '../contract/rhythm.ts';
import { IMAGE_STATISTICS } from '../diagnosis/cxr-paediatric/image-statistics.ts';
import { BEAT_INPUT_SPEC } from '../ecg/beats.ts';
import { RHYTHM_INPUT_SPEC } from '../ecg/rhythm/rhythm-inputs.ts';
import type { Network } from '../imc/network.ts';
import { calibrateRanges } from '../imc/ranges.ts';
import { runIdealFp32 } from '../imc/software.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../numeric/safetensors.ts';
import { checkBundle, checkOutputs } from './agreement.ts';
import { bundleFiles, parseBundle } from './bundle.ts';
import { chipLogits, meanProbabilities, otherChip } from './expected-outputs.ts';
import type { PortableModel, PortableTask } from './portable-model.ts';

const ITEMS = 6;
const PROFILE = shippedProfile('pcm-nandakumar-2019');
const ARRAY = { programmingSeed: 3, driftSeconds: 86_400, driftCompensation: true, samples: 8, seed: 5 };

const TRAINING = { data: 'none', licence: 'none', seed: 1, commit: 'none', options: {} };
const REVIEW = { probabilityBelow: 0.8, epistemicAbove: 0.1 };

function rangesOf(network: Network) {
  const { signals, auxiliary } = randomItems(network, 64);
  return calibrateRanges(network, PROFILE, signals, auxiliary);
}

function beatModel(): PortableModel {
  const { channels, length, auxiliaryFeatures } = BEAT_INPUT_SPEC;
  const features = auxiliaryFeatures.length;
  const network = networkOf(
    'beats',
    { kind: 'signal', channels, length, auxiliaryFeatures: features },
    [
      randomConv1d('conv1', channels, 6, 7, { stride: 2, padding: 3, stream: 1 }),
      { kind: 'pool1d', name: 'pool1', operation: 'max', size: 8, stride: 8 },
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense1', 6 * 7 + features, 21, { activation: 'relu', stream: 3 }),
      randomDense('dense2', 21, 4, { stream: 4 }),
    ],
    4,
  );
  return {
    task: 'ecg-beats',
    network,
    ranges: rangesOf(network),
    input: BEAT_INPUT_SPEC,
    training: { ...TRAINING, patients: 1, beats: { N: 2 } },
    calibration: { id: 'beats-1', temperature: 1.5, review: REVIEW, conformal: null, method: 'by hand' },
  };
}

function rhythmModel(): PortableModel {
  const { channels, length, auxiliaryFeatures } = RHYTHM_INPUT_SPEC;
  const features = auxiliaryFeatures.length;
  const network = {
    ...networkOf(
      'rhythm',
      { kind: 'signal', channels, length, auxiliaryFeatures: features },
      [
        randomConv1d('conv1', channels, 5, 5, { stride: 3, padding: 2, stream: 5 }),
        { kind: 'pool1d', name: 'mean', operation: 'average', size: 32, stride: 32 },
        { kind: 'flatten', name: 'flatten' },
        randomDense('dense1', 5 + features, 24, { activation: 'relu', stream: 6 }),
        randomDense('dense2', 24, 4, { stream: 7 }),
      ],
      4,
    ),
    classes: [...RHYTHM_CLASSES],
  };
  return {
    task: 'ecg-rhythm',
    network,
    ranges: rangesOf(network),
    input: RHYTHM_INPUT_SPEC,
    training: { ...TRAINING, recordings: { N: 2 } },
    calibration: { id: 'rhythm-1', temperature: 0.9, review: REVIEW, method: 'by hand' },
  };
}

function radiographModel(): PortableModel {
  const network = networkOf(
    'films',
    { kind: 'image', channels: 1, height: 32, width: 32, auxiliaryFeatures: 0 },
    [
      randomConv2d('stem', 1, 8, [5, 5], { stride: [4, 4], padding: [2, 2], stream: 8 }),
      randomConv2d('one', 8, 12, [3, 3], { padding: [1, 1], groups: 4, stream: 9 }),
      { kind: 'pool2d', name: 'halve', operation: 'max', size: [4, 4], stride: [4, 4] },
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense1', 48, 16, { activation: 'relu', stream: 10 }),
      randomDense('dense2', 16, 2, { stream: 11 }),
    ],
    2,
  );
  const gaussian = (size: number) => ({
    mean: new Float32Array(size),
    precision: Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
  });
  const limits = { look: 10, shades: 10, embedding: 10 };
  return {
    task: 'cxr-paediatric',
    network,
    ranges: rangesOf(network),
    input: {
      channels: 1,
      height: 32,
      width: 32,
      auxiliaryFeatures: [],
      preparation: 'squashed-standardised-1',
    },
    training: { ...TRAINING, patients: 1, images: { normal: 2 } },
    calibration: {
      id: 'films-1',
      temperature: 1.1,
      operatingPoint: 0.4,
      review: { probabilityAbove: 0.2, probabilityBelow: 0.6, epistemicAbove: 0.1 },
      conformal: { alpha: 0.1, thresholds: [0.2, null] },
      appearance: limits,
      method: 'by hand',
    },
    appearance: {
      look: {
        mean: new Float32Array(1024),
        components: new Float32Array(1024),
        variances: Float32Array.of(1),
        rest: Float32Array.of(1),
      },
      shades: gaussian(IMAGE_STATISTICS.length),
      embedding: gaussian(16),
      limits,
    },
  };
}

/** A small network with random weights for each task. */
const MODELS: Record<PortableTask, () => PortableModel> = {
  'ecg-beats': beatModel,
  'ecg-rhythm': rhythmModel,
  'cxr-paediatric': radiographModel,
};
const TASKS = Object.keys(MODELS) as PortableTask[];

function filesOf(model: PortableModel, profile = PROFILE): Map<string, Uint8Array> {
  return bundleFiles({
    model,
    profile,
    array: ARRAY,
    inputs: { ...randomItems(model.network, ITEMS), source: 'random', licence: 'none' },
    softwareVersion: '1.2.3',
  });
}

const FILES = filesOf(beatModel());
const CLASSES = 4;
const FILES_OF: Record<PortableTask, Map<string, Uint8Array>> = {
  'ecg-beats': FILES,
  'ecg-rhythm': filesOf(rhythmModel()),
  'cxr-paediatric': filesOf(radiographModel()),
};

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
function withJson(
  name: string,
  change: (json: Json) => void,
  task: PortableTask = 'ecg-beats',
): Map<string, Uint8Array> {
  const files = new Map(FILES_OF[task]);
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
  it.each(TASKS)('of %s comes back as it was written, and computes the same here', (task) => {
    const bundle = parse(FILES_OF[task]);
    const model = MODELS[task]();
    const inputs = randomItems(model.network, ITEMS);
    expect(bundle.description.task).toBe(task);
    expect(bundle.model).toEqual(model);
    expect(bundle.profile).toEqual(PROFILE);
    expect(bundle.inputs).toEqual(inputs);
    expect(bundle.description.array).toEqual(ARRAY);
    expect(bundle.expected.softwareLogits).toEqual(
      runIdealFp32(model.network, inputs.signals, inputs.auxiliary),
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
    const profile = { ...PROFILE, tile: { ...PROFILE.tile, tiers: 2 } };
    const model = radiographModel();
    const bundle = parse(filesOf(model, profile));
    expect(bundle.model.network).toEqual(model.network);
    const grouped = bundle.mapping.layers.find(({ layer }) => layer === 'one')!;
    expect(grouped.groups).toBe(4);
    expect(grouped.tiles.map(({ group, columnStart }) => [group, columnStart])).toEqual([
      [0, 0],
      [1, 3],
      [2, 6],
      [3, 9],
    ]);
    // Seven tiles in four of the chip, of which the first tiers fill first.
    const places = bundle.mapping.layers.flatMap(({ tiles }) => tiles);
    expect(places.map(({ chipTile, tier }) => [chipTile, tier])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
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
      /^bundle\.json version: .*version 1; this program reads version 2/,
      () => withJson('bundle.json', (json) => Object.assign(json, { version: 1 })),
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
      'a task that is not known',
      'model-invalid',
      /^bundle\.json task/,
      () => withJson('bundle.json', (json) => Object.assign(json, { task: 'mri' })),
    ],
    [
      'the files of another task',
      'model-invalid',
      /model\.json classes: not the classes/,
      () => withJson('bundle.json', (json) => Object.assign(json, { task: 'ecg-rhythm' })),
    ],
    [
      'inputs that another version made',
      'model-invalid',
      /model\.json input kind/,
      () =>
        withJson('model.json', (json) => Object.assign(within(json, 'input'), { kind: 'beat-windows-1' })),
    ],
    [
      'training that counts no beats',
      'model-invalid',
      /model\.json training\.beats/,
      () =>
        withJson('model.json', (json) => {
          delete within(json, 'training').beats;
        }),
    ],
    [
      'a radiograph network without the look of its training images',
      'model-invalid',
      /^bundle\.json parts\.appearance\.safetensors/,
      () =>
        withJson(
          'bundle.json',
          (json) => {
            delete within(json, 'parts')['appearance.safetensors'];
          },
          'cxr-paediatric',
        ),
    ],
    [
      'an operating point that is no share',
      'model-invalid',
      /calibration\.json operatingPoint/,
      () =>
        withJson(
          'calibration.json',
          (json) => Object.assign(json, { operatingPoint: 1.4 }),
          'cxr-paediatric',
        ),
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
      /^expected\.safetensors signals: .*\[6, 448\], not \[6, 4, 112\]/,
      () =>
        withTensors('expected.safetensors', (tensors) => {
          tensors.get('signals')!.shape = [6, 448];
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

const outputs = (tensors: Record<string, Float32Array>, shape: number[]) =>
  writeSafetensors(new Map(Object.entries(tensors).map(([name, values]) => [name, { shape, values }])));

describe('outputs of other hardware or software', () => {
  const bundle = parse(FILES);
  const agreementOf = (values: Float32Array) =>
    checkOutputs(bundle, outputs({ probabilities: values }, [ITEMS, CLASSES]), 'theirs.safetensors')[0]
      .agrees;

  it('agree where they are those of a chip of the same kind', () => {
    const logits = chipLogits(bundle.model, PROFILE, otherChip(ARRAY, 1), bundle.inputs);
    expect(agreementOf(meanProbabilities(bundle.model, logits, ARRAY.samples))).toBe(true);
  });

  it('do not agree where the classes are in another order', () => {
    const values = bundle.expected.meanProbabilities.slice();
    for (let item = 0; item < ITEMS; item++) {
      values.subarray(item * CLASSES, (item + 1) * CLASSES).reverse();
    }
    expect(agreementOf(values)).toBe(false);
  });

  it('may be fp32 logits, compared with the software pass', () => {
    const logits = bundle.expected.softwareLogits.map((logit) => logit + 5e-5);
    const [agreeing] = checkOutputs(bundle, outputs({ logits }, [ITEMS, CLASSES]), 'theirs.safetensors');
    expect(agreeing).toMatchObject({ what: 'given-logits', agrees: true });
    logits[7] += 1e-3;
    const [differing] = checkOutputs(bundle, outputs({ logits }, [ITEMS, CLASSES]), 'theirs.safetensors');
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
