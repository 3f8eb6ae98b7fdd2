/**
 * Networks from ONNX files of other programs: a chain of the layers that the array computes. What is outside
 * that is not guessed at but listed, all of it at once, so that the sender can change the export.
 */
import { fromBinary } from '@bufbuild/protobuf';
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type ValueInfoProto,
} from 'onnx-buf';
import { KirchhoffError } from '../contract/errors.ts';
import { checkNetworkMemory } from '../imc/memory-limit.ts';
import { type Network, type NetworkInput, type NetworkLayer, slidingLength } from '../imc/network.ts';
import { matricesOf } from '../imc/program.ts';
import { CLASSES_KEY } from './onnx-export.ts';

/** Operators that are read, and which of their forms; the documentation lists the same. */
export const ONNX_OPERATORS = {
  Conv: 'one spatial dimension, group 1, dilation 1, the same padding on both sides, constant weights',
  Relu: 'right after Conv or Gemm',
  MaxPool: 'one spatial dimension, no padding, dilation 1, ceil_mode 0',
  AveragePool: 'one spatial dimension, no padding, dilation 1, ceil_mode 0',
  Flatten: 'axis 1, before the first Gemm',
  Concat: 'axis 1, of the flattened signal and the auxiliary input, in this order',
  Gemm: 'constant weights, alpha 1, beta 1, transA 0',
  Constant: 'a float tensor as its value',
  Identity: 'anywhere; left out',
  Dropout: 'inference only; left out',
} as const;

/** Versions of the default operator set in which the forms above mean the same. */
const OLDEST_OPSET = 11n;
const NEWEST_OPSET = 25n;

/** Larger files are no network for these arrays. */
export const LARGEST_ONNX_BYTES = 2 ** 28;
const LARGEST_SIZE = 65_536;

/** One thing in a file that this program does not compute. */
export interface UnsupportedOnnx {
  /** The node's name, or its place (`node 3`); `graph` where no node is to blame. */
  node: string;
  /** ONNX operator; null where no node is to blame. */
  operator: string | null;
  why: string;
}

export type OnnxImport =
  | { kind: 'network'; network: Network }
  | { kind: 'unsupported'; unsupported: UnsupportedOnnx[] };

/**
 * Weights come as they are in the file. Layers have the names of their nodes where these are words of lower-case letters,
 * digits and hyphens, else their kind and number; classes are those of the metadata `kirchhoff.classes`, else
 * `class 0` and so on.
 *
 * @param at the file's name, for messages
 * @throws {KirchhoffError} `file-too-large` beyond 256 MiB, `model-invalid` where the bytes are no ONNX model, a
 * tensor has another size than its shape says or a value that is not finite, or shapes do not fit one another,
 * `value-out-of-range` where the network wants more memory than the limit
 */
export function readOnnx(bytes: Uint8Array, at: string): OnnxImport {
  if (bytes.length > LARGEST_ONNX_BYTES) {
    throw new KirchhoffError('file-too-large', 'An ONNX file may have 256 MiB.', at);
  }
  const model = decoded(bytes, at);
  const graph = model.graph;
  if (graph === undefined || graph.node.length === 0) {
    throw new KirchhoffError('model-invalid', 'The file holds no ONNX graph.', at);
  }
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0n;
  const reader = new GraphReader(graph, at);
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
    reader.refuse(null, `Operator set ${opset}; sets ${OLDEST_OPSET} to ${NEWEST_OPSET} are read.`);
  }
  const layers = reader.layers();
  if (reader.unsupported.length > 0) return { kind: 'unsupported', unsupported: reader.unsupported };
  const last = layers.at(-1);
  const outputs = last?.kind === 'dense' ? last.outFeatures : 0;
  const network: Network = {
    name: wordOf(graph.name) ?? 'imported',
    input: reader.input,
    layers,
    classes: classesOf(model, outputs, at),
  };
  // Throws where shapes do not fit one another.
  matricesOf(network);
  checkNetworkMemory(network, at);
  return { kind: 'network', network };
}

function decoded(bytes: Uint8Array, at: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw new KirchhoffError('model-invalid', 'The file is cut off or is no ONNX model.', at);
  }
}

function classesOf(model: ModelProto, outputs: number, at: string): string[] {
  const text = model.metadataProps.find(({ key }) => key === CLASSES_KEY)?.value;
  if (text === undefined) return Array.from({ length: outputs }, (_, i) => `class ${i}`);
  let classes: unknown;
  try {
    classes = JSON.parse(text);
  } catch {
    classes = null;
  }
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === 'string')) {
    throw new KirchhoffError(
      'model-invalid',
      'The names of the classes are no JSON list.',
      `${at} ${CLASSES_KEY}`,
    );
  }
  return classes;
}

/** A layer's name, where the text can be one. */
function wordOf(text: string): string | null {
  return /^[a-z][a-z0-9-]{0,40}$/.test(text) ? text : null;
}

type Attributes = ReadonlyMap<string, NodeProto['attribute'][number]>;

/** Follows the graph from the signal to the logits. */
class GraphReader {
  readonly unsupported: UnsupportedOnnx[] = [];
  readonly input: NetworkInput & { kind: 'signal' } = {
    kind: 'signal',
    channels: 0,
    length: 0,
    auxiliaryFeatures: 0,
  };
  readonly #graph: GraphProto;
  readonly #at: string;
  readonly #constants: Map<string, TensorProto>;
  readonly #layers: NetworkLayer[] = [];
  /** Names under which the value that the next layer takes is known. */
  #current = '';
  #auxiliary: string | null = null;
  #length = 0;
  #flat = false;
  #joined = false;

  constructor(graph: GraphProto, at: string) {
    this.#graph = graph;
    this.#at = at;
    this.#constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  }

  refuse(node: NodeProto | null, why: string): void {
    this.unsupported.push({
      node: node === null ? 'graph' : this.#nameOf(node),
      operator: node?.opType ?? null,
      why,
    });
  }

  #nameOf(node: NodeProto): string {
    return node.name === '' ? `node ${this.#graph.node.indexOf(node)}` : node.name;
  }

  /** Complete only where `unsupported` stayed empty. */
  layers(): NetworkLayer[] {
    this.#readInputs();
    for (const node of this.#graph.node) this.#readNode(node);
    if (this.#graph.output.length !== 1) {
      this.refuse(null, `The graph has ${this.#graph.output.length} outputs; one is read, the logits.`);
    } else if (this.unsupported.length === 0 && this.#graph.output[0].name !== this.#current) {
      this.refuse(null, 'The output is not what the last node gives.');
    }
    if (this.#auxiliary !== null && !this.#joined) {
      this.refuse(null, 'The second input is joined to the signal nowhere.');
    }
    if (this.#graph.sparseInitializer.length > 0) this.refuse(null, 'Sparse tensors.');
    const last = this.#layers.at(-1);
    if (this.unsupported.length === 0 && !(last?.kind === 'dense' && last.activation === 'none')) {
      this.refuse(null, 'The last layer is not a Gemm without Relu that gives logits.');
    }
    return this.#layers;
  }

  #readInputs(): void {
    for (const value of this.#graph.input) {
      if (this.#constants.has(value.name)) continue;
      const sizes = sizesOf(value);
      if (sizes?.length === 2 && this.#current === '') {
        [this.input.channels, this.input.length] = sizes;
        this.#length = sizes[1];
        this.#current = value.name;
      } else if (sizes?.length === 1 && this.#auxiliary === null) {
        this.input.auxiliaryFeatures = sizes[0];
        this.#auxiliary = value.name;
      } else {
        this.refuse(
          null,
          `Input ${value.name} is neither the float signal [batch, channels, length] nor float features [batch, features] of fixed sizes to ${LARGEST_SIZE}.`,
        );
      }
    }
    if (this.#current === '') this.refuse(null, 'There is no input [batch, channels, length].');
  }

  #readNode(node: NodeProto): void {
    const known = node.domain === '' || node.domain === 'ai.onnx';
    if (!known || !Object.hasOwn(ONNX_OPERATORS, node.opType)) {
      const names = Object.keys(ONNX_OPERATORS).join(', ');
      this.refuse(node, `The operator is not one of ${names}.`);
      this.#goOn(node);
      return;
    }
    const attributes: Attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
    if (node.opType === 'Constant') {
      const tensor = attributes.get('value')?.t;
      if (tensor === undefined) this.refuse(node, ONNX_OPERATORS.Constant);
      else this.#constants.set(node.output[0], tensor);
      return;
    }
    if (node.input[0] !== this.#current)
      this.refuse(node, 'It does not follow the node before it: the graph branches.');
    if (node.opType === 'Conv') this.#readConvolution(node, attributes);
    else if (node.opType === 'Gemm') this.#readDense(node, attributes);
    else if (node.opType === 'Relu') this.#readRelu(node);
    else if (node.opType === 'MaxPool' || node.opType === 'AveragePool') this.#readPooling(node, attributes);
    else if (node.opType === 'Flatten') this.#readFlatten(node, attributes);
    else if (node.opType === 'Concat') this.#readConcat(node, attributes);
    this.#goOn(node);
  }

  #goOn(node: NodeProto): void {
    this.#current = node.output[0] ?? '';
  }

  /** Refuses what `fits` says does not fit. */
  #need(node: NodeProto, fits: boolean): boolean {
    if (!fits) {
      const form = ONNX_OPERATORS[node.opType as keyof typeof ONNX_OPERATORS];
      this.refuse(node, `This form is not read. Read is: ${form}.`);
    }
    return fits;
  }

  #layerName(node: NodeProto, kind: string): string {
    const given = wordOf(node.name);
    const taken = this.#layers.some(({ name }) => name === given);
    return given !== null && !taken ? given : `${kind}-${this.#layers.length + 1}`;
  }

  /** The parameter at `index` of the node's inputs; null where it is refused. */
  #parameter(node: NodeProto, index: number): { dims: number[]; values: Float32Array } | null {
    const tensor = this.#constants.get(node.input[index]);
    if (!this.#need(node, tensor !== undefined)) return null;
    const { dataType, dataLocation, dims: sizes, name } = tensor!;
    if (dataLocation === TensorProto_DataLocation.EXTERNAL || dataType !== TensorProto_DataType.FLOAT) {
      this.refuse(node, `Tensor ${name} is not float32 inside the file.`);
      return null;
    }
    const dims = sizes.map(Number);
    const where = `${this.#at} tensor ${name}`;
    const count = tensor!.rawData.length === 0 ? tensor!.floatData.length : tensor!.rawData.length / 4;
    if (count !== dims.reduce((product, size) => product * size, 1)) {
      throw new KirchhoffError(
        'model-invalid',
        `There are ${count} values for the shape [${dims.join(', ')}].`,
        where,
      );
    }
    const values = floatsOf(tensor!);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new KirchhoffError('model-invalid', `Value ${wrong} is not a finite number.`, where);
    return { dims, values };
  }

  #bias(node: NodeProto, outputs: number): Float32Array | null {
    if ((node.input[2] ?? '') === '') return new Float32Array(outputs);
    const bias = this.#parameter(node, 2);
    if (bias === null) return null;
    if (bias.values.length !== outputs) {
      throw new KirchhoffError(
        'model-invalid',
        `There are ${bias.values.length} values for ${outputs} outputs.`,
        `${this.#at} tensor ${node.input[2]}`,
      );
    }
    return bias.values;
  }

  #readConvolution(node: NodeProto, attributes: Attributes): void {
    const weight = this.#parameter(node, 1);
    if (weight === null) return;
    const pads = integersOf(attributes, 'pads', [0, 0]);
    const strides = integersOf(attributes, 'strides', [1]);
    const fits =
      !this.#flat &&
      weight.dims.length === 3 &&
      strides.length === 1 &&
      strides[0] >= 1 &&
      pads.length === 2 &&
      pads[0] === pads[1] &&
      pads[0] >= 0 &&
      integersOf(attributes, 'dilations', [1]).every((value) => value === 1) &&
      integerOf(attributes, 'group', 1) === 1 &&
      explicitPadding(attributes);
    if (!this.#need(node, fits)) return;
    const [outChannels, inChannels, kernel] = weight.dims;
    const bias = this.#bias(node, outChannels);
    if (bias === null) return;
    this.#length = slidingLength(this.#length, kernel, strides[0], pads[0]);
    this.#layers.push({
      kind: 'conv1d',
      name: this.#layerName(node, 'convolution'),
      inChannels,
      outChannels,
      kernel,
      stride: strides[0],
      padding: pads[0],
      groups: 1,
      activation: 'none',
      weights: weight.values,
      bias,
    });
  }

  #readDense(node: NodeProto, attributes: Attributes): void {
    const weight = this.#parameter(node, 1);
    if (weight === null) return;
    const fits =
      this.#flat &&
      weight.dims.length === 2 &&
      integerOf(attributes, 'transA', 0) === 0 &&
      (attributes.get('alpha')?.f ?? 1) === 1 &&
      (attributes.get('beta')?.f ?? 1) === 1;
    if (!this.#need(node, fits)) return;
    const transposed = integerOf(attributes, 'transB', 0) === 1;
    const [outFeatures, inFeatures] = transposed ? weight.dims : [weight.dims[1], weight.dims[0]];
    const bias = this.#bias(node, outFeatures);
    if (bias === null) return;
    this.#layers.push({
      kind: 'dense',
      name: this.#layerName(node, 'dense'),
      inFeatures,
      outFeatures,
      activation: 'none',
      weights: transposed ? weight.values : transpose(weight.values, inFeatures, outFeatures),
      bias,
    });
  }

  #readRelu(node: NodeProto): void {
    // What was refused before it is told already.
    const before = this.#graph.node[this.#graph.node.indexOf(node) - 1];
    if (before !== undefined && this.unsupported.at(-1)?.node === this.#nameOf(before)) return;
    const layer = this.#layers.at(-1);
    if (layer?.kind === 'conv1d' || layer?.kind === 'dense') {
      layer.activation = 'relu';
    } else {
      this.#need(node, false);
    }
  }

  #readPooling(node: NodeProto, attributes: Attributes): void {
    const size = integersOf(attributes, 'kernel_shape', []);
    const strides = integersOf(attributes, 'strides', [1]);
    const fits =
      !this.#flat &&
      node.output.length === 1 &&
      size.length === 1 &&
      size[0] >= 1 &&
      strides.length === 1 &&
      strides[0] >= 1 &&
      integersOf(attributes, 'pads', []).every((value) => value === 0) &&
      integersOf(attributes, 'dilations', []).every((value) => value === 1) &&
      integerOf(attributes, 'ceil_mode', 0) === 0 &&
      explicitPadding(attributes);
    if (!this.#need(node, fits)) return;
    this.#length = slidingLength(this.#length, size[0], strides[0]);
    this.#layers.push({
      kind: 'pool1d',
      name: this.#layerName(node, 'pooling'),
      operation: node.opType === 'MaxPool' ? 'max' : 'average',
      size: size[0],
      stride: strides[0],
    });
  }

  #readFlatten(node: NodeProto, attributes: Attributes): void {
    this.#need(node, !this.#flat && integerOf(attributes, 'axis', 1) === 1);
    this.#flat = true;
    this.#layers.push({ kind: 'flatten', name: this.#layerName(node, 'flatten') });
  }

  #readConcat(node: NodeProto, attributes: Attributes): void {
    const fits =
      this.#layers.at(-1)?.kind === 'flatten' &&
      !this.#joined &&
      node.input.length === 2 &&
      node.input[1] === this.#auxiliary &&
      [1, -1].includes(integerOf(attributes, 'axis', 0));
    if (this.#need(node, fits)) this.#joined = true;
  }
}

/** Sizes without the batch; null for what is no float tensor of fixed, sensible sizes. */
function sizesOf(value: ValueInfoProto): number[] | null {
  const type = value.type?.value;
  if (type?.case !== 'tensorType' || type.value.elemType !== TensorProto_DataType.FLOAT) return null;
  const sizes = (type.value.shape?.dim ?? []).slice(1).map(({ value: size }) => {
    return size.case === 'dimValue' ? Number(size.value) : 0;
  });
  return sizes.every((size) => size >= 1 && size <= LARGEST_SIZE) ? sizes : null;
}

function integerOf(attributes: Attributes, name: string, byDefault: number): number {
  const attribute = attributes.get(name);
  return attribute === undefined ? byDefault : Number(attribute.i);
}

function integersOf(attributes: Attributes, name: string, byDefault: number[]): number[] {
  const attribute = attributes.get(name);
  return attribute === undefined ? byDefault : attribute.ints.map(Number);
}

/** Whether padding is as `pads` says, or none. */
function explicitPadding(attributes: Attributes): boolean {
  const mode = attributes.get('auto_pad')?.s;
  return mode === undefined || ['', 'NOTSET', 'VALID'].includes(new TextDecoder().decode(mode));
}

function floatsOf({ rawData, floatData }: TensorProto): Float32Array {
  if (rawData.length === 0) return Float32Array.from(floatData);
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Float32Array.from({ length: rawData.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      out[column * rows + row] = values[row * columns + column];
  }
  return out;
}
