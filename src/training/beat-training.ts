/** How the shipped beat network is trained: every choice here was made by cross-validation within DS1. */
import { BEAT_INPUT_SPEC } from '../ecg/beats.ts';
import { inputSize, isArrayLayer, type Network } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { calibrateRanges, type LayerRange } from '../imc/ranges.ts';
import { type BeatArchitecture, untrainedBeatNetwork } from './beat-architecture.ts';
import { COPY_KINDS, type LabelledBeats, labelledBeats } from './beat-dataset.ts';
import { readMitdb } from './data-folder.ts';
import { deviceNoise } from './device-noise.ts';
import { type FitOptions, fitBeats } from './fit.ts';
import { DS1_RECORDS } from './mitdb-split.ts';
import { Posterior } from './posterior.ts';
import { type NetworkInputs, REFERENCE } from './reference-condition.ts';

export const BEAT_ARCHITECTURE: BeatArchitecture = {
  convolutions: [
    { channels: 8, kernel: 7 },
    { channels: 8, kernel: 5 },
    { channels: 12, kernel: 5 },
  ],
  hidden: [32],
};

export const BEAT_FIT: FitOptions = {
  seed: 1,
  steps: 1000,
  batch: 240,
  learningRate: 2e-3,
  weightDecay: 0.02,
  weightLimitDeviations: 3,
  labelSmoothing: 0.02,
  classShares: [0.52, 0.22, 0.22, 0.04],
  recordPower: 0.3,
  madeShare: 0.5,
  secondLeadLoss: 0.25,
  leadExchange: 0.25,
  auxiliaryNoise: 0.03,
  gainNoise: 0.1,
  auxiliaryLoss: 0.1,
  priorCorrection: 0.5,
  posterior: { priorDeviations: 1, temper: 1, commonModeRate: 5, commonModeStart: 0.02 },
};

/** All copies of the training records, in the order of DS1_RECORDS. */
export function trainingRecords(folder: string, seed: number): LabelledBeats[][] {
  return DS1_RECORDS.map((record) => {
    const annotated = readMitdb(folder, record);
    return COPY_KINDS.map((_, copy) => labelledBeats(annotated, record, copy, seed, BEAT_INPUT_SPEC));
  });
}

export interface TrainedBeatNetwork {
  network: Network;
  ranges: LayerRange[];
}

/** Trains on the records given with the noise of the device, and sets the converters' ranges on them. */
export function trainBeatNetwork(
  records: readonly LabelledBeats[][],
  profile: DeviceProfile,
  options: FitOptions,
  architecture: BeatArchitecture,
  report?: (step: number, loss: number) => void,
): TrainedBeatNetwork {
  const network = untrainedBeatNetwork(architecture, BEAT_INPUT_SPEC, options.seed);
  const posterior =
    options.posterior === null
      ? null
      : new Posterior(
          network.layers.filter(isArrayLayer),
          profile,
          REFERENCE.samples,
          records.reduce((sum, [real]) => sum + real!.labels.length, 0),
          options.posterior,
        );
  fitBeats(
    network,
    records,
    options,
    (step) => deviceNoise(network, profile, options.seed, step, posterior),
    posterior,
    report,
  );
  const { signals, auxiliary } = rangeInputs(network, records);
  return { network, ranges: calibrateRanges(network, profile, signals, auxiliary) };
}

/** Beats of all classes and records alike, for the rare ones reach furthest. */
function rangeInputs(network: Network, records: readonly LabelledBeats[][]): NetworkInputs {
  const signalLength = inputSize(network.input);
  const features = network.input.auxiliaryFeatures;
  const chosen = records.flatMap(([beats]) =>
    network.classes.flatMap((_, label) => {
      const rows = Array.from(beats!.labels.keys()).filter((row) => beats!.labels[row] === label);
      return Array.from({ length: Math.min(8, rows.length) }, (__, k) => ({
        beats: beats!,
        row: rows[Math.floor((k * rows.length) / Math.min(8, rows.length))]!,
      }));
    }),
  );
  const signals = new Float32Array(chosen.length * signalLength);
  const auxiliary = new Float32Array(chosen.length * features);
  chosen.forEach(({ beats, row }, i) => {
    signals.set(beats.signals.subarray(row * signalLength, (row + 1) * signalLength), i * signalLength);
    auxiliary.set(beats.auxiliary.subarray(row * features, (row + 1) * features), i * features);
  });
  return { signals, auxiliary };
}
