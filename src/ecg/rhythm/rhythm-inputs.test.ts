import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../training/data-folder.ts';
import { readCinc } from '../../training/rhythm-dataset.ts';
import { detectQrs } from '../qrs.ts';
import { assessQuality } from '../quality.ts';
import type { EcgRecording } from '../recording.ts';
import { conditionLead, RHYTHM_RATE_HZ } from './conditioned.ts';
import { fibrillationMeasures, isFibrillation, mergeSpans } from './fibrillation.ts';
import { RHYTHM_FEATURES, rhythmInput, TRACK_LENGTH, TRACKS, windowAt } from './rhythm-inputs.ts';
import { rrFeatures } from './rr-features.ts';
import { prepareSegment, rhythmSegments } from './segments.ts';

const folder = dataFolder();

function featureOf(rr: readonly number[], name: string): number {
  return rrFeatures(Float64Array.from(rr)).find(([key]) => key === name)![1];
}

describe('features of RR intervals', () => {
  const steady = Array.from({ length: 40 }, () => 0.8);
  const ectopic = steady.map((rr, i) => (i % 8 === 3 ? 0.5 : i % 8 === 4 ? 1.1 : rr));
  const irregular = steady.map((_, i) => 0.5 + 0.8 * ((i * i * 0.6180339887) % 1));

  it('tell no pattern from ectopic beats from none', () => {
    expect(featureOf(steady, 'sampleEntropy1')).toBe(0);
    expect(featureOf(ectopic, 'premature')).toBeCloseTo(5 / 40, 6);
    expect(featureOf(ectopic, 'compensated')).toBe(1);
    expect(featureOf(ectopic, 'cleanTypical')).toBeLessThan(1e-9);
    expect(featureOf(irregular, 'cleanTypical')).toBeGreaterThan(0.5);
    expect(featureOf(irregular, 'occupied')).toBeGreaterThan(3 * featureOf(ectopic, 'occupied'));
    const bigeminy = steady.map((_, i) => (i % 2 === 0 ? 0.6 : 1));
    expect(featureOf(bigeminy, 'alternating')).toBeGreaterThan(0.9);
    expect(featureOf(bigeminy, 'autocorrelation2')).toBeCloseTo(1, 6);
  });

  it('count matches of sample entropy as Richman and Moorman define them', () => {
    // Templates of one interval within 3 %: 1-2, 1-4, 2-4, 3-5 among the first five; each pair is followed once more
    // by a match only where both continue alike.
    const rr = [1, 1, 2, 1, 2, 1];
    // Pairs among positions 0..4: (0,1), (0,3), (1,3), (2,4); of these (1,3) and (2,4) continue alike, and (0,1) and (0,3) do not.
    const entropy = -Math.log(2 / 4);
    expect(featureOf(rr, 'sampleEntropy0')).toBeCloseTo(entropy / (entropy + 1.2), 9);
  });

  it('are 0 with too few intervals, under the same names', () => {
    const few = rrFeatures(Float64Array.from([0.8, 0.8]));
    expect(few.map(([name]) => name)).toEqual(rrFeatures(Float64Array.from(steady)).map(([name]) => name));
    expect(few.every(([, value]) => value === 0)).toBe(true);
  });
});

describe('signs of ventricular flutter and fibrillation', () => {
  const wave = (hz: number, height: number) =>
    Float32Array.from(
      { length: 4 * RHYTHM_RATE_HZ },
      (_, i) => height * Math.sin((2 * Math.PI * hz * i) / RHYTHM_RATE_HZ),
    );

  it('are in a sine of 4 Hz, but not in one of 1 Hz, in a flat line or in complexes on one', () => {
    expect(fibrillationMeasures(wave(4, 0.5)).frequencyHz).toBeCloseTo(4, 0);
    expect(isFibrillation(fibrillationMeasures(wave(4, 0.5)))).toBe(true);
    expect(isFibrillation(fibrillationMeasures(wave(1, 0.5)))).toBe(false);
    expect(isFibrillation(fibrillationMeasures(wave(4, 0.02)))).toBe(false);
    expect(isFibrillation(fibrillationMeasures(new Float32Array(500)))).toBe(false);
    const complexes = Float32Array.from({ length: 500 }, (_, i) => (i % 100 < 8 ? 1 : 0));
    expect(isFibrillation(fibrillationMeasures(complexes))).toBe(false);
  });

  it('make an episode from two windows that overlap, and none from one alone', () => {
    const window = (second: number) => ({ startSample: second * 100, endSample: (second + 4) * 100 });
    expect(mergeSpans([window(3), window(2), window(30)], 100)).toEqual([
      { startSample: 300, endSample: 600 },
    ]);
  });
});

describe('segments of a long recording', () => {
  const lead = (name: string, seconds: number, states: (second: number) => number) => ({
    lead: name,
    analysableFraction: 1,
    leadOffSeconds: 0,
    saturatedSeconds: 0,
    secondState: Uint8Array.from({ length: seconds }, (_, second) => states(second)),
  });

  it('hold every window once, 10 s apart, the last one ending with the recording', () => {
    const lengthSamples = 1003 * 250;
    const recording = { lengthSamples, samplingRateHz: 250, leads: [{ name: 'V1' }, { name: 'II' }] };
    const quality = [lead('V1', 1003, () => 0), lead('II', 1003, (s) => (s < 300 ? 2 : 0))];
    const segments = rhythmSegments(recording, quality);
    const windows = segments.flatMap((segment) => segment.windows);
    expect(windows.map(({ startSample }) => startSample)).toEqual([
      ...Array.from({ length: 98 }, (_, i) => i * 2500),
      lengthSamples - 7500,
    ]);
    expect(windows.every(({ judged }) => judged)).toBe(true);
    // II sees P waves better, but is off in the first segment and the beginning of the second.
    expect(segments.map((segment) => segment.lead).slice(0, 3)).toEqual([0, 0, 1]);
    segments.forEach((segment, i) => {
      expect(segment.firstWindow).toBe(24 * i);
      expect(segment.startSample).toBeLessThanOrEqual(segment.windows[0]!.startSample);
    });
  });

  it('do not judge a window that nobody can read, and stand an empty recording', () => {
    const recording = { lengthSamples: 60 * 100, samplingRateHz: 100, leads: [{ name: 'I' }] };
    const [segment] = rhythmSegments(recording, [lead('I', 60, (s) => (s < 25 ? 1 : 0))]);
    expect(segment!.windows.map(({ judged }) => judged)).toEqual([false, false, true, true]);
    expect(rhythmSegments({ ...recording, lengthSamples: 0 }, [lead('I', 0, () => 0)])).toEqual([]);
  });

  it('give inputs for a flat signal without a beat', () => {
    const recording = { lengthSamples: 3000, samplingRateHz: 100, leads: [{ name: 'I' }] };
    const [segment] = rhythmSegments(recording, [lead('I', 30, () => 2)]);
    const prepared = prepareSegment(
      segment!,
      new Float32Array(3000).fill(Number.NaN),
      100,
      new Int32Array(0),
    );
    expect(prepared.auxiliary.every((value) => value === 0)).toBe(true);
    expect(prepared.signals.every((value) => value === 0)).toBe(true);
  });
});

describe.skipIf(folder === null)('inputs of real recordings', () => {
  /** Straight-line resampling, gain and sign. */
  function changed(recording: EcgRecording, rateHz: number, gain: number): EcgRecording {
    const step = recording.samplingRateHz / rateHz;
    const lengthSamples = Math.floor((recording.lengthSamples - 1) / step);
    const [lead] = recording.leads;
    const millivolts = Float32Array.from({ length: lengthSamples }, (_, i) => {
      const at = i * step;
      const left = Math.floor(at);
      const [a, b] = [lead!.millivolts[left]!, lead!.millivolts[left + 1]!];
      return gain * (a + (b - a) * (at - left));
    });
    const resolutionMillivolts = lead!.resolutionMillivolts * Math.abs(gain);
    return {
      ...recording,
      samplingRateHz: rateHz,
      lengthSamples,
      leads: [{ ...lead!, millivolts, resolutionMillivolts, rangeMillivolts: null }],
    };
  }

  function inputOf(recording: EcgRecording) {
    const peaks = detectQrs(recording, assessQuality(recording));
    const lead = conditionLead(recording.leads[0]!.millivolts, recording.samplingRateHz);
    const scaled = Float64Array.from(peaks, (peak) => (peak * RHYTHM_RATE_HZ) / recording.samplingRateHz);
    return rhythmInput(windowAt(lead, scaled, 0));
  }

  const [amplitude, polarity] = ['amplitude', 'polarity'].map((name) => RHYTHM_FEATURES.indexOf(name));

  it.each(['A00003', 'A00005', 'A00013'])(
    '%s: hardly change with sampling rate, gain and inversion',
    (record) => {
      const recording = readCinc(folder!, record);
      const plain = inputOf(recording);
      expect(plain.signals).toHaveLength(TRACKS * TRACK_LENGTH);
      for (const [rateHz, gain] of [
        [300, 0.25],
        [300, -1],
        [250, 1],
        [500, 3],
      ] as const) {
        const other = inputOf(changed(recording, rateHz, gain));
        let sum = 0;
        for (let f = 0; f < RHYTHM_FEATURES.length; f++) {
          if (f !== amplitude && f !== polarity) sum += Math.abs(other.auxiliary[f]! - plain.auxiliary[f]!);
        }
        expect(sum / RHYTHM_FEATURES.length, `${rateHz} Hz, gain ${gain}`).toBeLessThan(0.03);
      }
    },
  );

  it('stay within what the converters take', () => {
    for (const record of ['A00003', 'A00005', 'A00013', 'A00014']) {
      const { signals, auxiliary } = inputOf(readCinc(folder!, record));
      for (const value of [...signals, ...auxiliary]) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    }
  });
});
