/** Bulk Gaussian deviates. */
import { gaussians16, setKey } from './shared/philox';

export { setKey };

export function heapBase(): usize {
  return __heap_base;
}

/** `groups` x 16 standard Gaussian f32 at `to`; group g uses counters from (firstBlock + 4 g, c1, c2, c3). */
export function fillGaussian(
  to: usize,
  groups: i32,
  firstBlock: i32,
  c1: i32,
  c2: i32,
  c3: i32,
): void {
  for (let group = 0; group < groups; group++) {
    gaussians16(to + (<usize>group << 6), firstBlock + (group << 2), c1, c2, c3);
  }
}
