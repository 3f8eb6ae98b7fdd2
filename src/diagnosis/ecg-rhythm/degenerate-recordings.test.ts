/** Recordings in which something that is usually there is not: a summary of each fits the contract. */
import { expect, it } from 'vitest';
import { type BeatClass, ecgSummarySchema } from '../../contract/ecg.ts';
import { applyCorrections } from '../ecg-beats/corrections.ts';
import { ensembleOf, RATE_HZ, steady, type TestBeat, testBeats } from '../ecg-beats/test-beats.ts';
import { summariseStudy } from './summarise-study.ts';
import { testRhythm } from './test-rhythm.ts';

const every = (n: number, label: BeatClass): TestBeat[] =>
  steady(1500, 1, 0.9).map((beat, i) => (i % n === n - 1 ? { ...beat, label } : beat));

const RECORDINGS: Record<string, TestBeat[]> = {
  'no beat': [],
  'one beat': steady(1, 1, 1),
  'two beats': steady(2, 1, 1),
  'beats four samples apart': steady(3, 1, 4 / RATE_HZ),
  'a simulator': steady(4000, 1, 1),
  'ventricular beats alone': steady(500, 1, 0.9, 'V'),
  'supraventricular beats alone': steady(500, 1, 0.9, 'S'),
  'fusion beats alone': steady(500, 1, 0.9, 'F'),
  'unreadable beats alone': steady(500, 1, 0.9, 'Q'),
  'bigeminy throughout': every(2, 'V'),
  'trigeminy throughout': every(3, 'V'),
  'supraventricular trigeminy throughout': every(3, 'S'),
  'a beat every five seconds': steady(100, 1, 5),
  'five beats a second': steady(5000, 1, 0.2),
};

it.each(Object.keys(RECORDINGS))('%s', (name) => {
  const list = RECORDINGS[name]!;
  const seconds = Math.ceil(list.at(-1)?.seconds ?? 0) + 1;
  const { beats, rows } = testBeats(list);
  const corrected = applyCorrections(beats, []);
  for (const readable of [1, 0]) {
    const analysable = new Uint8Array(seconds).fill(readable);
    const secondState = analysable.map((flag) => (flag === 1 ? 0 : 2));
    const lead = { lead: 'II', analysableFraction: readable, leadOffSeconds: 0, saturatedSeconds: 0 };
    const facts = {
      samplingRateHz: RATE_HZ,
      lengthSamples: seconds * RATE_HZ,
      leads: [{ ...lead, secondState }],
      analysable,
    };
    for (const rhythm of [null, testRhythm(seconds, RATE_HZ)]) {
      const { summary } = summariseStudy(facts, corrected, ensembleOf(rows, corrected), rhythm);
      expect(ecgSummarySchema.safeParse(summary).error?.issues ?? []).toEqual([]);
      expect(summary.beats.total).toBe(list.length);
    }
  }
});
