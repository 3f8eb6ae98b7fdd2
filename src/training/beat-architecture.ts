/** The beat network before training. */
import { NETWORK_CLASSES } from '../contract/ecg.ts';
import type { BeatInputSpec } from '../ecg/beats.ts';
import type { Activation, Conv1dLayer, DenseLayer, Network } from '../imc/network.ts';
import { gaussians } from '../numeric/random.ts';

/** Widths of the layers; each convolution halves the length. */
export interface BeatArchitecture {
  convolutions: { channels: number; kernel: number }[];
  hidden: number[];
}

/** Weights from a normal distribution of variance 2 / inputs (He et al. 2015), biases 0. */
export function untrainedBeatNetwork(
  architecture: BeatArchitecture,
  spec: BeatInputSpec,
  seed: number,
): Network {
  const network: Network = {
    name: 'ecg-beats',
    input: {
      kind: 'signal',
      channels: spec.channels,
      length: spec.length,
      auxiliaryFeatures: spec.auxiliaryFeatures.length,
    },
    layers: [],
    classes: [...NETWORK_CLASSES],
  };
  let channels: number = spec.channels;
  let length: number = spec.length;
  architecture.convolutions.forEach(({ channels: outChannels, kernel }, i) => {
    const fanIn = channels * kernel;
    const layer: Conv1dLayer = {
      kind: 'conv1d',
      name: `convolution${i + 1}`,
      inChannels: channels,
      outChannels,
      kernel,
      stride: 2,
      padding: (kernel - 1) >> 1,
      groups: 1,
      activation: 'relu',
      weights: initial(outChannels * fanIn, fanIn, seed, i),
      bias: new Float32Array(outChannels),
    };
    network.layers.push(layer);
    channels = outChannels;
    length = Math.floor((length + 2 * layer.padding - kernel) / 2) + 1;
  });
  network.layers.push({ kind: 'flatten', name: 'flatten' });
  let features = channels * length + spec.auxiliaryFeatures.length;
  const dense = (name: string, outFeatures: number, activation: Activation, index: number): DenseLayer => {
    const layer: DenseLayer = {
      kind: 'dense',
      name,
      inFeatures: features,
      outFeatures,
      activation,
      weights: initial(outFeatures * features, features, seed, 100 + index),
      bias: new Float32Array(outFeatures),
    };
    features = outFeatures;
    return layer;
  };
  architecture.hidden.forEach((width, i) => {
    network.layers.push(dense(`dense${i + 1}`, width, 'relu', i));
  });
  network.layers.push(dense('classes', NETWORK_CLASSES.length, 'none', 99));
  return network;
}

function initial(count: number, fanIn: number, seed: number, layer: number): Float32Array {
  const deviation = Math.sqrt(2 / fanIn);
  return gaussians({ seed, words: [0, layer, 0] }, count).map((value) => value * deviation);
}
