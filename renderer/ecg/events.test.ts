import { expect, it } from 'vitest';
import { EVENT_WORDS, nextSpan } from './events.ts';

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

it('has one key a kind', () => {
  const keys = Object.values(EVENT_WORDS).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
