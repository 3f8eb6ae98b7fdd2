import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/contract/errors.ts';
import { nextStep } from './error-words.ts';
import {
  duration,
  elapsed,
  moment,
  patientParticulars,
  percent,
  percentInterval,
  probability,
  studyParticulars,
} from './format.ts';
import {
  aleatoricWord,
  certaintyWord,
  epistemicWord,
  haloStrength,
  hatchStrength,
  MAX_ENTROPY_NATS,
  markOpacity,
  reviewWord,
} from './uncertainty-words.ts';

describe('words for uncertainty', () => {
  it('follow the recommendation before the probability', () => {
    expect(certaintyWord('accept', 0.99)).toBe('very likely');
    expect(certaintyWord('accept', 0.9)).toBe('likely');
    expect(certaintyWord('review', 0.99)).toBe('unsure');
    expect(certaintyWord('accept', 0.6)).toBe('unsure');
    expect(certaintyWord('refuse', 0.99)).toBe('outside what the model knows');
    expect(certaintyWord('accept', Number.NaN)).toBe('unsure');
  });

  it('grow with entropy and with disagreement', () => {
    expect(aleatoricWord(0.01)).toBe('the signal is clear');
    expect(aleatoricWord(MAX_ENTROPY_NATS)).toBe('the signal is ambiguous');
    expect(epistemicWord(0)).toBe('the samples agree');
    expect(epistemicWord(0.3)).toBe('the samples disagree');
    expect(reviewWord(0.5)).toBe('much to review');
  });

  it('draw nothing where no network spoke, and full strength at the most', () => {
    expect(haloStrength(Number.NaN)).toBe(0);
    expect(hatchStrength(Number.NaN)).toBe(0);
    expect(hatchStrength(0.001)).toBe(0);
    expect(hatchStrength(5)).toBe(1);
    expect(haloStrength(MAX_ENTROPY_NATS)).toBe(1);
    expect(markOpacity(1)).toBe(1);
    expect(markOpacity(Number.NaN)).toBe(1);
    expect(markOpacity(0.3)).toBeLessThan(markOpacity(0.9));
  });
});

describe('numbers', () => {
  it('never claim certainty by rounding', () => {
    expect(probability(0.999)).toBe('> 0.99');
    expect(probability(0.001)).toBe('< 0.01');
    expect(percent(0.9999)).toBe('>\u00a099.9\u00a0%');
    expect(percent(0.0001)).toBe('<\u00a00.1\u00a0%');
    expect(percent(1)).toBe('100\u00a0%');
    expect(percent(0)).toBe('0\u00a0%');
    expect(percent(0.0413)).toBe('4.1\u00a0%');
    expect(percentInterval({ low: 0.038, high: 0.044 })).toBe('3.8–4.4\u00a0%');
  });

  it('tell time', () => {
    expect(elapsed(7.55, 1)).toBe('0:07.5');
    expect(elapsed(723)).toBe('12:03');
    expect(elapsed(3723)).toBe('1:02:03');
    expect(elapsed(59.999, 1)).toBe('0:59.9');
    expect(duration(1806)).toBe('30\u00a0min 6\u00a0s');
    expect(duration(86_400)).toBe('24\u00a0h');
    expect(duration(259_200 - 60)).toBe('71\u00a0h 59\u00a0min');
    expect(duration(259_200)).toBe('72\u00a0h');
    expect(duration(14 * 86_400 + 3600)).toBe('14\u00a0d 1\u00a0h');
    expect(duration(0.2)).toBe('0\u00a0s');
    expect(moment('2026-03-01T09:12:44')).toBe('2026-03-01 09:12');
    expect(moment(null)).toBe('–');
  });

  it('tell whose recording it is, only as far as known', () => {
    const patient = { name: '', id: '', birthDate: null, ageYears: null, sex: 'unknown' } as const;
    expect(patientParticulars(patient)).toEqual(['sex unknown']);
    expect(studyParticulars({ patient: { ...patient, id: '100' }, recordName: '100' })).toEqual([
      'sex unknown',
    ]);
    expect(studyParticulars({ patient: { ...patient, id: '7' }, recordName: '100' })).toContain('ID 7');
    expect(patientParticulars({ ...patient, birthDate: '1951-04-12', sex: 'female', id: '7' })).toEqual([
      'born 1951-04-12',
      'F',
      'ID 7',
    ]);
  });
});

it('has a next step for every kind of error', () => {
  for (const code of ERROR_CODES) expect(nextStep(code)).toMatch(/\.$/);
});
