/**
 * Filters for the screen, all without delay. The diagnostic one keeps 0.05 to 150 Hz and so ST and QRS as they are; the
 * steady one takes baseline wander away; mains hum is taken away where it is found. What each moves is measured on
 * LUDB (`npm run evaluate:filters`, docs/ecg-signal.md). Analysis does not depend on what the screen shows.
 */
import type { DisplayFilter } from '../contract/protocol.ts';
import { cos, sin } from '../numeric/elementary.ts';
import { type Biquad, butterworth, fillGaps, filterZeroPhase } from './filtering.ts';

/** Band, and whether mains hum is taken away where it is found. */
const SETTINGS = {
  diagnostic: { lowHz: 0.05, highHz: 150, mains: false },
  /** 0.5 Hz without phase shift: ST is kept (Kligfield et al., Circulation 115:1306-1324, 2007, allow up to 0.67 Hz so). */
  steady: { lowHz: 0.5, highHz: 150, mains: true },
  /** For looking at rhythm only: rounds QRS complexes. */
  monitor: { lowHz: 0.67, highHz: 40, mains: true },
} as const;

/** Width of the notch: frequency over bandwidth. */
const NOTCH_QUALITY = 35;
/** Share of the energy above the waves that hum must have to be found. */
const HUM_SHARE = 0.3;
/** At most this long a stretch, from the middle, is looked at for hum. */
const HUM_SECONDS = 30;

/** Second order notch by the bilinear transform (Orfanidis, Introduction to Signal Processing, 1996, 11.3). */
export function notch(hz: number, samplingRateHz: number): Biquad {
  const angle = (2 * Math.PI * hz) / samplingRateHz;
  const half = angle / NOTCH_QUALITY / 2;
  const beta = sin(half) / cos(half);
  const gain = 1 / (1 + beta);
  const middle = -2 * gain * cos(angle);
  return { b0: gain, b1: middle, b2: gain, a1: middle, a2: 2 * gain - 1 };
}

/** 50 or 60 where a lead carries mains hum of that frequency, else null; NaN is taken as a gap. */
export function humOf(millivolts: Float32Array, samplingRateHz: number): 50 | 60 | null {
  const length = Math.min(millivolts.length, Math.round(HUM_SECONDS * samplingRateHz));
  const from = (millivolts.length - length) >> 1;
  const signal = fillGaps(millivolts.slice(from, from + length));
  // Above 40 Hz a heart has little that lasts; each second is judged alone and most must agree.
  const seconds = Math.floor(length / samplingRateHz);
  if (seconds === 0 || samplingRateHz <= 130) return null;
  const fast = filterZeroPhase(signal, [butterworth('high-pass', 40, samplingRateHz)]);
  for (const hz of [50, 60] as const) {
    const angle = (2 * Math.PI * hz) / samplingRateHz;
    let humming = 0;
    for (let second = 0; second < seconds; second++) {
      const part = fast.subarray(
        Math.round(second * samplingRateHz),
        Math.round((second + 1) * samplingRateHz),
      );
      let [energy, sumC, sumS] = [0, 0, 0];
      for (let i = 0; i < part.length; i++) {
        energy += part[i]! * part[i]!;
        sumC += part[i]! * cos(angle * i);
        sumS += part[i]! * sin(angle * i);
      }
      if ((2 * (sumC * sumC + sumS * sumS)) / part.length > HUM_SHARE * energy && energy > 0) humming++;
    }
    if (humming * 2 > seconds) return hz;
  }
  return null;
}

/**
 * A lead as a filter shows it. NaN stays NaN. Give some seconds before and after what is shown: a filter needs them.
 * @param hum what `humOf` found; only used by filters that take it away
 */
export function displayed(
  millivolts: Float32Array,
  samplingRateHz: number,
  filter: DisplayFilter,
  hum: 50 | 60 | null,
): Float32Array {
  if (filter === 'none') return millivolts;
  const { lowHz, highHz, mains } = SETTINGS[filter];
  const sections = [butterworth('high-pass', lowHz, samplingRateHz)];
  if (highHz < samplingRateHz * 0.4) sections.push(butterworth('low-pass', highHz, samplingRateHz));
  if (mains && hum !== null && hum < samplingRateHz * 0.45) sections.push(notch(hum, samplingRateHz));
  const out = filterZeroPhase(fillGaps(millivolts), sections);
  for (let i = 0; i < out.length; i++) if (Number.isNaN(millivolts[i]!)) out[i] = Number.NaN;
  return out;
}
