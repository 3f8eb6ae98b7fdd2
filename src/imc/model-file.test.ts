import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dilatedSignals, residualNetwork } from '../../test/random-network.ts';
import { KirchhoffError } from '../contract/errors.ts';
import { readSafetensors, writeSafetensors } from '../numeric/safetensors.ts';
import {
  calibrationFields,
  checkedDescription,
  networkFields,
  networkFiles,
  networkFrom,
  type StoredNetwork,
  trainingFields,
} from './model-file.ts';

/** A task that adds nothing of its own. */
const modelSchema = z.strictObject({ ...networkFields, training: z.strictObject(trainingFields) });
const calibrationSchema = z.strictObject(calibrationFields);

interface Model extends StoredNetwork {
  training: z.infer<typeof modelSchema>['training'];
  calibration: z.infer<typeof calibrationSchema>;
}

function parseModel(modelJson: unknown, weights: Uint8Array, calibrationJson: unknown, at: string): Model {
  const model = checkedDescription(modelSchema, modelJson, `${at}/model.json`);
  const calibration = checkedDescription(calibrationSchema, calibrationJson, `${at}/calibration.json`);
  return { ...networkFrom(model, weights, at), training: model.training, calibration };
}

function modelFiles(model: Model) {
  const { networkJson, weights } = networkFiles(model);
  return {
    modelJson: { ...networkJson, training: model.training },
    weights,
    calibrationJson: model.calibration,
  };
}

const MODEL: Model = {
  network: {
    name: 'tiny',
    input: { kind: 'signal', channels: 1, length: 4, auxiliaryFeatures: 1 },
    layers: [
      {
        kind: 'conv1d',
        name: 'first',
        inChannels: 1,
        outChannels: 2,
        kernel: 3,
        stride: 1,
        padding: 1,
        groups: 1,
        activation: 'relu',
        weights: Float32Array.from([1, 2, 3, 4, 5, 6]),
        bias: Float32Array.from([0.5, -0.5]),
      },
      { kind: 'flatten', name: 'flatten' },
      {
        kind: 'dense',
        name: 'classes',
        inFeatures: 9,
        outFeatures: 2,
        activation: 'none',
        weights: Float32Array.from({ length: 18 }, (_, i) => i / 8),
        bias: Float32Array.from([1, 2]),
      },
    ],
    classes: ['N', 'V'],
  },
  ranges: [
    { layer: 'first', inputBound: 1, outputBound: 2 },
    { layer: 'classes', inputBound: 1, outputBound: 2 },
  ],
  input: { channels: 1, length: 4, auxiliaryFeatures: ['rate'], kind: 'test' },
  training: {
    data: 'none',
    licence: 'none',
    seed: 1,
    commit: 'abc',
    options: {},
  },
  calibration: {
    id: 'tiny-1',
    temperature: 1.5,
    method: 'by hand',
  },
};

interface Files {
  modelJson: Record<string, unknown>;
  weights: Uint8Array;
  calibrationJson: Record<string, unknown>;
}

function files(): Files {
  return structuredClone(modelFiles(MODEL)) as Files;
}

/** Changes the tensors of a weights file. */
function withTensors(
  { weights }: Files,
  change: (tensors: ReturnType<typeof readSafetensors>) => void,
): Uint8Array {
  const tensors = readSafetensors(weights);
  change(tensors);
  return writeSafetensors(tensors);
}

describe('model files', () => {
  it('come back as they were written', () => {
    const { modelJson, weights, calibrationJson } = files();
    const json = JSON.parse(JSON.stringify(modelJson));
    expect(parseModel(json, weights, calibrationJson, 'tiny')).toEqual(MODEL);
  });

  it('come back with every kind of layer', () => {
    const network = residualNetwork();
    const given = {
      network,
      ranges: network.layers.map(({ name }) => ({ layer: name, inputBound: 1, outputBound: 2 })),
      input: { kind: 'test', channels: 2, height: 15, width: 12, auxiliaryFeatures: ['a', 'b'] },
    };
    const { networkJson, weights } = networkFiles(given);
    const json = z.strictObject(networkFields).parse(JSON.parse(JSON.stringify(networkJson)));
    expect(networkFrom(json, weights, 'residual')).toEqual(given);
  });

  it('come back with dilation', () => {
    const network = dilatedSignals();
    const given = {
      network,
      ranges: network.layers.map(({ name }) => ({ layer: name, inputBound: 1, outputBound: 2 })),
      input: { kind: 'test', channels: 3, length: 31, auxiliaryFeatures: ['a'] },
    };
    const { networkJson, weights } = networkFiles(given);
    const json = z.strictObject(networkFields).parse(JSON.parse(JSON.stringify(networkJson)));
    expect(networkFrom(json, weights, 'dilated')).toEqual(given);
  });

  it('say nothing of a single group, as older ones do not', () => {
    const [layer] = files().modelJson.layers as object[];
    expect(layer).not.toHaveProperty('groups');
  });

  it('keep the common modes of a trained posterior, and leave them away where there are none', () => {
    const [first] = MODEL.network.layers;
    if (first?.kind !== 'conv1d') throw new Error('The first layer is a convolution.');
    const layers = [
      { ...first, commonMode: first.weights.map((_, i) => i / first.weights.length) },
      ...MODEL.network.layers.slice(1),
    ];
    const posterior = { ...MODEL, network: { ...MODEL.network, layers } };
    const { modelJson, weights, calibrationJson } = modelFiles(posterior);
    expect([...readSafetensors(weights).keys()].filter((key) => key.endsWith('common_mode'))).toEqual([
      `${first.name}.common_mode`,
    ]);
    expect(parseModel(JSON.parse(JSON.stringify(modelJson)), weights, calibrationJson, 'tiny')).toEqual(
      posterior,
    );
  });

  const cases: [string, (model: Files) => void, RegExp][] = [
    ['null for a description', (m) => Object.assign(m, { modelJson: null }), /model\.json/],
    ['an unknown format', (m) => Object.assign(m.modelJson, { format: 'other' }), /model\.json format/],
    ['a field too many', (m) => Object.assign(m.modelJson, { extra: 1 }), /model\.json extra/],
    [
      'a layer of unknown kind',
      (m) => Object.assign(m.modelJson, { layers: [{ kind: 'lstm', name: 'x' }] }),
      /model\.json layers\.0/,
    ],
    [
      'an input that is neither a signal nor an image',
      (m) => Object.assign(m.modelJson, { input: { channels: 1, height: 4, auxiliaryFeatures: ['rate'] } }),
      /model\.json input: There is neither/,
    ],
    [
      'an input that is both',
      (m) => Object.assign(m.modelJson.input as object, { height: 4, width: 4 }),
      /model\.json input: There is neither/,
    ],
    [
      'a layer without its range',
      (m) => Object.assign(m.modelJson, { ranges: [MODEL.ranges[0]] }),
      /model\.json ranges/,
    ],
    [
      'a range of 0',
      (m) => Object.assign(m.modelJson, { ranges: [{ ...MODEL.ranges[0], inputBound: 0 }, MODEL.ranges[1]] }),
      /model\.json ranges\.0\.inputBound/,
    ],
    [
      'more classes than outputs',
      (m) => Object.assign(m.modelJson, { classes: ['N', 'S', 'V'] }),
      /last layer/,
    ],
    [
      'layers that do not fit one another',
      (m) => Object.assign(m.modelJson, { input: { channels: 1, length: 5, auxiliaryFeatures: ['rate'] } }),
      /classes/,
    ],
    [
      'a temperature of 0',
      (m) => Object.assign(m.calibrationJson, { temperature: 0 }),
      /calibration\.json temperature/,
    ],
    [
      'a missing tensor',
      (m) => Object.assign(m, { weights: withTensors(m, (tensors) => tensors.delete('first.bias')) }),
      /weights\.safetensors first\.bias/,
    ],
    [
      'a tensor of another shape',
      (m) =>
        Object.assign(m, {
          weights: withTensors(m, (tensors) =>
            tensors.set('first.bias', { shape: [3], values: new Float32Array(3) }),
          ),
        }),
      /weights\.safetensors first\.bias/,
    ],
    [
      'a tensor that no layer has',
      (m) =>
        Object.assign(m, {
          weights: withTensors(m, (tensors) =>
            tensors.set('spare', { shape: [1], values: new Float32Array(1) }),
          ),
        }),
      /weights\.safetensors spare/,
    ],
    [
      'a weight that is not a number',
      (m) =>
        Object.assign(m, {
          weights: withTensors(m, (tensors) => {
            tensors.get('first.bias')!.values[0] = Number.NaN;
          }),
        }),
      /weights\.safetensors first\.bias/,
    ],
    [
      'weights that are cut off',
      (m) => Object.assign(m, { weights: m.weights.subarray(0, m.weights.length - 1) }),
      /weights\.safetensors/,
    ],
  ];
  it.each(cases)('refuses %s, naming the place', (_, change, place) => {
    const changed = files();
    change(changed);
    const parse = () => parseModel(changed.modelJson, changed.weights, changed.calibrationJson, 'tiny');
    expect(parse).toThrow(KirchhoffError);
    expect(parse).toThrow(expect.objectContaining({ code: 'model-invalid' }));
    expect(parse).toThrow(place);
  });
});
