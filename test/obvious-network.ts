/**
 * Forward pass of any network with loops over nested arrays: slow, and nothing shared with the engine. Names of
 * sources are looked up here, windows are gathered value by value, and who calls says how inputs meet weights.
 */
import type { ArrayLayer, Network } from '../src/imc/network.ts';

/** [channel][y][x]; along time y is 0, of a vector both are. */
type Values = number[][][];

export interface Arithmetic {
  /**
   * What one group of an array layer gives, biases included, activation not.
   *
   * @param inputs in the order of the weights of one output
   */
  multiply(
    layer: ArrayLayer,
    arrayLayer: number,
    group: number,
    inputs: readonly number[],
  ): ArrayLike<number>;
  /** Before an array layer, with all that it reads. */
  enter?(arrayLayer: number, inputs: readonly number[]): void;
  /** Of each digital sum or product. */
  round(value: number): number;
  /** How an average is made of a sum. */
  average(sum: number, count: number): number;
}

/** Logits of one item; `signal` is channel-major. */
export function obviousForward(
  network: Network,
  signal: ArrayLike<number>,
  auxiliary: ArrayLike<number>,
  arithmetic: Arithmetic,
): number[] {
  const { input } = network;
  const [height, width] = input.kind === 'image' ? [input.height, input.width] : [1, input.length];
  const known = new Map<string, Values>();
  known.set(
    'input',
    grid(input.channels, height, width, (c, y, x) => signal[c * height * width + y * width + x]),
  );
  let before = 'input';
  let arrayLayer = 0;
  for (const layer of network.layers) {
    let out: Values;
    if (layer.kind === 'add') {
      const [one, two] = layer.inputs.map((name) => known.get(name)!);
      out = one.map((plane, c) =>
        plane.map((line, y) => line.map((v, x) => arithmetic.round(v + two[c][y][x]))),
      );
    } else {
      const from = known.get(layer.input ?? before)!;
      if ('weights' in layer) arithmetic.enter?.(arrayLayer, from.flat(2));
      if (layer.kind === 'flatten') {
        const flat = from.flat(2).concat(Array.from(auxiliary));
        out = flat.map((value) => [[value]]);
      } else if (layer.kind === 'dense') {
        const inputs = from.map(([[value]]) => value);
        out = Array.from(arithmetic.multiply(layer, arrayLayer++, 0, inputs), (value) => [[value]]);
      } else if (layer.kind === 'pool1d' || layer.kind === 'pool2d') {
        const [kh, kw] = layer.kind === 'pool2d' ? layer.size : [1, layer.size];
        const [sh, sw] = layer.kind === 'pool2d' ? layer.stride : [1, layer.stride];
        out = grid(
          from.length,
          places(from[0].length, kh, sh),
          places(from[0][0].length, kw, sw),
          (c, y, x) => {
            const window: number[] = [];
            for (let i = 0; i < kh; i++)
              for (let j = 0; j < kw; j++) window.push(from[c][y * sh + i][x * sw + j]);
            return layer.operation === 'max'
              ? Math.max(...window)
              : arithmetic.average(
                  window.reduce((sum, v) => arithmetic.round(sum + v)),
                  window.length,
                );
          },
        );
      } else {
        const [kh, kw] = layer.kind === 'conv2d' ? layer.kernel : [1, layer.kernel];
        const [sh, sw] = layer.kind === 'conv2d' ? layer.stride : [1, layer.stride];
        const [ph, pw] = layer.kind === 'conv2d' ? layer.padding : [0, layer.padding];
        const [dh, dw] = layer.kind === 'conv2d' ? (layer.dilation ?? [1, 1]) : [1, layer.dilation ?? 1];
        const framed = frame(from, ph, pw);
        const channels = layer.inChannels / layer.groups;
        const outputs = layer.outChannels / layer.groups;
        const number = arrayLayer++;
        out = grid(
          layer.outChannels,
          places(framed[0].length, (kh - 1) * dh + 1, sh),
          places(framed[0][0].length, (kw - 1) * dw + 1, sw),
          () => 0,
        );
        for (let group = 0; group < layer.groups; group++) {
          for (let y = 0; y < out[0].length; y++) {
            for (let x = 0; x < out[0][0].length; x++) {
              const inputs: number[] = [];
              for (let c = 0; c < channels; c++)
                for (let i = 0; i < kh; i++)
                  for (let j = 0; j < kw; j++)
                    inputs.push(framed[group * channels + c][y * sh + i * dh][x * sw + j * dw]);
              const results = arithmetic.multiply(layer, number, group, inputs);
              for (let o = 0; o < outputs; o++) out[group * outputs + o][y][x] = results[o];
            }
          }
        }
      }
    }
    if ('activation' in layer && layer.activation === 'relu') {
      out = out.map((plane) => plane.map((line) => line.map((value) => (value > 0 ? value : 0))));
    }
    known.set(layer.name, out);
    before = layer.name;
  }
  return known.get(before)!.flat(2);
}

function places(length: number, size: number, stride: number): number {
  let count = 0;
  for (let start = 0; start + size <= length; start += stride) count++;
  return count;
}

function grid(
  channels: number,
  height: number,
  width: number,
  valueAt: (c: number, y: number, x: number) => number,
): Values {
  return Array.from({ length: channels }, (_, c) =>
    Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => valueAt(c, y, x))),
  );
}

/** Zeros all around. */
function frame(values: Values, above: number, beside: number): Values {
  return values.map((plane) => {
    const empty = () => new Array<number>(plane[0].length + 2 * beside).fill(0);
    const zeros = new Array<number>(beside).fill(0);
    return [
      ...Array.from({ length: above }, empty),
      ...plane.map((line) => [...zeros, ...line, ...zeros]),
      ...Array.from({ length: above }, empty),
    ];
  });
}
