import { describe, expect, it } from 'vitest';
import { sharedDataFolder } from '../../test/shared-data.ts';
import { readMitdb } from '../training/data-folder.ts';
import { PACED_RECORDS } from '../training/mitdb-split.ts';
import { detectPacing } from './pacing.ts';
import { detectQrs } from './qrs.ts';
import { assessQuality, SECOND_STATES } from './quality.ts';
import type { EcgRecording } from './recording.ts';
import { EC57_MATCH_WINDOW_SECONDS, matchBeats, referenceBeats } from './scoring.ts';

const shared = sharedDataFolder();

/** Millivolts at a time after the R peak, seconds. */
type Shape = (seconds: number) => number;

const bump = (seconds: number, at: number, width: number, height: number) =>
  height * Math.exp(-(((seconds - at) / width) ** 2));
const narrow: Shape = (t) => bump(t, 0, 0.015, 1) - bump(t, 0.03, 0.012, 0.3) + bump(t, 0.28, 0.05, 0.25);
const tallT: Shape = (t) => bump(t, 0, 0.02, 0.7) + bump(t, 0.3, 0.08, 1.1);
const inverted: Shape = (t) => -narrow(t);

/** Deterministic noise, uniform in -0.5 to 0.5. */
function noise(): () => number {
  let state = 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
}

function beatTimes(seconds: number, interval: number): number[] {
  return Array.from({ length: Math.floor((seconds - 0.5) / interval) }, (_, k) => 0.4 + k * interval);
}

function recordingOf(leads: Float32Array[], samplingRateHz: number): EcgRecording {
  return {
    recordName: 'made',
    samplingRateHz,
    lengthSamples: leads[0]!.length,
    leads: leads.map((millivolts, index) => ({
      name: `ECG${index + 1}`,
      millivolts,
      resolutionMillivolts: 0.005,
      rangeMillivolts: { low: -5.12, high: 5.115 },
    })),
    recordedAt: null,
    patient: { name: '', id: '', birthDate: null, ageYears: null, sex: 'unknown' },
    comments: [],
    warnings: [],
  };
}

function lead(shape: Shape, times: number[], seconds: number, samplingRateHz: number): Float32Array {
  const random = noise();
  const out = Float32Array.from({ length: Math.round(seconds * samplingRateHz) }, () => 0.02 * random());
  for (const time of times) {
    const from = Math.max(0, Math.floor((time - 0.3) * samplingRateHz));
    const to = Math.min(out.length, Math.ceil((time + 0.5) * samplingRateHz));
    for (let i = from; i < to; i++) out[i]! += shape(i / samplingRateHz - time);
  }
  return out;
}

function detect(recording: EcgRecording): Int32Array {
  return detectQrs(recording, assessQuality(recording));
}

/** Every beat once, and none else, within 25 ms. */
function expectBeats(recording: EcgRecording, times: number[]): void {
  const found = Array.from(detect(recording), (sample) => sample / recording.samplingRateHz);
  expect(found).toHaveLength(times.length);
  for (const [beat, time] of times.entries()) expect(Math.abs(found[beat]! - time)).toBeLessThan(0.025);
}

describe('QRS detector', () => {
  it.each([100, 128, 250, 360, 500, 1000])('finds every beat, first and last too, at %i Hz', (rate) => {
    const times = beatTimes(30, 0.8);
    expectBeats(recordingOf([lead(narrow, times, 30, rate)], rate), times);
  });

  it.each([
    ['inverted', inverted],
    ['with T waves larger than R', tallT],
  ] as const)('takes a lead %s as it comes', (_, shape) => {
    const times = beatTimes(40, 0.85);
    expectBeats(recordingOf([lead(shape, times, 40, 360)], 360), times);
  });

  it('finds a premature small beat and leaves a pause of five seconds empty', () => {
    const times = [...beatTimes(20, 0.8), 25, 25.8, 26.25, 27.2, 28, 28.8];
    expectBeats(recordingOf([lead(narrow, times, 30, 360)], 360), times);
  });

  it('follows a lead whose amplitude falls to a fifth', () => {
    const times = beatTimes(60, 0.8);
    const signal = lead(narrow, times, 60, 360);
    for (let i = 0; i < signal.length; i++) signal[i]! *= i < 30 * 360 ? 1 : 0.2;
    expectBeats(recordingOf([signal], 360), times);
  });

  it('goes on with the other lead while one is off, missing or stuck at its limit', () => {
    const times = beatTimes(60, 0.8);
    for (const value of [0, Number.NaN, 5.115]) {
      const failing = lead(narrow, times, 60, 360);
      failing.fill(value, 20 * 360, 35 * 360);
      expectBeats(recordingOf([failing, lead(inverted, times, 60, 360)], 360), times);
    }
  });

  it('finds beats on both sides of a flat stretch of its only lead, and none in it', () => {
    const times = beatTimes(60, 0.8);
    const signal = lead(narrow, times, 60, 360);
    signal.fill(0, 20 * 360, 40 * 360);
    const found = Array.from(detect(recordingOf([signal], 360)), (sample) => sample / 360);
    const clear = times.filter((time) => time < 17.5 || time > 42.5);
    for (const time of clear) expect(found.some((at) => Math.abs(at - time) < 0.025)).toBe(true);
    expect(found.filter((at) => at > 20.5 && at < 39.5)).toEqual([]);
  });

  it.each([
    ['a flat line', () => 0],
    ['no samples at all', () => Number.NaN],
    ['drift alone', (i: number) => 2 * Math.sin(i / 300)],
    ['mains hum', (i: number) => 0.3 * Math.sin((i * 2 * Math.PI * 50) / 360)],
  ])('finds nothing in %s', (_, value) => {
    const signal = Float32Array.from({ length: 60 * 360 }, (_, i) => value(i));
    expect(detect(recordingOf([signal], 360))).toHaveLength(0);
  });

  it('finds nothing in noise', () => {
    const random = noise();
    const signal = Float32Array.from({ length: 60 * 360 }, () => random());
    expect(detect(recordingOf([signal], 360))).toHaveLength(0);
  });

  it('answers for recordings shorter than a beat', () => {
    expect(detect(recordingOf([new Float32Array(1)], 360))).toHaveLength(0);
    expect(detect(recordingOf([lead(narrow, [0.2], 0.4, 360)], 360)).length).toBeLessThanOrEqual(1);
  });
});

describe('quality', () => {
  const times = beatTimes(60, 0.8);
  const stateAt = (signal: Float32Array, second: number) =>
    assessQuality(recordingOf([signal], 360)).leads[0]!.secondState[second];

  it('calls a clean lead analysable throughout', () => {
    const quality = assessQuality(recordingOf([lead(narrow, times, 60, 360)], 360));
    expect(quality.analysableFraction).toBe(1);
    expect(quality.leads[0]).toMatchObject({ analysableFraction: 1, leadOffSeconds: 0, saturatedSeconds: 0 });
  });

  it('tells lead off, missing samples, saturation, movement and noise from each other', () => {
    const signal = lead(narrow, times, 60, 360);
    signal.fill(0.3, 10 * 360, 12 * 360);
    signal.fill(Number.NaN, 20 * 360, 22 * 360);
    signal.fill(5.115, 30 * 360, 32 * 360);
    const random = noise();
    for (let i = 40 * 360; i < 44 * 360; i++) signal[i]! += 4 * random();
    for (let i = 50 * 360; i < 50.5 * 360; i++) signal[i]! += 4.5;
    expect(stateAt(signal, 5)).toBe(SECOND_STATES.analysable);
    expect(stateAt(signal, 10)).toBe(SECOND_STATES.leadOff);
    expect(stateAt(signal, 21)).toBe(SECOND_STATES.leadOff);
    expect(stateAt(signal, 31)).toBe(SECOND_STATES.saturated);
    expect(stateAt(signal, 42)).toBe(SECOND_STATES.noisy);
    expect(stateAt(signal, 50)).toBe(SECOND_STATES.noisy);
    expect(stateAt(signal, 55)).toBe(SECOND_STATES.analysable);
    const quality = assessQuality(recordingOf([signal], 360));
    expect(quality.leads[0]).toMatchObject({ leadOffSeconds: 4, saturatedSeconds: 2 });
  });

  it('does not call a pause lead off', () => {
    const signal = lead(
      narrow,
      times.filter((time) => time < 20 || time > 26),
      60,
      360,
    );
    expect(stateAt(signal, 23)).toBe(SECOND_STATES.analysable);
  });
});

describe('pacing', () => {
  const spikeBefore: Shape = (t) => (Math.abs(t + 0.05) < 0.003 ? 1.5 : 0) + bump(t, 0.03, 0.06, 1.2);
  const times = beatTimes(60, 0.85);
  const paced = (recording: EcgRecording) => detectPacing(recording, detect(recording));

  it('sees a spike in front of broad complexes, and none in narrow or broad ones without', () => {
    expect(paced(recordingOf([lead(spikeBefore, times, 60, 360)], 360))).toMatchObject({ paced: true });
    expect(paced(recordingOf([lead(narrow, times, 60, 360)], 360))).toEqual({ paced: false, why: '' });
    const broad: Shape = (t) => bump(t, 0, 0.06, 1.2);
    expect(paced(recordingOf([lead(broad, times, 60, 360)], 360)).paced).toBe(false);
  });

  it.each([
    ['The rhythm is paced with a demand pacemaker.', true],
    ['UNIpolar ventricular pacing.', true],
    ['Wandering atrial pacemaker.', false],
    ['No pacemaker.', false],
    ['Pacemaker: no', false],
    ['Norpace', false],
  ])('reads the comment "%s"', (comment, expected) => {
    const recording = { ...recordingOf([lead(narrow, times, 60, 360)], 360), comments: [comment] };
    expect(paced(recording).paced).toBe(expected);
  });

  it.skipIf(shared === null).each([...PACED_RECORDS])('refuses record %s without its comments', (record) => {
    const { recording } = readMitdb(shared!, record);
    expect(paced({ ...recording, comments: [] }).paced).toBe(true);
  });
});

describe.skipIf(shared === null)('on records of DS1', () => {
  it.each([
    ['106', 0.995, 0.995],
    ['119', 0.998, 0.998],
    ['208', 0.99, 0.99],
    ['223', 0.995, 0.995],
  ])('%s is detected as the figures say', (record, sensitivity, positivePredictivity) => {
    const { recording, annotations } = readMitdb(shared!, record);
    expect(assessQuality(recording).analysableFraction).toBeGreaterThan(0.98);
    const found = detect(recording);
    const reference = referenceBeats(annotations).map((annotation) => annotation.sample);
    const { pairs } = matchBeats(reference, found, EC57_MATCH_WINDOW_SECONDS, 360);
    expect(pairs.length / reference.length).toBeGreaterThan(sensitivity);
    expect(pairs.length / found.length).toBeGreaterThan(positivePredictivity);
    const near = pairs.filter(
      ({ reference: r, test }) => Math.abs(reference[r]! - found[test]!) <= 0.025 * 360,
    );
    expect(near.length / pairs.length).toBeGreaterThan(0.95);
  });
});
