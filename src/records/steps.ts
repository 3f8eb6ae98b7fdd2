/** Long work in the thread that answers requests, cut into steps so that others get their turn in between. */
import { setImmediate } from 'node:timers/promises';
import type { KirchhoffError } from '../contract/errors.ts';

/** Yields wherever other work may come in between. What is thrown into it undoes what is half done. */
export type Steps<Result> = Generator<void, Result, void>;

/** Does all steps without letting anything in between. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Milliseconds of work after which others get their turn: less than a frame of the screen. */
const TURN_MILLISECONDS = 8;

/**
 * Does the steps, letting others work in between.
 * @param interruption asked before each step; what it gives is thrown into the steps
 */
export async function inTurns<Result>(
  steps: Steps<Result>,
  interruption: () => KirchhoffError | null,
): Promise<Result> {
  let turnBegan = performance.now();
  for (;;) {
    const why = interruption();
    const step = why === null ? steps.next() : steps.throw(why);
    if (step.done === true) return step.value;
    if (performance.now() - turnBegan < TURN_MILLISECONDS) continue;
    await setImmediate();
    turnBegan = performance.now();
  }
}
