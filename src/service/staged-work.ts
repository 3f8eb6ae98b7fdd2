/** Staged analyses over worker threads: pieces of signal are read here, one for each thread, and worked on there. */
import { type SignalSource, type Stage, type Staged, type StageWork, signalOf } from '../ecg/stretches.ts';
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
  const output = await pool.run({ kind: 'stage', stage: stage.name, input, signals }, signal, [
    ...new Set(
      signals
        .flatMap(({ leads }) => leads)
        .filter(({ millivolts }) => isOwn(millivolts))
        .map(({ millivolts }) => millivolts.buffer as ArrayBuffer),
    ),
  ]);
  // A stage's name stands for its types: `ECG_STAGES` has each name once.
  return output as Output;
}

/** Whether memory holds these values and nothing else, and is not seen by all threads anyway. */
function isOwn({ buffer, byteLength }: Float32Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
}

/** Runs all rounds, each over as many threads as there are. */
export async function runStaged<Result>(
  pool: WorkerPool,
  source: SignalSource,
  staged: Staged<Result>,
  { signal, onDone }: Running,
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
