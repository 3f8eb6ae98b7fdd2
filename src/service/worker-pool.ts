/** Worker threads that do a `Task` each; a task that is aborted ends at once with its thread. */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { errorBodyOf, KirchhoffError } from '../contract/errors.ts';
import type { Task, TaskAnswer, TaskResult } from './tasks.ts';

/** More threads than this only wait for memory on an ordinary laptop. */
const MOST_THREADS = 8;
const IDLE_MILLISECONDS = 30_000;

export class WorkerPool {
  readonly threads: number;
  readonly #pool: Piscina;

  constructor(threads = Math.min(MOST_THREADS, availableParallelism())) {
    this.threads = threads;
    // The worker has the extension of this file: .ts in a checkout, .mjs once built.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'mjs';
    this.#pool = new Piscina({
      filename: new URL(`./worker.${extension}`, import.meta.url).href,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MILLISECONDS,
    });
  }

  /** Throws KirchhoffError, `cancelled` where `signal` was aborted. */
  async run<Kind extends Task['kind']>(
    task: Extract<Task, { kind: Kind }>,
    signal?: AbortSignal,
  ): Promise<TaskResult[Kind]> {
    let answer: TaskAnswer<Kind>;
    try {
      answer = await this.#pool.run(task, signal ? { signal } : {});
    } catch (thrown) {
      throw KirchhoffError.fromBody(errorBodyOf(thrown));
    }
    if (!answer.ok) throw KirchhoffError.fromBody(answer.error);
    return answer.value;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
