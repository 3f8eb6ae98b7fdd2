import { describe, expect, it } from 'vitest';
import { hrvSchema } from '../contract/hrv.ts';
import { fillGaussian } from '../numeric/random.ts';
import { fluctuationExponent, heartRateVariability, type NnIntervals, sampleEntropy } from './hrv.ts';

interface NnInterval {
  atSeconds: number;
  seconds: number;
  followsNn: boolean;
}

const columns = (intervals: readonly NnInterval[]): NnIntervals => ({
  atSeconds: Float64Array.from(intervals, ({ atSeconds }) => atSeconds),
  seconds: Float64Array.from(intervals, ({ seconds }) => seconds),
  followsNn: Uint8Array.from(intervals, ({ followsNn }) => Number(followsNn)),
});

/** Intervals whose length at their end is `mean + oscillation(time)`. */
function series(totalSeconds: number, lengthAt: (seconds: number) => number): NnInterval[] {
  const intervals: NnInterval[] = [];
  let at = 0;
  while (at < totalSeconds) {
    let seconds = lengthAt(at + 0.8);
    // The interval's length depends on its own end.
    for (let k = 0; k < 20; k++) seconds = lengthAt(at + seconds);
    at += seconds;
    intervals.push({ atSeconds: at, seconds, followsNn: intervals.length > 0 });
  }
  return intervals;
}

const gaussian = (seed: number, length: number) =>
  fillGaussian({ seed, words: [0, 0, 0] }, new Float32Array(length));

describe('heart-rate variability', () => {
  it.each([
    [0.1, 30, 0.25, 20],
    [0.08, 15, 0.3, 25],
    [0.12, 40, 0.2, 10],
  ])(
    'gives the powers A^2/2 of oscillations at %s Hz of %s ms and %s Hz of %s ms',
    (lowHz, low, highHz, high) => {
      const intervals = series(1500, (t) => {
        const wave = low * Math.sin(2 * Math.PI * lowHz * t) + high * Math.sin(2 * Math.PI * highHz * t);
        return 0.8 + wave / 1000;
      });
      const { frequency, time } = heartRateVariability(columns(intervals), intervals.length);
      expect(frequency!.segments).toBe(5);
      expect(frequency!.lfMs2 / (low ** 2 / 2)).toBeGreaterThan(0.9);
      expect(frequency!.lfMs2 / (low ** 2 / 2)).toBeLessThan(1.1);
      expect(frequency!.hfMs2 / (high ** 2 / 2)).toBeGreaterThan(0.85);
      expect(frequency!.hfMs2 / (high ** 2 / 2)).toBeLessThan(1.15);
      expect(frequency!.vlfMs2).toBeLessThan(0.05 * frequency!.totalMs2);
      expect(frequency!.lfNormalised! + frequency!.hfNormalised!).toBeCloseTo(1, 10);
      expect(time!.sdnnMs).toBeCloseTo(Math.sqrt(low ** 2 / 2 + high ** 2 / 2), -0.5);
      // Unevenly sampled sums reach the variance within a few per cent (Parseval).
      expect(frequency!.totalMs2 / time!.sdnnMs ** 2).toBeGreaterThan(0.93);
      expect(frequency!.totalMs2 / time!.sdnnMs ** 2).toBeLessThan(1.07);
    },
  );

  it('agrees with hand-computed time-domain figures', () => {
    // 800, 860, 800, 820 ms over and over: differences 60, -60, 20, -20.
    const lengths = [0.8, 0.86, 0.8, 0.82];
    let at = 0;
    const intervals = Array.from({ length: 2000 }, (_, i): NnInterval => {
      const seconds = lengths[i % 4]!;
      at += seconds;
      return { atSeconds: at, seconds, followsNn: i > 0 };
    });
    const { time, nonLinear } = heartRateVariability(columns(intervals), 2000);
    expect(time!.meanNnMs).toBeCloseTo(820, 6);
    expect(time!.sdnnMs).toBeCloseTo(Math.sqrt((400 + 1600 + 400 + 0) / 4), 1);
    expect(time!.rmssdMs).toBeCloseTo(Math.sqrt((3600 + 3600 + 400 + 400) / 4), 1);
    expect(time!.pnn50).toBeCloseTo(0.5, 2);
    // Half of the intervals are of one length, so the index is 2.
    expect(time!.triangularIndex).toBeCloseTo(2, 5);
    // Brennan et al.: SD1^2 = SDSD^2 / 2, SD1^2 + SD2^2 = 2 SDNN^2.
    expect(nonLinear!.sd1Ms).toBeCloseTo(time!.rmssdMs! / Math.SQRT2, 1);
    expect(Math.hypot(nonLinear!.sd1Ms!, nonLinear!.sd2Ms!)).toBeCloseTo(Math.SQRT2 * time!.sdnnMs, 1);
  });

  it('leaves out what intervals that are all the same do not define', () => {
    // A simulator, or a heart that a pacemaker drives, at 60/min.
    const intervals = series(1500, () => 1);
    const hrv = heartRateVariability(columns(intervals), intervals.length);
    expect(hrvSchema.parse(hrv)).toEqual(hrv);
    expect(hrv.time).toMatchObject({ meanNnMs: 1000, sdnnMs: 0, rmssdMs: 0, pnn50: 0 });
    expect(hrv.frequency).toMatchObject({
      totalMs2: 0,
      lfNormalised: null,
      hfNormalised: null,
      lfToHf: null,
    });
    expect(hrv.nonLinear!.sd1Ms).toBeCloseTo(0, 9);
    expect(hrv.nonLinear!.sd2Ms).toBeCloseTo(0, 9);
  });

  it('leaves out what needs successive intervals where there are none, as in trigeminy throughout', () => {
    const every = series(1500, (t) => 0.8 + 0.02 * Math.sin(t));
    const intervals = every.map((interval) => ({ ...interval, followsNn: false }));
    const hrv = heartRateVariability(columns(intervals), 3 * intervals.length);
    expect(hrvSchema.parse(hrv)).toEqual(hrv);
    expect(hrv.time).toMatchObject({ rmssdMs: null, pnn50: null });
    expect(hrv.time!.sdnnMs).toBeCloseTo(1000 * 0.02 * Math.SQRT1_2, 0);
    expect(hrv.nonLinear).toMatchObject({ sd1Ms: null, sd2Ms: null });
  });

  it('finds the base of a triangular histogram', () => {
    // Bins of 1/128 s, counts 0, 10, 20 ... 100 ... 20, 10, 0 around bin 105.
    const intervals: NnInterval[] = [];
    for (let k = -9; k <= 9; k++) {
      for (let n = 0; n < 100 - 10 * Math.abs(k); n++)
        intervals.push({ atSeconds: 0, seconds: (105.5 + k) / 128, followsNn: true });
    }
    let at = 0;
    for (let repeat = 0; repeat < 2; repeat++)
      intervals.push(...intervals.slice(0, 1000).map((x) => ({ ...x })));
    for (const interval of intervals) {
      at += interval.seconds;
      interval.atSeconds = at;
    }
    const { time } = heartRateVariability(columns(intervals), intervals.length);
    expect(time!.tinnMs).toBeCloseTo((20 / 128) * 1000, -1);
  });

  it('spreads means of 5 min only where there are enough of them', () => {
    // Twelve stretches of 5 min whose means step between 0.75 and 0.85 s.
    const intervals = series(3600, (t) => (Math.floor(t / 300) % 2 === 0 ? 0.75 : 0.85));
    const { time } = heartRateVariability(columns(intervals), intervals.length);
    expect(time!.sdannMs).toBeGreaterThan(45);
    expect(time!.sdannMs).toBeLessThan(57);
    expect(time!.sdnnIndexMs).toBeLessThan(10);
    const short = heartRateVariability(columns(intervals.slice(0, 800)), 800);
    expect(short.time!.sdannMs).toBeNull();
    expect(short.time!.triangularIndex).toBeNull();
  });

  it('gives nothing for less than 5 min and says so', () => {
    const intervals = series(200, () => 0.8);
    const result = heartRateVariability(columns(intervals), intervals.length);
    expect(result).toMatchObject({ time: null, frequency: null, nonLinear: null });
    expect(result.notes.join(' ')).toContain('too short');
    expect(heartRateVariability(columns([]), 0)).toMatchObject({ nnIntervals: 0, time: null });
  });

  it('knows the entropy and the scaling of noise', () => {
    // P(|x - y| <= 0.2 sd) of independent Gaussian values is erf(0.1) = 0.11246.
    const entropies = [1, 2, 3, 4].map((seed) => sampleEntropy(gaussian(seed, 1500)));
    const mean = entropies.reduce((sum, x) => sum + x, 0) / entropies.length;
    expect(Math.abs(mean + Math.log(0.11246))).toBeLessThan(0.1);
    const white = gaussian(9, 20_000);
    const windows = { least: 16, most: 64 };
    expect(fluctuationExponent(white, windows)).toBeCloseTo(0.5, 1);
    let sum = 0;
    const walk = white.map((x) => (sum += x));
    expect(fluctuationExponent(walk, windows)).toBeCloseTo(1.5, 1);
    expect(fluctuationExponent(new Float64Array(500).fill(800), windows)).toBeNull();
  });
});
