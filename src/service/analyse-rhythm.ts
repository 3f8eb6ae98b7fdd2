/** Rhythm of a recording, segment by segment over worker threads. */
import type { LeadQuality } from '../contract/ecg.ts';
import type { RhythmSignal } from '../contract/rhythm.ts';
import { findAtrialFibrillation } from '../diagnosis/ecg-rhythm/af-stretches.ts';
import type { ClassifiedWindows } from '../diagnosis/ecg-rhythm/classify-windows.ts';
import { conductionOf, type SegmentConduction } from '../ecg/rhythm/conduction.ts';
import { mergeSpans } from '../ecg/rhythm/fibrillation.ts';
import { type RhythmSegment, rhythmSegments } from '../ecg/rhythm/segments.ts';
import type { SignalSource } from '../ecg/stretches.ts';

/** What a worker says of one segment. */
export interface SegmentAnswer {
  windows: ClassifiedWindows;
  pSteadiness: Float32Array;
  fibrillation: { startSample: number; endSample: number }[];
  conduction: SegmentConduction;
}

/** The part of a recording that a worker needs for one segment. */
export interface SegmentWork {
  segment: RhythmSegment;
  millivolts: Float32Array;
  samplingRateHz: number;
  rPeaks: Int32Array;
}

/**
 * @param found leads and R peaks as the recording was prepared
 * @param atOnce segments under way at a time
 * @param answer does the work of one segment, `share` of all; segments may be done at once and in any order
 */
export async function analyseRhythm(
  recording: SignalSource,
  found: { leads: readonly LeadQuality[]; rPeaks: Int32Array; paced: boolean },
  samples: number,
  atOnce: number,
  answer: (work: SegmentWork, share: number) => Promise<SegmentAnswer>,
): Promise<RhythmSignal> {
  const segments = found.paced ? [] : rhythmSegments(recording, found.leads);
  const answers: SegmentAnswer[] = new Array(segments.length);
  let next = 0;
  // As many at once as there are threads: copies of all segments would be a copy of the recording.
  const take = async (): Promise<void> => {
    while (next < segments.length) {
      const index = next++;
      const segment = segments[index]!;
      const work: SegmentWork = {
        segment,
        // A copy: memory of the recording itself is not to be handed over.
        millivolts: recording
          .readWindow(segment.startSample, segment.endSample - segment.startSample, [segment.lead])[0]!
          .slice(),
        samplingRateHz: recording.samplingRateHz,
        rPeaks: within(found.rPeaks, segment.startSample, segment.endSample),
      };
      answers[index] = await answer(work, 1 / segments.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  const spans = segments.flatMap(({ windows }) => windows);
  const joined = <Column extends Float32Array | Uint8Array>(
    make: (length: number) => Column,
    of: (answer: SegmentAnswer) => Column,
  ): Column => {
    const column = make(answers.reduce((length, one) => length + of(one).length, 0));
    let at = 0;
    for (const one of answers) {
      column.set(of(one), at);
      at += of(one).length;
    }
    return column;
  };
  const floats = (of: (answer: SegmentAnswer) => Float32Array) => joined((n) => new Float32Array(n), of);
  const bytes = (of: (answer: SegmentAnswer) => Uint8Array) => joined((n) => new Uint8Array(n), of);
  const windows: RhythmSignal['windows'] = {
    startSample: Int32Array.from(spans, ({ startSample }) => startSample),
    endSample: Int32Array.from(spans, ({ endSample }) => endSample),
    judged: bytes((one) => one.windows.judged),
    probabilities: floats((one) => one.windows.probabilities),
    probabilityLow: floats((one) => one.windows.probabilityLow),
    probabilityHigh: floats((one) => one.windows.probabilityHigh),
    aleatoric: floats((one) => one.windows.aleatoric),
    epistemic: floats((one) => one.windows.epistemic),
    recommendation: bytes((one) => one.windows.recommendation),
    pSteadiness: floats((one) => one.pSteadiness),
  };
  const { stretches, burden } = findAtrialFibrillation(
    {
      startSample: windows.startSample,
      endSample: windows.endSample,
      judged: windows.judged,
      probabilities: windows.probabilities,
      ensemble: floats((one) => one.windows.ensemble),
    },
    samples,
    found.rPeaks,
    recording.samplingRateHz,
  );
  return {
    windows,
    atrialFibrillation: stretches,
    fibrillation: mergeSpans(
      answers.flatMap((one) => one.fibrillation),
      recording.samplingRateHz,
    ),
    conduction: conductionOf(
      answers.map((one) => one.conduction),
      found.rPeaks,
      recording,
    ),
    paced: found.paced,
    afBurden: burden,
  };
}

function within(rPeaks: Int32Array, from: number, to: number): Int32Array {
  const firstFrom = (sample: number): number => {
    let [low, high] = [0, rPeaks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rPeaks[middle]! < sample) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return rPeaks.slice(firstFrom(from), firstFrom(to));
}
