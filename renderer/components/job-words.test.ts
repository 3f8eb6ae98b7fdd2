import { expect, it } from 'vitest';
import type { Job } from '../../src/contract/protocol.ts';
import { jobText, ratePerMinute } from './job-words.ts';

const job: Job = {
  id: '1',
  kind: 'import',
  label: 'folder',
  state: 'running',
  progress: 0.3,
  done: 3,
  total: 10,
  secondsLeft: 70,
  studyId: null,
  errors: [],
  duplicates: [],
  passedOver: [],
};

it('tells progress, rate and time left', () => {
  expect(jobText(job, 0, 30_000)).toBe('3 of 10 · 6.0 records/min · 1\u00a0min 10\u00a0s left');
});

it('claims no rate before something was done while it was watched', () => {
  expect(ratePerMinute(job, 3, 30_000)).toBeNull();
  expect(jobText({ ...job, secondsLeft: null }, 3, 30_000)).toBe('3 of 10');
});

it('tells how it ended', () => {
  expect(jobText({ ...job, state: 'cancelled' }, 0, 1)).toBe('Cancelled after 3 of 10');
  const errors = [{ code: 'file-truncated' as const, message: 'Ends early.', at: 'a.dat' }];
  expect(jobText({ ...job, state: 'done', errors }, 0, 1)).toBe('Done, 1 error');
});
