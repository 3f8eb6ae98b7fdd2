/** Rate and time left of a job in words. */
import type { Job } from '../../src/contract/protocol.ts';
import { duration } from '../words/format.ts';

const UNIT: Record<Job['kind'], string> = { import: 'record', analysis: 'step', report: 'page' };

/** Done per minute since the job was first seen; null while there is nothing to go by. */
export function ratePerMinute(job: Job, firstDone: number, watchedMs: number): number | null {
  const done = job.done - firstDone;
  if (done <= 0 || watchedMs < 500) return null;
  return (done / watchedMs) * 60_000;
}

function rateText(rate: number, unit: string): string {
  if (rate >= 120) return `${Math.round(rate / 60)} ${unit}s/s`;
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} ${unit}s/min`;
}

export function jobText(job: Job, firstDone: number, watchedMs: number): string {
  switch (job.state) {
    case 'queued':
      return 'Waiting';
    case 'running': {
      const parts = [`${job.done} of ${job.total}`];
      const rate = ratePerMinute(job, firstDone, watchedMs);
      if (rate !== null) parts.push(rateText(rate, UNIT[job.kind]));
      if (job.secondsLeft !== null) parts.push(`${duration(Math.max(1, job.secondsLeft))} left`);
      return parts.join(' · ');
    }
    case 'done':
      return job.errors.length === 0
        ? 'Done'
        : `Done, ${job.errors.length} ${job.errors.length === 1 ? 'error' : 'errors'}`;
    case 'failed':
      return 'Failed';
    case 'cancelled':
      return `Cancelled after ${job.done} of ${job.total}`;
  }
}
