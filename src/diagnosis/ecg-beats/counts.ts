/** How many beats of each class, with the interval that the network's uncertainty gives. */
import { countQuantile } from '../../bayes/count-interval.ts';
import {
  BEAT_CLASSES,
  type BeatClass,
  type Burden,
  type CountWithInterval,
  NETWORK_CLASSES,
} from '../../contract/ecg.ts';
import type { CorrectedBeats } from './corrections.ts';
import { type BeatEnsemble, sumsOf } from './ensemble.ts';

export interface BeatCounts {
  total: number;
  byClass: Record<BeatClass, CountWithInterval>;
  /** Beats that have one of the network's classes; the denominator of a burden. */
  classified: number;
}

/**
 * Counts are of the labels that are shown. The 90 % interval is that of the number of beats of the class
 * given the network's probabilities (`count-interval.ts`), widened where needed so that it holds the count;
 * labels given by hand are certain. Class Q is a rule and has no interval.
 */
export function countBeats(corrected: CorrectedBeats, ensemble: BeatEnsemble): BeatCounts {
  const counts = new Array<number>(BEAT_CLASSES.length).fill(0);
  for (const label of corrected.beats.label) counts[label]++;
  const byClass = {} as Record<BeatClass, CountWithInterval>;
  const classified = NETWORK_CLASSES.reduce((sum, _, c) => sum + counts[c], 0);
  BEAT_CLASSES.forEach((name, c) => {
    const isNetworkClass = c < NETWORK_CLASSES.length;
    byClass[name] = {
      count: counts[c],
      interval90: isNetworkClass ? interval(corrected, ensemble, c, counts[c], classified) : null,
    };
  });
  return { total: corrected.beats.label.length, byClass, classified };
}

function interval(
  { beats }: CorrectedBeats,
  ensemble: BeatEnsemble,
  networkClass: number,
  count: number,
  classified: number,
): { low: number; high: number } {
  const means = new Float64Array(ensemble.samples);
  const variances = new Float64Array(ensemble.samples);
  let byHand = 0;
  for (let i = 0; i < beats.label.length; i++) {
    byHand += Number(beats.origin[i] !== 0 && beats.label[i] === networkClass);
  }
  for (let s = 0; s < ensemble.samples; s++) {
    const { mean, variance } = sumsOf(ensemble, s, networkClass);
    means[s] = byHand + mean;
    variances[s] = variance;
  }
  const distribution = { means, variances };
  const low = Math.max(0, Math.floor(countQuantile(distribution, 0.05)));
  const high = Math.min(classified, Math.ceil(countQuantile(distribution, 0.95)));
  return { low: Math.min(low, count), high: Math.max(high, count) };
}

/** A class's share of the classified beats; null where there are none. */
export function burdenOf(counts: BeatCounts, name: BeatClass): Burden | null {
  if (counts.classified === 0) return null;
  const { count, interval90 } = counts.byClass[name];
  return {
    fraction: count / counts.classified,
    interval90: interval90 && {
      low: interval90.low / counts.classified,
      high: interval90.high / counts.classified,
    },
  };
}
