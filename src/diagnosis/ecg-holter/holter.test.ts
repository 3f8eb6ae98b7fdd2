import { describe, expect, it } from 'vitest';
import type { WaveTrend } from '../../contract/holter.ts';
import { holterSummarySchema } from '../../contract/holter.ts';
import type { Correction } from '../../contract/study.ts';
import { applyCorrections } from '../ecg-beats/corrections.ts';
import type { RecordingFacts } from '../ecg-beats/summarise.ts';
import { ensembleOf, RATE_HZ, steady, type TestBeat, testBeats } from '../ecg-beats/test-beats.ts';
import { summariseStudy } from '../ecg-rhythm/summarise-study.ts';

/** All seconds analysable except those from `gap[0]` to `gap[1]`. */
function studied(
  list: readonly TestBeat[],
  options: {
    seconds: number;
    gap?: [number, number];
    corrections?: Correction[];
    recordedAt?: string;
    waveTrend?: WaveTrend;
  },
) {
  const { beats, rows } = testBeats([...list].sort((a, b) => a.seconds - b.seconds));
  const { seconds, gap, recordedAt, waveTrend } = options;
  const analysable = new Uint8Array(seconds).fill(1);
  if (gap) analysable.fill(0, gap[0], gap[1]);
  const facts: RecordingFacts = {
    samplingRateHz: RATE_HZ,
    lengthSamples: seconds * RATE_HZ,
    leads: [],
    analysable,
    recordedAt: recordedAt ?? null,
    waveTrend: waveTrend ?? null,
  };
  const corrected = applyCorrections(beats, options.corrections ?? []);
  const { summary, findings } = summariseStudy(facts, corrected, ensembleOf(rows, corrected), null);
  const holter = summary.holter!;
  expect(holterSummarySchema.parse(holter)).toEqual(holter);
  return { holter, findings };
}

/** One beat a second from `from`, labelled by the letters. */
function row(letters: string, from = 0, rr = 1): TestBeat[] {
  return [...letters].map((label, i) => ({ seconds: from + i * rr, label: label as TestBeat['label'] }));
}

describe('ectopy', () => {
  it('counts each ectopic beat once: singles, couplets, short and long runs', () => {
    const letters = 'NNNVNNVVNNVVVNNVVVVVVNNVNN';
    const { holter } = studied(row(letters), { seconds: 30 });
    const { ventricular, supraventricular } = holter;
    expect(ventricular.beats.count).toBe([...letters].filter((l) => l === 'V').length);
    expect(ventricular).toMatchObject({
      singles: 2,
      couplets: 1,
      runs: 2,
      shortRuns: 1,
      longRuns: 1,
      beatsInRuns: 9,
      longestRun: { beats: 6, startSample: 15 * RATE_HZ, endSample: 20 * RATE_HZ, rateBpm: 60 },
    });
    expect(ventricular.beatsPerHour).toBe(13 / (30 / 3600));
    expect(supraventricular).toMatchObject({ singles: 0, couplets: 0, runs: 0, longestRun: null });
  });

  it('tells the fastest run from the longest', () => {
    const fast = row('VVV', 20, 0.4);
    const { holter } = studied([...row('NNNVVVVVVNNNN'), ...fast], { seconds: 30 });
    expect(holter.ventricular.longestRun).toMatchObject({ beats: 6 });
    expect(holter.ventricular.fastestRun).toMatchObject({
      beats: 3,
      startSample: 20 * RATE_HZ,
      rateBpm: 150,
    });
  });

  it('finds bigeminy and trigeminy with their ectopic beats', () => {
    const { holter } = studied(row('NNNNSNSNSNSNNNNNVNNVNNVNNNNN'), { seconds: 40 });
    expect(holter.supraventricular.bigeminy).toMatchObject({ episodes: 1, ectopicBeats: 4 });
    expect(holter.supraventricular.trigeminy.episodes).toBe(0);
    expect(holter.ventricular.trigeminy).toMatchObject({
      episodes: 1,
      ectopicBeats: 3,
      longest: { ectopicBeats: 3, endSample: 22 * RATE_HZ },
    });
    expect(holter.ventricular.bigeminy).toEqual({ episodes: 0, ectopicBeats: 0, seconds: 0, longest: null });
  });

  it('follows a correction of many beats', () => {
    const list = row('NNVVVNNN');
    const samples = Int32Array.of(2, 3, 4).map((second) => second * RATE_HZ);
    const correction: Correction = { kind: 'relabel-many', samples, label: 'S', group: 'Template 2' };
    const { holter } = studied(list, { seconds: 10, corrections: [correction] });
    expect(holter.ventricular).toMatchObject({ runs: 0, beats: { count: 0 } });
    expect(holter.supraventricular).toMatchObject({
      runs: 1,
      beats: { count: 3, interval90: { low: 3, high: 3 } },
    });
  });
});

describe('pauses and rates', () => {
  it('counts pauses from 2.0, 2.5 and 3.0 s, none across what cannot be analysed', () => {
    const at = [0, 1, 3, 5.5, 8.5, 9.5, 19.5, 20.5];
    const list = at.map((seconds) => ({ seconds, label: 'N' as const }));
    const { holter } = studied(list, { seconds: 25, gap: [12, 15] });
    expect(holter.pauses).toEqual({
      atLeast: [
        { seconds: 2, count: 3 },
        { seconds: 2.5, count: 2 },
        { seconds: 3, count: 1 },
      ],
      longest: { startSample: 5.5 * RATE_HZ, seconds: 3 },
    });
  });

  it('finds slow and fast stretches by means over eight intervals', () => {
    // 20 beats at 75/min, 20 at 40/min, 20 at 120/min.
    const list = [...steady(20, 0, 0.8), ...steady(20, 16, 1.5), ...steady(20, 46, 0.5)];
    const { holter } = studied(list, { seconds: 60 });
    expect(holter.slow).toMatchObject({ limitBpm: 50, episodes: 1 });
    expect(holter.slow.extremeBpm?.value).toBeCloseTo(40, 9);
    expect(holter.fast).toMatchObject({ limitBpm: 100, episodes: 1 });
    expect(holter.fast.extremeBpm?.value).toBeCloseTo(120, 9);
    expect(holter.fast.longest?.endSample).toBe(Math.round((46 + 19 * 0.5) * RATE_HZ));
    // The mean over 8 falls below 50/min (1.2 s) with the fifth long interval.
    const first = holter.slow.longest!.startSample / RATE_HZ;
    expect(first).toBeCloseTo(16 + 5 * 1.5 - 5 * 1.5 - 3 * 0.8, 2);
  });
});

describe('fast stretches that overlap', () => {
  it('are one, so that no time counts twice', () => {
    // Ten intervals at 120/min, two at 60/min, over and over: the mean over eight crosses 100/min again and again.
    const list: TestBeat[] = [];
    let at = 0;
    for (let i = 0; i < 130; i++) {
      list.push({ seconds: at, label: 'N' });
      at += i % 12 < 10 ? 0.5 : 1;
    }
    const { holter } = studied(list, { seconds: Math.ceil(at) });
    expect(holter.fast.episodes).toBe(1);
    expect(holter.fast.seconds).toBeLessThanOrEqual(at);
  });
});

describe('hours', () => {
  it('are those of the clock where the start is known', () => {
    const seconds = 2 * 3600;
    const list = steady(seconds - 10, 0.5, 1).map((beat, i) =>
      i === 3000 ? { ...beat, label: 'V' as const } : beat,
    );
    const { holter } = studied(list, { seconds, recordedAt: '2026-03-01T22:40:00', gap: [6000, 6600] });
    expect(holter.hourly.map(({ clock, beats, ventricular }) => [clock, beats, ventricular])).toEqual([
      ['22:00', 1200, 0],
      ['23:00', 3600, 1],
      ['00:00', 2390, 0],
    ]);
    expect(holter.hourly[0]!.heartRateBpm).toEqual({ minimum: 60, mean: 60, maximum: 60 });
    expect(holter.hourly[2]!.analysableFraction).toBeCloseTo(1 - 600 / 2400, 9);
    expect(holter.hourly[2]!.endSample).toBe(seconds * RATE_HZ);
    const unknown = studied(list, { seconds }).holter.hourly;
    expect(unknown.map(({ clock, beats }) => [clock, beats])).toEqual([
      [null, 3600],
      [null, 3590],
    ]);
    expect(holter.heartRateTrend.mean).toHaveLength(120);
    expect(Number.isNaN(holter.heartRateTrend.mean[105]!)).toBe(true);
    expect(holter.heartRateTrend.mean[10]).toBe(60);
  });
});

describe('distributions', () => {
  it('hold every interval and every pair once', () => {
    const { holter } = studied(row('NNNVNNNN', 0, 0.8), { seconds: 10 });
    const { rrHistogram, poincare } = holter;
    const bin = (800 - rrHistogram.firstMs) / rrHistogram.binMs;
    expect(rrHistogram.all[bin]).toBe(7);
    expect(rrHistogram.normal[bin]).toBe(5);
    expect(rrHistogram.all.reduce((a, b) => a + b)).toBe(7);
    expect([...poincare.first]).toEqual([80]);
    expect([...poincare.second]).toEqual([80]);
    expect([...poincare.count]).toEqual([6]);
    // Pairs of three beats with the fourth one among them.
    expect([...poincare.ectopic]).toEqual([3]);
  });
});

describe('ST and QT', () => {
  const trend = (st: number[], qtMs: number[], rrMs = 1000): WaveTrend => ({
    everyMinutes: 5,
    st: [{ lead: 'V5', millivolts: Float32Array.from(st) }],
    qtMs: Float32Array.from(qtMs),
    rrMs: new Float32Array(qtMs.length).fill(rrMs),
  });
  const seconds = 40 * 60;

  it('gives extremes that one stray measurement does not make', () => {
    const waveTrend = trend(
      [0, 0, -0.5, 0, 0.125, 0.125, 0.125, 0],
      [400, 410, 900, 410, Number.NaN, 390, 390, 380],
      640,
    );
    const { holter, findings } = studied(row('NNNN'), { seconds, waveTrend });
    expect(holter.st).toEqual([
      {
        lead: 'V5',
        minimum: { value: 0, atSample: 0 },
        maximum: { value: 0.125, atSample: 20 * 60 * RATE_HZ },
        minutesDepressed: 0,
        minutesElevated: 15,
      },
    ]);
    expect(holter.qt?.qtMs).toMatchObject({ minimum: 380, maximum: 410 });
    // Bazett at RR 0.64 s: 410 / 0.8.
    expect(holter.qt?.qtcBazettMs.maximum).toBeCloseTo(410 / 0.8, 9);
    expect(holter.urgent.find(({ rule }) => rule === 'st-change')?.outcome).toBe('not-found');
    expect(findings.some(({ code }) => code === 'st-change')).toBe(false);
  });

  it('calls a change of 0.2 mV in two successive measurements urgent, where it was', () => {
    const waveTrend = trend([0, 0, -0.25, -0.375, 0, 0, 0, 0], new Array(8).fill(400));
    const { holter, findings } = studied(row('NNNN'), { seconds, waveTrend });
    const at = { startSample: 10 * 60 * RATE_HZ, endSample: 20 * 60 * RATE_HZ };
    expect(holter.urgent.find(({ rule }) => rule === 'st-change')).toMatchObject({ outcome: 'found', at });
    const finding = findings.find(({ code }) => code === 'st-change');
    expect(finding).toMatchObject({ severity: 'urgent', at, value: { amount: -0.375, unit: 'mV' } });
    expect(finding?.label).toMatch(/depression in lead V5, 0\.38 mV/);
  });
});

describe('urgent rules', () => {
  it('are gone through one by one, and say what nothing looks for', () => {
    const { holter } = studied([...row('NNNN'), ...row('VVVVVV', 4, 0.4), ...row('NN', 7)], { seconds: 20 });
    const outcomes = Object.fromEntries(holter.urgent.map(({ rule, outcome }) => [rule, outcome]));
    expect(outcomes).toEqual({
      'ventricular-fibrillation': 'not-judged',
      'ventricular-tachycardia': 'found',
      've-burden': 'found',
      'supraventricular-tachycardia': 'not-found',
      'atrial-fibrillation': 'not-judged',
      pause: 'not-found',
      'st-change': 'not-judged',
      'pre-excitation': 'not-judged',
      'av-block': 'not-judged',
      'complete-block': 'not-judged',
    });
    expect(holter.urgent[1]!.at).toEqual({ startSample: 4 * RATE_HZ, endSample: 6 * RATE_HZ });
  });
});
