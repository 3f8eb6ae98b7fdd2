/**
 * The slow part of 1/f read noise as one path in time for each device.
 *
 * Published is its variance at a time t since programming, Q^2 v(t) with v = ln((t + t_read) / (2 t_read)), and not
 * how one time depends on another. Ours: a Brownian motion W in v, so that a device wanders by independent
 * steps in the logarithm of time, as structural relaxation does; between t1 < t2 the correlation is
 * sqrt(v(t1) / v(t2)). W is found by halving an interval around v again and again (Lévy's construction), so that any
 * time may be asked for, in any order, and lies on the same path.
 */
import { gaussians } from '../numeric/random.ts';
import { placeWord } from './streams.ts';

/** v of 10^21 seconds and more. */
const LONGEST = 64;
/** Halvings until steps of 2^-10: within one, 0.1 % of the time, a path is straight. */
const HALVINGS = 16;

/**
 * W(v) / sqrt(v) of the devices of a tile: standard Gaussian at every v, continuous in v.
 *
 * @param v variance of the noise in units of Q^2, above 0; beyond 64 as 64
 */
export function slowNoiseDeviates(
  place: { seed: number; layer: number; tile: number },
  v: number,
  devices: number,
): Float64Array {
  const draw = (level: number, node: number): Float32Array =>
    gaussians(
      { seed: place.seed, words: [level, node, placeWord('slowReadNoise', place.layer, place.tile)] },
      devices,
    );
  const at = Math.min(v, LONGEST);
  let from = 0;
  let to = LONGEST;
  let node = 0;
  const low = new Float64Array(devices);
  const high = Float64Array.from(draw(0, 0), (z) => Math.sqrt(LONGEST) * z);
  for (let level = 1; level <= HALVINGS; level++) {
    const middle = (from + to) / 2;
    const deviation = Math.sqrt((to - from) / 4);
    const z = draw(level, node);
    const upper = at >= middle;
    const moved = upper ? low : high;
    for (let device = 0; device < devices; device++) {
      moved[device] = (low[device] + high[device]) / 2 + deviation * z[device];
    }
    node = 2 * node + (upper ? 1 : 0);
    if (upper) from = middle;
    else to = middle;
  }
  const share = (at - from) / (to - from);
  // Of the straight line between W(from) and W(to); a little less than v.
  const variance = from + share * share * (to - from);
  const scale = 1 / Math.sqrt(variance);
  for (let device = 0; device < devices; device++) {
    low[device] = scale * (low[device] + share * (high[device] - low[device]));
  }
  return low;
}
