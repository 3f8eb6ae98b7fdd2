/**
 * QRS detector over all leads of a recording at once. It looks at the whole recording (it may look ahead), in time
 * linear in its length:
 *
 * 1. each lead's envelope in the band of QRS complexes, scaled by what is locally usual for that lead, and one trace
 *    of QRS evidence out of all, the leads weighted by how far complexes stand out (`qrs-evidence.ts`);
 * 2. its peaks, of which some are beats by height, neighbours and rhythm;
 * 3. what else is known of each peak: shape, slope, width, timing (`qrs-candidates.ts`), judged by a small network
 *    (`qrs-judge.ts`), which drops noise and T waves and adds what was missed;
 * 4. the R peak: the largest deflection in one lead, of the polarity that this lead shows over the recording.
 *
 * Constants and weights were chosen on MIT-BIH DS1 alone (models/ecg-qrs has the figures).
 */
import { butterworth, filterZeroPhaseInPlace, medianOf } from './filtering.ts';
import { candidateFeatures } from './qrs-candidates.ts';
import { beatsByHeight, bridged, evidenceOf, peaksOf } from './qrs-evidence.ts';
import { judgedBeats } from './qrs-judge.ts';
import { type QualityAssessment, SECOND_STATES } from './quality.ts';
import type { EcgRecording } from './recording.ts';

/** R peaks are looked for this far from the peak of evidence. */
const R_PEAK_REACH_SECONDS = 0.08;
const R_PEAK_BAND_LOW_HZ = 2;
const R_PEAK_BAND_HIGH_HZ = 35;
/** The other polarity is taken for a beat where it is this much larger. */
const OTHER_POLARITY_FACTOR = 2;

/** Moves each beat to the largest deflection near it, in the lead that shows complexes best and works there. */
function rPeaks(
  recording: EcgRecording,
  quality: QualityAssessment,
  approximate: Int32Array,
  leadWeights: readonly number[],
): Int32Array {
  const { samplingRateHz, lengthSamples } = recording;
  const reach = Math.round(R_PEAK_REACH_SECONDS * samplingRateHz);
  const bestFirst = leadWeights
    .map((_, index) => index)
    .sort((a, b) => leadWeights[b]! - leadWeights[a]! || a - b);
  const placed = approximate.slice();
  const leadOfBeat = Int32Array.from(approximate, (sample) => {
    const second = Math.floor(sample / samplingRateHz);
    return bestFirst.find((lead) => quality.leads[lead]!.secondState[second]! < SECOND_STATES.leadOff) ?? -1;
  });
  for (const lead of new Set(leadOfBeat)) {
    if (lead < 0) continue;
    const signal = filterZeroPhaseInPlace(
      bridged(recording.leads[lead]!.millivolts, quality.leads[lead]!.secondState, samplingRateHz),
      [
        butterworth('high-pass', R_PEAK_BAND_LOW_HZ, samplingRateHz),
        butterworth('low-pass', Math.min(R_PEAK_BAND_HIGH_HZ, samplingRateHz * 0.4), samplingRateHz),
      ],
    );
    const extremes = Array.from(approximate, (sample) => {
      let [lowest, highest] = [sample, sample];
      const end = Math.min(lengthSamples - 1, sample + reach);
      for (let i = Math.max(0, sample - reach); i <= end; i++) {
        if (signal[i]! < signal[lowest]!) lowest = i;
        if (signal[i]! > signal[highest]!) highest = i;
      }
      return { lowest, highest };
    });
    const upward = medianOf(extremes.map(({ highest }) => signal[highest]!));
    const downward = medianOf(extremes.map(({ lowest }) => -signal[lowest]!));
    const factor = upward >= downward ? OTHER_POLARITY_FACTOR : 1 / OTHER_POLARITY_FACTOR;
    for (const [beat, { lowest, highest }] of extremes.entries()) {
      if (leadOfBeat[beat] !== lead) continue;
      placed[beat] = signal[highest]! * factor >= -signal[lowest]! ? highest : lowest;
    }
  }
  return placed;
}

/**
 * Positions of the R peaks, sample indices, ascending; empty where no lead shows QRS complexes or none can be analysed. Any sampling rate
 * from 50 Hz on; NaN samples, inverted leads and leads that fail for a time are taken as they come.
 * @param quality of the same recording, from `assessQuality`
 */
export function detectQrs(recording: EcgRecording, quality: QualityAssessment): Int32Array {
  if (!quality.analysable.includes(1)) return new Int32Array(0);
  const evidence = evidenceOf(recording, quality);
  const { factor, rateHz, blockWeights } = evidence;
  const peaks = peaksOf(evidence);
  const byHeight = beatsByHeight(peaks, rateHz);
  if (byHeight.length === 0) return new Int32Array(0);
  const beats = judgedBeats(candidateFeatures(recording, quality, evidence, peaks, byHeight), byHeight);
  const approximate = Int32Array.from(beats, (index) =>
    Math.min(recording.lengthSamples - 1, Math.round((peaks[index]!.at + 0.5) * factor - 0.5)),
  );
  const leadWeights = blockWeights.map((weights) => weights.reduce((sum, value) => sum + value, 0));
  return rPeaks(recording, quality, approximate, leadWeights);
}
