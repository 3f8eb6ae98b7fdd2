import { expect, it } from 'vitest';
import { CHUNK_SAMPLES, SignalCache } from './signal-cache.ts';

const LENGTH = CHUNK_SAMPLES * 40 + 100;

function recording() {
  const asked: { leads: number[]; startSample: number; lengthSamples: number }[] = [];
  const arrivals: unknown[] = [];
  let failing = false;
  const cache = new SignalCache(
    LENGTH,
    async (leads, startSample, lengthSamples) => {
      asked.push({ leads, startSample, lengthSamples });
      if (failing) throw new Error('gone');
      return {
        leads: leads.map((lead) =>
          Float32Array.from({ length: lengthSamples }, (_, i) => startSample + i + lead / 10),
        ),
      };
    },
    (error) => arrivals.push(error),
  );
  return { cache, asked, arrivals, fail: (now: boolean) => (failing = now) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

it('reads across chunks what has been fetched, and NaN before and outside', async () => {
  const { cache } = recording();
  const from = CHUNK_SAMPLES - 3;
  expect([...cache.read(0, from, 6)].every(Number.isNaN)).toBe(true);
  cache.want([0], from, 6, 1);
  await settled();
  expect([...cache.read(0, from, 6)]).toEqual([0, 1, 2, 3, 4, 5].map((i) => from + i));
  expect(cache.holds([0], from, 6)).toBe(true);
  expect(cache.holds([0, 1], from, 6)).toBe(false);
  expect(Number.isNaN(cache.read(0, -2, 3)[0]!)).toBe(true);
});

it('fetches ahead in the direction of scrolling, several chunks at once, never past the ends, never twice', async () => {
  const { cache, asked } = recording();
  const chunks = () =>
    asked.map((each) => [each.startSample / CHUNK_SAMPLES, each.lengthSamples / CHUNK_SAMPLES]);
  cache.want([0, 1], CHUNK_SAMPLES * 20 + 5, CHUNK_SAMPLES, 1);
  await settled();
  expect(chunks()).toEqual([
    [20, 2],
    [22, 4],
    [26, 4],
    [16, 4],
  ]);
  expect([...cache.read(1, CHUNK_SAMPLES * 21 - 1, 2)]).toEqual(
    [-1, 0].map((i) => Math.fround(CHUNK_SAMPLES * 21 + i + 0.1)),
  );
  cache.want([0, 1], CHUNK_SAMPLES * 20 + 5, CHUNK_SAMPLES, 1);
  await settled();
  expect(asked).toHaveLength(4);
  cache.want([0], CHUNK_SAMPLES * 40 + 10, 100, 1);
  await settled();
  expect(asked[4]).toEqual({ leads: [0], startSample: CHUNK_SAMPLES * 40, lengthSamples: 100 });
  expect(chunks().slice(5)).toEqual([[36, 4]]);
});

it('while the view leaps, fetches what is looked at one at a time, the latest place next, and tells of no other', async () => {
  const waiting: (() => void)[] = [];
  const asked: number[] = [];
  let arrivals = 0;
  const cache = new SignalCache(
    LENGTH,
    (_leads, startSample, lengthSamples) => {
      asked.push(startSample / CHUNK_SAMPLES);
      return new Promise((done) => {
        waiting.push(() => done({ leads: [new Float32Array(lengthSamples)] }));
      });
    },
    () => arrivals++,
  );
  for (const chunk of [3, 10, 17, 24]) cache.want([0], CHUNK_SAMPLES * chunk, 100, 1, true);
  expect(asked).toEqual([3]);
  waiting[0]!();
  await settled();
  expect({ asked, arrivals }).toEqual({ asked: [3, 24], arrivals: 0 });
  waiting[1]!();
  await settled();
  expect({ asked, arrivals }).toEqual({ asked: [3, 24], arrivals: 1 });
  // At rest its neighbours follow.
  cache.want([0], CHUNK_SAMPLES * 24, 100, 1);
  expect(asked).toEqual([3, 24, 25, 29, 20]);
});

it('tells a failure, and asks again when it is wanted again', async () => {
  const { cache, arrivals, fail } = recording();
  fail(true);
  cache.want([0], 0, 10, 1);
  await settled();
  expect(arrivals[0]).toBeInstanceOf(Error);
  fail(false);
  cache.want([0], 0, 10, 1);
  await settled();
  expect(cache.holds([0], 0, 10)).toBe(true);
});
