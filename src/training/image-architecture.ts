/** Residual networks of images before training. */

import type { Conv2dLayer, Network } from '../imc/network.ts';
import { gaussians } from '../numeric/random.ts';

export interface ImageArchitecture {
  name: string;
  classes: readonly string[];
  /** Rows and columns of the square one-channel input. */
  side: number;
  /** First convolution: 5 x 5, stride `stemStride`. */
  stemChannels: number;
  stemStride: 1 | 2;
  /** Each halves rows and columns by a 3 x 3 convolution of stride 2, then adds one residual 3 x 3 convolution. */
  stages: readonly number[];
}

/**
 * Weights from a normal distribution of variance 2 / inputs (He et al. 2015), biases 0; residual convolutions start
 * at a quarter of that deviation, so that blocks begin near identity. After the stages: mean over all positions
 * ("embedding"), then one dense layer to the logits.
 */
export function untrainedImageNetwork(architecture: ImageArchitecture, seed: number): Network {
  const { name, classes, side, stemChannels, stemStride, stages } = architecture;
  const network: Network = {
    name,
    input: { kind: 'image', channels: 1, height: side, width: side, auxiliaryFeatures: 0 },
    layers: [],
    classes: [...classes],
  };
  let index = 0;
  const convolution = (
    layer: string,
    inChannels: number,
    outChannels: number,
    kernel: number,
    stride: number,
    scale = 1,
  ): Conv2dLayer => {
    const fanIn = inChannels * kernel * kernel;
    return {
      kind: 'conv2d',
      name: layer,
      inChannels,
      outChannels,
      kernel: [kernel, kernel],
      stride: [stride, stride],
      padding: [kernel >> 1, kernel >> 1],
      groups: 1,
      activation: 'relu',
      weights: initial(outChannels * fanIn, fanIn, seed, index++, scale),
      bias: new Float32Array(outChannels),
    };
  };
  network.layers.push(convolution('stem', 1, stemChannels, 5, stemStride));
  let channels = stemChannels;
  let extent = Math.floor((side - 1) / stemStride) + 1;
  stages.forEach((outChannels, i) => {
    const down = `stage${i + 1}-down`;
    const residual = `stage${i + 1}-residual`;
    network.layers.push(
      convolution(down, channels, outChannels, 3, 2),
      { ...convolution(residual, outChannels, outChannels, 3, 1, 0.25) },
      { kind: 'add', name: `stage${i + 1}`, inputs: [down, residual], activation: 'none' },
    );
    channels = outChannels;
    extent = Math.floor((extent - 1) / 2) + 1;
  });
  network.layers.push(
    { kind: 'pool2d', name: 'mean', operation: 'average', size: [extent, extent], stride: [1, 1] },
    { kind: 'flatten', name: 'embedding' },
    {
      kind: 'dense',
      name: 'classes',
      inFeatures: channels,
      outFeatures: classes.length,
      activation: 'none',
      weights: initial(classes.length * channels, channels, seed, index++, 0.5),
      bias: new Float32Array(classes.length),
    },
  );
  return network;
}

function initial(count: number, fanIn: number, seed: number, layer: number, scale: number): Float32Array {
  const deviation = scale * Math.sqrt(2 / fanIn);
  return gaussians({ seed, words: [0, layer, 0] }, count).map((value) => value * deviation);
}
