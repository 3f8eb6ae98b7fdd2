/** Rates of contenders that do comparable work, measured in turn so that all meet the same machine. */

export interface Contender {
  name: string;
  /** What one call does, in the unit of the comparison (multiply-accumulates, items, passes). */
  work: number;
  run: () => unknown;
}

/** Many and short, so that some of each contender's fall between the turns of other programs. */
const ROUNDS = 15;
/** A round repeats a contender until this much time has gone by. */
const ROUND_MILLISECONDS = 12;
const WARM_MILLISECONDS = 80;

async function repeats(
  contender: Contender,
  milliseconds: number,
): Promise<{ calls: number; seconds: number }> {
  const start = performance.now();
  let calls = 0;
  let now = start;
  while (now - start < milliseconds || calls === 0) {
    // A promise is awaited, nothing else: a turn of the event loop costs more than a small network.
    const pending = contender.run();
    if (pending instanceof Promise) await pending;
    calls++;
    now = performance.now();
  }
  return { calls, seconds: (now - start) / 1000 };
}

/** Best rate of each contender over the interleaved rounds after a warm-up, work a second, by name. */
export async function bestRates(
  contenders: readonly Contender[],
  milliseconds = ROUND_MILLISECONDS,
): Promise<Record<string, number>> {
  const best: Record<string, number> = {};
  for (const contender of contenders) {
    await repeats(contender, WARM_MILLISECONDS);
    best[contender.name] = 0;
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) {
      const { calls, seconds } = await repeats(contender, milliseconds);
      best[contender.name] = Math.max(best[contender.name], (calls * contender.work) / seconds);
    }
  }
  return best;
}
