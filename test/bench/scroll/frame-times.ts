/** How long the main thread of a page worked for each frame, from a trace of Chromium. */

export interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds. */
  ts: number;
  dur?: number;
  /** Microseconds in which the thread had a processor. */
  tdur?: number;
  args?: { name?: string };
}

export interface FrameTimes {
  frames: number;
  p50Ms: number;
  p95Ms: number;
  /** The same without the time in which other programs had the processor. */
  p95OnProcessorMs: number;
  p99Ms: number;
  longestMs: number;
  /** Frames that took 16 ms or more. */
  over16: number;
}

/**
 * Frames of the renderer that has most of them. A frame's time is that of all tasks of the main thread from one
 * BeginMainThreadFrame to the next, so that work between frames (answers, events) counts for the frame that waits.
 */
export function frameTimes(events: readonly TraceEvent[]): FrameTimes {
  const mains = events.filter(
    ({ ph, name, args }) => ph === 'M' && name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const best = mains
    .map(({ pid, tid }) => {
      const own = events.filter((event) => event.pid === pid && event.tid === tid);
      return {
        begins: own.filter(({ name }) => name === 'BeginMainThreadFrame').map(({ ts }) => ts),
        tasks: own.filter(({ name, ph }) => name === 'RunTask' && ph === 'X'),
      };
    })
    .sort((a, b) => b.begins.length - a.begins.length)[0];
  if (best === undefined || best.begins.length < 2) throw new Error('The trace holds no frames.');
  const begins = best.begins.sort((a, b) => a - b);
  const tasks = best.tasks.sort((a, b) => a.ts - b.ts);
  // A frame begins within a task: the task belongs to that frame.
  const times = new Array<number>(begins.length).fill(0);
  const onProcessor = new Array<number>(begins.length).fill(0);
  let frame = 0;
  for (const { ts, dur = 0, tdur = dur } of tasks) {
    while (frame + 1 < begins.length && begins[frame + 1]! < ts + dur) frame++;
    times[frame]! += dur / 1000;
    onProcessor[frame]! += tdur / 1000;
  }
  const sorted = times.toSorted((a, b) => a - b);
  const of = (list: readonly number[], share: number) =>
    list[Math.min(list.length - 1, Math.ceil(share * list.length) - 1)]!;
  const quantile = (share: number) => of(sorted, share);
  return {
    frames: sorted.length,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p95OnProcessorMs: of(
      onProcessor.toSorted((a, b) => a - b),
      0.95,
    ),
    p99Ms: quantile(0.99),
    longestMs: sorted.at(-1)!,
    over16: sorted.filter((ms) => ms >= 16).length,
  };
}
