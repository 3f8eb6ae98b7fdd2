import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema, NodeProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import {
  networkOf,
  randomConv1d,
  randomDense,
  randomItems,
  smallNetwork,
} from '../../test/random-network.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { Network } from '../imc/network.ts';
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

describe('ONNX', () => {
  it.each([
    ['convolutions, both poolings and auxiliary features', smallNetwork()],
    ['no auxiliary features', plainNetwork()],
    ['the shipped network', loadBeatModel().model.network],
  ])('gives a network back as it was: %s', (_, network) => {
    const read = networkIn(onnxFile(network, '1.0.0'));
    expect(read).toEqual(network);
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

  it('lists everything that it does not read, not only the first', () => {
    const bytes = changed(smallNetwork(), (model) => {
      nodeOf(model, 'MaxPool').opType = 'LSTM';
      nodeOf(model, 'AveragePool').opType = 'Softmax';
      nodeOf(model, 'Conv').attribute.find(({ name }) => name === 'pads')!.ints = [1n, 2n];
    });
    expect(unsupportedIn(bytes)).toEqual([
      { node: 'conv1', operator: 'Conv', why: expect.stringContaining(ONNX_OPERATORS.Conv) },
      { node: 'pool1', operator: 'LSTM', why: expect.stringContaining('not one of Conv, Relu') },
      { node: 'pool2', operator: 'Softmax', why: expect.stringContaining('not one of') },
    ]);
  });

  const forms: [string, string | null, (model: ModelProto) => void][] = [
    ['a grouped convolution', 'Conv', (m) => setInt(m, 'Conv', 'group', 11n)],
    ['a dilated convolution', 'Conv', (m) => setInts(m, 'Conv', 'dilations', [2n])],
    ['an axis of flattening', 'Flatten', (m) => setInt(m, 'Flatten', 'axis', 2n)],
    ['pooling that rounds up', 'MaxPool', (m) => setInt(m, 'MaxPool', 'ceil_mode', 1n)],
    ['padded pooling', 'AveragePool', (m) => setInts(m, 'AveragePool', 'pads', [1n, 1n])],
    ['a transposed input', 'Gemm', (m) => setInt(m, 'Gemm', 'transA', 1n)],
    ['auxiliary features before the signal', 'Concat', (m) => nodeOf(m, 'Concat').input.reverse()],
    ['a branch', 'Flatten', (m) => nodeOf(m, 'Flatten').input.fill('conv1')],
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
