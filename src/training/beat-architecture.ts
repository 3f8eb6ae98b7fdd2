/** The beat network before training. */
import { NETWORK_CLASSES } from '../contract/ecg.ts';
import type { BeatInputSpec } from '../ecg/beats.ts';
import type { Network } from '../imc/network.ts';
import { untrainedSignalNetwork } from './untrained-network.ts';

/** Widths of the layers; each convolution halves the length. */
export interface BeatArchitecture {
  convolutions: { channels: number; kernel: number }[];
  hidden: number[];
}

export function untrainedBeatNetwork(
  architecture: BeatArchitecture,
  spec: BeatInputSpec,
  seed: number,
): Network {
  const plan = {
    name: 'ecg-beats',
    channels: spec.channels,
    length: spec.length,
    auxiliaryFeatures: spec.auxiliaryFeatures.length,
    classes: NETWORK_CLASSES,
    convolutions: architecture.convolutions.map((convolution) => ({ ...convolution, stride: 2 })),
    meanOverLength: false,
    hidden: architecture.hidden,
  };
  return untrainedSignalNetwork(plan, seed, 0);
}
