/** Fits an image network: what is drawn for each step, how it is disturbed, for how long, with which noise. */
import { networkInput, standardise } from '../diagnosis/cxr-paediatric/network-input.ts';
import { areaResample } from '../imaging/resample.ts';
import { isArrayLayer, type Network } from '../imc/network.ts';
import { gaussians, RandomStream } from '../numeric/random.ts';
import { ImageTrainer, type Mixture } from './image-trainer.ts';
import type { Posterior, PosteriorOptions } from './posterior.ts';
import type { StepOptions, WeightPerturbation } from './trainer.ts';

export interface ImageFitOptions {
  seed: number;
  steps: number;
  batch: number;
  learningRate: number;
  weightDecay: number;
  weightLimitDeviations: number;
  labelSmoothing: number;
  /** Largest share of another image of the batch that is mixed into each, 0 to 0.5 (Zhang et al., ICLR 2018). */
  mixing: number;
  disturbance: Disturbance;
  /** Null: no posterior is trained, and weights decay instead. */
  posterior: PosteriorOptions | null;
}

/** How far training images are moved and changed; all 0 for none. */
export interface Disturbance {
  /** Largest turn to either side, degrees. */
  turnDegrees: number;
  /** Largest relative change of size. */
  zoom: number;
  /** Largest relative change of width alone. */
  stretch: number;
  /** Largest change of the logarithm of width against height, the area kept. */
  aspect: number;
  /** Largest shift, as a share of the side. */
  shift: number;
  /** Chance of left and right changing places. */
  mirror: number;
  /** Standard deviation of the logarithm of the exponent that shades are raised to. */
  gamma: number;
  /** Largest slope of brightness across the image, as a share of its range. */
  shading: number;
  /** How far pixels may move to the mean of their neighbours, or as far away from it: 1 is all the way. */
  blur: number;
  /** Largest standard deviation of noise, as a share of the range. */
  noise: number;
  /** Chance that a rectangle of up to a third of the side is blanked. */
  blank: number;
}

export interface LabelledImages {
  side: number;
  /** [n][side][side], 0 to 255 */
  pixels: Uint8Array;
  labels: Uint8Array;
}

/** Weights are averaged over this share of the steps, at the end, every so many steps. */
const AVERAGED_SHARE = 0.25;
const AVERAGED_EVERY = 10;

/**
 * Trains `network` in place, classes drawn alike; the last biases are then moved to the classes' true frequencies.
 * The learning rate rises over the first steps and falls to 0 along half a cosine.
 * @param perturbationAt the device's noise at a step; null for none
 * @param posterior trained along; null: weights are points, spread by the noise alone
 */
export function fitImages(
  network: Network,
  images: LabelledImages,
  options: ImageFitOptions,
  perturbationAt: ((step: number) => WeightPerturbation) | null,
  posterior: Posterior | null = null,
  report: (step: number, loss: number) => void = () => {},
): void {
  const trainer = new ImageTrainer(network, options.batch);
  const draws = new Draws(network, images, options);
  const layers = network.layers.filter(isArrayLayer);
  const averages = layers.map((layer) => ({
    layer,
    weights: new Float64Array(layer.weights.length),
    bias: new Float64Array(layer.bias.length),
  }));
  const none = new Float32Array(0);
  const rising = Math.min(100, options.steps / 10);
  let averaged = 0;
  for (let step = 0; step < options.steps; step++) {
    const { inputs, labels, mixture } = draws.batch();
    const falling = 0.5 * (1 + Math.cos((Math.PI * step) / options.steps));
    const learningRate = options.learningRate * falling * Math.min(1, (step + 1) / rising);
    posterior?.advance();
    const stepOptions: StepOptions = {
      learningRate,
      regularise:
        posterior === null
          ? null
          : (layer, weights, gradient) => posterior.regularise(layer, weights, gradient, learningRate),
      weightDecay: posterior === null ? options.weightDecay : 0,
      weightLimitDeviations: options.weightLimitDeviations,
      perturb: perturbationAt === null ? null : perturbationAt(step),
      labelSmoothing: options.labelSmoothing,
    };
    const loss = trainer.step(inputs, none, labels, stepOptions, mixture);
    report(step, loss);
    const left = options.steps - 1 - step;
    if (left < AVERAGED_SHARE * options.steps && left % AVERAGED_EVERY === 0) {
      trainer.store();
      averaged++;
      posterior?.average();
      for (const { layer, weights, bias } of averages) {
        for (let i = 0; i < weights.length; i++) weights[i]! += layer.weights[i]!;
        for (let i = 0; i < bias.length; i++) bias[i]! += layer.bias[i]!;
      }
    }
  }
  for (const { layer, weights, bias } of averages) {
    layer.weights.set(weights.map((sum) => sum / averaged));
    layer.bias.set(bias.map((sum) => sum / averaged));
  }
  posterior?.store(layers);
  const last = layers[layers.length - 1]!;
  for (let c = 0; c < last.bias.length; c++) {
    const count = images.labels.reduce((sum, label) => sum + (label === c ? 1 : 0), 0);
    last.bias[c]! += Math.log((count / images.labels.length) * last.bias.length);
  }
}

/** Images as the network sees them undisturbed, [n][side][side]. */
export function inputsOf({ side, pixels, labels }: LabelledImages, toSide: number): Float32Array {
  const inputs = new Float32Array(labels.length * toSide * toSide);
  for (let i = 0; i < labels.length; i++) {
    const image = pixels.subarray(i * side * side, (i + 1) * side * side);
    inputs.set(networkInput(image, side, side, toSide), i * toSide * toSide);
  }
  return inputs;
}

/** Images a little larger than the network's input, so that moved copies are as sharp as undisturbed ones. */
const DRAWN_FROM = 7 / 6;
/** Gaussian deviates that images' noise is taken from, each image from another place. */
const NOISE_COUNT = 65_521;

class Draws {
  readonly #side: number;
  readonly #fromSide: number;
  readonly #from: Uint8Array;
  readonly #byClass: Int32Array[];
  readonly #at: number[];
  readonly #options: ImageFitOptions;
  readonly #random: RandomStream;
  readonly #noise: Float32Array;
  readonly #inputs: Float32Array;
  readonly #labels: Uint8Array;
  readonly #sharp: Float32Array;

  constructor(network: Network, images: LabelledImages, options: ImageFitOptions) {
    this.#side = squareSideOf(network);
    this.#fromSide = Math.min(images.side, Math.round(this.#side * DRAWN_FROM));
    this.#options = options;
    this.#random = new RandomStream({ seed: options.seed, words: [1, 0, 0] });
    this.#noise = gaussians({ seed: options.seed, words: [2, 0, 0] }, NOISE_COUNT);
    const { side, pixels, labels } = images;
    const to = this.#fromSide;
    this.#from = new Uint8Array(labels.length * to * to);
    for (let i = 0; i < labels.length; i++) {
      const image = pixels.subarray(i * side * side, (i + 1) * side * side);
      const small = side === to ? image : areaResample(image, side, side, to, to);
      for (let p = 0; p < to * to; p++) this.#from[i * to * to + p] = Math.round(small[p]!);
    }
    this.#byClass = network.classes.map((_, c) =>
      Int32Array.from(Array.from(labels.keys()).filter((i) => labels[i] === c)),
    );
    this.#at = this.#byClass.map((rows) => rows.length);
    this.#inputs = new Float32Array(options.batch * this.#side * this.#side);
    this.#labels = new Uint8Array(options.batch);
    this.#sharp = new Float32Array(this.#side * this.#side);
  }

  /** Every image of a class once before any comes again; classes in turn. */
  batch(): { inputs: Float32Array; labels: Uint8Array; mixture: Mixture | null } {
    const size = this.#side * this.#side;
    for (let item = 0; item < this.#options.batch; item++) {
      const c = item % this.#byClass.length;
      const rows = this.#byClass[c]!;
      if (this.#at[c] === rows.length) {
        this.#random.shuffle(rows);
        this.#at[c] = 0;
      }
      this.#labels[item] = c;
      this.#disturbed(rows[this.#at[c]!++]!, this.#inputs.subarray(item * size, (item + 1) * size));
    }
    return { inputs: this.#inputs, labels: this.#labels, mixture: this.#mixed() };
  }

  /** Mixes another item of the batch into each, the same number of places away for all. */
  #mixed(): Mixture | null {
    const { batch, mixing } = this.#options;
    if (mixing === 0) return null;
    const size = this.#side * this.#side;
    const away = 1 + this.#random.integer(batch - 1);
    const whole = this.#inputs.slice();
    const otherLabels = this.#labels.map((_, item) => this.#labels[(item + away) % batch]!);
    const ownShare = Float32Array.from({ length: batch }, () => 1 - mixing * this.#random.uniform());
    for (let item = 0; item < batch; item++) {
      const own = ownShare[item]!;
      const other = ((item + away) % batch) * size;
      const at = item * size;
      for (let i = 0; i < size; i++) {
        this.#inputs[at + i] = own * whole[at + i]! + (1 - own) * whole[other + i]!;
      }
      standardise(this.#inputs.subarray(at, at + size));
    }
    return { otherLabels, ownShare };
  }

  #disturbed(image: number, out: Float32Array): void {
    const random = this.#random;
    const d = this.#options.disturbance;
    const spread = (limit: number) => limit * (2 * random.uniform() - 1);
    const side = this.#side;
    const from = this.#fromSide;
    const pixels = this.#from.subarray(image * from * from, (image + 1) * from * from);
    const turn = (spread(d.turnDegrees) * Math.PI) / 180;
    const zoom = (from / side) * (1 + spread(d.zoom));
    const wider = spread(1);
    const aspect = Math.exp((d.aspect * wider) / 2);
    const stretch = (1 + d.stretch * wider) * aspect;
    const mirror = random.uniform() < d.mirror ? -1 : 1;
    const xx = Math.cos(turn) * zoom * stretch * mirror;
    const xy = (Math.sin(turn) * zoom) / aspect;
    const yx = -Math.sin(turn) * zoom * stretch * mirror;
    const yy = (Math.cos(turn) * zoom) / aspect;
    const centre = (side - 1) / 2;
    const shiftX = (from - 1) / 2 + spread(d.shift) * from;
    const shiftY = (from - 1) / 2 + spread(d.shift) * from;
    const gamma = Math.exp(d.gamma * this.#noise[random.integer(NOISE_COUNT)]!);
    const slopeX = spread(d.shading) / side;
    const slopeY = spread(d.shading) / side;
    const noise = random.uniform() * d.noise;
    const table = new Float32Array(257).map((_, i) => Math.min(1, i / 255) ** gamma);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const u = x - centre;
        const v = y - centre;
        const sx = Math.min(from - 1.001, Math.max(0, xx * u + xy * v + shiftX));
        const sy = Math.min(from - 1.001, Math.max(0, yx * u + yy * v + shiftY));
        const x0 = sx | 0;
        const y0 = sy | 0;
        const fx = sx - x0;
        const fy = sy - y0;
        const at = y0 * from + x0;
        const above = pixels[at]! + fx * (pixels[at + 1]! - pixels[at]!);
        const below = pixels[at + from]! + fx * (pixels[at + from + 1]! - pixels[at + from]!);
        const value = above + fy * (below - above);
        const whole = value | 0;
        const shade = table[whole]! + (value - whole) * (table[whole + 1]! - table[whole]!);
        out[y * side + x] = shade + slopeX * u + slopeY * v;
      }
    }
    if (d.blur > 0) this.#blur(out, spread(d.blur));
    const offset = random.integer(NOISE_COUNT);
    for (let i = 0; i < out.length; i++) out[i]! += noise * this.#noise[(i + offset) % NOISE_COUNT]!;
    standardise(out);
    if (random.uniform() < d.blank) {
      const width = 1 + random.integer(Math.floor(side / 3));
      const height = 1 + random.integer(Math.floor(side / 3));
      const left = random.integer(side - width);
      const top = random.integer(side - height);
      for (let y = top; y < top + height; y++) out.fill(0, y * side + left, y * side + left + width);
    }
  }

  /** Moves every pixel by `share` to the mean of the nine around it; pixels of the edge stay. */
  #blur(out: Float32Array, share: number): void {
    const side = this.#side;
    const sharp = this.#sharp;
    sharp.set(out);
    for (let y = 1; y < side - 1; y++) {
      for (let x = 1; x < side - 1; x++) {
        const at = y * side + x;
        let sum = 0;
        for (let row = at - side; row <= at + side; row += side) {
          sum += sharp[row - 1]! + sharp[row]! + sharp[row + 1]!;
        }
        out[at] = sharp[at]! + share * (sum / 9 - sharp[at]!);
      }
    }
  }
}

/** Rows, and columns, of the square images that a network reads. */
export function squareSideOf({ name, input }: Network): number {
  if (input.kind !== 'image' || input.height !== input.width) {
    throw new RangeError(`${name} reads no square images`);
  }
  return input.height;
}
