/** How far fast read noise spreads one device, as a function of the conductance it was programmed to. */
import { exp } from '../numeric/elementary.ts';
import {
  fastReadNoiseSpread,
  fullScaleMicroSiemens,
  programmingDeviation,
  readNoiseDeviation,
} from './device.ts';
import type { DeviceProfile } from './profile.ts';

const STEPS = 1024;
/** Programming error is averaged over this many values between -4 and 4 standard deviations. */
const NODES = 33;

/**
 * Standard deviation of the fast read noise of a device over the largest weight's conductance, by its target g
 * (0 to 1, over g_max), root mean square over programming errors: a device programmed to 0 is seldom there, and
 * 1/f noise is steep near 0. Drift that is compensated leaves it as it is.
 *
 * @param samples reads of one burst, see `fastReadNoiseSpread`
 */
export function readDeviation(profile: DeviceProfile, samples: number): (g: number) => number {
  const spread = fastReadNoiseSpread(profile, samples);
  const scale = fullScaleMicroSiemens(profile);
  const table = Float64Array.from({ length: STEPS + 1 }, (_, step) => {
    const target = (step / STEPS) * profile.gMaxMicroSiemens;
    const error = programmingDeviation(profile, step / STEPS);
    let variance = 0;
    let total = 0;
    for (let node = 0; node < NODES; node++) {
      const z = -4 + (8 * node) / (NODES - 1);
      const density = exp((-z * z) / 2);
      const conductance = Math.max(0, target + error * z);
      variance += density * deviationOf(profile, conductance) ** 2;
      total += density;
    }
    return (spread * Math.sqrt(variance / total)) / scale;
  });
  return (g) => {
    const position = Math.min(1, Math.max(0, g)) * STEPS;
    const below = Math.min(STEPS - 1, Math.floor(position));
    return table[below] + (position - below) * (table[below + 1] - table[below]);
  };
}

function deviationOf(profile: DeviceProfile, conductance: number): number {
  const model = profile.readNoise;
  if (model.kind === 'none') return 0;
  // White noise is given a cell; half its variance is a device's.
  if (model.kind === 'white') return (model.cellDeviation * fullScaleMicroSiemens(profile)) / Math.SQRT2;
  return readNoiseDeviation(profile, conductance, conductance);
}
