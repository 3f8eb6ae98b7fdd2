import { describe, expect, test } from 'vitest';
import { cos, exp, log, pow, sin } from './elementary.ts';
import { RandomStream } from './random.ts';

/** Distance in units of the last place of the expected value. */
function ulps(actual: number, expected: number): number {
  if (actual === expected) return 0;
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(expected))));
  return Math.abs(actual - expected) / 2 ** (exponent - 52);
}

function largestError(
  own: (x: number) => number,
  reference: (x: number) => number,
  low: number,
  high: number,
): number {
  const stream = new RandomStream({ seed: 1, words: [0, 0, 0] });
  let worst = 0;
  for (let i = 0; i < 200_000; i++) {
    const x = low + (high - low) * stream.uniform();
    worst = Math.max(worst, ulps(own(x), reference(x)));
  }
  return worst;
}

// The engine's own functions are within 1 ulp of the truth, so that 2 ulp between them is 1 ulp of ours.
describe('elementary functions against the engine', () => {
  test('exp', () => {
    expect(largestError(exp, Math.exp, -30, 30)).toBeLessThanOrEqual(2);
    expect(largestError(exp, Math.exp, -708, 709)).toBeLessThanOrEqual(2);
  });

  test('log, also close to 1 and of subnormal numbers', () => {
    expect(largestError(log, Math.log, 1e-9, 10)).toBeLessThanOrEqual(2);
    expect(largestError(log, Math.log, 0.9, 1.1)).toBeLessThanOrEqual(2);
    expect(largestError(log, Math.log, 1, 1e300)).toBeLessThanOrEqual(2);
    expect(ulps(log(5e-324), Math.log(5e-324))).toBeLessThanOrEqual(1);
  });

  test('sin and cos, absolute error where the value passes 0', () => {
    for (const [own, reference] of [
      [sin, Math.sin],
      [cos, Math.cos],
    ] as const) {
      expect(largestError(own, reference, -0.7, 0.7)).toBeLessThanOrEqual(2);
      expect(
        largestError(
          (x) => own(x) + 3,
          (x) => reference(x) + 3,
          -1e6,
          1e6,
        ),
      ).toBeLessThanOrEqual(2);
    }
    expect(ulps(sin(Math.PI), Math.sin(Math.PI))).toBeLessThanOrEqual(8);
    expect(() => sin(1e9)).toThrow(RangeError);
  });

  test('pow within its stated bound', () => {
    const stream = new RandomStream({ seed: 2, words: [0, 0, 0] });
    for (let i = 0; i < 100_000; i++) {
      const base = stream.uniform() * 100 + 1e-6;
      const exponent = stream.uniform() * 20 - 10;
      const expected = base ** exponent;
      const bound = (2 + Math.abs(exponent * Math.log(base))) * 2 ** -52;
      expect(Math.abs(pow(base, exponent) / expected - 1)).toBeLessThanOrEqual(bound);
    }
  });

  test('limits', () => {
    expect(exp(0)).toBe(1);
    expect(exp(1000)).toBe(Number.POSITIVE_INFINITY);
    expect(exp(-1000)).toBe(0);
    expect(exp(-740)).toBeCloseTo(Math.exp(-740), 322);
    expect(exp(Number.NaN)).toBeNaN();
    expect(log(1)).toBe(0);
    expect(log(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(log(-1)).toBeNaN();
    expect(pow(0, 2)).toBe(0);
    expect(pow(2, 0)).toBe(1);
    expect(pow(-2, 2)).toBeNaN();
    expect(cos(0)).toBe(1);
  });

  test('bits are those of every machine', () => {
    const bits = (x: number) =>
      [...new Uint8Array(new Float64Array([x]).buffer)]
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('');
    expect([exp(1.5), log(10), sin(2), cos(2), pow(3, 0.65)].map(bits)).toMatchInlineSnapshot(`
      [
        "41c54fe63fed1140",
        "1655b5bbb16b0240",
        "46b4d1eaf618ed3f",
        "0572535726a2dabf",
        "73311342b8560040",
      ]
    `);
  });
});
