/**
 * QT over time by stretching one template (Berger et al. 1997, "Beat-to-beat QT interval variability", Circulation
 * 96:1557): the end of T is placed once, on one median beat, and for every other the part from J to there is stretched
 * until it fits. Placed anew in each stretch, the end jumps to and fro where a flat T wave and the U wave after it are
 * nearly as likely, by 90 ms and more, though the heart did nothing.
 */
import type { EcgIntervals } from '../contract/intervals.ts';
import { machineLimits } from './wave-limits.ts';

/** How much of the signal after the end of T is compared: its last slope alone would fit anywhere. */
const AFTER_T_MS = 40;
const SHORTEST = 0.7;
const LONGEST = 1.4;
const STEP = 0.01;
/** Share of the signal's variance that the stretched template must explain, or the stretch has no value. */
const LEAST_EXPLAINED = 0.75;
const STEP_MS = 4;

interface Template {
  intervals: EcgIntervals;
  qtMs: number;
  /** Milliseconds from the R peak. */
  jMs: number;
  tEndMs: number;
}

/**
 * QT in milliseconds of each measurement, NaN where it has none or its waves do not look like the template's.
 * @param measurements of stretches of one recording with the same leads, in any order; null: not measured
 */
export function qtByStretching(measurements: readonly (EcgIntervals | null)[]): Float32Array {
  const qt = new Float32Array(measurements.length).fill(Number.NaN);
  const template = templateOf(measurements);
  if (template === null) return qt;
  measurements.forEach((measured, i) => {
    if (measured === null || measured.medianBeat === null) return;
    const stretch = bestStretch(template, measured.medianBeat);
    if (stretch !== null) qt[i] = template.qtMs + (stretch - 1) * (template.tEndMs - template.jMs);
  });
  return qt;
}

/** The measurement whose QT is the median of all: whichever end of T most of them see. */
function templateOf(measurements: readonly (EcgIntervals | null)[]): Template | null {
  const known = measurements.flatMap((intervals) => {
    if (intervals === null || intervals.medianBeat === null || intervals.qtMs === null) return [];
    const { qrsEnd, tEnd } = machineLimits(intervals);
    return qrsEnd === null || tEnd === null || tEnd <= qrsEnd
      ? []
      : [{ intervals, qtMs: intervals.qtMs.value, jMs: qrsEnd, tEndMs: tEnd }];
  });
  return known.sort((a, b) => a.qtMs - b.qtMs)[(known.length - 1) >> 1] ?? null;
}

type MedianBeat = NonNullable<EcgIntervals['medianBeat']>;

/** By how much the template's part from J to the end of T is longer in `beat`; null where it fits nowhere. */
function bestStretch(template: Template, beat: MedianBeat): number | null {
  const count = Math.round((LONGEST - SHORTEST) / STEP) + 1;
  const explained = Array.from({ length: count }, (_, i) => explainedBy(template, beat, SHORTEST + i * STEP));
  let best = 0;
  for (let i = 1; i < count; i++) if (explained[i]! > explained[best]!) best = i;
  // At an end of the range there may be better beyond.
  if (!(explained[best]! >= LEAST_EXPLAINED) || best === 0 || best === count - 1) return null;
  // The top of the parabola through the best and its neighbours.
  const [before, at, after] = [explained[best - 1]!, explained[best]!, explained[best + 1]!];
  const bend = before - 2 * at + after;
  const offset = bend < 0 ? (0.5 * (before - after)) / bend : 0;
  return SHORTEST + (best + offset) * STEP;
}

/** Share of the variance over all leads that the template explains, its level and gain free in each lead. */
function explainedBy(template: Template, beat: MedianBeat, stretch: number): number {
  const source = template.intervals.medianBeat!;
  const span = template.tEndMs - template.jMs + AFTER_T_MS;
  const steps = Math.floor(span / STEP_MS);
  let explained = 0;
  let total = 0;
  for (let lead = 0; lead < source.millivolts.length; lead++) {
    let [sumX, sumY, sumXx, sumYy, sumXy] = [0, 0, 0, 0, 0];
    for (let k = 0; k <= steps; k++) {
      const ms = k * STEP_MS;
      const x = valueAt(source, lead, template.jMs + ms);
      const y = valueAt(beat, lead, template.jMs + stretch * ms);
      sumX += x;
      sumY += y;
      sumXx += x * x;
      sumYy += y * y;
      sumXy += x * y;
    }
    const n = steps + 1;
    const [varX, varY] = [sumXx - (sumX * sumX) / n, sumYy - (sumY * sumY) / n];
    const covariance = sumXy - (sumX * sumY) / n;
    if (varX > 0 && covariance > 0) explained += (covariance * covariance) / varX;
    total += varY;
  }
  return explained / total;
}

/** Between samples by a straight line; NaN outside of the beat. */
function valueAt(
  { samplingRateHz, rPeak, millivolts }: MedianBeat,
  lead: number,
  fromRPeakMs: number,
): number {
  const at = rPeak + (fromRPeakMs / 1000) * samplingRateHz;
  const below = Math.floor(at);
  const signal = millivolts[lead];
  const [a, b] = [signal?.[below] ?? Number.NaN, signal?.[below + 1] ?? Number.NaN];
  return a + (at - below) * (b - a);
}
