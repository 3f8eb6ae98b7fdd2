/**
 * Networks from ONNX files of other programs, as far as the array computes their layers. What is outside that is
 * not guessed at but listed, all of it at once, so that the sender can change the export.
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
import { type BatchNorm, foldBefore, foldBehind } from '../imc/batch-norm.ts';
import { checkNetworkMemory } from '../imc/memory-limit.ts';
import {
  type ArrayLayer,
  type ConvolutionLayer,
  type DenseLayer,
  INPUT_NAME,
  isArrayLayer,
  type Network,
  type NetworkInput,
  type NetworkLayer,
  type PoolLayer,
  slidingSize,
  type Window,
  windowOf,
} from '../imc/network.ts';
import { matricesOf } from '../imc/program.ts';
import { inputShape, type Shape, valuesOf } from '../imc/shapes.ts';
import { CLASSES_KEY } from './onnx-export.ts';

/** Operators that are read, and which of their forms; the documentation lists the same. */
export const ONNX_OPERATORS = {
  Conv: 'one or two spatial dimensions, the same padding on both sides, constant weights',
  BatchNormalization:
    'inference, constant statistics, right behind a Conv or Gemm that nothing else reads, or right before one without padding',
  Relu: 'right after Conv, Gemm, BatchNormalization of one or Add, whose values nothing else reads',
  Add: 'two outputs of nodes, of one shape',
  MaxPool: 'one or two spatial dimensions, no padding, dilation 1, ceil_mode 0',
  AveragePool: 'one or two spatial dimensions, no padding, dilation 1, ceil_mode 0',
  GlobalAveragePool: 'one or two spatial dimensions',
  Flatten: 'axis 1, once, before the first Gemm',
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

/** A value in the graph that layers here can read. */
interface KnownValue {
  /** Place of the layer that gives it; -1 is the network's input. */
  layer: number;
  shape: Shape;
  /** Normalisation that whoever reads it has to fold in. */
  norm: BatchNorm | null;
  /** What led here was refused: told already. */
  refused: boolean;
}

/** Follows the graph from the signal to the logits. */
class GraphReader {
  readonly unsupported: UnsupportedOnnx[] = [];
  input: NetworkInput = { kind: 'signal', channels: 0, length: 0, auxiliaryFeatures: 0 };
  readonly #graph: GraphProto;
  readonly #at: string;
  readonly #constants: Map<string, TensorProto>;
  readonly #layers: NetworkLayer[] = [];
  readonly #values = new Map<string, KnownValue>();
  /** How many nodes read each value, outputs of the graph included. */
  readonly #readers = new Map<string, number>();
  #auxiliary: string | null = null;
  #joined = false;

  constructor(graph: GraphProto, at: string) {
    this.#graph = graph;
    this.#at = at;
    this.#constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    for (const name of [...graph.node.flatMap(({ input }) => input), ...graph.output.map((o) => o.name)]) {
      this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
    }
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
    const { output } = this.#graph;
    const last = this.#layers.at(-1);
    if (output.length !== 1) {
      this.refuse(null, `The graph has ${output.length} outputs; one is read, the logits.`);
    } else if (
      this.unsupported.length === 0 &&
      this.#values.get(output[0].name)?.layer !== this.#layers.length - 1
    ) {
      this.refuse(null, 'The output is not what the last node gives.');
    }
    if (this.#auxiliary !== null && !this.#joined) {
      this.refuse(null, 'The second input is joined to the signal nowhere.');
    }
    if (this.#graph.sparseInitializer.length > 0) this.refuse(null, 'Sparse tensors.');
    if (this.unsupported.length === 0 && !(last?.kind === 'dense' && last.activation === 'none')) {
      this.refuse(null, 'The last layer is not a Gemm without Relu that gives logits.');
    }
    return this.#layers;
  }

  #readInputs(): void {
    let found = false;
    for (const value of this.#graph.input) {
      if (this.#constants.has(value.name)) continue;
      const sizes = sizesOf(value);
      const { auxiliaryFeatures } = this.input;
      if ((sizes?.length === 2 || sizes?.length === 3) && !found) {
        const [channels, one, two] = sizes;
        this.input =
          two === undefined
            ? { kind: 'signal', channels, length: one, auxiliaryFeatures }
            : { kind: 'image', channels, height: one, width: two, auxiliaryFeatures };
        this.#values.set(value.name, {
          layer: -1,
          shape: inputShape({ input: this.input }),
          norm: null,
          refused: false,
        });
        found = true;
      } else if (sizes?.length === 1 && this.#auxiliary === null) {
        this.input = { ...this.input, auxiliaryFeatures: sizes[0] };
        this.#auxiliary = value.name;
      } else {
        this.refuse(
          null,
          `Input ${value.name} is neither the float signal [batch, channels, length], the float image [batch, channels, height, width] nor float features [batch, features] of fixed sizes to ${LARGEST_SIZE}.`,
        );
      }
    }
    if (!found) {
      this.refuse(null, 'There is no input [batch, channels, length] or [batch, channels, height, width].');
    }
  }

  #readNode(node: NodeProto): void {
    const known = node.domain === '' || node.domain === 'ai.onnx';
    const attributes: Attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
    if (known && node.opType === 'Constant') {
      const tensor = attributes.get('value')?.t;
      if (tensor === undefined) this.refuse(node, ONNX_OPERATORS.Constant);
      else this.#constants.set(node.output[0], tensor);
      return;
    }
    const before = this.unsupported.length;
    const from = this.#values.get(node.input[0] ?? '');
    let given: KnownValue | null = null;
    if (!known || !Object.hasOwn(ONNX_OPERATORS, node.opType)) {
      this.refuse(node, `The operator is not one of ${Object.keys(ONNX_OPERATORS).join(', ')}.`);
    } else if (from === undefined) {
      this.refuse(node, 'It reads neither the signal nor what a node before it gives.');
    } else {
      given = this.#given(node, attributes, from);
    }
    const refused = this.unsupported.length > before || (from?.refused ?? false);
    const value = given ?? from;
    if (value === undefined) return;
    this.#values.set(node.output[0] ?? '', { ...value, refused, norm: refused ? null : value.norm });
  }

  /** What the node gives; null where it is refused. */
  #given(node: NodeProto, attributes: Attributes, from: KnownValue): KnownValue | null {
    const { opType } = node;
    if (opType === 'Identity' || opType === 'Dropout') return from;
    if (opType === 'Conv') return this.#readConvolution(node, attributes, from);
    if (opType === 'Gemm') return this.#readDense(node, attributes, from);
    if (opType === 'BatchNormalization') return this.#readNorm(node, attributes, from);
    // Only a convolution or dense layer can take a normalisation in.
    if (from.norm !== null) {
      const form = ONNX_OPERATORS.BatchNormalization;
      this.refuse(node, `It reads a BatchNormalization, which is read ${form}.`);
      return null;
    }
    if (opType === 'Relu') return this.#readRelu(node, from);
    if (opType === 'Add') return this.#readAdd(node, from);
    if (opType === 'Flatten') return this.#readFlatten(node, attributes, from);
    if (opType === 'Concat') return this.#readConcat(node, attributes, from);
    return this.#readPooling(node, attributes, from);
  }

  /** Refuses what `fits` says does not fit. */
  #need(node: NodeProto, fits: boolean): boolean {
    if (!fits) {
      const form = ONNX_OPERATORS[node.opType as keyof typeof ONNX_OPERATORS];
      this.refuse(node, `This form is not read. Read is: ${form}.`);
    }
    return fits;
  }

  #nameFor(node: NodeProto, kind: string): string {
    const given = wordOf(node.name);
    const taken = given === INPUT_NAME || this.#layers.some(({ name }) => name === given);
    return given !== null && !taken ? given : `${kind}-${this.#layers.length + 1}`;
  }

  /** Appends a layer that reads `from`, which is said only where it is not the layer before. */
  #push(layer: NetworkLayer, from: KnownValue | null, shape: Shape): KnownValue {
    const source = from === null || from.layer === this.#layers.length - 1 ? null : from.layer;
    if (source !== null && layer.kind !== 'add') layer.input = this.#layerName(source);
    this.#layers.push(layer);
    return { layer: this.#layers.length - 1, shape, norm: null, refused: false };
  }

  #layerName(place: number): string {
    return place === -1 ? INPUT_NAME : this.#layers[place].name;
  }

  /** Whether this node alone reads what `from` is. */
  #readsAlone(node: NodeProto): boolean {
    return this.#readers.get(node.input[0]) === 1;
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

  /** The layer with the normalisation of what it reads. */
  #normalised<Layer extends ArrayLayer>(layer: Layer, from: KnownValue, node: NodeProto): Layer {
    if (from.norm === null) return layer;
    try {
      return foldBefore(from.norm, layer);
    } catch (thrown) {
      if (!(thrown instanceof KirchhoffError)) throw thrown;
      this.refuse(node, `The BatchNormalization before it does not fold in: ${thrown.body.message}`);
      return layer;
    }
  }

  #readConvolution(node: NodeProto, attributes: Attributes, from: KnownValue): KnownValue | null {
    const weight = this.#parameter(node, 1);
    if (weight === null) return null;
    const spatial = weight.dims.length - 2;
    const strides = integersOf(attributes, 'strides', new Array(spatial).fill(1));
    const pads = integersOf(attributes, 'pads', new Array(2 * spatial).fill(0));
    const dilations = integersOf(attributes, 'dilations', new Array(spatial).fill(1));
    const groups = integerOf(attributes, 'group', 1);
    const fits =
      spatial === spatialOf(from.shape) &&
      strides.length === spatial &&
      strides.every((stride) => stride >= 1) &&
      pads.length === 2 * spatial &&
      pads.every((pad, i) => pad >= 0 && pad === pads[(i + spatial) % (2 * spatial)]) &&
      dilations.length === spatial &&
      dilations.every((dilation) => dilation >= 1) &&
      groups >= 1 &&
      explicitPadding(attributes);
    if (!this.#need(node, fits)) return null;
    const [outChannels, channels, ...kernel] = weight.dims;
    const bias = this.#bias(node, outChannels);
    if (bias === null) return null;
    const common = {
      name: this.#nameFor(node, 'convolution'),
      inChannels: channels * groups,
      outChannels,
      groups,
      activation: 'none' as const,
      weights: weight.values,
      bias,
    };
    const dilated = dilations.some((dilation) => dilation > 1);
    const layer: ConvolutionLayer =
      spatial === 1
        ? {
            kind: 'conv1d',
            ...common,
            kernel: kernel[0],
            stride: strides[0],
            padding: pads[0],
            ...(dilated ? { dilation: dilations[0] } : {}),
          }
        : {
            kind: 'conv2d',
            ...common,
            kernel: [kernel[0], kernel[1]],
            stride: [strides[0], strides[1]],
            padding: [pads[0], pads[1]],
            ...(dilated ? { dilation: [dilations[0], dilations[1]] } : {}),
          };
    const shape = { ...slid(from.shape, windowOf(layer)), channels: outChannels };
    return this.#push(this.#normalised(layer, from, node), from, shape);
  }

  #readDense(node: NodeProto, attributes: Attributes, from: KnownValue): KnownValue | null {
    const weight = this.#parameter(node, 1);
    if (weight === null) return null;
    const fits =
      from.shape.kind === 'vector' &&
      weight.dims.length === 2 &&
      integerOf(attributes, 'transA', 0) === 0 &&
      (attributes.get('alpha')?.f ?? 1) === 1 &&
      (attributes.get('beta')?.f ?? 1) === 1;
    if (!this.#need(node, fits)) return null;
    const transposed = integerOf(attributes, 'transB', 0) === 1;
    const [outFeatures, inFeatures] = transposed ? weight.dims : [weight.dims[1], weight.dims[0]];
    const bias = this.#bias(node, outFeatures);
    if (bias === null) return null;
    const layer: DenseLayer = {
      kind: 'dense',
      name: this.#nameFor(node, 'dense'),
      inFeatures,
      outFeatures,
      activation: 'none',
      weights: transposed ? weight.values : transpose(weight.values, inFeatures, outFeatures),
      bias,
    };
    return this.#push(this.#normalised(layer, from, node), from, vectorOf(outFeatures));
  }

  #readNorm(node: NodeProto, attributes: Attributes, from: KnownValue): KnownValue | null {
    const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => this.#parameter(node, index)?.values);
    if (scale === undefined || shift === undefined || mean === undefined || variance === undefined) {
      return null;
    }
    const epsilon = attributes.get('epsilon')?.f ?? 1e-5;
    const norm: BatchNorm = { scale, shift, mean, variance, epsilon };
    const fits = integerOf(attributes, 'training_mode', 0) === 0 && from.norm === null;
    if (!this.#need(node, fits)) return null;
    const layer = this.#layers[from.layer];
    if (layer !== undefined && isArrayLayer(layer) && layer.activation === 'none' && this.#readsAlone(node)) {
      this.#layers[from.layer] = foldBehind(layer, norm);
      return from;
    }
    return { ...from, norm };
  }

  #readRelu(node: NodeProto, from: KnownValue): KnownValue | null {
    // What was refused before it is told already.
    if (from.refused) return from;
    const layer = this.#layers[from.layer];
    const fits =
      layer !== undefined && 'activation' in layer && layer.activation === 'none' && this.#readsAlone(node);
    if (!this.#need(node, fits)) return null;
    if (layer !== undefined && 'activation' in layer) layer.activation = 'relu';
    return from;
  }

  #readAdd(node: NodeProto, from: KnownValue): KnownValue | null {
    const other = this.#values.get(node.input[1] ?? '');
    if (!this.#need(node, other !== undefined && other.norm === null)) return null;
    const inputs: [string, string] = [this.#layerName(from.layer), this.#layerName(other!.layer)];
    const name = this.#nameFor(node, 'sum');
    return this.#push({ kind: 'add', name, inputs, activation: 'none' }, null, from.shape);
  }

  #readPooling(node: NodeProto, attributes: Attributes, from: KnownValue): KnownValue | null {
    const spatial = spatialOf(from.shape);
    const { height, width } = from.shape;
    const whole = node.opType === 'GlobalAveragePool';
    const all = spatial === 1 ? [width] : [height, width];
    const size = whole ? all : integersOf(attributes, 'kernel_shape', []);
    const strides = integersOf(attributes, 'strides', new Array(spatial).fill(1));
    const fits =
      spatial > 0 &&
      node.output.length === 1 &&
      size.length === spatial &&
      size.every((length) => length >= 1) &&
      strides.length === spatial &&
      strides.every((stride) => stride >= 1) &&
      integersOf(attributes, 'pads', []).every((value) => value === 0) &&
      integersOf(attributes, 'dilations', []).every((value) => value === 1) &&
      integerOf(attributes, 'ceil_mode', 0) === 0 &&
      explicitPadding(attributes);
    if (!this.#need(node, fits)) return null;
    const common = {
      name: this.#nameFor(node, 'pooling'),
      operation: node.opType === 'MaxPool' ? ('max' as const) : ('average' as const),
    };
    const layer: PoolLayer =
      spatial === 1
        ? { kind: 'pool1d', ...common, size: size[0], stride: strides[0] }
        : { kind: 'pool2d', ...common, size: [size[0], size[1]], stride: [strides[0], strides[1]] };
    return this.#push(layer, from, slid(from.shape, windowOf(layer)));
  }

  #readFlatten(node: NodeProto, attributes: Attributes, from: KnownValue): KnownValue {
    const once = from.shape.kind !== 'vector' && !this.#layers.some(({ kind }) => kind === 'flatten');
    this.#need(node, once && integerOf(attributes, 'axis', 1) === 1);
    const name = this.#nameFor(node, 'flatten');
    return this.#push({ kind: 'flatten', name }, from, vectorOf(valuesOf(from.shape)));
  }

  #readConcat(node: NodeProto, attributes: Attributes, from: KnownValue): KnownValue | null {
    const fits =
      this.#layers[from.layer]?.kind === 'flatten' &&
      this.#readsAlone(node) &&
      !this.#joined &&
      node.input.length === 2 &&
      node.input[1] === this.#auxiliary &&
      [1, -1].includes(integerOf(attributes, 'axis', 0));
    if (!this.#need(node, fits)) return null;
    this.#joined = true;
    return from;
  }
}

/** Spatial dimensions; 0 of a vector. */
function spatialOf({ kind }: Shape): number {
  return { vector: 0, signal: 1, image: 2 }[kind];
}

function vectorOf(channels: number): Shape {
  return { kind: 'vector', channels, height: 1, width: 1 };
}

function slid(shape: Shape, window: Window): Shape {
  const [height, width] = slidingSize(window, shape.height, shape.width);
  return { ...shape, height, width };
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
