/** Stretches of atrioventricular block from what was measured of conduction. */
import { normalCdf } from '../../bayes/count-interval.ts';
import type { Conduction, RhythmKind, RhythmSignal } from '../../contract/rhythm.ts';
import type { RecordingFacts } from '../ecg-beats/summarise.ts';

/** Of adults at any rate; 2018 ACC/AHA/HRS bradycardia guideline. */
const LONGEST_PR_MS = 200;
/** Minutes in a row from which a longer recording has an episode. */
const FEWEST_MINUTES = 2;
/** A recording up to this length is measured as a whole, in all leads. */
const WHOLE_SECONDS = 90;
/** Half of a 90 % interval over a standard deviation. */
const NORMAL_90 = 1.645;

export interface AvBlockEpisode {
  kind: RhythmKind;
  startSample: number;
  endSample: number;
  /** Chance that PR is above the limit; null for P waves without a QRS complex, which no model weighs. */
  probability: number | null;
}

export function avBlocks({ conduction }: RhythmSignal, facts: RecordingFacts): AvBlockEpisode[] {
  if (conduction === undefined) return [];
  const dropped = conduction.avBlock.map(
    ({ kind, startSample, endSample }): AvBlockEpisode => ({
      kind: `av-block-${kind}`,
      startSample,
      endSample,
      probability: null,
    }),
  );
  const first = longPr(measuredPr(conduction, facts), facts).filter(
    // PR means nothing where P waves are not conducted.
    (span) =>
      dropped.every((other) => other.endSample <= span.startSample || other.startSample >= span.endSample),
  );
  return [...dropped, ...first];
}

function measuredPr(conduction: Conduction, facts: RecordingFacts): Conduction['pr'] {
  const { intervals, lengthSamples, samplingRateHz } = facts;
  const all = intervals?.prMs;
  // What the screen says of PR of a short recording is from all leads: one figure, not two.
  if (lengthSamples > WHOLE_SECONDS * samplingRateHz || intervals === undefined) return conduction.pr;
  if (all == null) return [];
  const deviationMs = (all.interval90.high - all.interval90.low) / (2 * NORMAL_90);
  return [{ startSample: 0, endSample: lengthSamples, ms: all.value, deviationMs }];
}

/** Median of a minute and its neighbours: one that strays makes no episode. */
function settled(pr: Conduction['pr'], i: number): number | null {
  const around = [pr[i - 1]?.ms, pr[i]!.ms, pr[i + 1]?.ms].filter((ms) => ms != null);
  if (pr[i]!.ms === null) return null;
  return around.length < 3 ? pr[i]!.ms : around.sort((a, b) => a - b)[1]!;
}

function longPr(pr: Conduction['pr'], { lengthSamples, samplingRateHz }: RecordingFacts): AvBlockEpisode[] {
  const fewest = lengthSamples <= WHOLE_SECONDS * samplingRateHz ? 1 : FEWEST_MINUTES;
  const episodes: AvBlockEpisode[] = [];
  for (let i = 0; i < pr.length; i++) {
    const part: number[] = [];
    const from = i;
    for (; i < pr.length; i++) {
      const ms = settled(pr, i);
      if (ms === null || ms <= LONGEST_PR_MS) break;
      part.push(normalCdf((ms - LONGEST_PR_MS) / pr[i]!.deviationMs));
    }
    if (part.length < fewest) continue;
    episodes.push({
      kind: 'av-block-first-degree',
      startSample: pr[from]!.startSample,
      endSample: pr[i - 1]!.endSample,
      probability: part.reduce((sum, p) => sum + p, 0) / part.length,
    });
  }
  return episodes;
}
