/**
 * Second-degree atrioventricular block in a stretch of one lead: P waves on time that no QRS complex follows. Where no P
 * wave is seen nothing is said. Pure; RHYTHM_RATE_HZ.
 */
import { bestP, type PLikeness, type UsualWaves } from './atrial-waves.ts';
import { RHYTHM_RATE_HZ } from './conditioned.ts';
import { median } from './statistics.ts';

/** What is told of a P wave that was not conducted. */
export interface DroppedBeat {
  /** Index of the beat before. */
  beat: number;
  /** P waves without a QRS complex between this beat and the next. */
  pWaves: number;
  /** Least likeness of them to the usual P wave, 0 to 1. */
  likeness: number;
  /** From P to R of this beat and of the next, samples. */
  prBefore: number;
  prAfter: number;
}

const seconds = (value: number): number => Math.round(value * RHYTHM_RATE_HZ);

/** A P wave before a conducted beat is looked for this far before R. */
const LONGEST_PR = seconds(0.48);
const SHORTEST_PR = 10;
/** No P wave is told nearer than this after the R peak before. */
const AFTER_R = seconds(0.26);
const CONDUCTED_LIKENESS = 0.5;
const BLOCKED_LIKENESS = 0.75;
const LEAST_GAIN = 0.4;
const MOST_GAIN = 2.2;
/** An interval with room for a dropped beat is this much longer than that of the P waves. */
const ROOM = 1.3;
const ON_TIME = 0.14;
/** The interval of P waves is remembered for so long over beats that tell none. */
const MEMORY = seconds(30);
/** P waves faster than this are not of the sinus node at rest. */
const SHORTEST_PP = seconds(0.55);
/** Where the usual T wave was taken off, and a P wave that always stands there with it. */
const AFTER_T = seconds(0.56);
const PP_INTERVALS = 6;
const MOST_DROPPED = 4;

/** The P wave of each beat, sample of its peak; null where none is told. */
export function conductedPWaves(waves: UsualWaves, peaks: Int32Array): (PLikeness | null)[] {
  const { p } = waves;
  return Array.from(peaks, (peak, k) => {
    if (p === null) return null;
    const from = Math.max(peak - LONGEST_PR, k > 0 ? peaks[k - 1]! + AFTER_R : 0);
    const found = bestP(waves.rest, waves.hidden, p, from, peak - SHORTEST_PR);
    return found !== null && found.correlation >= CONDUCTED_LIKENESS && found.gain >= LEAST_GAIN
      ? found
      : null;
  });
}

/**
 * @param peaks R peaks, samples, ascending
 * @param own of `conductedPWaves`
 */
export function droppedBeats(
  waves: UsualWaves,
  peaks: Int32Array,
  own: readonly (PLikeness | null)[],
): DroppedBeat[] {
  const { usual } = waves;
  if (waves.p === null) return [];
  const drops: DroppedBeat[] = [];
  const recent: number[] = [];
  let remembered = 0;
  for (let k = 0; k + 1 < peaks.length; k++) {
    const [here, next] = [own[k], own[k + 1]];
    if (here == null || next == null || !usual[k] || !usual[k + 1]) {
      continue;
    }
    if (here.at - remembered > MEMORY) recent.length = 0;
    remembered = here.at;
    const between = next.at - here.at;
    const usualPp = recent.length > 0 ? median(recent) : 0;
    const dropped = usualPp > 0 ? Math.round(between / usualPp) - 1 : 0;
    let [count, found]: [number, number | null] = [dropped, null];
    if (dropped >= 1 && between >= ROOM * usualPp && usualPp >= SHORTEST_PP) {
      const pp = between / (dropped + 1);
      if (dropped <= MOST_DROPPED && Math.abs(pp - usualPp) <= ON_TIME * usualPp)
        found = blockedBetween(waves, here.at, pp, dropped, peaks[k]! + AFTER_R, USUAL);
    } else if (between >= 2 * SHORTEST_PP) {
      // All beats may be every second one: then a P wave stands half way in each interval, after the T wave.
      count = 1;
      found = blockedBetween(waves, here.at, between / 2, 1, peaks[k]! + AFTER_T, HALF_WAY);
    }
    if (found === null) {
      recent.push(between);
      if (recent.length > PP_INTERVALS) recent.shift();
      continue;
    }
    const pp = between / (count + 1);
    drops.push({
      beat: k,
      pWaves: count,
      likeness: found,
      prBefore: peaks[k]! - here.at,
      prAfter: peaks[k + 1]! - next.at,
    });
    recent.push(pp);
    if (recent.length > PP_INTERVALS) recent.shift();
  }
  return drops;
}

interface Asked {
  /** How far from its time a P wave may stand, share of the interval of P waves. */
  onTime: number;
  likeness: number;
  leastGain: number;
  mostGain: number;
}
const USUAL: Asked = {
  onTime: ON_TIME,
  likeness: BLOCKED_LIKENESS,
  leastGain: LEAST_GAIN,
  mostGain: MOST_GAIN,
};
/** Without P waves at that rate before, more is asked: a U wave has not its shape and height. */
const HALF_WAY: Asked = { onTime: 0.06, likeness: 0.85, leastGain: 0.6, mostGain: 1.6 };

/** Least likeness of the P waves that must stand between two conducted ones; null where one is not there. */
function blockedBetween(
  { p, rest, hidden }: UsualWaves,
  first: number,
  pp: number,
  count: number,
  earliest: number,
  asked: Asked,
): number | null {
  let least = 1;
  for (let i = 1; i <= count; i++) {
    const at = Math.round(first + i * pp);
    const reach = Math.round(asked.onTime * pp);
    if (p === null || at < earliest) return null;
    const found = bestP(rest, hidden, p, Math.max(earliest, at - reach), at + reach);
    if (found === null || found.correlation < asked.likeness) return null;
    if (found.gain < asked.leastGain || found.gain > asked.mostGain) return null;
    least = Math.min(least, found.correlation);
  }
  return least;
}
