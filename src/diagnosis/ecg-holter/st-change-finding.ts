/** A marked ST change as a finding of its own. */
import type { Finding } from '../../contract/ecg.ts';
import type { RecordingFacts } from '../ecg-beats/summarise.ts';
import { MARKED_ST_MILLIVOLTS, markedStChange } from './wave-ranges.ts';

export function stChangeFinding(facts: RecordingFacts): Finding | null {
  const change = markedStChange(facts.waveTrend ?? null, facts.samplingRateHz);
  if (change === null) return null;
  const amount = Math.abs(change.millivolts);
  return {
    task: 'ecg-beats',
    code: 'st-change',
    label: `Marked ST ${change.millivolts < 0 ? 'depression' : 'elevation'} in lead ${change.lead}, ${amount.toFixed(2)} mV from its usual level`,
    severity: 'urgent',
    value: { amount: change.millivolts, unit: 'mV', interval90: null },
    probability: null,
    credibleInterval90: null,
    aleatoric: null,
    epistemic: null,
    conformalSet: null,
    recommendation: 'review',
    why: [
      `Level 60 ms after the J point, ${MARKED_ST_MILLIVOLTS} mV or more from the lead's median over the recording in two successive measurements or more.`,
      'Posture, another conduction of the beats and the recorder’s filters change ST as well: look at the strip.',
    ],
    at: { startSample: change.startSample, endSample: change.endSample },
  };
}
