/** How much memory a network may want on the simulated array, known before anything is allocated for it. */
import { KirchhoffError } from '../contract/errors.ts';
import { isArrayLayer, type Network } from './network.ts';
import { inputShape, type PlacedLayer, type Shape, shapesOf, valuesOf } from './shapes.ts';

export const LARGEST_NETWORK_BYTES = 2 ** 30;

/**
 * Two programmed conductances and two drift exponents in f32; two registers and a variance in int16; difference
 * and variance once more in int16 where they are read.
 */
const BYTES_A_CELL = 4 * 4 + 3 * 2 + 2 * 2;

/** Units that at least go through the layers together: a multiply works on four vectors at a time. */
export const SMALLEST_BATCH = 4;

/**
 * Bytes that one layer's values of one sample of one item take while they are read: f32 with columns padded to
 * eight, and of an array layer's input DAC codes and their squares in int16.
 */
export function bytesAUnit({ layer, input, output }: PlacedLayer): number {
  if (layer.kind === 'flatten') return 0;
  return paddedBytes(output) + (isArrayLayer(layer) ? 4 * valuesOf(input) : 0);
}

function paddedBytes(shape: Shape): number {
  return 4 * Math.ceil(shape.channels / 8) * 8 * shape.height * shape.width;
}

/**
 * @param at what was read, for the message
 * @throws {KirchhoffError} `value-out-of-range` naming the layer at which the devices so far and the values of a
 * smallest batch need more than 1 GiB
 */
export function checkNetworkMemory(network: Network, at: string): void {
  let bytes = SMALLEST_BATCH * paddedBytes(inputShape(network));
  for (const placed of shapesOf(network)) {
    const { layer } = placed;
    bytes += SMALLEST_BATCH * bytesAUnit(placed);
    if (isArrayLayer(layer)) bytes += BYTES_A_CELL * layer.weights.length;
    if (bytes > LARGEST_NETWORK_BYTES) {
      const mebibytes = Math.ceil(bytes / 2 ** 20);
      throw new KirchhoffError(
        'value-out-of-range',
        `The network wants ${mebibytes} MiB up to here; the limit is ${LARGEST_NETWORK_BYTES / 2 ** 20} MiB.`,
        `${at} layer ${layer.name}`,
      );
    }
  }
}
