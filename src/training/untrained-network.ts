/** Networks over signals before training: convolutions, then a dense head that also takes the auxiliary features. */
import type { Activation, Conv1dLayer, DenseLayer, Network } from '../imc/network.ts';
import { slidingLength } from '../imc/network.ts';
import { gaussians } from '../numeric/random.ts';

export interface SignalNetworkPlan {
  name: string;
  channels: number;
  length: number;
  auxiliaryFeatures: number;
  classes: readonly string[];
  convolutions: readonly { channels: number; kernel: number; stride: number }[];
  /** After the convolutions the mean of each channel over the length, or all places of it. */
  meanOverLength: boolean;
  hidden: readonly number[];
}

/** First word of the random address, so that two networks of one seed do not begin alike. */
export type WeightFamily = 0 | 1;

/** Weights from a normal distribution of variance 2 / inputs (He et al. 2015), biases 0. */
export function untrainedSignalNetwork(plan: SignalNetworkPlan, seed: number, family: WeightFamily): Network {
  const weights = (count: number, fanIn: number, layer: number) =>
    initialWeights(count, fanIn, { seed, family, layer });
  const network: Network = {
    name: plan.name,
    input: {
      kind: 'signal',
      channels: plan.channels,
      length: plan.length,
      auxiliaryFeatures: plan.auxiliaryFeatures,
    },
    layers: [],
    classes: [...plan.classes],
  };
  let { channels, length } = plan;
  plan.convolutions.forEach(({ channels: outChannels, kernel, stride }, i) => {
    const fanIn = channels * kernel;
    const layer: Conv1dLayer = {
      kind: 'conv1d',
      name: `convolution${i + 1}`,
      inChannels: channels,
      outChannels,
      kernel,
      stride,
      padding: (kernel - 1) >> 1,
      groups: 1,
      activation: 'relu',
      weights: weights(outChannels * fanIn, fanIn, i),
      bias: new Float32Array(outChannels),
    };
    network.layers.push(layer);
    channels = outChannels;
    length = slidingLength(length, kernel, stride, layer.padding);
  });
  if (plan.meanOverLength && plan.convolutions.length > 0) {
    network.layers.push({ kind: 'pool1d', name: 'mean', operation: 'average', size: length, stride: length });
    length = 1;
  }
  network.layers.push({ kind: 'flatten', name: 'flatten' });
  let features = channels * length + plan.auxiliaryFeatures;
  const dense = (name: string, outFeatures: number, activation: Activation, index: number): DenseLayer => {
    const layer: DenseLayer = {
      kind: 'dense',
      name,
      inFeatures: features,
      outFeatures,
      activation,
      weights: weights(outFeatures * features, features, 100 + index),
      bias: new Float32Array(outFeatures),
    };
    features = outFeatures;
    return layer;
  };
  plan.hidden.forEach((width, i) => {
    network.layers.push(dense(`dense${i + 1}`, width, 'relu', i));
  });
  network.layers.push(dense('classes', plan.classes.length, 'none', 99));
  return network;
}

/** Normal deviates of variance 2 / inputs. */
function initialWeights(
  count: number,
  fanIn: number,
  { seed, family, layer }: { seed: number; family: WeightFamily; layer: number },
): Float32Array {
  const deviation = Math.sqrt(2 / fanIn);
  return gaussians({ seed, words: [family, layer, 0] }, count).map((value) => value * deviation);
}
