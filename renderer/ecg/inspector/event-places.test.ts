import { expect, it } from 'vitest';
import type { EcgSummary, Finding } from '../../../src/contract/ecg.ts';
import type { RhythmEpisode } from '../../../src/contract/rhythm.ts';
import { placesOf } from './event-places.ts';

const RATE_HZ = 250;
const episode = (startSeconds: number, beats: number, kind: RhythmEpisode['kind']) =>
  ({
    kind,
    startSample: startSeconds * RATE_HZ,
    endSample: (startSeconds + beats / 2) * RATE_HZ,
    beats,
    rateBpm: 120,
    probability: 0.9,
  }) as RhythmEpisode;
const summary = {
  rhythm: {
    episodes: [
      episode(10, 3, 'ventricular-tachycardia'),
      episode(20, 6, 'ventricular-tachycardia'),
      episode(30, 40, 'sinus-tachycardia'),
      episode(60, 18, 'ventricular-tachycardia'),
      episode(90, 6, 'ventricular-tachycardia'),
    ],
  },
  pauses: [
    { startSample: 100, seconds: 3.1 },
    { startSample: 5000, seconds: 5.9 },
  ],
} as unknown as EcgSummary;
const places = (code: Finding['code']) =>
  placesOf({ code, at: null, label: '' } as unknown as Finding, summary, RATE_HZ);

it('are as many as the finding counts, the longest first, of the same length in order of time', () => {
  expect(places('ventricular-tachycardia').map(({ startSample }) => startSample / RATE_HZ)).toEqual([
    60, 20, 90,
  ]);
  expect(places('ventricular-tachycardia')[0]?.text).toBe('Ventricular tachycardia, 9\u00a0s at 120/min');
  expect(places('pause').map(({ text }) => text)).toEqual(['5.9 s', '3.1 s']);
  expect(places('rhythm')).toEqual([]);
});
