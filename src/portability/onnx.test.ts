import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema, NodeProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { obviousForward } from '../../test/obvious-network.ts';
import {
  dilatedImages,
  dilatedSignals,
  networkOf,
  randomConv1d,
  randomDense,
  randomItems,
  randomValues,
  residualNetwork,
  smallNetwork,
} from '../../test/random-network.ts';
import { KirchhoffError } from '../contract/errors.ts';
import { isArrayLayer, type Network, type NetworkLayer } from '../imc/network.ts';
import { runIdealFp32 } from '../imc/software.ts';
import { loadBeatModel } from '../service/beat-model.ts';
import { onnxFile } from './onnx-export.ts';
import { ONNX_OPERATORS, readOnnx, type UnsupportedOnnx } from './onnx-import.ts';

/** Without auxiliary features, pooling or names that our own layers would have. */
function plainNetwork(): Network {
  return networkOf(
    'plain',
    { kind: 'signal', channels: 1, length: 16, auxiliaryFeatures: 0 },
    [
      randomConv1d('conv1', 1, 3, 3, { stream: 11 }),
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense1', 3 * 14, 2, { stream: 12 }),
    ],
    2,
  );
}

function changed(network: Network, change: (model: ModelProto) => void): Uint8Array {
  const model = fromBinary(ModelProtoSchema, onnxFile(network, '1.0.0'));
  change(model);
  return toBinary(ModelProtoSchema, model);
}

const nodeOf = (model: ModelProto, opType: string) =>
  model.graph!.node.find((node) => node.opType === opType)!;

function networkIn(bytes: Uint8Array): Network {
  const read = readOnnx(bytes, 'test.onnx');
  if (read.kind === 'unsupported') throw new Error(JSON.stringify(read.unsupported));
  return read.network;
}

function unsupportedIn(bytes: Uint8Array): UnsupportedOnnx[] {
  const read = readOnnx(bytes, 'test.onnx');
  return read.kind === 'unsupported' ? read.unsupported : [];
}

/** ONNX holds the network alone: how a weight's pair is programmed goes with the bundle. */
function withoutCommonModes(network: Network): Network {
  return {
    ...network,
    layers: network.layers.map((layer) => {
      if (!isArrayLayer(layer)) return layer;
      const { commonMode, ...rest } = layer;
      return rest as NetworkLayer;
    }),
  };
}

describe('ONNX', () => {
  it.each([
    ['convolutions, both poolings and auxiliary features', smallNetwork()],
    ['no auxiliary features', plainNetwork()],
    ['images, groups and residual sums', residualNetwork()],
    ['dilation along time', dilatedSignals()],
    ['dilation of images', dilatedImages()],
    ['the shipped network', loadBeatModel().model.network],
  ])('gives a network back as it was: %s', (_, network) => {
    const read = networkIn(onnxFile(network, '1.0.0'));
    expect(read).toEqual(withoutCommonModes(network));
    const { signals, auxiliary } = randomItems(network, 3);
    expect(runIdealFp32(read, signals, auxiliary)).toEqual(runIdealFp32(network, signals, auxiliary));
  });

  it('writes the same bytes for the same network', () => {
    expect(onnxFile(smallNetwork(), '1.0.0')).toEqual(onnxFile(smallNetwork(), '1.0.0'));
  });

  it('reads the other forms in which programs write the same network', () => {
    const network = plainNetwork();
    const bytes = changed(network, (model) => {
      const graph = model.graph!;
      // Names that cannot be ours, weights as numbers instead of bytes, Gemm with [in][out], no class names.
      for (const node of graph.node) node.name = `/model/${node.opType}_0`;
      graph.name = 'main_graph';
      model.metadataProps = [];
      const tensor = graph.initializer.find(({ name }) => name === 'dense1.weight')!;
      const given = new Float32Array(tensor.rawData.slice().buffer);
      tensor.floatData = Array.from({ length: 84 }, (_, i) => given[(i % 2) * 42 + Math.floor(i / 2)]);
      tensor.rawData = new Uint8Array();
      tensor.dims = [42n, 2n];
      nodeOf(model, 'Gemm').attribute = [];
      const conv = nodeOf(model, 'Conv');
      const identity = create(NodeProtoSchema, { opType: 'Identity', input: ['signal'], output: ['copy'] });
      conv.input[0] = 'copy';
      graph.node.unshift(identity);
    });
    const read = networkIn(bytes);
    expect(read.name).toBe('imported');
    expect(read.layers.map(({ name }) => name)).toEqual(['convolution-1', 'flatten-2', 'dense-3']);
    expect(read.classes).toEqual(['class 0', 'class 1']);
    const { signals, auxiliary } = randomItems(network, 3);
    expect(runIdealFp32(read, signals, auxiliary)).toEqual(runIdealFp32(network, signals, auxiliary));
  });

  it('folds batch normalisation behind and before, and pools whole maps', () => {
    const network = residualNetwork();
    const norm = (index: number, channels: number) =>
      [0, 1, 2, 3].map((k) => {
        const values = randomValues(channels, 300 + 10 * index + k);
        return k === 3 ? values.map((value) => value * value + 0.1) : values;
      });
    const [behindTwo, beforeHidden] = [norm(0, 12), norm(1, 14)];
    const bytes = changed(network, (model) => {
      const graph = model.graph!;
      const normalise = (name: string, input: string, output: string, values: Float32Array[]) => {
        const names = values.map((_, k) => `${name}.${k}`);
        values.forEach((one, k) => {
          graph.initializer.push(
            create(TensorProtoSchema, {
              name: names[k],
              dataType: 1,
              dims: [BigInt(one.length)],
              floatData: [...one],
            }),
          );
        });
        const node = create(NodeProtoSchema, {
          name,
          opType: 'BatchNormalization',
          input: [input, ...names],
          output: [output],
          attribute: [{ name: 'epsilon', f: 0.01 }],
        });
        const reader = graph.node.findIndex((one) => one.input.includes(output) || one.input.includes(input));
        graph.node.splice(reader, 0, node);
      };
      // two -> norm -> sum; flatten with auxiliary -> norm -> hidden.
      const sum = graph.node.find(({ name }) => name === 'sum')!;
      sum.input = sum.input.map((input) => (input === 'two' ? 'two-normed' : input));
      normalise('norm-two', 'two', 'two-normed', behindTwo);
      const hidden = graph.node.find(({ name }) => name === 'hidden')!;
      const [joined] = hidden.input;
      hidden.input[0] = 'joined-normed';
      normalise('norm-hidden', joined, 'joined-normed', beforeHidden);
      const pool = graph.node.find(({ name }) => name === 'global')!;
      Object.assign(pool, { opType: 'GlobalAveragePool', attribute: [] });
    });
    const read = networkIn(bytes);
    expect(read.layers.map(({ name, kind }) => [name, kind])).toEqual(
      network.layers.map(({ name, kind }) => [name, kind]),
    );
    const { signals, auxiliary } = randomItems(network, 4);
    const normalised = ([scale, shift, mean, variance]: Float32Array[], c: number, x: number) =>
      (scale[c] * (x - mean[c])) / Math.sqrt(variance[c] + 0.01) + shift[c];
    const logits = runIdealFp32(read, signals, auxiliary);
    for (let item = 0; item < 4; item++) {
      const expected = obviousForward(
        network,
        signals.subarray(item * 360, (item + 1) * 360),
        auxiliary.subarray(item * 2, (item + 1) * 2),
        {
          multiply: (layer, _, group, given) => {
            const outputs = layer.bias.length / (layer.kind === 'dense' ? 1 : layer.groups);
            const inputs =
              layer.name === 'hidden' ? given.map((x, c) => normalised(beforeHidden, c, x)) : given;
            return Array.from({ length: outputs }, (_, o) => {
              const output = group * outputs + o;
              const sum = inputs.reduce(
                (total, x, i) => total + x * layer.weights[output * inputs.length + i],
                layer.bias[output],
              );
              return layer.name === 'two' ? normalised(behindTwo, output, sum) : sum;
            });
          },
          round: (value) => value,
          average: (total, count) => total / count,
        },
      );
      expected.forEach((value, c) => {
        expect(Math.abs(logits[item * 3 + c] - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
      });
    }
  });

  const imageForms: [string, string, (model: ModelProto) => void][] = [
    ['padding on one side', 'Conv', (m) => setInts(m, 'Conv', 'pads', [1n, 1n, 0n, 1n])],
    ['a kernel of one dimension', 'MaxPool', (m) => setInts(m, 'MaxPool', 'kernel_shape', [2n])],
    ['a sum with a constant', 'Add', (m) => nodeOf(m, 'Add').input.fill(m.graph!.initializer[0].name, 1, 2)],
    [
      'a normalisation before an activation of its own',
      'Relu',
      (m) => {
        const norm = create(NodeProtoSchema, {
          name: 'norm',
          opType: 'BatchNormalization',
          input: ['halve', ...Array.from({ length: 4 }, () => 'stem.bias')],
          output: ['normed'],
        });
        const relu = create(NodeProtoSchema, {
          name: 'free',
          opType: 'Relu',
          input: ['normed'],
          output: ['rectified'],
        });
        const { node } = m.graph!;
        const at = node.findIndex(({ name }) => name === 'one');
        node[at].input[0] = 'rectified';
        node.splice(at, 0, norm, relu);
      },
    ],
  ];
  it.each(imageForms)('says of images that it does not read %s', (_, operator, change) => {
    const listed = unsupportedIn(changed(residualNetwork(), change));
    expect(listed.map((entry) => entry.operator)).toEqual([operator]);
  });

  it('lists everything that it does not read, not only the first', () => {
    const bytes = changed(smallNetwork(), (model) => {
      nodeOf(model, 'MaxPool').opType = 'LSTM';
      nodeOf(model, 'AveragePool').opType = 'Softmax';
      nodeOf(model, 'Conv').attribute.find(({ name }) => name === 'pads')!.ints = [1n, 2n];
    });
    expect(unsupportedIn(bytes)).toEqual([
      { node: 'conv1', operator: 'Conv', why: expect.stringContaining(ONNX_OPERATORS.Conv) },
      {
        node: 'pool1',
        operator: 'LSTM',
        why: expect.stringContaining('not one of Conv, BatchNormalization, Relu'),
      },
      { node: 'pool2', operator: 'Softmax', why: expect.stringContaining('not one of') },
    ]);
  });

  const forms: [string, string | null, (model: ModelProto) => void][] = [
    [
      'a convolution without dilation in every direction',
      'Conv',
      (m) => setInts(m, 'Conv', 'dilations', [0n]),
    ],
    ['an axis of flattening', 'Flatten', (m) => setInt(m, 'Flatten', 'axis', 2n)],
    ['pooling that rounds up', 'MaxPool', (m) => setInt(m, 'MaxPool', 'ceil_mode', 1n)],
    ['padded pooling', 'AveragePool', (m) => setInts(m, 'AveragePool', 'pads', [1n, 1n])],
    ['a transposed input', 'Gemm', (m) => setInt(m, 'Gemm', 'transA', 1n)],
    ['auxiliary features before the signal', 'Concat', (m) => nodeOf(m, 'Concat').input.reverse()],
    ['values before a Relu that others read', 'Relu', (m) => nodeOf(m, 'Flatten').input.fill('conv1')],
    ['weights that are computed', 'Conv', (m) => nodeOf(m, 'Conv').input.fill('other', 1, 2)],
    ['half-precision weights', 'Conv', (m) => Object.assign(m.graph!.initializer[0], { dataType: 10 })],
    ['weights in another file', 'Conv', (m) => Object.assign(m.graph!.initializer[0], { dataLocation: 1 })],
    ['an operator set of the future', null, (m) => Object.assign(m.opsetImport[0], { version: 99n })],
    ['two outputs', null, (m) => m.graph!.output.push(m.graph!.output[0])],
    ['a third input', null, (m) => m.graph!.input.push({ ...m.graph!.input[1], name: 'third' })],
    ['rectified logits', null, (m) => rectifyLogits(m)],
  ];
  it.each(forms)('says that it does not read %s', (_, operator, change) => {
    const listed = unsupportedIn(changed(smallNetwork(), change));
    expect(listed.map((entry) => entry.operator)).toContain(operator);
  });

  const broken: [string, string, RegExp, () => Uint8Array][] = [
    ['bytes that are no model', 'model-invalid', /test\.onnx/, () => new Uint8Array(200).fill(0xff)],
    ['an empty file', 'model-invalid', /test\.onnx/, () => new Uint8Array()],
    [
      'a file that is cut off',
      'model-invalid',
      /test\.onnx/,
      () => onnxFile(smallNetwork(), '1').subarray(0, 900),
    ],
    [
      'a weight that is not a number',
      'model-invalid',
      /tensor conv1\.bias: Value 1/,
      () =>
        changed(smallNetwork(), (m) => {
          const { rawData } = m.graph!.initializer[1];
          new DataView(rawData.buffer, rawData.byteOffset).setFloat32(4, Number.NaN, true);
        }),
    ],
    [
      'fewer values than the shape says',
      'model-invalid',
      /tensor conv1\.bias: There are 10 values for the shape \[11\]/,
      () =>
        changed(smallNetwork(), (m) => {
          m.graph!.initializer[1].rawData = m.graph!.initializer[1].rawData.slice(4);
        }),
    ],
    [
      'layers that do not fit one another',
      'model-invalid',
      /layer dense1/,
      () =>
        changed(smallNetwork(), (m) => {
          setInts(m, 'MaxPool', 'strides', [3n]);
        }),
    ],
    [
      'more memory than the limit',
      'value-out-of-range',
      /layer conv1: The network wants \d+ MiB/,
      () => onnxFile(hugeNetwork(), '1'),
    ],
  ];
  it.each(broken)('refuses %s, naming the place', (_, code, place, bytes) => {
    const read = () => readOnnx(bytes(), 'test.onnx');
    expect(read).toThrow(KirchhoffError);
    expect(read).toThrow(expect.objectContaining({ code }));
    expect(read).toThrow(place);
  });
});

/** Few weights, but 64 thousand channels of 64 thousand values. */
function hugeNetwork(): Network {
  const network = plainNetwork();
  return {
    ...network,
    input: { kind: 'signal', channels: 1, length: 65_000, auxiliaryFeatures: 0 },
    layers: [
      randomConv1d('conv1', 1, 65_000, 1, { stream: 13 }),
      { kind: 'pool1d', name: 'pool1', operation: 'max', size: 65_000, stride: 1 },
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense1', 65_000, 2, { stream: 14 }),
    ],
  };
}

function attributeOf(model: ModelProto, opType: string, name: string) {
  const node = nodeOf(model, opType);
  let attribute = node.attribute.find((one) => one.name === name);
  if (attribute === undefined) {
    attribute = structuredClone(node.attribute[0] ?? model.graph!.node[0].attribute[0]);
    attribute.name = name;
    node.attribute.push(attribute);
  }
  return attribute;
}

function setInt(model: ModelProto, opType: string, name: string, value: bigint): void {
  attributeOf(model, opType, name).i = value;
}

function setInts(model: ModelProto, opType: string, name: string, values: bigint[]): void {
  attributeOf(model, opType, name).ints = values;
}

function rectifyLogits(model: ModelProto): void {
  const last = model.graph!.node.at(-1)!;
  last.output = ['before'];
  model.graph!.node.push(create(NodeProtoSchema, { opType: 'Relu', input: ['before'], output: ['logits'] }));
}
