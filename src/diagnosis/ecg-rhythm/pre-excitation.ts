/** Stretches of pre-excitation: from the lead that rhythm is judged from, of a short recording from all leads as well. */
import type { RhythmSignal } from '../../contract/rhythm.ts';
import { isPreExcited } from '../../ecg/rhythm/preexcitation.ts';
import type { RecordingFacts } from '../ecg-beats/summarise.ts';

/** A recording up to this length is measured as a whole, in all leads. */
const WHOLE_SECONDS = 90;

export function preExcitation(
  { conduction }: Pick<RhythmSignal, 'conduction'>,
  {
    intervals,
    lengthSamples,
    samplingRateHz,
  }: Pick<RecordingFacts, 'intervals' | 'lengthSamples' | 'samplingRateHz'>,
): { startSample: number; endSample: number }[] {
  // Older versions did not look for it: a study says of itself what was said when it was analysed.
  if (conduction?.preExcitation === undefined) return [];
  const beat = intervals?.medianBeat ?? null;
  if (lengthSamples > WHOLE_SECONDS * samplingRateHz || intervals == null || beat === null)
    return conduction.preExcitation;
  // Without a P wave that beats agree on, a slow beginning may be any rhythm's.
  if (intervals.prMs !== null && isPreExcited(beat.millivolts, beat.samplingRateHz, beat.rPeak))
    return [{ startSample: 0, endSample: lengthSamples }];
  return conduction.preExcitation;
}
