import { describe, expect, it } from 'vitest';
import type { BeatCorrection, Correction } from '../../contract/study.ts';
import { applyCorrections, checkCorrection } from './corrections.ts';
import { headlineOf } from './findings.ts';
import { summarise } from './summarise.ts';
import { ensembleOf, RATE_HZ, steady, type TestBeat, testBeats } from './test-beats.ts';

function analysed(
  list: readonly TestBeat[],
  options: { seconds?: number; gap?: [number, number]; corrections?: Correction[] } = {},
) {
  const seconds = options.seconds ?? Math.ceil(list[list.length - 1].seconds) + 1;
  const { beats, rows } = testBeats(list);
  const analysable = new Uint8Array(seconds).fill(1);
  if (options.gap) analysable.fill(0, ...options.gap);
  const secondState = analysable.map((flag) => (flag ? 0 : 2));
  const leads = [{ lead: 'II', analysableFraction: 1, leadOffSeconds: 0, saturatedSeconds: 0, secondState }];
  const corrected = applyCorrections(beats, options.corrections ?? []);
  const facts = { samplingRateHz: RATE_HZ, lengthSamples: seconds * RATE_HZ, leads, analysable };
  return { ...summarise(facts, corrected, ensembleOf(rows, corrected)), corrected };
}

const run = (at: number, agreement = 1): TestBeat[] =>
  [0, 0.4, 0.8].map((offset) => ({ seconds: at + offset, label: 'V', agreement }));

describe('summary of a recording', () => {
  it('gives the heart rate over eight intervals', () => {
    const { summary } = analysed([...steady(20, 1, 1), ...steady(20, 20.5, 0.5)]);
    expect(summary.heartRateBpm?.minimum).toBeCloseTo(60, 6);
    expect(summary.heartRateBpm?.maximum).toBeCloseTo(120, 6);
    expect(summary.heartRateBpm?.mean).toBeCloseTo((60 * 39) / (19 + 0.5 + 19 * 0.5), 6);
  });

  it('has no heart rate without eight intervals in a row', () => {
    expect(analysed(steady(8, 1, 1)).summary.heartRateBpm).toBeNull();
    expect(analysed(steady(9, 1, 1)).summary.heartRateBpm).not.toBeNull();
  });

  it('calls 3 s a pause, and 2.9 s not', () => {
    const at = (rr: number) =>
      analysed([...steady(10, 1, 0.8), ...steady(10, 1 + 9 * 0.8 + rr, 0.8)]).summary;
    expect(at(2.9).pauses).toHaveLength(0);
    expect(at(3.0).pauses).toHaveLength(1);
    expect(at(3.4).longestRr?.seconds).toBeCloseTo(3.4, 2);
  });

  it('does not call a stretch without signal a pause', () => {
    const beats = [...steady(10, 0.5, 1), ...steady(10, 15.5, 1)];
    expect(analysed(beats).summary.pauses).toHaveLength(1);
    const { summary } = analysed(beats, { gap: [11, 14] });
    expect(summary.pauses).toHaveLength(0);
    expect(summary.longestRr?.seconds).toBeCloseTo(1, 6);
    expect(summary.analysableFraction).toBeCloseTo(1 - 3 / 26, 6);
  });

  it('tells runs from couplets and gives rate and agreement', () => {
    const { summary, findings } = analysed([
      ...steady(5, 1, 1),
      ...run(6, 0.7),
      ...steady(5, 8, 1),
      { seconds: 13, label: 'S' },
      { seconds: 13.5, label: 'S' },
      ...steady(5, 14.5, 1),
    ]);
    expect(summary.runs).toHaveLength(1);
    expect(summary.runs[0]).toMatchObject({ kind: 'ventricular', beats: 3, probability: 0.7 });
    expect(summary.runs[0].rateBpm).toBeCloseTo(150, 6);
    expect(summary.couplets).toMatchObject([{ kind: 'supraventricular', beats: 2, probability: 1 }]);
    const ventricular = findings.find((finding) => finding.code === 'ventricular-run');
    expect(ventricular).toMatchObject({ severity: 'attention', recommendation: 'review', probability: 0.7 });
  });

  it('calls a ventricular run urgent from six beats faster than 100/min on, as the urgent list does', () => {
    const severityOf = (beats: number, rrSeconds: number) => {
      const run = Array.from({ length: beats }, (_, i) => ({
        seconds: 6 + i * rrSeconds,
        label: 'V' as const,
      }));
      const { findings } = analysed([...steady(5, 1, 1), ...run, ...steady(60, 14, 1)]);
      return findings.find(({ code }) => code === 'ventricular-run')?.severity;
    };
    expect(severityOf(6, 0.4)).toBe('urgent');
    expect(severityOf(5, 0.4)).toBe('attention');
    expect(severityOf(6, 0.7)).toBe('attention');
  });

  it('does not join a run across a stretch without signal', () => {
    const beats = [
      ...steady(5, 1, 1),
      { seconds: 6, label: 'V' } as const,
      { seconds: 9, label: 'V' } as const,
      ...steady(5, 10, 1),
    ];
    expect(analysed(beats, { gap: [7, 8] }).summary.couplets).toHaveLength(0);
    expect(analysed(beats).summary.couplets).toHaveLength(1);
  });

  it('puts quality first and the urgent before the rest', () => {
    const { findings, corrected } = analysed([...steady(10, 1, 1), ...run(11), ...steady(10, 16, 1)]);
    expect(findings.map((finding) => finding.code)).toEqual([
      'quality',
      'pause',
      've-burden',
      'ventricular-run',
      'heart-rate',
      'sve-burden',
    ]);
    expect(headlineOf(findings, corrected.beats.recommendation)).toMatchObject({
      severity: 'urgent',
      headline: 'Pause of 4.2 s',
    });
  });

  it('gives a burden an interval that holds it, and none doubt where the samples agree', () => {
    const sure = analysed([...steady(90, 1, 1), ...steady(10, 91, 1, 'V')]).summary;
    expect(sure.veBurden).toEqual({ fraction: 0.1, interval90: { low: 0.1, high: 0.1 } });
    const doubtful = analysed([
      ...steady(90, 1, 1),
      ...steady(10, 91, 1, 'V').map((beat) => ({ ...beat, agreement: 0.6 })),
    ]).summary;
    expect(doubtful.beats.V).toEqual({ count: 10, interval90: { low: 0, high: 10 } });
  });

  it('refuses what cannot be read', () => {
    const { findings } = analysed([{ seconds: 1, label: 'N' }], { seconds: 100, gap: [5, 100] });
    expect(findings[0]).toMatchObject({ code: 'quality', recommendation: 'refuse' });
  });

  it('stands an empty recording', () => {
    const { beats, rows } = testBeats([]);
    const facts = { samplingRateHz: RATE_HZ, lengthSamples: 0, leads: [], analysable: new Uint8Array(0) };
    const { summary } = summarise(
      facts,
      applyCorrections(beats, []),
      ensembleOf(rows, applyCorrections(beats, [])),
    );
    expect(summary).toMatchObject({
      analysableFraction: 0,
      heartRateBpm: null,
      veBurden: null,
      longestRr: null,
    });
  });
});

describe('conformal sets', () => {
  const list = [...steady(5, 1, 1), ...run(6), ...steady(5, 8, 1)];

  it('of the beats of a run are joined in its finding; labels given by hand have none', () => {
    const setOf = (corrections: Correction[]) =>
      analysed(list, { corrections }).findings.find(({ code }) => code === 'ventricular-run')?.conformalSet;
    expect(setOf([])).toEqual(['V']);
    const byHand = (offset: number) => ({
      kind: 'relabel' as const,
      sample: Math.round((6 + offset) * RATE_HZ),
      label: 'V' as const,
    });
    expect(setOf([byHand(0)])).toEqual(['V']);
    expect(setOf([0, 0.4, 0.8].map(byHand))).toBeNull();
    const { beats, rows } = testBeats(list);
    beats.conformalSet[6] = 0b101;
    const facts = {
      samplingRateHz: RATE_HZ,
      lengthSamples: 14 * RATE_HZ,
      leads: [],
      analysable: new Uint8Array(14).fill(1),
    };
    const { findings } = summarise(
      facts,
      applyCorrections(beats, []),
      ensembleOf(rows, applyCorrections(beats, [])),
    );
    expect(findings.find(({ code }) => code === 'ventricular-run')?.conformalSet).toEqual(['N', 'V']);
  });
});

describe('corrections', () => {
  const list = [...steady(5, 1, 1), ...run(6, 0.5), ...steady(5, 8, 1)];
  const recording = { lengthSamples: 20 * RATE_HZ, samplingRateHz: RATE_HZ };
  const runStart = 6 * RATE_HZ;

  it('relabel, add and delete beats and keep the machine’s answer', () => {
    const { beats } = testBeats(list);
    const { beats: after, machineRow } = applyCorrections(beats, [
      { kind: 'relabel', sample: runStart, label: 'S' },
      { kind: 'delete', sample: RATE_HZ },
      { kind: 'add', sample: 15 * RATE_HZ, label: 'V' },
    ]);
    expect(after.sample).toHaveLength(13);
    expect(machineRow[0]).toBe(1);
    const relabelled = after.sample.indexOf(runStart);
    expect([after.label[relabelled], after.machineLabel[relabelled], after.origin[relabelled]]).toEqual([
      1, 2, 1,
    ]);
    const added = after.sample.indexOf(15 * RATE_HZ);
    expect([after.label[added], after.machineLabel[added], after.origin[added]]).toEqual([2, 255, 2]);
    expect(after.probabilities[added * 4]).toBeNaN();
    expect(beats.label[beats.sample.indexOf(runStart)]).toBe(2);
  });

  it('make the labels certain in the counts and runs', () => {
    const corrections = [0, 0.4, 0.8].map((offset) => ({
      kind: 'relabel' as const,
      sample: Math.round((6 + offset) * RATE_HZ),
      label: 'V' as const,
    }));
    const before = analysed(list).summary;
    const after = analysed(list, { corrections }).summary;
    expect(before.runs[0].probability).toBe(0.5);
    expect(after.runs[0].probability).toBe(1);
    expect(after.beats.V.interval90).toEqual({ low: 3, high: 3 });
  });

  it('of many beats count as one correction each would, later ones over earlier ones', () => {
    const { beats } = testBeats(list);
    const samples = beats.sample.slice(2, 6);
    const many: Correction = { kind: 'relabel-many', samples, label: 'V', group: 'Template 3' };
    const single: Correction[] = [...samples].map((sample) => ({ kind: 'relabel', sample, label: 'V' }));
    const last: Correction = { kind: 'relabel', sample: samples[1]!, label: 'N' };
    expect(applyCorrections(beats, [many, last])).toEqual(applyCorrections(beats, [...single, last]));
  });

  it('are refused where they do not fit', () => {
    const { beats } = testBeats(list);
    const refused = (correction: BeatCorrection) => () => checkCorrection(beats, correction, recording);
    expect(refused({ kind: 'relabel', sample: 7, label: 'V' })).toThrow(/no beat/);
    expect(refused({ kind: 'delete', sample: 7 })).toThrow(/no beat/);
    const many = (...samples: number[]) =>
      refused({ kind: 'relabel-many', samples: Int32Array.from(samples), label: 'V', group: 'Template 1' });
    const [first, second] = [beats.sample[0]!, beats.sample[1]!];
    expect(many(first, second)).not.toThrow();
    expect(many(first, second + 1)).toThrow(/no beat/);
    expect(many(second, first)).toThrow(/order of time/);
    expect(many()).toThrow(/No beat/);
    expect(refused({ kind: 'add', sample: RATE_HZ + 20, label: 'V' })).toThrow(/200 ms/);
    expect(refused({ kind: 'add', sample: 20 * RATE_HZ, label: 'V' })).toThrow(/past the end/);
    expect(refused({ kind: 'add', sample: 15 * RATE_HZ, label: 'V' })).not.toThrow();
  });
});
