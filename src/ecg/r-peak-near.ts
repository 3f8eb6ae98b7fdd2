/** Where a beat lies that a reader has pointed at roughly. */
import { medianOf } from './filtering.ts';

/** A hand on a pointer is this near to the R peak that it means, seconds to either side. */
const POINTING_REACH_SECONDS = 0.06;
/** The level between beats is the median of this much signal to either side, seconds. */
const LEVEL_REACH_SECONDS = 0.4;

/** Samples around a position that `rPeakNear` looks at, to either side. */
export function rPeakContext(samplingRateHz: number): number {
  return Math.round(LEVEL_REACH_SECONDS * samplingRateHz);
}

/**
 * The largest deflection within 60 ms of a position, in whichever lead deflects most.
 * @param leads millivolts of the leads to look at, all of one length, NaN where there is no value; should reach
 *   `rPeakContext` samples to either side of the position, less at a recording's ends
 * @param position index into the leads
 * @returns index into the leads; `position` itself where nothing deflects or no lead has a value
 */
export function rPeakNear(leads: readonly Float32Array[], position: number, samplingRateHz: number): number {
  const reach = Math.round(POINTING_REACH_SECONDS * samplingRateHz);
  const context = rPeakContext(samplingRateHz);
  let peak = position;
  let largest = 0;
  for (const lead of leads) {
    const around = lead.subarray(Math.max(0, position - context), position + context + 1);
    const level = medianOf(around.filter((millivolts) => !Number.isNaN(millivolts)));
    const end = Math.min(lead.length - 1, position + reach);
    for (let i = Math.max(0, position - reach); i <= end; i++) {
      const deflection = Math.abs(lead[i]! - level);
      if (deflection > largest) [peak, largest] = [i, deflection];
    }
  }
  return peak;
}
