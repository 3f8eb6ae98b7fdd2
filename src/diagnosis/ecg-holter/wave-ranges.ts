/** Extremes of ST and QT over a recording, and marked ST changes. */
import { type HolterSummary, ST_LIMIT_MILLIVOLTS, type WaveTrend } from '../../contract/holter.ts';
import { medianOf } from '../../ecg/filtering.ts';
import { correctedQt } from '../../ecg/wave-limits.ts';

/** A marked change: so far from the lead's median level over the recording, in two successive measurements or more. */
export const MARKED_ST_MILLIVOLTS = 0.2;
const MARKED_MEASUREMENTS = 2;

/** Median of each value with its neighbours: one measurement that strays makes no extreme. */
function settled(values: Float32Array): Float32Array {
  return values.map((value, i) => {
    if (Number.isNaN(value)) return value;
    const around = [values[i - 1], value, values[i + 1]].filter(
      (one) => one !== undefined && !Number.isNaN(one),
    ) as number[];
    // Of two the mean would be no measured value; the one itself is kept.
    return around.length === 3 ? medianOf(around) : value;
  });
}

export function stRanges(trend: WaveTrend | null, samplingRateHz: number): HolterSummary['st'] {
  if (trend === null) return null;
  const table = trend.st.flatMap(({ lead, millivolts }) => {
    const levels = settled(millivolts);
    let [lowest, highest, depressed, elevated] = [-1, -1, 0, 0];
    levels.forEach((level, i) => {
      if (Number.isNaN(level)) return;
      if (lowest < 0 || level < levels[lowest]!) lowest = i;
      if (highest < 0 || level > levels[highest]!) highest = i;
      depressed += Number(level <= -ST_LIMIT_MILLIVOLTS);
      elevated += Number(level >= ST_LIMIT_MILLIVOLTS);
    });
    if (lowest < 0) return [];
    const extreme = (i: number) => ({ value: levels[i]!, atSample: sampleAt(trend, i, samplingRateHz) });
    return [
      {
        lead,
        minimum: extreme(lowest),
        maximum: extreme(highest),
        minutesDepressed: depressed * trend.everyMinutes,
        minutesElevated: elevated * trend.everyMinutes,
      },
    ];
  });
  return table.length === 0 ? null : table;
}

function sampleAt({ everyMinutes }: WaveTrend, measurement: number, samplingRateHz: number): number {
  return Math.round(measurement * everyMinutes * 60 * samplingRateHz);
}

export function qtRange(trend: WaveTrend | null): HolterSummary['qt'] {
  if (trend === null) return null;
  const qt = settled(trend.qtMs);
  const known = [...qt.keys()].filter((i) => !Number.isNaN(qt[i]!) && trend.rrMs[i]! > 0);
  if (known.length === 0) return null;
  const range = (of: (i: number) => number) => {
    const values = known.map(of);
    return {
      minimum: Math.min(...values),
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      maximum: Math.max(...values),
    };
  };
  const by = (name: 'bazett' | 'fridericia') => range((i) => correctedQt(qt[i]!, trend.rrMs[i]!)[name]);
  return {
    measurements: known.length,
    qtMs: range((i) => qt[i]!),
    qtcBazettMs: by('bazett'),
    qtcFridericiaMs: by('fridericia'),
  };
}

export interface MarkedStChange {
  lead: string;
  startSample: number;
  endSample: number;
  /** Largest change from the lead's median level. */
  millivolts: number;
}

/** The largest marked change of all leads; null where there is none. */
export function markedStChange(trend: WaveTrend | null, samplingRateHz: number): MarkedStChange | null {
  if (trend === null) return null;
  let largest: MarkedStChange | null = null;
  for (const { lead, millivolts } of trend.st) {
    const known = millivolts.filter((level) => !Number.isNaN(level));
    if (known.length === 0) continue;
    const usual = medianOf(known);
    const changes = millivolts.map((level) => level - usual);
    for (const sign of [-1, 1]) {
      let start = -1;
      for (let i = 0; i <= changes.length; i++) {
        if (sign * (changes[i] ?? Number.NaN) >= MARKED_ST_MILLIVOLTS) {
          if (start < 0) start = i;
          continue;
        }
        if (start >= 0 && i - start >= MARKED_MEASUREMENTS) {
          const change = sign * changes.subarray(start, i).reduce((a, b) => Math.max(a, sign * b), 0);
          if (largest === null || Math.abs(change) > Math.abs(largest.millivolts)) {
            largest = {
              lead,
              startSample: sampleAt(trend, start, samplingRateHz),
              endSample: sampleAt(trend, i, samplingRateHz),
              millivolts: change,
            };
          }
        }
        start = -1;
      }
    }
  }
  return largest;
}
