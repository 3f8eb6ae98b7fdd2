/** Long work: its progress, time left, errors and cancelling. */
import { randomUUID } from 'node:crypto';
import { type ErrorBody, errorBodyOf } from '../contract/errors.ts';
import type { Job } from '../contract/protocol.ts';

/** Finished jobs that the list still shows. */
const KEPT_FINISHED = 50;

/** What a running job says of itself. */
export interface JobReporter {
  readonly signal: AbortSignal;
  /** Progress of a job of `total` parts of which `done` are finished and the present one is at `share`. */
  progress(done: number, total: number, share?: number): void;
  error(error: ErrorBody): void;
  duplicate(recordName: string, studyId: string): void;
  passedOver(why: string): void;
}

export class JobQueue {
  readonly #jobs = new Map<string, { job: Job; controller: AbortController; startedAt: number }>();
  readonly #onChange: (job: Job) => void;
  /** Jobs run one after another: the worker pool makes each of them as fast as the machine allows. */
  #tail: Promise<void> = Promise.resolve();

  constructor(onChange: (job: Job) => void) {
    this.#onChange = onChange;
  }

  /** Queues work; answers at once. An error that `work` throws ends the job as failed. */
  start(
    about: Pick<Job, 'kind' | 'label' | 'studyId'>,
    work: (reporter: JobReporter) => Promise<void>,
  ): { jobId: string; ended: Promise<void> } {
    const id = randomUUID();
    const entry = {
      job: {
        ...about,
        id,
        state: 'queued',
        progress: 0,
        done: 0,
        total: 0,
        secondsLeft: null,
        errors: [],
        duplicates: [],
        passedOver: [],
      } as Job,
      controller: new AbortController(),
      startedAt: 0,
    };
    this.#jobs.set(id, entry);
    this.#onChange(entry.job);
    const ended = this.#tail.then(() => this.#run(entry, work));
    this.#tail = ended;
    return { jobId: id, ended };
  }

  list(): Job[] {
    return [...this.#jobs.values()].map((entry) => entry.job);
  }

  /** Work stops at its next step; a job that has ended stays as it is. */
  cancel(jobId: string): void {
    this.#jobs.get(jobId)?.controller.abort();
  }

  /** Cancels everything and waits until it has stopped. */
  async cancelAll(): Promise<void> {
    for (const { controller } of this.#jobs.values()) controller.abort();
    await this.#tail;
  }

  async #run(
    entry: { job: Job; controller: AbortController; startedAt: number },
    work: (reporter: JobReporter) => Promise<void>,
  ): Promise<void> {
    const { signal } = entry.controller;
    const update = (change: Partial<Job>) => {
      entry.job = { ...entry.job, ...change };
      this.#onChange(entry.job);
    };
    if (signal.aborted) {
      update({ state: 'cancelled' });
      return;
    }
    entry.startedAt = performance.now();
    update({ state: 'running' });
    try {
      await work({
        signal,
        progress: (done, total, share = 0) => {
          const progress = total === 0 ? 1 : Math.min(1, (done + share) / total);
          const elapsed = (performance.now() - entry.startedAt) / 1000;
          const secondsLeft = progress > 0 ? (elapsed / progress) * (1 - progress) : null;
          update({ done, total, progress, secondsLeft });
        },
        error: (error) => update({ errors: [...entry.job.errors, error] }),
        duplicate: (recordName, studyId) =>
          update({ duplicates: [...entry.job.duplicates, { recordName, studyId }] }),
        passedOver: (why) => update({ passedOver: [...entry.job.passedOver, why] }),
      });
      update({ state: signal.aborted ? 'cancelled' : 'done', progress: 1, secondsLeft: 0 });
    } catch (thrown) {
      const error = errorBodyOf(thrown);
      if (signal.aborted || error.code === 'cancelled') update({ state: 'cancelled', secondsLeft: null });
      else update({ state: 'failed', secondsLeft: null, errors: [...entry.job.errors, error] });
    }
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const finished = [...this.#jobs].filter(([, { job }]) => !['queued', 'running'].includes(job.state));
    for (const [id] of finished.slice(0, -KEPT_FINISHED)) this.#jobs.delete(id);
  }
}
