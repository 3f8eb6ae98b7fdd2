/** Fits a beat network to labelled beats: what is drawn for each step, for how long, with which noise. */
import { NETWORK_CLASS_COUNT } from '../contract/ecg.ts';
import { LEAD_FEATURE_COUNT } from '../ecg/beat-lead.ts';
import { RHYTHM_FEATURE_COUNT } from '../ecg/beat-rhythm.ts';
import type { ArrayLayer, Network } from '../imc/network.ts';
import { isArrayLayer } from '../imc/network.ts';
import { fillGaussian, RandomStream } from '../numeric/random.ts';
import type { LabelledBeats } from './beat-dataset.ts';
import type { Posterior, PosteriorOptions } from './posterior.ts';
import { Trainer, type WeightPerturbation } from './trainer.ts';
import { WeightAverages } from './weight-averages.ts';

export interface FitOptions {
  seed: number;
  steps: number;
  batch: number;
  learningRate: number;
  weightDecay: number;
  weightLimitDeviations: number;
  labelSmoothing: number;
  /** Share of a batch drawn from each class N, S, V, F; sums to 1. */
  classShares: readonly number[];
  /** Within a class a record is drawn with its number of such beats to this power, 0 to 1. */
  recordPower: number;
  /** Share of a class's draws that come from copies with a made rhythm, where there are such. */
  madeShare: number;
  /** Chances that an item loses its second lead, and that its leads change places. */
  secondLeadLoss: number;
  leadExchange: number;
  /** Standard deviations of what is added to each auxiliary feature and of the windows' gain. */
  auxiliaryNoise: number;
  gainNoise: number;
  /** Chance that an auxiliary feature is set to 0. */
  auxiliaryLoss: number;
  /** 0 to 1: how far logits are moved from the shares drawn to the classes' true frequencies. */
  priorCorrection: number;
  /** Null: no posterior is trained, and weights decay instead. */
  posterior: PosteriorOptions | null;
}

/** Weights are averaged over this share of the steps, at the end, every so many steps. */
const AVERAGED_SHARE = 0.2;
const AVERAGED_EVERY = 20;

/**
 * Trains `network` in place. The learning rate falls to 0 along half a cosine.
 * @param records copies of each training record, the undisturbed first
 * @param perturbationAt the device's noise at a step; null for none
 * @param posterior trained along; null: weights are points, spread by the noise alone
 */
export function fitBeats(
  network: Network,
  records: readonly LabelledBeats[][],
  options: FitOptions,
  perturbationAt: ((step: number) => WeightPerturbation) | null,
  posterior: Posterior | null = null,
  report: (step: number, loss: number) => void = () => {},
): void {
  const trainer = new Trainer(network, options.batch);
  const batches = new Batches(network, records, options);
  const averages = new WeightAverages(network);
  for (let step = 0; step < options.steps; step++) {
    const { signals, auxiliary, labels } = batches.draw(step);
    const learningRate = options.learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / options.steps));
    posterior?.advance();
    const loss = trainer.step(signals, auxiliary, labels, {
      learningRate,
      regularise:
        posterior === null
          ? null
          : (layer, weights, gradient) => posterior.regularise(layer, weights, gradient, learningRate),
      weightDecay: posterior === null ? options.weightDecay : 0,
      weightLimitDeviations: options.weightLimitDeviations,
      perturb: perturbationAt === null ? null : perturbationAt(step),
      labelSmoothing: options.labelSmoothing,
    });
    report(step, loss);
    const left = options.steps - 1 - step;
    if (left < AVERAGED_SHARE * options.steps && left % AVERAGED_EVERY === 0) {
      trainer.store();
      averages.add();
      posterior?.average();
    }
  }
  averages.store();
  posterior?.store(network.layers.filter(isArrayLayer));
  correctPriors(network, records, options);
}

/** Moves the logits' biases from the frequencies that were drawn to those of the records. */
function correctPriors(network: Network, records: readonly LabelledBeats[][], options: FitOptions): void {
  const counts = new Float64Array(NETWORK_CLASS_COUNT);
  let total = 0;
  for (const copies of records) {
    for (const label of copies[0]!.labels) {
      counts[label]!++;
      total++;
    }
  }
  const last = network.layers[network.layers.length - 1] as ArrayLayer;
  for (let c = 0; c < NETWORK_CLASS_COUNT; c++) {
    last.bias[c]! +=
      options.priorCorrection * Math.log(Math.max(1, counts[c]!) / total / options.classShares[c]!);
  }
}

interface RecordPool {
  copies: { beats: LabelledBeats; rows: Int32Array }[];
  /** Cumulative chance within its class, the last is 1. */
  until: number;
}

/** Draws training batches: class, then record, then copy, then beat; then disturbs the inputs. */
class Batches {
  readonly #options: FitOptions;
  readonly #pools: RecordPool[][];
  readonly #shares: number[];
  readonly #random: RandomStream;
  readonly #noise: Float32Array;
  readonly #width: { channels: number; length: number; auxiliary: number };
  readonly signals: Float32Array;
  readonly auxiliary: Float32Array;
  readonly labels: Uint8Array;

  constructor(network: Network, records: readonly LabelledBeats[][], options: FitOptions) {
    if (network.input.kind !== 'signal') throw new RangeError('The network does not read signals.');
    const { channels, length, auxiliaryFeatures } = network.input;
    this.#options = options;
    this.#width = { channels, length, auxiliary: auxiliaryFeatures };
    this.#pools = Array.from({ length: NETWORK_CLASS_COUNT }, (_, label) => poolsOf(records, label, options));
    // A class that no record has is not drawn.
    const shares = options.classShares.map((share, label) => (this.#pools[label]!.length > 0 ? share : 0));
    const total = shares.reduce((sum, share) => sum + share, 0);
    this.#shares = shares.map((share) => share / total);
    this.#random = new RandomStream({ seed: options.seed, words: [1, 0, 0] });
    this.#noise = new Float32Array(options.batch * (auxiliaryFeatures + channels / 2));
    this.signals = new Float32Array(options.batch * channels * length);
    this.auxiliary = new Float32Array(options.batch * auxiliaryFeatures);
    this.labels = new Uint8Array(options.batch);
  }

  draw(step: number): { signals: Float32Array; auxiliary: Float32Array; labels: Uint8Array } {
    const { batch, seed } = this.#options;
    fillGaussian({ seed, words: [2, step, 0] }, this.#noise);
    for (let item = 0; item < batch; item++) {
      const label = indexAt(this.#shares, this.#random.uniform());
      const at = this.#random.uniform();
      const pools = this.#pools[label]!;
      const pool = pools.find((candidate) => at < candidate.until) ?? pools[pools.length - 1]!;
      const copy = pool.copies[this.#random.integer(pool.copies.length)]!;
      this.labels[item] = label;
      this.#take(item, copy.beats, copy.rows[this.#random.integer(copy.rows.length)]!);
    }
    return this;
  }

  #take(item: number, beats: LabelledBeats, row: number): void {
    const { channels, length, auxiliary: features } = this.#width;
    const { secondLeadLoss, leadExchange, auxiliaryNoise, gainNoise, auxiliaryLoss } = this.#options;
    const halfSignal = (channels / 2) * length;
    const signals = this.signals.subarray(item * 2 * halfSignal, (item + 1) * 2 * halfSignal);
    const auxiliary = this.auxiliary.subarray(item * features, (item + 1) * features);
    signals.set(beats.signals.subarray(row * 2 * halfSignal, (row + 1) * 2 * halfSignal));
    auxiliary.set(beats.auxiliary.subarray(row * features, (row + 1) * features));

    const second = RHYTHM_FEATURE_COUNT + LEAD_FEATURE_COUNT;
    const chance = this.#random.uniform();
    const exchange = this.#random.uniform() < leadExchange;
    const lose = chance < secondLeadLoss;
    if (exchange && auxiliary[features - 1] === 1) {
      swap(signals, 0, halfSignal, halfSignal);
      swap(auxiliary, RHYTHM_FEATURE_COUNT, second, LEAD_FEATURE_COUNT);
    }
    const noise = this.#noise.subarray(item * (features + channels / 2));
    for (let lead = 0; lead < 2; lead++) {
      const gain = 1 + gainNoise * noise[features + lead]!;
      for (let i = lead * halfSignal; i < (lead + 1) * halfSignal; i++) {
        signals[i] = limited(signals[i]! * gain);
      }
    }
    for (let f = 0; f < features - 1; f++) {
      const lost = auxiliaryLoss > 0 && this.#random.uniform() < auxiliaryLoss;
      auxiliary[f] = lost ? 0 : limited(auxiliary[f]! + auxiliaryNoise * noise[f]!);
    }
    if (lose || auxiliary[features - 1] === 0) {
      signals.fill(0, halfSignal);
      auxiliary.fill(0, second);
    }
  }
}

function limited(value: number): number {
  return value > 1 ? 1 : value < -1 ? -1 : value;
}

function swap(values: Float32Array, a: number, b: number, count: number): void {
  const kept = values.slice(a, a + count);
  values.copyWithin(a, b, b + count);
  values.set(kept, b);
}

function indexAt(shares: readonly number[], at: number): number {
  let sum = 0;
  for (let i = 0; i < shares.length; i++) {
    sum += shares[i]!;
    if (at < sum) return i;
  }
  return shares.length - 1;
}

/** Records to draw beats of a class from; copies with a made rhythm apart from the real ones. */
function poolsOf(records: readonly LabelledBeats[][], label: number, options: FitOptions): RecordPool[] {
  const weighted = records.flatMap((copies) =>
    [true, false].map((real) => {
      const withRows = copies
        .filter(({ kind }) => (kind === 'real') === real)
        .map((beats) => ({
          beats,
          rows: Int32Array.from(Array.from(beats.labels.keys()).filter((i) => beats.labels[i] === label)),
        }))
        .filter(({ rows }) => rows.length > 0);
      const beats = withRows.reduce((sum, { rows }) => sum + rows.length, 0) / Math.max(1, withRows.length);
      return { copies: withRows, real, weight: beats > 0 ? beats ** options.recordPower : 0 };
    }),
  );
  const totalOf = (real: boolean) =>
    weighted.reduce((sum, pool) => sum + (pool.real === real ? pool.weight : 0), 0);
  const totals = { real: totalOf(true), made: totalOf(false) };
  const share = totals.real === 0 ? 1 : totals.made === 0 ? 0 : options.madeShare;
  let until = 0;
  return weighted
    .filter(({ weight }) => weight > 0)
    .map(({ copies, real, weight }) => {
      until += real ? ((1 - share) * weight) / totals.real : (share * weight) / totals.made;
      return { copies, until };
    });
}
