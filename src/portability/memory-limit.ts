/** How large a network of foreign origin may be, known before anything is allocated for it. */
import { KirchhoffError } from '../contract/errors.ts';
import { isArrayLayer, type Network } from '../imc/network.ts';
import { shapesOf, valuesOf } from '../imc/shapes.ts';

export const LARGEST_NETWORK_BYTES = 2 ** 30;

/** Two programmed conductances, two drift exponents in f32; two registers and a variance in int16. */
const BYTES_A_CELL = 4 * 4 + 3 * 2;

/**
 * @param at what was read, for the message
 * @throws {KirchhoffError} `value-out-of-range` naming the layer at which the devices so far and the values
 * that flow through the layer need more than 1 GiB
 */
export function checkNetworkMemory(network: Network, at: string): void {
  let cells = 0;
  for (const { layer, input, output } of shapesOf(network)) {
    if (isArrayLayer(layer)) cells += layer.weights.length;
    const bytes = cells * BYTES_A_CELL + 4 * (valuesOf(input) + valuesOf(output));
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
