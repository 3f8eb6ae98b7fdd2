/** Leaves patients out within DS1: trains on the other folds and reads the left-out records on a programmed array. */
import { NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import { isArrayLayer } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { runIdealFp32 } from '../imc/run.ts';
import type { BeatArchitecture } from './beat-architecture.ts';
import type { CopyKind, LabelledBeats } from './beat-dataset.ts';
import { type TrainedBeatNetwork, trainBeatNetwork } from './beat-training.ts';
import type { FitOptions } from './fit.ts';
import { DS1_RECORDS } from './mitdb-split.ts';
import { arrayLogits, type NetworkInputs } from './reference-condition.ts';

/** Five groups of patients; atrial fibrillation, supraventricular and fusion beats are spread over them. */
export const FOLDS: readonly (readonly (typeof DS1_RECORDS)[number][])[] = [
  ['209', '203', '112', '205'],
  ['207', '119', '109', '122', '101'],
  ['201', '114', '116', '106'],
  ['118', '208', '124', '215', '230'],
  ['220', '223', '108', '115'],
];

export interface LeftOut {
  record: string;
  kind: CopyKind;
  labels: Uint8Array;
  /** Of the programmed array, [n][samples][classes]. */
  logits: Float32Array;
}

/** What uncertainty is taken from; see `readings`. */
export const METHODS = ['trained posterior', 'hardware noise ensemble', 'deterministic'] as const;
export type Method = (typeof METHODS)[number];

/** Logits of one network by each method: [n][samples][classes], one sample where nothing is drawn. */
export function readings(
  trained: TrainedBeatNetwork,
  profile: DeviceProfile,
  programmingSeed: number,
  inputs: NetworkInputs,
): Record<Method, Float32Array> {
  return {
    'trained posterior': arrayLogits(trained, profile, programmingSeed, inputs),
    'hardware noise ensemble': arrayLogits(withoutPosterior(trained), profile, programmingSeed, inputs),
    deterministic: runIdealFp32(trained.network, inputs.signals, inputs.auxiliary),
  };
}

/** The same means, each weight with no more read noise than its pair must have. */
export function withoutPosterior({ network, ranges }: TrainedBeatNetwork): TrainedBeatNetwork {
  const layers = network.layers.map((layer) => {
    if (!isArrayLayer(layer)) return layer;
    const { commonMode: _, ...plain } = layer;
    return plain;
  });
  return { network: { ...network, layers }, ranges };
}

/** Sensitivity, positive predictivity and F1 of a class from a confusion [true][called]. */
export function classFigures(confusion: readonly number[][], label: number) {
  const fusion = NETWORK_CLASSES.indexOf('F');
  const ventricular = NETWORK_CLASSES.indexOf('V');
  const hit = confusion[label]![label]!;
  const all = confusion[label]!.reduce((sum, n) => sum + n, 0);
  // EC57: a fusion beat called ventricular is neither rewarded nor penalised.
  const called = confusion.reduce(
    (sum, row, truth) => sum + (label === ventricular && truth === fusion ? 0 : row[label]!),
    0,
  );
  return {
    sensitivity: all > 0 ? hit / all : 0,
    positivePredictivity: called > 0 ? hit / called : 0,
    f1: all + called > 0 ? (2 * hit) / (all + called) : 0,
  };
}

export function confusionOf(labels: Uint8Array, probabilities: Float64Array): number[][] {
  const confusion = Array.from({ length: NETWORK_CLASS_COUNT }, () =>
    new Array<number>(NETWORK_CLASS_COUNT).fill(0),
  );
  labels.forEach((label, i) => {
    confusion[label]![largest(probabilities, i)]!++;
  });
  return confusion;
}

export function largest(probabilities: Float64Array, item: number): number {
  let best = 0;
  for (let c = 1; c < NETWORK_CLASS_COUNT; c++) {
    const at = item * NETWORK_CLASS_COUNT;
    if (probabilities[at + c]! > probabilities[at + best]!) best = c;
  }
  return best;
}

interface LeaveOutSetting {
  options: FitOptions;
  architecture: BeatArchitecture;
  /** Copies that are not trained on. */
  withoutCopies?: readonly CopyKind[];
}

/** Trains on the records of DS1 that are not left out. @param data of `trainingRecords` */
export function trainedWithout(
  leftOut: readonly string[],
  data: readonly LabelledBeats[][],
  profile: DeviceProfile,
  setting: LeaveOutSetting,
): TrainedBeatNetwork {
  return trainBeatNetwork(
    data
      .filter((_, i) => !leftOut.includes(DS1_RECORDS[i]!))
      .map((copies) => copies.filter(({ kind }) => !setting.withoutCopies?.includes(kind))),
    profile,
    setting.options,
    setting.architecture,
  );
}

/**
 * Trains without each fold in turn and hands the left-out records with the network to `read`.
 * @param data of `trainingRecords`
 */
export function leaveOut(
  data: readonly LabelledBeats[][],
  profile: DeviceProfile,
  folds: readonly (readonly string[])[],
  setting: LeaveOutSetting,
  read: (copies: readonly LabelledBeats[], trained: TrainedBeatNetwork, fold: number) => void,
): void {
  folds.forEach((fold, index) => {
    const trained = trainedWithout(fold, data, profile, setting);
    for (const copies of data.filter((_, i) => fold.includes(DS1_RECORDS[i]!))) read(copies, trained, index);
    console.error(`fold ${index + 1} of ${folds.length}`);
  });
}
