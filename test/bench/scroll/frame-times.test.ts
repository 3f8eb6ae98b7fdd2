import { expect, it } from 'vitest';
import { frameTimes, type TraceEvent } from './frame-times.ts';

const thread = { pid: 1, tid: 2 };
const main: TraceEvent = { ...thread, name: 'thread_name', ph: 'M', ts: 0, args: { name: 'CrRendererMain' } };
const begin = (ts: number): TraceEvent => ({ ...thread, name: 'BeginMainThreadFrame', ph: 'I', ts });
const task = (ts: number, dur: number): TraceEvent => ({ ...thread, name: 'RunTask', ph: 'X', ts, dur });

it('counts for a frame all tasks until the next one begins', () => {
  const times = frameTimes([
    main,
    // A frame of 5 ms with an answer of 2 ms after it, one of 20 ms, one of 1 ms.
    task(1000, 5000),
    begin(1500),
    task(8000, 2000),
    { ...task(20_000, 20_000), tdur: 9000 },
    begin(20_100),
    task(50_000, 1000),
    begin(50_200),
    { ...task(50_000, 900_000), tid: 9 },
  ]);
  expect(times).toEqual({
    frames: 3,
    p50Ms: 7,
    p95Ms: 20,
    p95OnProcessorMs: 9,
    p99Ms: 20,
    longestMs: 20,
    over16: 1,
  });
});

it('says where a trace has no frames', () => {
  expect(() => frameTimes([main, task(0, 10)])).toThrow('no frames');
});
