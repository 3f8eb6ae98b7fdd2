import { expect, it } from 'vitest';
import { caliperReading, caliperText } from './calipers.ts';

const base = { fromSeconds: 2, toSeconds: 2.8, fromMillivolts: 0.1, toMillivolts: -0.4, lane: 0 };

it('measures ms, mV and the rate of the interval', () => {
  const reading = caliperReading(base);
  expect(reading.milliseconds).toBe(800);
  expect(reading.millivolts).toBeCloseTo(-0.5, 12);
  expect(reading.bpm).toBeCloseTo(75, 9);
  expect(caliperText(base)).toBe('800 ms · −0.50 mV · 75 bpm');
});

it('measures the same when drawn from right to left', () => {
  const swapped = { ...base, fromSeconds: 2.8, toSeconds: 2 };
  expect(caliperReading(swapped).milliseconds).toBe(800);
});

it('gives no rate for what is too short to be an RR interval', () => {
  expect(caliperReading({ ...base, toSeconds: 2.09 }).bpm).toBeNull();
});
