import { describe, expect, it } from 'vitest';
import {
  AUXILIARY_FEATURES,
  BEAT_INPUT_SPEC,
  type BeatInputs,
  type BeatQuality,
  beatInputSpecSchema,
  beatInputs,
  chooseLeads,
} from './beats.ts';
import type { EcgRecording } from './recording.ts';

const RATE = 250;
const SIGNAL_SIZE = 4 * BEAT_INPUT_SPEC.length;
const LEAD_SIZE = 2 * BEAT_INPUT_SPEC.length;

interface MadeBeat {
  seconds: number;
  wide: boolean;
}

/** A rhythm of 0.8 s with one premature narrow and one premature wide beat. */
const BEATS: MadeBeat[] = Array.from({ length: 60 }, (_, i) => ({
  seconds: 0.5 + 0.8 * i - (i === 20 || i === 40 ? 0.25 : 0),
  wide: i === 40,
}));

/** A bump of a height and width, millivolts and seconds. */
function bump(seconds: number, height: number, width: number): number {
  const x = seconds / width;
  return height / (1 + x * x * x * x);
}

function made(leadNames: readonly string[]): EcgRecording {
  const lengthSamples = 49 * RATE;
  const trace = Float32Array.from({ length: lengthSamples }, (_, i) => {
    let sum = 0;
    for (const beat of BEATS) {
      const t = i / RATE - beat.seconds;
      if (Math.abs(t) > 1) continue;
      sum += beat.wide
        ? bump(t, 1.8, 0.06) - bump(t - 0.2, 0.6, 0.08)
        : bump(t + 0.16, 0.15, 0.03) + bump(t, 1.2, 0.015) + bump(t - 0.28, 0.25, 0.05);
    }
    return sum;
  });
  return {
    recordName: 'made',
    samplingRateHz: RATE,
    lengthSamples,
    leads: leadNames.map((name, k) => ({
      name,
      millivolts: trace.map((value) => value * (1 - 0.3 * k)),
      resolutionMillivolts: 0.005,
      rangeMillivolts: null,
    })),
    recordedAt: null,
    patient: { name: '', id: '', birthDate: null, ageYears: null, sex: 'unknown' },
    comments: [],
    warnings: [],
  };
}

const PEAKS = Int32Array.from(BEATS, ({ seconds }) => Math.round(seconds * RATE));

function feature(inputs: BeatInputs, beat: number, name: string): number {
  const index = AUXILIARY_FEATURES.indexOf(name);
  expect(index).toBeGreaterThanOrEqual(0);
  return inputs.auxiliary[beat * AUXILIARY_FEATURES.length + index]!;
}

function expectBounded(inputs: BeatInputs): void {
  expect(inputs.signals.every((value) => Math.abs(value) <= 1)).toBe(true);
  expect(inputs.auxiliary.every((value) => Math.abs(value) <= 1)).toBe(true);
}

/** Sinus beats with an upright P wave, each followed by runs of four early beats with an inverted one. */
function mostlyEctopic(): { recording: EcgRecording; peaks: Int32Array; isSinus: boolean[] } {
  const recording = made(['II']);
  const seconds: number[] = [];
  const isSinus: boolean[] = [];
  let at = 0.6;
  for (let group = 0; group < 40; group++) {
    for (let k = 0; k < 5; k++) {
      seconds.push(at);
      isSinus.push(k === 0);
      at += k === 4 ? 1.3 : 0.62 + 0.01 * ((group + k) % 3);
    }
  }
  const lengthSamples = Math.ceil((at + 0.5) * RATE);
  const millivolts = new Float32Array(lengthSamples);
  seconds.forEach((beat, i) => {
    for (
      let j = Math.max(0, Math.floor((beat - 0.6) * RATE));
      j < (beat + 0.6) * RATE && j < lengthSamples;
      j++
    ) {
      const t = j / RATE - beat;
      const p = isSinus[i] ? 0.15 : -0.12;
      millivolts[j]! += bump(t + 0.16, p, 0.03) + bump(t, 1.2, 0.015) + bump(t - 0.28, 0.25, 0.05);
    }
  });
  return {
    recording: { ...recording, lengthSamples, leads: [{ ...recording.leads[0]!, millivolts }] },
    peaks: Int32Array.from(seconds, (beat) => Math.round(beat * RATE)),
    isSinus,
  };
}

describe('where ectopic beats are the most', () => {
  it('still takes the late beats for the sinus rhythm: their P wave and their interval', () => {
    const { recording, peaks, isSinus } = mostlyEctopic();
    const inputs = beatInputs(recording, null, peaks, BEAT_INPUT_SPEC);
    expectBounded(inputs);
    for (let i = 20; i < isSinus.length - 20; i++) {
      const p = feature(inputs, i, 'first.pLateCorrelation');
      const long = feature(inputs, i, 'preToLongWide');
      if (isSinus[i]) {
        expect(p).toBeGreaterThan(0.8);
        expect(Math.abs(long)).toBeLessThan(0.1);
      } else {
        expect(p).toBeLessThan(0);
        expect(long).toBeLessThan(-0.5);
      }
      // Nothing early is told by the usual interval, which is the ectopic one.
      if (!isSinus[i]) expect(Math.abs(feature(inputs, i, 'preToUsual'))).toBeLessThan(0.1);
    }
    // The fourth beat of a run knows its onset.
    const fourth = isSinus.findIndex((sinus, i) => i > 50 && sinus) + 4;
    expect(feature(inputs, fourth, 'onsetDrop')).toBeLessThan(-0.5);
    expect(feature(inputs, fourth, 'preToPrevious')).toBeGreaterThan(-0.1);
  });

  it('does not take the pause after a wide beat for the sinus rhythm', () => {
    // Trigeminy: two usual beats, a wide one, a full pause.
    const seconds = Array.from({ length: 60 }, (_, i) => 0.6 + 0.8 * i - (i % 3 === 2 ? 0.25 : 0));
    const recording = made(['II']);
    const lengthSamples = 50 * RATE;
    const millivolts = Float32Array.from({ length: lengthSamples }, (_, j) =>
      seconds.reduce((sum, beat, i) => {
        const t = j / RATE - beat;
        if (Math.abs(t) > 0.6) return sum;
        if (i % 3 === 2) return sum + bump(t, -1.8, 0.06);
        return sum + bump(t + 0.16, 0.15, 0.03) + bump(t, 1.2, 0.015) + bump(t - 0.28, 0.25, 0.05);
      }, 0),
    );
    const inputs = beatInputs(
      { ...recording, lengthSamples, leads: [{ ...recording.leads[0]!, millivolts }] },
      null,
      Int32Array.from(seconds, (beat) => Math.round(beat * RATE)),
      BEAT_INPUT_SPEC,
    );
    for (let i = 22; i < 40; i += 3) {
      expect(i % 3).toBe(1);
      expect(Math.abs(feature(inputs, i, 'preToLongWide'))).toBeLessThan(0.1);
      expect(feature(inputs, i, 'onsetDrop')).toBe(0);
    }
  });
});

describe('beat inputs', () => {
  it('tell a premature and a wide beat from the usual one', () => {
    const inputs = beatInputs(made(['II', 'V1']), null, PEAKS, BEAT_INPUT_SPEC);
    expectBounded(inputs);
    expect(inputs.classifiable.every((value) => value === 1)).toBe(true);
    expect(feature(inputs, 10, 'preToLocal')).toBeCloseTo(0, 2);
    expect(feature(inputs, 20, 'preToLocal')).toBeLessThan(-0.25);
    expect(feature(inputs, 20, 'first.qrsCorrelation')).toBeGreaterThan(0.95);
    expect(feature(inputs, 40, 'first.widthRatio')).toBeGreaterThan(0.5);
    expect(feature(inputs, 40, 'first.qrsNovelty')).toBeGreaterThan(0.9);
    // The difference from the template is all but nothing for the usual beat.
    const difference = (beat: number) =>
      Math.max(
        ...inputs.signals
          .subarray(beat * SIGNAL_SIZE + BEAT_INPUT_SPEC.length, beat * SIGNAL_SIZE + LEAD_SIZE)
          .map(Math.abs),
      );
    expect(difference(10)).toBeLessThan(0.1);
    expect(difference(40)).toBeGreaterThan(0.4);
  });

  it('work with one lead: the second place is empty', () => {
    const inputs = beatInputs(made(['ECG1']), null, PEAKS, BEAT_INPUT_SPEC);
    const two = beatInputs(made(['ECG1', 'ECG2']), null, PEAKS, BEAT_INPUT_SPEC);
    expect(inputs.classifiable.every((value) => value === 1)).toBe(true);
    for (let beat = 0; beat < PEAKS.length; beat++) {
      const at = beat * SIGNAL_SIZE;
      const second = inputs.signals.subarray(at + LEAD_SIZE, at + SIGNAL_SIZE);
      expect(second.every((value) => value === 0)).toBe(true);
      expect(inputs.signals.subarray(at, at + LEAD_SIZE)).toEqual(two.signals.subarray(at, at + LEAD_SIZE));
      expect(feature(inputs, beat, 'secondLead')).toBe(0);
      expect(feature(two, beat, 'secondLead')).toBe(1);
    }
  });

  it('give the place of a lead that cannot be read to the other, and refuse beats without any', () => {
    const recording = made(['II', 'V1']);
    const quality: BeatQuality = {
      leads: [
        { lead: 'II', secondState: Uint8Array.from({ length: 49 }, (_, s) => (s >= 10 && s < 20 ? 2 : 0)) },
        { lead: 'V1', secondState: Uint8Array.from({ length: 49 }, (_, s) => (s >= 15 && s < 20 ? 1 : 0)) },
      ],
    };
    const inputs = beatInputs(recording, quality, PEAKS, BEAT_INPUT_SPEC);
    BEATS.forEach(({ seconds }, beat) => {
      // A QRS that reaches into a bad second counts as within it.
      if (seconds > 9.8 && seconds < 10.2) return;
      if (seconds > 14.8 && seconds < 15.2) return;
      if (seconds > 19.8 && seconds < 20.2) return;
      const bad = seconds > 15 && seconds < 20;
      const one = seconds > 10 && seconds < 15;
      expect(inputs.classifiable[beat]).toBe(bad ? 0 : 1);
      expect(feature(inputs, beat, 'secondLead')).toBe(bad || one ? 0 : 1);
    });
  });

  it('bridge samples that are not numbers and keep to bounds on flat and absurd leads', () => {
    const recording = made(['II', 'V1', 'V2']);
    recording.leads[0]!.millivolts.fill(Number.NaN, 1000, 1100);
    const gap = beatInputs(recording, null, PEAKS, BEAT_INPUT_SPEC);
    expectBounded(gap);
    expect(feature(gap, 40, 'first.widthRatio')).toBeGreaterThan(0.5);
    for (const absurd of [0, 1e6, Number.NaN]) {
      recording.leads[0]!.millivolts.fill(absurd);
      expectBounded(beatInputs(recording, null, PEAKS, BEAT_INPUT_SPEC));
    }
  });

  it('judge the first and last beats, but not one whose QRS an end cuts off', () => {
    const recording = made(['II']);
    const peaks = Int32Array.from([2, ...PEAKS, recording.lengthSamples - 3]);
    const { classifiable } = beatInputs(recording, null, peaks, BEAT_INPUT_SPEC);
    expect(classifiable[0]).toBe(0);
    expect(classifiable[1]).toBe(1);
    expect(classifiable[PEAKS.length]).toBe(1);
    expect(classifiable[PEAKS.length + 1]).toBe(0);
  });

  it('are there for one beat, and for none', () => {
    expectBounded(beatInputs(made(['II']), null, PEAKS.subarray(0, 1), BEAT_INPUT_SPEC));
    expect(beatInputs(made(['II']), null, new Int32Array(0), BEAT_INPUT_SPEC).signals).toHaveLength(0);
    const { classifiable } = beatInputs(made([]), null, PEAKS, BEAT_INPUT_SPEC);
    expect(classifiable.every((value) => value === 0)).toBe(true);
  });

  it('do not depend on where exactly a detector puts the peak, nor on gain', () => {
    const recording = made(['II', 'V1']);
    const inputs = beatInputs(recording, null, PEAKS, BEAT_INPUT_SPEC);
    const shifted = beatInputs(
      recording,
      null,
      PEAKS.map((peak) => peak + 5),
      BEAT_INPUT_SPEC,
    );
    for (const lead of recording.leads) lead.millivolts = lead.millivolts.map((value) => value * 4);
    const louder = beatInputs(recording, null, PEAKS, BEAT_INPUT_SPEC);
    for (const other of [shifted, louder]) {
      for (const beat of [10, 20, 40]) {
        for (let i = beat * SIGNAL_SIZE; i < (beat + 1) * SIGNAL_SIZE; i++) {
          expect(Math.abs(other.signals[i]! - inputs.signals[i]!)).toBeLessThan(0.02);
        }
      }
    }
  });
});

describe('lead choice', () => {
  it('goes by name, whatever the order, and takes what there is', () => {
    expect(chooseLeads(['V5', 'MLII'], BEAT_INPUT_SPEC)).toEqual({ first: 1, second: 0 });
    expect(chooseLeads(['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1'], BEAT_INPUT_SPEC)).toEqual({
      first: 1,
      second: 6,
    });
    expect(chooseLeads(['ECG1', 'ECG2'], BEAT_INPUT_SPEC)).toEqual({ first: 0, second: 1 });
    expect(chooseLeads(['X'], BEAT_INPUT_SPEC)).toEqual({ first: 0, second: null });
    expect(chooseLeads([], BEAT_INPUT_SPEC)).toBeNull();
  });

  it('refuses a description of inputs that this code does not make', () => {
    expect(beatInputSpecSchema.safeParse(BEAT_INPUT_SPEC).success).toBe(true);
    const names = [...AUXILIARY_FEATURES].reverse();
    expect(beatInputSpecSchema.safeParse({ ...BEAT_INPUT_SPEC, auxiliaryFeatures: names }).success).toBe(
      false,
    );
    expect(beatInputSpecSchema.safeParse({ ...BEAT_INPUT_SPEC, length: 100 }).success).toBe(false);
  });
});
