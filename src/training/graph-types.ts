import type { Activation, DenseLayer, FlattenLayer } from '../imc/network.ts';

export interface Conv2dLayer {
  kind: 'conv2d';
  name: string;
  input?: string;
  inChannels: number;
  outChannels: number;
  kernel: [number, number];
  stride: [number, number];
  padding: [number, number];
  groups: number;
  activation: Activation;
  weights: Float32Array;
  bias: Float32Array;
}
export interface Pool2dLayer {
  kind: 'pool2d';
  name: string;
  input?: string;
  operation: 'max' | 'average';
  size: [number, number];
  stride: [number, number];
}
export interface AddLayer {
  kind: 'add';
  name: string;
  inputs: [string, string];
  activation: Activation;
}
export type ImageLayer = Conv2dLayer | DenseLayer | Pool2dLayer | AddLayer | FlattenLayer;
export interface Network {
  name: string;
  input: { kind: 'image'; channels: number; height: number; width: number; auxiliaryFeatures: number };
  layers: ImageLayer[];
  classes: string[];
}
export type ArrayLayer = Conv2dLayer | DenseLayer;
