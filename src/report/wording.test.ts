import { describe, expect, it } from 'vitest';
import { clockTime, durationWords, elapsed, percent, wholeNumber } from './wording.ts';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('words for numbers', () => {
  it('groups digits', () => {
    expect(plain(wholeNumber(1_234_567))).toBe('1 234 567');
    expect(plain(wholeNumber(-1234))).toBe('−1 234');
    expect(wholeNumber(0)).toBe('0');
  });

  it('never rounds a share to all or nothing', () => {
    expect([0, 0.00001, 0.0042, 0.0567, 0.99999, 1].map((share) => plain(percent(share)))).toEqual([
      '0 %',
      '< 0.01 %',
      '0.42 %',
      '5.7 %',
      '> 99.9 %',
      '100 %',
    ]);
  });

  it('gives the two largest units of a time', () => {
    expect(durationWords(86_400)).toBe('1 day');
    expect(durationWords(1806)).toBe('30 minutes 6 seconds');
    expect(durationWords(90_061)).toBe('1 day 1 hour');
    expect(durationWords(3605)).toBe('1 hour');
    expect(durationWords(0)).toBe('0 seconds');
  });

  it('gives positions as time since the start and, where that is known, of the day', () => {
    expect(elapsed(3725.96)).toBe('1:02:05');
    expect(elapsed(3725.96, true)).toBe('1:02:05.9');
    expect(clockTime('2026-03-02T23:59:30', 45)).toBe('00:00:15');
    expect(clockTime(null, 45)).toBeNull();
    expect(clockTime('yesterday', 45)).toBeNull();
  });
});
