/** What the program says of AV conduction in a recording, from its own detector on. */
import type { Conduction } from '../contract/rhythm.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { conductionOf } from '../ecg/rhythm/conduction.ts';
import { prepareSegment, rhythmSegments } from '../ecg/rhythm/segments.ts';

export function conductionIn(recording: EcgRecording): Conduction {
  const quality = assessQuality(recording);
  const rPeaks = detectQrs(recording, quality);
  const segments = rhythmSegments(recording, quality.leads).map(
    (segment) =>
      prepareSegment(
        segment,
        recording.leads[segment.lead]!.millivolts.slice(segment.startSample, segment.endSample),
        recording.samplingRateHz,
        rPeaks,
      ).conduction,
  );
  return conductionOf(segments, rPeaks, recording);
}
