import { expect, it } from 'vitest';
import { CHUNK_SAMPLES, SignalCache } from './signal-cache.ts';

const LENGTH = CHUNK_SAMPLES * 6 + 100;

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

it('fetches ahead in the direction of scrolling, never past the ends, never twice', async () => {
  const { cache, asked } = recording();
  // A leap fetches what is looked at, and its neighbours once it has come to rest.
  cache.want([0, 1], CHUNK_SAMPLES * 3, 100, 1);
  await settled();
  const chunks = () => asked.map((each) => each.startSample / CHUNK_SAMPLES);
  expect(chunks()).toEqual([3]);
  cache.want([0, 1], CHUNK_SAMPLES * 3, 100, 1);
  await settled();
  expect(chunks()).toEqual([3, 4, 5, 2]);
  cache.want([0, 1], CHUNK_SAMPLES * 3, 100, 1);
  await settled();
  expect(asked).toHaveLength(4);
  cache.want([0], CHUNK_SAMPLES * 6 + 10, 100, 1);
  await settled();
  expect(asked.at(-1)).toEqual({ leads: [0], startSample: CHUNK_SAMPLES * 6, lengthSamples: 100 });
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
