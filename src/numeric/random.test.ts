import { describe, expect, test } from 'vitest';
import { gaussians, keyOfSeed, philox4x32, RandomStream } from './random.ts';

describe('Philox4x32-10', () => {
  // Known answers that its authors publish with Random123 (kat_vectors, philox 4x32 10).
  test.each([
    {
      counter: [0, 0, 0, 0],
      key: [0, 0],
      answer: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      answer: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      answer: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ])('gives the published answer for counter $counter', ({ counter, key, answer }) => {
    const words = Uint32Array.from(counter);
    philox4x32(words, key[0], key[1]);
    expect([...words]).toEqual(answer);
  });

  test('a seed beyond 32 bits has a key of its own', () => {
    expect(keyOfSeed(2 ** 40 + 7)).toEqual([7, 256]);
  });
});

describe('Gaussian deviates', () => {
  const n = 1 << 20;
  const draws = gaussians({ seed: 11, words: [3, 2, 1] }, n);

  test('are Box and Muller of the Philox words, in the documented order', () => {
    const address = { seed: 2 ** 35 + 5, words: [9, 8, 7] as const };
    const some = gaussians(address, 64);
    const [low, high] = keyOfSeed(address.seed);
    for (let index = 0; index < 64; index++) {
      const lane = index % 4;
      const vector = Math.floor(index / 4) % 4;
      const words = Uint32Array.from([Math.floor(index / 16) * 4 + lane, ...address.words]);
      philox4x32(words, low, high);
      const radiusBits = words[vector < 2 ? 0 : 2];
      const angleBits = words[vector < 2 ? 1 : 3];
      const radius = Math.sqrt(-2 * Math.log(((radiusBits >>> 1) + 0.5) / 2 ** 31));
      const angle = ((angleBits << 2) / 2 ** 31) * (Math.PI / 4);
      const mirrored = angleBits >>> 31 === 1;
      const sign = ((angleBits >>> 30) & 1) === 1 ? -1 : 1;
      const cosine = (vector % 2 === 0) !== mirrored;
      const expected = radius * sign * (cosine ? Math.cos(angle) : Math.sin(angle));
      expect(Math.abs(some[index] - expected)).toBeLessThan(3e-6);
    }
  });

  test('have the moments of a standard Gaussian', () => {
    let [m1, m2, m3, m4] = [0, 0, 0, 0];
    for (const z of draws) {
      m1 += z / n;
      m2 += (z * z) / n;
      m3 += z ** 3 / n;
      m4 += z ** 4 / n;
    }
    // Five standard errors: 1, sqrt 2, sqrt 15, sqrt 96 over sqrt n. A 5 % wrong deviation is 70 away.
    const error = 5 / Math.sqrt(n);
    expect(Math.abs(m1)).toBeLessThan(error);
    expect(Math.abs(m2 - 1)).toBeLessThan(error * Math.sqrt(2));
    expect(Math.abs(m3)).toBeLessThan(error * Math.sqrt(15));
    expect(Math.abs(m4 - 3)).toBeLessThan(error * Math.sqrt(96));
  });

  /** Largest distance between the empirical and the Gaussian distribution function, times sqrt n. */
  function kolmogorov(values: Float32Array, deviation: number): number {
    const sorted = Float64Array.from(values).sort();
    // Distribution function by Simpson's rule on a fine grid, then linear between its points.
    const step = 1 / 1024;
    const table = new Float64Array(16 * 1024 + 1);
    const density = (z: number) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
    for (let i = 1; i < table.length; i++) {
      const z = -8 + i * step;
      table[i] = table[i - 1] + ((density(z - step) + 4 * density(z - step / 2) + density(z)) * step) / 6;
    }
    let largest = 0;
    for (let i = 0; i < sorted.length; i++) {
      const place = (sorted[i] / deviation + 8) / step;
      const index = Math.floor(place);
      const expected = table[index] + (place - index) * (table[index + 1] - table[index]);
      largest = Math.max(largest, Math.abs((i + 0.5) / sorted.length - expected));
    }
    return largest * Math.sqrt(sorted.length);
  }

  test('pass a Kolmogorov test that a 5 % wrong deviation fails', () => {
    // 1.95 is the 0.1 % point of the Kolmogorov distribution.
    expect(kolmogorov(draws, 1)).toBeLessThan(1.95);
    expect(kolmogorov(draws, 1.05)).toBeGreaterThan(1.95);
    expect(kolmogorov(draws, 0.95)).toBeGreaterThan(1.95);
  });

  test('have the Gaussian tail', () => {
    let beyond = 0;
    for (const z of draws) if (Math.abs(z) > 4) beyond++;
    const expected = n * 6.334248e-5;
    expect(Math.abs(beyond - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  test('are not correlated with their neighbours, nor with other addresses or seeds', () => {
    const correlation = (other: Float32Array, lag: number) => {
      let sum = 0;
      for (let i = 0; i + lag < n; i++) sum += draws[i] * other[i + lag];
      return Math.abs(sum) / Math.sqrt(n);
    };
    for (const lag of [1, 2, 3, 4, 8, 16]) expect(correlation(draws, lag)).toBeLessThan(5);
    for (const words of [
      [4, 2, 1],
      [3, 3, 1],
      [3, 2, 2],
    ] as const) {
      expect(correlation(gaussians({ seed: 11, words }, n), 0)).toBeLessThan(5);
    }
    expect(correlation(gaussians({ seed: 12, words: [3, 2, 1] }, n), 0)).toBeLessThan(5);
    expect(correlation(draws, 0)).toBeGreaterThan(1000);
  });

  test('do not depend on how many are drawn at once', () => {
    const few = gaussians({ seed: 11, words: [3, 2, 1] }, 20_001);
    expect(few).toEqual(draws.subarray(0, 20_001));
  });
});

describe('a uniform stream', () => {
  test('repeats for the same address and fills the range evenly', () => {
    const one = new RandomStream({ seed: 3, words: [1, 2, 3] });
    const two = new RandomStream({ seed: 3, words: [1, 2, 3] });
    const counts = new Float64Array(10);
    const n = 100_000;
    for (let i = 0; i < n; i++) {
      const draw = one.integer(10);
      expect(two.integer(10)).toBe(draw);
      counts[draw]++;
    }
    let chiSquare = 0;
    for (const count of counts) chiSquare += (count - n / 10) ** 2 / (n / 10);
    // The 0.1 % point of chi-square with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.9);
  });

  test('shuffles every element to every place', () => {
    const stream = new RandomStream({ seed: 4, words: [0, 0, 0] });
    const firstPlace = new Float64Array(5);
    for (let i = 0; i < 20_000; i++) {
      const elements = [0, 1, 2, 3, 4];
      stream.shuffle(elements);
      firstPlace[elements[0]]++;
    }
    for (const count of firstPlace) expect(Math.abs(count - 4000)).toBeLessThan(5 * Math.sqrt(3200));
  });
});
