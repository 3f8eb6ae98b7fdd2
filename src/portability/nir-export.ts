/**
 * A network as a NIR graph (neuromorphic intermediate representation) in HDF5, as the Python package `nir` 1.0
 * writes and reads it: `/version`, `/node` of type NIRGraph with `nodes`, `edges` and `metadata`. Shapes have no
 * batch dimension. Source: Pedersen et al., Nature Communications 15:8122 (2024), and the package's serialization.py.
 *
 * NIR has no rectifier. A ReLU is an integrate-and-fire node with r = 1, threshold 1 and reset to 0: its rate of
 * spikes under steady input x is max(0, x). Metadata `computes = "relu"` tells a reader that computes with
 * numbers instead of spikes. NIR has no concatenation either, but sums what arrives at a node over several edges:
 * a dense layer behind the auxiliary features is an Affine of the signal plus a Linear of the features.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Group } from 'h5wasm/node';
import { KirchhoffError } from '../contract/errors.ts';
import {
  type ConvolutionLayer,
  type DenseLayer,
  inputSizes,
  type Network,
  type NetworkLayer,
  type PoolLayer,
} from '../imc/network.ts';
import { type Shape, shapesOf, valuesOf } from '../imc/shapes.ts';

/** Version of the package whose layout this is. */
const NIR_VERSION = '1.0.8';

type Field =
  | { kind: 'floats'; shape: number[]; values: Float32Array }
  | { kind: 'integer'; value: number }
  | { kind: 'integers'; values: number[] };

interface NirNode {
  type: 'Input' | 'Output' | 'Affine' | 'Linear' | 'Conv1d' | 'Conv2d' | 'AvgPool2d' | 'Flatten' | 'IF';
  fields: Record<string, Field>;
  metadata?: Record<string, string>;
}

interface NirGraph {
  nodes: Map<string, NirNode>;
  edges: [string, string][];
}

/**
 * @throws {KirchhoffError} `format-unsupported` naming the layer of a maximum pooling, which NIR does not know
 */
export async function nirFile(network: Network): Promise<Uint8Array> {
  const graph = graphOf(network);
  // Large, and needed here alone.
  const { File, ready } = await import('h5wasm/node');
  await ready;
  const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-nir-'));
  try {
    const path = join(folder, 'network.nir');
    const file = new File(path, 'w');
    try {
      writeText(file, 'version', NIR_VERSION);
      const root = file.create_group('node');
      writeText(root, 'type', 'NIRGraph');
      const nodes = root.create_group('nodes');
      for (const [name, node] of graph.nodes) writeNode(nodes.create_group(name), node);
      root.create_dataset({
        name: 'edges',
        data: graph.edges.flat(),
        shape: [graph.edges.length, 2],
        dtype: 'S',
      });
      const metadata = root.create_group('metadata');
      writeText(metadata, 'name', network.name);
      writeText(metadata, 'classes', JSON.stringify(network.classes));
    } finally {
      file.close();
    }
    return new Uint8Array(await readFile(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function writeText(group: Group, name: string, text: string): void {
  group.create_dataset({ name, data: text, shape: [], dtype: 'S' });
}

function writeNode(group: Group, node: NirNode): void {
  writeText(group, 'type', node.type);
  for (const [name, field] of Object.entries(node.fields)) {
    if (field.kind === 'floats') {
      group.create_dataset({ name, data: field.values, shape: field.shape, dtype: '<f' });
    } else {
      const values = field.kind === 'integer' ? [field.value] : field.values;
      group.create_dataset({
        name,
        data: BigInt64Array.from(values, BigInt),
        shape: field.kind === 'integer' ? [] : [values.length],
        dtype: '<q',
      });
    }
  }
  if (node.metadata !== undefined) {
    const metadata = group.create_group('metadata');
    for (const [name, text] of Object.entries(node.metadata)) writeText(metadata, name, text);
  }
}

const floats = (values: Float32Array, shape: number[]): Field => ({ kind: 'floats', shape, values });
const integer = (value: number): Field => ({ kind: 'integer', value });
const integers = (values: number[]): Field => ({ kind: 'integers', values });

function graphOf(network: Network): NirGraph {
  const graph: NirGraph = { nodes: new Map(), edges: [] };
  /** Adds a node that takes what the others give, summed. */
  const add = (wanted: string, node: NirNode, from: string[]): string => {
    let name = wanted;
    while (graph.nodes.has(name)) name += '-layer';
    graph.nodes.set(name, node);
    for (const source of from) graph.edges.push([source, name]);
    return name;
  };
  const { auxiliaryFeatures } = network.input;
  const signal = add('signal', { type: 'Input', fields: { shape: integers(inputSizes(network.input)) } }, []);
  const auxiliary =
    auxiliaryFeatures === 0
      ? null
      : add('auxiliary', { type: 'Input', fields: { shape: integers([auxiliaryFeatures]) } }, []);
  /** Nodes whose sum is what a layer gives. */
  const outputs: string[][] = [];
  let shape: number[] = [];
  for (const { layer, sources, input, output } of shapesOf(network)) {
    const from = sources.flatMap((source) => (source === -1 ? [signal] : outputs[source]));
    shape = sizesOf(output);
    let current: string[];
    if (layer.kind === 'add') {
      if (new Set(from).size < from.length) {
        throw unsupported(network, layer, 'NIR sums each node once: a value has no sum with itself.');
      }
      current = from;
    } else if (layer.kind === 'conv1d' || layer.kind === 'conv2d') {
      current = [add(layer.name, convolution(layer, input), from)];
    } else if (layer.kind === 'pool1d' || layer.kind === 'pool2d') {
      current = [add(layer.name, averagePooling(network, layer, input), from)];
    } else if (layer.kind === 'flatten') {
      const fields = { input_type: integers(sizesOf(input)), start_dim: integer(0), end_dim: integer(-1) };
      current = [add(layer.name, { type: 'Flatten', fields }, from)];
      shape = [valuesOf(input)];
    } else {
      const flattened = network.layers[sources[0]]?.kind === 'flatten';
      const joined = flattened ? auxiliaryFeatures : 0;
      current = [add(layer.name, affinePart(layer, joined), from)];
      if (auxiliary !== null && flattened) {
        current.push(add(`${layer.name}-auxiliary`, linearPart(layer, joined), [auxiliary]));
      }
    }
    if ('activation' in layer && layer.activation === 'relu') {
      current = [add(`${layer.name}-relu`, rectifier(shape), current)];
    }
    outputs.push(current);
  }
  const current = outputs[outputs.length - 1];
  add('logits', { type: 'Output', fields: { shape: integers(shape) } }, current);
  return graph;
}

/** As NIR has them, without the batch. */
function sizesOf({ kind, channels, height, width }: Shape): number[] {
  if (kind === 'vector') return [channels];
  return kind === 'signal' ? [channels, width] : [channels, height, width];
}

function unsupported(network: Network, layer: NetworkLayer, what: string): KirchhoffError {
  return new KirchhoffError(
    'format-unsupported',
    `${what} Export the network as ONNX or as a bundle.`,
    `${network.name} layer ${layer.name}`,
  );
}

function convolution(layer: ConvolutionLayer, { height, width }: Shape): NirNode {
  const channels = layer.inChannels / layer.groups;
  const common = { bias: floats(layer.bias, [layer.outChannels]), groups: integer(layer.groups) };
  return layer.kind === 'conv1d'
    ? {
        type: 'Conv1d',
        fields: {
          ...common,
          input_shape: integer(width),
          weight: floats(layer.weights, [layer.outChannels, channels, layer.kernel]),
          stride: integer(layer.stride),
          padding: integer(layer.padding),
          dilation: integer(layer.dilation ?? 1),
        },
      }
    : {
        type: 'Conv2d',
        fields: {
          ...common,
          input_shape: integers([height, width]),
          weight: floats(layer.weights, [layer.outChannels, channels, ...layer.kernel]),
          stride: integers([...layer.stride]),
          padding: integers([...layer.padding]),
          dilation: integers([...(layer.dilation ?? [1, 1])]),
        },
      };
}

/** NIR pools in two dimensions only: along time, the average over a window is a convolution of each channel with itself. */
function averagePooling(network: Network, layer: PoolLayer, { channels, width }: Shape): NirNode {
  if (layer.operation === 'max') throw unsupported(network, layer, 'NIR knows no maximum pooling.');
  if (layer.kind === 'pool2d') {
    return {
      type: 'AvgPool2d',
      fields: {
        kernel_size: integers([...layer.size]),
        stride: integers([...layer.stride]),
        padding: integers([0, 0]),
      },
    };
  }
  const weight = new Float32Array(channels * channels * layer.size);
  for (let channel = 0; channel < channels; channel++) {
    const start = (channel * channels + channel) * layer.size;
    weight.fill(1 / layer.size, start, start + layer.size);
  }
  return {
    type: 'Conv1d',
    fields: {
      input_shape: integer(width),
      weight: floats(weight, [channels, channels, layer.size]),
      bias: floats(new Float32Array(channels), [channels]),
      stride: integer(layer.stride),
      padding: integer(0),
      dilation: integer(1),
      groups: integer(1),
    },
  };
}

/** The weights that a dense layer has for all inputs but the last `joined`, and its bias. */
function affinePart(layer: DenseLayer, joined: number): NirNode {
  const inputs = layer.inFeatures - joined;
  return {
    type: 'Affine',
    fields: {
      weight: floats(columnsOf(layer, 0, inputs), [layer.outFeatures, inputs]),
      bias: floats(layer.bias, [layer.outFeatures]),
    },
  };
}

/** The weights that a dense layer has for its last `joined` inputs. */
function linearPart(layer: DenseLayer, joined: number): NirNode {
  const weight = columnsOf(layer, layer.inFeatures - joined, layer.inFeatures);
  return { type: 'Linear', fields: { weight: floats(weight, [layer.outFeatures, joined]) } };
}

function columnsOf(
  { weights, inFeatures, outFeatures }: DenseLayer,
  begin: number,
  end: number,
): Float32Array {
  const columns = new Float32Array(outFeatures * (end - begin));
  for (let out = 0; out < outFeatures; out++) {
    columns.set(weights.subarray(out * inFeatures + begin, out * inFeatures + end), out * (end - begin));
  }
  return columns;
}

function rectifier(shape: number[]): NirNode {
  const size = shape.reduce((product, n) => product * n, 1);
  return {
    type: 'IF',
    fields: {
      r: floats(new Float32Array(size).fill(1), shape),
      v_threshold: floats(new Float32Array(size).fill(1), shape),
      v_reset: floats(new Float32Array(size), shape),
    },
    metadata: { computes: 'relu' },
  };
}
