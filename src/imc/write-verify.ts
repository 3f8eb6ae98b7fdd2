/**
 * Programming in steps: pulse, read, compare, until a device reads within the acceptance of its target. The
 * model is ours and simple: a pulse moves a device by `gain` times what is missing, and misses that by a
 * Gaussian that does not depend on the conductance.
 */
import { fillGaussian } from '../numeric/random.ts';
import type { WriteVerifyModel } from './profile.ts';
import { placeWord } from './streams.ts';

export interface WrittenDevices {
  /** Microsiemens, at least 0. */
  conductances: Float64Array;
  /** Of each device; at least 1, 0 where there is nothing to program. */
  pulses: Uint16Array;
  /** Devices whose last read was still outside of the acceptance after the most pulses allowed. */
  rejected: number;
}

/**
 * @param targets microsiemens; null where there is no device, or one that cannot be programmed
 * @param place layer and tile, which address the deviates together with the device's number and the pulse
 */
export function writeVerify(
  targets: readonly (number | null)[],
  model: WriteVerifyModel,
  seed: number,
  place: { layer: number; tile: number },
): WrittenDevices {
  const conductances = Float64Array.from(targets, () => model.startMicroSiemens);
  const reads = Float64Array.from(targets, () => model.startMicroSiemens);
  const pulses = new Uint16Array(targets.length);
  const deviates = new Float32Array(targets.length);
  const draw = (purpose: 'writePulse' | 'verifyRead', pulse: number): Float32Array =>
    fillGaussian({ seed, words: [pulse, 0, placeWord(purpose, place.layer, place.tile)] }, deviates);
  let pending = Array.from(targets.keys()).filter((device) => targets[device] !== null);
  for (let pulse = 1; pulse <= model.mostPulses && pending.length > 0; pulse++) {
    const misses = draw('writePulse', pulse);
    for (const device of pending) {
      const missing = (targets[device] ?? 0) - reads[device];
      const moved = model.gain * missing + model.pulseDeviationMicroSiemens * misses[device];
      conductances[device] = Math.max(0, conductances[device] + moved);
      pulses[device] = pulse;
    }
    const errors = draw('verifyRead', pulse);
    pending = pending.filter((device) => {
      reads[device] = conductances[device] + model.readDeviationMicroSiemens * errors[device];
      return Math.abs(reads[device] - (targets[device] ?? 0)) > model.acceptanceMicroSiemens;
    });
  }
  return { conductances, pulses, rejected: pending.length };
}
