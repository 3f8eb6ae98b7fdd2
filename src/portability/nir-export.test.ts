import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, File, type Group, ready } from 'h5wasm/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  networkOf,
  randomConv1d,
  randomDense,
  randomItems,
  residualNetwork,
  smallNetwork,
} from '../../test/random-network.ts';
import type { Network } from '../imc/network.ts';
import { runIdealFp32 } from '../imc/software.ts';
import { loadBeatModel } from '../service/beat-model.ts';
import { nirFile } from './nir-export.ts';

let folder: string;
beforeEach(async () => {
  await ready;
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-nir-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A graph as a reader sees it. */
interface ReadGraph {
  nodes: Map<string, { type: string; group: Group }>;
  edges: [string, string][];
}

async function withGraph<T>(network: Network, look: (graph: ReadGraph, file: Group) => T): Promise<T> {
  const path = join(folder, 'network.nir');
  writeFileSync(path, await nirFile(network));
  const file = new File(path, 'r');
  try {
    const nodes = file.get('node/nodes') as Group;
    const flat = (file.get('node/edges') as Dataset).value as string[];
    return look(
      {
        nodes: new Map(
          nodes.keys().map((name) => {
            const group = nodes.get(name) as Group;
            return [name, { type: (group.get('type') as Dataset).value as string, group }];
          }),
        ),
        edges: Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]),
      },
      file,
    );
  } finally {
    file.close();
  }
}

const numbers = (group: Group, name: string) =>
  Array.from((group.get(name) as Dataset).value as ArrayLike<number | bigint>, Number);
const number = (group: Group, name: string) => Number((group.get(name) as Dataset).value);
const shapeOf = (group: Group, name: string) => (group.get(name) as Dataset).shape!;

/** The value of a node: what its definition in NIR makes of the sum over its edges, rates for spikes. */
function computed({ nodes, edges }: ReadGraph, name: string, inputs: Record<string, number[]>): number[] {
  const { type, group } = nodes.get(name)!;
  if (type === 'Input') return inputs[name];
  const parts = edges
    .filter(([, to]) => to === name)
    .map(([from]) => computed({ nodes, edges }, from, inputs));
  const x = parts[0].map((_, i) => parts.reduce((sum, part) => sum + part[i], 0));
  if (type === 'Output' || type === 'Flatten') return x;
  if (type === 'IF') {
    const threshold = numbers(group, 'v_threshold');
    const resistance = numbers(group, 'r');
    return x.map((value, i) => Math.max(0, (resistance[i] * value) / threshold[i]));
  }
  if (type === 'Conv2d') return convolved(group, x);
  if (type === 'AvgPool2d') return averaged(group, x, MAPS[name]);
  const weight = numbers(group, 'weight');
  const [outputs, rows, taps] = shapeOf(group, 'weight');
  const bias = type === 'Linear' ? new Array(outputs).fill(0) : numbers(group, 'bias');
  if (type === 'Affine' || type === 'Linear') {
    expect(x.length).toBe(rows);
    return bias.map((b: number, o: number) =>
      x.reduce((sum, value, i) => sum + weight[o * rows + i] * value, b),
    );
  }
  expect(type).toBe('Conv1d');
  const [length, stride, padding] = ['input_shape', 'stride', 'padding'].map((field) => number(group, field));
  expect(x.length).toBe(rows * length);
  const positions = Math.floor((length + 2 * padding - taps) / stride) + 1;
  return bias.flatMap((b: number, o: number) =>
    Array.from({ length: positions }, (_, position) => {
      let sum = b;
      for (let row = 0; row < rows; row++) {
        for (let tap = 0; tap < taps; tap++) {
          const at = position * stride - padding + tap;
          if (at >= 0 && at < length) sum += weight[(o * rows + row) * taps + tap] * x[row * length + at];
        }
      }
      return sum;
    }),
  );
}

/** Sizes of the maps that are pooled in two dimensions, which NIR leaves to the reader. */
const MAPS: Record<string, [number, number]> = { halve: [7, 12], global: [3, 6] };

function averaged(group: Group, x: number[], [height, width]: [number, number]): number[] {
  const [kh, kw] = numbers(group, 'kernel_size');
  const [sh, sw] = numbers(group, 'stride');
  expect(numbers(group, 'padding')).toEqual([0, 0]);
  const out: number[] = [];
  for (let c = 0; c < x.length / (height * width); c++) {
    for (let y = 0; y + kh <= height; y += sh) {
      for (let left = 0; left + kw <= width; left += sw) {
        let sum = 0;
        for (let i = 0; i < kh * kw; i++) {
          sum += x[(c * height + y + Math.floor(i / kw)) * width + left + (i % kw)];
        }
        out.push(sum / (kh * kw));
      }
    }
  }
  return out;
}

function convolved(group: Group, x: number[]): number[] {
  const [height, width] = numbers(group, 'input_shape');
  const [sh, sw] = numbers(group, 'stride');
  const [ph, pw] = numbers(group, 'padding');
  const groups = number(group, 'groups');
  expect(numbers(group, 'dilation')).toEqual([1, 1]);
  const weight = numbers(group, 'weight');
  const [outputs, channels, kh, kw] = shapeOf(group, 'weight');
  expect(x.length).toBe(channels * groups * height * width);
  return numbers(group, 'bias').flatMap((bias, o) => {
    const first = Math.floor(o / (outputs / groups)) * channels;
    const map: number[] = [];
    for (let top = -ph; top + kh <= height + ph; top += sh) {
      for (let left = -pw; left + kw <= width + pw; left += sw) {
        let sum = bias;
        for (let i = 0; i < channels * kh * kw; i++) {
          const y = top + (Math.floor(i / kw) % kh);
          const at = left + (i % kw);
          if (y < 0 || y >= height || at < 0 || at >= width) continue;
          const channel = first + Math.floor(i / (kh * kw));
          sum += weight[o * channels * kh * kw + i] * x[(channel * height + y) * width + at];
        }
        map.push(sum);
      }
    }
    return map;
  });
}

function averagingNetwork(network = smallNetwork()): Network {
  return {
    ...network,
    layers: network.layers.map((layer) =>
      layer.kind === 'pool1d' || layer.kind === 'pool2d' ? { ...layer, operation: 'average' } : layer,
    ),
  };
}

/** No auxiliary features, no hidden dense layer, and a layer with the name of an input. */
function plainNetwork(): Network {
  return networkOf(
    'plain',
    { kind: 'signal', channels: 1, length: 16, auxiliaryFeatures: 0 },
    [
      randomConv1d('signal', 1, 3, 3, { stream: 11 }),
      { kind: 'flatten', name: 'flatten' },
      randomDense('dense1', 3 * 14, 2, { stream: 12 }),
    ],
    2,
  );
}

describe('NIR', () => {
  it.each([
    ['average pooling and auxiliary features', averagingNetwork()],
    ['no auxiliary features', plainNetwork()],
    ['images, groups and residual sums', averagingNetwork(residualNetwork())],
    ['the shipped network', loadBeatModel().model.network],
  ])('is a graph that computes the same logits: %s', async (_, network) => {
    const { signals, auxiliary } = randomItems(network, 1);
    const inputs = { signal: Array.from(signals), auxiliary: Array.from(auxiliary) };
    const logits = await withGraph(network, (graph) => computed(graph, 'logits', inputs));
    const expected = runIdealFp32(network, signals, auxiliary);
    logits.forEach((logit, i) => {
      expect(logit).toBeCloseTo(expected[i], 4);
    });
  });

  it('has the layout of the nir package', async () => {
    await withGraph(averagingNetwork(), (graph, file) => {
      expect((file.get('version') as Dataset).value).toBe('1.0.8');
      expect((file.get('node/type') as Dataset).value).toBe('NIRGraph');
      expect((file.get('node/metadata/name') as Dataset).value).toBe('small');
      expect(numbers(graph.nodes.get('signal')!.group, 'shape')).toEqual([2, 60]);
      expect(numbers(graph.nodes.get('auxiliary')!.group, 'shape')).toEqual([3]);
      expect(numbers(graph.nodes.get('logits')!.group, 'shape')).toEqual([4]);
      expect(shapeOf(graph.nodes.get('conv1-relu')!.group, 'r')).toEqual([11, 60]);
      expect(graph.edges).toContainEqual(['dense1', 'dense1-relu']);
      expect(graph.edges).toContainEqual(['dense1-auxiliary', 'dense1-relu']);
      const metadata = graph.nodes.get('dense1-relu')!.group.get('metadata/computes') as Dataset;
      expect(metadata.value).toBe('relu');
    });
  });

  it('refuses the sum of a value with itself, naming the layer', async () => {
    const network = averagingNetwork(residualNetwork());
    const layers = network.layers.map((layer) =>
      layer.name === 'both' ? { ...layer, inputs: ['again', 'again'] as [string, string] } : layer,
    );
    await expect(nirFile({ ...network, layers })).rejects.toThrow(
      /residual layer both: NIR sums each node once/,
    );
  });

  it('refuses maximum pooling, naming the layer', async () => {
    await expect(nirFile(smallNetwork())).rejects.toThrow(
      expect.objectContaining({
        body: expect.objectContaining({ code: 'format-unsupported', at: 'small layer pool1' }),
      }),
    );
  });
});
