import { expect, it } from 'vitest';
import { EVENT_WORDS, nextSpan, spansOf } from './events.ts';

const spans = [
  { startSample: 100, endSample: 200 },
  { startSample: 500, endSample: 700 },
  { startSample: 900, endSample: 950 },
];

it('goes from one stretch to the next and back, and ends at the ends', () => {
  expect(nextSpan(spans, 0, 1)).toBe(spans[0]);
  expect(nextSpan(spans, 100, 1)).toBe(spans[1]);
  expect(nextSpan(spans, 600, 1)).toBe(spans[2]);
  expect(nextSpan(spans, 600, -1)).toBe(spans[1]);
  expect(nextSpan(spans, 500, -1)).toBe(spans[0]);
  expect(nextSpan(spans, 900, 1)).toBeNull();
  expect(nextSpan(spans, 100, -1)).toBeNull();
  expect(nextSpan([], 100, 1)).toBeNull();
});

it('has marks that came with the recording in order, those of the patient apart, none from outside of it', () => {
  const recorded = [
    { atSeconds: -3, durationSeconds: null, text: 'Recording starts' },
    { atSeconds: 2, durationSeconds: 0.5, text: 'stairs' },
    { atSeconds: 1, durationSeconds: null, text: 'Patient event' },
    { atSeconds: 11, durationSeconds: null, text: 'Patient event' },
  ];
  const spans = spansOf(null, recorded, { samplingRateHz: 100, lengthSamples: 1000 });
  expect(spans.patient).toEqual([{ startSample: 100, endSample: 101 }]);
  expect(spans.mark).toEqual([
    { startSample: 100, endSample: 101 },
    { startSample: 200, endSample: 250 },
  ]);
  expect(spans.pause).toEqual([]);
});

it('has one key a kind', () => {
  const keys = Object.values(EVENT_WORDS).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
