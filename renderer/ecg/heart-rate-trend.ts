/** Heart rate over a whole recording, from RR intervals, reduced to what an overview can show. */
import type { BeatTable } from '../../src/contract/ecg.ts';

export interface HeartRateTrend {
  /** Middle of each bin, seconds. */
  seconds: number[];
  /** Beats a minute, mean of the RR intervals that end in the bin; null where there is none. */
  mean: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

/** RR outside of this is a gap or a false detection, not a rate. */
const SHORTEST_RR_SECONDS = 0.2;
const LONGEST_RR_SECONDS = 3;
/** Rates are averaged over this many RR intervals, as in the summary. */
const AVERAGED_RR = 8;

/** @param analysable per whole second: 1 where at least one lead can be analysed; null: all */
export function heartRateTrend(
  beats: BeatTable,
  samplingRateHz: number,
  durationSeconds: number,
  bins: number,
  analysable: Uint8Array | null,
): HeartRateTrend {
  const width = durationSeconds / bins;
  const trend: HeartRateTrend = {
    seconds: Array.from({ length: bins }, (_, bin) => (bin + 0.5) * width),
    mean: new Array<number | null>(bins).fill(null),
    low: new Array<number | null>(bins).fill(null),
    high: new Array<number | null>(bins).fill(null),
  };
  const sums = new Float64Array(bins);
  const counts = new Uint32Array(bins);
  let recent: number[] = [];
  for (let i = 1; i < beats.sample.length; i++) {
    const at = beats.sample[i]! / samplingRateHz;
    const rr = at - beats.sample[i - 1]! / samplingRateHz;
    const clean = analysable === null || analysable[Math.min(analysable.length - 1, Math.floor(at))] === 1;
    if (!clean || rr < SHORTEST_RR_SECONDS || rr > LONGEST_RR_SECONDS) {
      recent = [];
      continue;
    }
    recent.push(rr);
    if (recent.length > AVERAGED_RR) recent.shift();
    if (recent.length < 4) continue;
    const rate = (60 * recent.length) / recent.reduce((sum, each) => sum + each, 0);
    const bin = Math.min(bins - 1, Math.floor(at / width));
    sums[bin]! += rate;
    counts[bin]!++;
    trend.low[bin] = Math.min(trend.low[bin] ?? rate, rate);
    trend.high[bin] = Math.max(trend.high[bin] ?? rate, rate);
    trend.mean[bin] = sums[bin]! / counts[bin]!;
  }
  return trend;
}

/** Per whole second: 1 where at least one lead can be analysed. */
export function analysableSeconds(leads: readonly { secondState: Uint8Array }[]): Uint8Array | null {
  const first = leads[0];
  if (first === undefined) return null;
  return Uint8Array.from(first.secondState, (_, second) =>
    leads.some((lead) => lead.secondState[second] === 0) ? 1 : 0,
  );
}
