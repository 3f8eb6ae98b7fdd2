/** How large a network of foreign origin may be, known before anything is allocated for it. */
import { KirchhoffError } from '../contract/errors.ts';
import { type Network, slidingLength } from '../imc/network.ts';

export const LARGEST_NETWORK_BYTES = 2 ** 30;

/** Two programmed conductances, two drift exponents in f32; two registers and a variance in int16. */
const BYTES_A_CELL = 4 * 4 + 3 * 2;

/**
 * @param at what was read, for the message
 * @throws {KirchhoffError} `value-out-of-range` naming the layer at which the devices so far and the values
 * that flow through the layer need more than 1 GiB
 */
export function checkNetworkMemory(network: Network, at: string): void {
  let { channels, length } = network.input;
  let cells = 0;
  let values = channels * length;
  for (const layer of network.layers) {
    const before = values;
    if (layer.kind === 'conv1d') {
      cells += layer.outChannels * layer.inChannels * layer.kernel;
      length = slidingLength(length, layer.kernel, layer.stride, layer.padding);
      channels = layer.outChannels;
      values = channels * length;
    } else if (layer.kind === 'pool1d') {
      length = slidingLength(length, layer.size, layer.stride);
      values = channels * length;
    } else if (layer.kind === 'flatten') {
      values += network.input.auxiliaryFeatures;
    } else {
      cells += layer.inFeatures * layer.outFeatures;
      values = layer.outFeatures;
    }
    const bytes = cells * BYTES_A_CELL + 4 * (before + values);
    if (bytes > LARGEST_NETWORK_BYTES) {
      const mebibytes = Math.ceil(bytes / 2 ** 20);
      throw new KirchhoffError(
        'value-out-of-range',
        `The network wants ${mebibytes} MiB; the limit is ${LARGEST_NETWORK_BYTES / 2 ** 20} MiB.`,
        `${at} layer ${layer.name}`,
      );
    }
  }
}
