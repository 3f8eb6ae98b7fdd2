/** Staged analyses over worker threads: pieces of signal are read here, one for each thread, and worked on there. */
import { type SignalSource, type Stage, type Staged, type StageWork, signalOf } from '../ecg/stretches.ts';
import { ownMemory } from './shared-signals.ts';
import type { WorkerPool } from './worker-pool.ts';

interface Running {
  signal?: AbortSignal | undefined;
  /** Told after each piece of work with its share of the round. */
  onDone?: (share: number) => void;
}

/** The answer of one piece of work; throws KirchhoffError, `cancelled` where `signal` was aborted. */
export async function workOn<Input, Output>(
  pool: WorkerPool,
  source: SignalSource,
  stage: Stage<Input, Output>,
  { input, pieces }: StageWork<Input>,
  signal?: AbortSignal,
): Promise<Output> {
  const signals = pieces.map((piece) => signalOf(source, piece));
  const millivolts = signals.flatMap(({ leads }) => leads.map((lead) => lead.millivolts));
  const task = { kind: 'stage', stage: stage.name, input, signals } as const;
  const output = await pool.run(task, signal, ownMemory(millivolts));
  // A stage's name stands for its types: `STAGES` has each name once.
  return output as Output;
}

/** Runs all rounds, each over as many threads as there are. */
export async function runStaged<Result>(
  pool: WorkerPool,
  source: SignalSource,
  staged: Staged<Result>,
  { signal, onDone }: Running = {},
): Promise<Result> {
  let step = staged.next();
  while (step.done !== true) {
    const { stage, work } = step.value;
    const answers: unknown[] = new Array(work.length);
    let next = 0;
    const take = async (): Promise<void> => {
      while (next < work.length) {
        const index = next++;
        answers[index] = await workOn(pool, source, stage, work[index]!, signal);
        onDone?.(1 / work.length);
      }
    };
    await Promise.all(Array.from({ length: pool.threads }, take));
    step = staged.next(answers);
  }
  return step.value;
}
