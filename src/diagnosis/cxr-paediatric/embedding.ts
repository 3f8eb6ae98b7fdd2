/** What the network makes of an image before its last layer, in fp32: for likeness, not for diagnosis. */
import type { Network } from '../../imc/network.ts';
import { forwardItem } from '../../imc/software.ts';

const NO_FEATURES = new Float32Array(0);

/**
 * @param input one image of `networkInput`
 * @returns what enters the last dense layer
 */
export function embeddingOf(network: Network, input: Float32Array): Float32Array {
  let last: Float32Array = NO_FEATURES;
  forwardItem(network, input, NO_FEATURES, 0, (_, values) => {
    last = values;
  });
  return last.slice();
}
