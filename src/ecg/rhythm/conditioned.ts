/** One lead as the rhythm network sees it: gaps bridged, without baseline wander and mains, at a rate of its own. */
import { butterworth, fillGaps, filterZeroPhase } from '../filtering.ts';

/** Sampling rate of what rhythm is judged from, Hz. */
export const RHYTHM_RATE_HZ = 125;

const BASELINE_HZ = 0.5;
const HIGHEST_HZ = 40;

export interface ConditionedLead {
  /** Millivolts at RHYTHM_RATE_HZ, between 0.5 and 40 Hz. */
  signal: Float32Array;
  /** What was taken off below 0.5 Hz, millivolts at the same rate, less its own mean. */
  baseline: Float32Array;
}

/** Linear in the length; any rate from 50 Hz on. */
export function conditionLead(millivolts: Float32Array, samplingRateHz: number): ConditionedLead {
  const filled = fillGaps(millivolts);
  const below = Math.min(HIGHEST_HZ, samplingRateHz * 0.4);
  const smooth = filterZeroPhase(filled, [butterworth('low-pass', below, samplingRateHz)]);
  const resampled = resampled125(smooth, samplingRateHz);
  const signal = filterZeroPhase(resampled, [butterworth('high-pass', BASELINE_HZ, RHYTHM_RATE_HZ)]);
  let sum = 0;
  for (let i = 0; i < signal.length; i++) sum += resampled[i]! - signal[i]!;
  const mean = signal.length === 0 ? 0 : sum / signal.length;
  const baseline = new Float32Array(signal.length);
  for (let i = 0; i < signal.length; i++) baseline[i] = resampled[i]! - signal[i]! - mean;
  return { signal, baseline };
}

/** Straight lines between samples; what they cannot carry was filtered off. */
function resampled125(signal: Float32Array, samplingRateHz: number): Float32Array {
  const step = samplingRateHz / RHYTHM_RATE_HZ;
  const out = new Float32Array(Math.floor(signal.length / step));
  for (let i = 0; i < out.length; i++) {
    const at = i * step;
    const left = Math.floor(at);
    const right = Math.min(signal.length - 1, left + 1);
    out[i] = signal[left]! + (signal[right]! - signal[left]!) * (at - left);
  }
  return out;
}
