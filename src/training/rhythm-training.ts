/** How the rhythm network is made: its layers, what is drawn for each step, the device's noise in the loop. */
import { RHYTHM_FEATURES, TRACK_LENGTH, TRACKS } from '../ecg/rhythm/rhythm-inputs.ts';
import { type ArrayLayer, inputSize, type Network } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { calibrateRanges, type LayerRange } from '../imc/ranges.ts';
import { fillGaussian, RandomStream } from '../numeric/random.ts';
import { deviceNoise } from './device-noise.ts';
import { CINC_CLASSES, type RhythmRecord } from './rhythm-dataset.ts';
import { Trainer } from './trainer.ts';
import { untrainedSignalNetwork } from './untrained-network.ts';
import { WeightAverages } from './weight-averages.ts';

export interface RhythmArchitecture {
  convolutions: { channels: number; kernel: number; stride: number }[];
  hidden: number[];
}

export interface RhythmFit {
  seed: number;
  steps: number;
  batch: number;
  learningRate: number;
  weightDecay: number;
  weightLimitDeviations: number;
  labelSmoothing: number;
  /** Share of a batch drawn from each class, in the order of CINC_CLASSES; sums to 1. */
  classShares: readonly number[];
  /** Standard deviation of what is added to each auxiliary feature, and the chance that one is set to 0. */
  auxiliaryNoise: number;
  auxiliaryLoss: number;
  /** Standard deviations of gain and of white noise on the tracks. */
  gainNoise: number;
  trackNoise: number;
  /** 0 to 1: how far logits are moved from the shares drawn to the classes' frequencies. */
  priorCorrection: number;
}

export const RHYTHM_ARCHITECTURE: RhythmArchitecture = {
  convolutions: [{ channels: 8, kernel: 5, stride: 3 }],
  hidden: [64],
};

export const RHYTHM_FIT: RhythmFit = {
  seed: 1,
  steps: 1500,
  batch: 128,
  learningRate: 3e-3,
  weightDecay: 0.05,
  weightLimitDeviations: 3,
  labelSmoothing: 0.05,
  classShares: [0.4, 0.2, 0.32, 0.08],
  auxiliaryNoise: 0.03,
  auxiliaryLoss: 0.1,
  gainNoise: 0.1,
  trackNoise: 0.03,
  priorCorrection: 0.5,
};

/** Weights are averaged over this share of the steps, at the end, every so many steps. */
const AVERAGED_SHARE = 0.25;
const AVERAGED_EVERY = 20;
const RANGE_ITEMS = 384;

function untrainedRhythmNetwork({ convolutions, hidden }: RhythmArchitecture, seed: number): Network {
  const plan = {
    name: 'ecg-rhythm',
    channels: TRACKS,
    length: TRACK_LENGTH,
    auxiliaryFeatures: RHYTHM_FEATURES.length,
    classes: CINC_CLASSES,
    convolutions,
    meanOverLength: true,
    hidden,
  };
  return untrainedSignalNetwork(plan, seed, 1);
}

/** Draws batches: a class by its share, a recording of it, a window of that, disturbed. */
class Batches {
  readonly #byClass: RhythmRecord[][];
  readonly #options: RhythmFit;
  readonly #network: Network;

  constructor(network: Network, records: readonly RhythmRecord[], options: RhythmFit) {
    this.#network = network;
    this.#options = options;
    this.#byClass = CINC_CLASSES.map((_, label) => records.filter((record) => record.label === label));
  }

  draw(step: number) {
    const { batch, classShares, auxiliaryNoise, auxiliaryLoss, gainNoise, trackNoise, seed } = this.#options;
    const { input } = this.#network;
    const size = inputSize(input);
    const features = input.auxiliaryFeatures;
    const random = new RandomStream({ seed, words: [2, step, 0] });
    const signals = new Float32Array(batch * size);
    const auxiliary = fillGaussian({ seed, words: [4, step, 0] }, new Float32Array(batch * features));
    const noise =
      trackNoise > 0 ? fillGaussian({ seed, words: [5, step, 0] }, new Float32Array(batch * size)) : null;
    const labels = new Uint8Array(batch);
    for (let item = 0; item < batch; item++) {
      let [label, left] = [0, random.uniform()];
      while (label < classShares.length - 1 && left >= classShares[label]!) left -= classShares[label++]!;
      labels[item] = label;
      const records = this.#byClass[label]!;
      const record = records[Math.floor(random.uniform() * records.length)]!;
      const window = Math.floor(random.uniform() * record.windows);
      const gain = 1 + gainNoise * (2 * random.uniform() - 1);
      for (let i = 0; i < size; i++) {
        const value = record.signals[window * size + i]!;
        signals[item * size + i] =
          value === 0 ? 0 : value * gain + (noise === null ? 0 : trackNoise * noise[item * size + i]!);
      }
      for (let f = 0; f < features; f++) {
        const lost = random.uniform() < auxiliaryLoss;
        const at = item * features + f;
        auxiliary[at] = lost ? 0 : record.auxiliary[window * features + f]! + auxiliaryNoise * auxiliary[at]!;
      }
    }
    return { signals, auxiliary, labels };
  }
}

export interface TrainedRhythmNetwork {
  network: Network;
  ranges: LayerRange[];
}

/** Trains on the recordings given for a fixed number of steps, and sets the converters' ranges on them. */
export function trainRhythmNetwork(
  records: readonly RhythmRecord[],
  profile: DeviceProfile,
  architecture: RhythmArchitecture,
  options: RhythmFit,
  report: (step: number, loss: number) => void = () => {},
): TrainedRhythmNetwork {
  const network = untrainedRhythmNetwork(architecture, options.seed);
  const trainer = new Trainer(network, options.batch);
  const batches = new Batches(network, records, options);
  const averages = new WeightAverages(network);
  for (let step = 0; step < options.steps; step++) {
    const { signals, auxiliary, labels } = batches.draw(step);
    const loss = trainer.step(signals, auxiliary, labels, {
      learningRate: options.learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / options.steps)),
      weightDecay: options.weightDecay,
      weightLimitDeviations: options.weightLimitDeviations,
      perturb: deviceNoise(network, profile, options.seed, step, null),
      labelSmoothing: options.labelSmoothing,
    });
    report(step, loss);
    const left = options.steps - 1 - step;
    if (left >= AVERAGED_SHARE * options.steps || left % AVERAGED_EVERY !== 0) continue;
    trainer.store();
    averages.add();
  }
  averages.store();
  correctPriors(network, records, options);
  const { signals, auxiliary } = rangeInputs(network, records);
  return { network, ranges: calibrateRanges(network, profile, signals, auxiliary) };
}

/** Moves the logits' biases from the frequencies that were drawn to those of the recordings. */
function correctPriors(network: Network, records: readonly RhythmRecord[], options: RhythmFit): void {
  const last = network.layers[network.layers.length - 1] as ArrayLayer;
  CINC_CLASSES.forEach((_, c) => {
    const share = records.filter(({ label }) => label === c).length / records.length;
    last.bias[c]! += options.priorCorrection * Math.log(share / options.classShares[c]!);
  });
}

/** First windows of recordings evenly spread over the training set. */
function rangeInputs(network: Network, records: readonly RhythmRecord[]) {
  const size = inputSize(network.input);
  const features = network.input.auxiliaryFeatures;
  const count = Math.min(RANGE_ITEMS, records.length);
  const signals = new Float32Array(count * size);
  const auxiliary = new Float32Array(count * features);
  for (let i = 0; i < count; i++) {
    const record = records[Math.floor((i * records.length) / count)]!;
    signals.set(record.signals.subarray(0, size), i * size);
    auxiliary.set(record.auxiliary.subarray(0, features), i * features);
  }
  return { signals, auxiliary };
}
