import { describe, expect, it } from 'vitest';
import type { RhythmKind, RhythmSignal } from '../../contract/rhythm.ts';
import type { Correction } from '../../contract/study.ts';
import { applyCorrections } from '../ecg-beats/corrections.ts';
import { ensembleOf, RATE_HZ, steady, type TestBeat, testBeats } from '../ecg-beats/test-beats.ts';
import { describeRhythm } from './rhythm-findings.ts';
import { summariseRhythm, uncovered } from './summarise-rhythm.ts';
import { testRhythm } from './test-rhythm.ts';

interface Changes {
  seconds?: number;
  signal?: Partial<RhythmSignal>;
  corrections?: Correction[];
  gap?: [number, number];
}

function analysed(list: readonly TestBeat[], changes: Changes = {}) {
  const seconds = changes.seconds ?? Math.ceil(list[list.length - 1]!.seconds) + 1;
  const { beats, rows } = testBeats(list);
  const analysable = new Uint8Array(seconds).fill(1);
  if (changes.gap) analysable.fill(0, ...changes.gap);
  const facts = { samplingRateHz: RATE_HZ, lengthSamples: seconds * RATE_HZ, leads: [], analysable };
  const corrected = applyCorrections(beats, changes.corrections ?? []);
  const summary = summariseRhythm(
    { ...testRhythm(seconds, RATE_HZ), ...changes.signal },
    facts,
    corrected,
    ensembleOf(rows, corrected),
  );
  const events = summary.episodes.filter(({ layer }) => layer === 'event');
  const base = summary.episodes.filter(({ layer }) => layer === 'base');
  return { summary, events, base, findings: describeRhythm(summary, RATE_HZ) };
}

const repeated = (
  count: number,
  from: number,
  pattern: readonly [number, TestBeat['label']][],
): TestBeat[] => {
  const beats: TestBeat[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    for (const [interval, label] of pattern) {
      beats.push({ seconds: at, label });
      at += interval;
    }
  }
  return beats;
};

describe('rhythm episodes', () => {
  it('cover the recording once with base rhythms', () => {
    const { base } = analysed(steady(100, 0.5, 0.8), {
      gap: [30, 45],
      signal: {
        atrialFibrillation: [
          {
            startSample: 50 * RATE_HZ,
            endSample: 85 * RATE_HZ,
            probability: 0.9,
            interval90: { low: 0.8, high: 0.95 },
          },
        ],
        fibrillation: [{ startSample: 20 * RATE_HZ, endSample: 24 * RATE_HZ }],
      },
    });
    expect(base.map(({ kind }) => kind)).toEqual([
      'sinus',
      'ventricular-fibrillation',
      'sinus',
      'not-analysable',
      'sinus',
      'atrial-fibrillation',
    ]);
    for (let i = 1; i < base.length; i++) expect(base[i]!.startSample).toBe(base[i - 1]!.endSample);
    expect(base[0]!.startSample).toBe(0);
    expect(base[5]).toMatchObject({
      probability: 0.9,
      interval90: { low: 0.8, high: 0.95 },
      source: 'network',
    });
    expect(base[5]!.rateBpm).toBeCloseTo(75, 6);
  });

  it('name sinus rhythm by its rate where it lasts', () => {
    const { base, findings } = analysed([
      ...steady(60, 0.5, 0.5),
      ...steady(60, 31, 0.8),
      ...steady(40, 80, 1.3),
    ]);
    expect(base.map(({ kind }) => kind)).toEqual(['sinus', 'sinus-bradycardia']);
    const fast = analysed([...steady(100, 0.5, 0.5), ...steady(60, 51, 0.8)]).base;
    expect(fast[0]!.kind).toBe('sinus-tachycardia');
    expect(findings.some(({ code }) => code === 'sinus-rate')).toBe(true);
  });

  it('tell bigeminy from trigeminy, and neither from two ectopic beats', () => {
    const kinds = (list: TestBeat[]) => analysed(list).events.map(({ kind }) => kind);
    const bigeminy = repeated(3, 10, [
      [0.5, 'N'],
      [1.1, 'V'],
    ] as const);
    expect(kinds([...steady(10, 1, 0.8), ...bigeminy, ...steady(10, 15, 0.8)])).toEqual([
      'ventricular-bigeminy',
    ]);
    const trigeminy = repeated(3, 10, [
      [0.8, 'N'],
      [0.5, 'N'],
      [1.1, 'S'],
    ] as const);
    expect(kinds([...steady(10, 1, 0.8), ...trigeminy, ...steady(10, 18, 0.8)])).toEqual([
      'supraventricular-trigeminy',
    ]);
    const two = repeated(2, 10, [
      [0.5, 'N'],
      [1.1, 'V'],
    ] as const);
    expect(kinds([...steady(10, 1, 0.8), ...two, ...steady(10, 14, 0.8)])).toEqual([]);
  });

  it('call a run of ventricular beats tachycardia by its rate, urgent from six beats', () => {
    const run = (beats: number, rr: number) =>
      analysed([...steady(10, 1, 0.8), ...steady(beats, 9, rr, 'V'), ...steady(10, 20, 0.8)]);
    expect(run(6, 0.4).events[0]).toMatchObject({ kind: 'ventricular-tachycardia', beats: 6 });
    expect(run(6, 0.4).events[0]!.rateBpm).toBeCloseTo(150, 6);
    expect(run(6, 0.4).findings[0]).toMatchObject({ code: 'ventricular-tachycardia', severity: 'urgent' });
    expect(run(5, 0.4).findings.some(({ code }) => code === 'ventricular-tachycardia')).toBe(false);
    expect(run(4, 0.8).events[0]!.kind).toBe('idioventricular');
  });

  it('see a sudden regular tachycardia, but not a gradual one', () => {
    const sudden = analysed([...steady(20, 1, 0.85), ...steady(100, 17.5, 0.35), ...steady(20, 53.5, 0.85)]);
    expect(sudden.events[0]!.kind).toBe('supraventricular-tachycardia');
    const finding = sudden.findings.find(({ code }) => code === 'supraventricular-tachycardia');
    expect(finding?.severity).toBe('urgent');
    const gradual: TestBeat[] = [];
    let at = 1;
    for (let i = 0; i < 120; i++) {
      gradual.push({ seconds: at, label: 'N' });
      at += Math.max(0.38, 0.85 - 0.01 * i);
    }
    expect(analysed(gradual).events).toHaveLength(0);
  });

  it('follow corrections, and keep the answer of the network', () => {
    const list = [
      ...steady(10, 1, 0.8),
      ...repeated(3, 10, [
        [0.5, 'N'],
        [1.1, 'V'],
      ] as const),
      ...steady(60, 15, 0.8),
    ];
    const signal: Partial<RhythmSignal> = {
      atrialFibrillation: [
        {
          startSample: 25 * RATE_HZ,
          endSample: 60 * RATE_HZ,
          probability: 0.8,
          interval90: { low: 0.7, high: 0.9 },
        },
      ],
    };
    const relabelled = analysed(list, {
      signal,
      corrections: [{ kind: 'relabel', sample: Math.round(10.5 * RATE_HZ), label: 'N' }],
    });
    expect(analysed(list, { signal }).events).toHaveLength(1);
    expect(relabelled.events).toHaveLength(0);
    expect(relabelled.base.some(({ kind }) => kind === 'atrial-fibrillation')).toBe(true);
  });

  it('leave out patterns of S beats within atrial fibrillation, and beats within ventricular fibrillation', () => {
    const list = [...steady(30, 0.5, 0.8), ...steady(12, 25, 0.4, 'S'), ...steady(30, 31, 0.8)];
    const span = { startSample: 10 * RATE_HZ, endSample: 50 * RATE_HZ };
    expect(analysed(list).events).toHaveLength(1);
    const inAf = { ...span, probability: 0.9, interval90: { low: 0.8, high: 1 } };
    expect(analysed(list, { signal: { atrialFibrillation: [inAf] } }).events).toHaveLength(0);
    expect(analysed(list, { signal: { fibrillation: [span] } }).events).toHaveLength(0);
  });

  it('make atrial fibrillation urgent where it begins or is fast, and attention otherwise', () => {
    const af = (startSample: number, rr: number) => {
      const { findings } = analysed(steady(Math.floor(60 / rr), 0.5, rr), {
        seconds: 61,
        signal: {
          atrialFibrillation: [
            { startSample, endSample: 61 * RATE_HZ, probability: 0.9, interval90: { low: 0.8, high: 0.95 } },
          ],
          afBurden: { fraction: 1, interval90: { low: 0.9, high: 1 } },
        },
      });
      return findings.find(({ code }) => code === 'atrial-fibrillation')!.severity;
    };
    expect(af(0, 0.8)).toBe('attention');
    expect(af(0, 0.5)).toBe('urgent');
    expect(af(10 * RATE_HZ, 0.8)).toBe('urgent');
  });

  it('say of a paced recording that it is paced and no more', () => {
    const { summary, findings } = analysed(steady(20, 0.5, 0.8), { signal: { paced: true } });
    expect(summary.episodes.map(({ kind }): RhythmKind => kind)).toEqual(['paced']);
    expect(findings).toHaveLength(0);
  });
});

describe('uncovered', () => {
  it('gives what is left of a stretch', () => {
    const span = { startSample: 0, endSample: 100 };
    const others = [
      { startSample: 10, endSample: 20 },
      { startSample: 15, endSample: 30 },
      { startSample: 90, endSample: 120 },
    ];
    expect(uncovered(span, others)).toEqual([
      { startSample: 0, endSample: 10 },
      { startSample: 30, endSample: 90 },
    ]);
  });
});
