import { describe, expect, it } from 'vitest';
import { sharedDataFolder } from '../../test/shared-data.ts';
import { readLudb } from '../training/ludb.ts';
import { delineate, type LeadWaves } from './delineation.ts';
import {
  correctionBy,
  LIMITS,
  type LimitWeights,
  speedsOf,
  withCorrectedLimits,
} from './limit-corrections.ts';
import { detectQrs } from './qrs.ts';
import { assessQuality } from './quality.ts';

const RATE_HZ = 500;
const bump = (centre: number, width: number, height: number) => (i: number) =>
  height * Math.exp(-(((i - centre) / width) ** 2));
const [p, r, t] = [bump(145, 14, 0.15), bump(225, 8, 1), bump(380, 30, 0.3)];
const lead = (scale: number) => Float32Array.from({ length: 575 }, (_, i) => scale * (p(i) + r(i) + t(i)));
const leads = [lead(1), lead(-0.6), lead(0.4)];
const beat = {
  qrsSpeeds: speedsOf(leads, RATE_HZ, 0.004),
  slow: leads,
  samplingRateHz: RATE_HZ,
  rPeak: 225,
  rrSeconds: 0.8,
};
const waves = (by: number): LeadWaves => ({
  p: { onset: 120 + by, peak: 145, end: 170 + by },
  qrs: { onset: 205 + by, peak: 225, end: 245 + by },
  t: { onset: 330 + by, peak: 380, end: 430 + by },
});
const found = [waves(-4), waves(0), waves(5)];
const constant = (ms: number): LimitWeights =>
  Object.fromEntries(LIMITS.map((limit) => [limit, { bias: ms, weights: [] }])) as unknown as LimitWeights;

describe('corrected limits', () => {
  it('are so far from the median over leads as the correction says, peaks where they were', () => {
    const moved = withCorrectedLimits(found, beat, ({ limit, lead: index }) =>
      limit === 'p onset' ? -10 + 2 * index : 0,
    );
    expect(moved.map((each) => each.p)).toEqual([
      { onset: 115, peak: 145, end: 170 },
      { onset: 116, peak: 145, end: 170 },
      { onset: 117, peak: 145, end: 170 },
    ]);
    expect(moved.map((each) => each.qrs)).toEqual(Array(3).fill({ onset: 205, peak: 225, end: 245 }));
  });

  it('are moved by 60 ms at most, never over a peak, and P ends where QRS begins at the latest', () => {
    const late = withCorrectedLimits(found, beat, correctionBy(constant(1000)));
    expect(late[0]).toEqual({
      p: { onset: 145, peak: 145, end: 200 },
      qrs: { onset: 225, peak: 225, end: 275 },
      t: { onset: 360, peak: 380, end: 460 },
    });
    const early = withCorrectedLimits(found, beat, correctionBy(constant(-1000)));
    expect(early[0]).toEqual({
      p: { onset: 90, peak: 145, end: 145 },
      qrs: { onset: 175, peak: 225, end: 225 },
      t: { onset: 300, peak: 380, end: 400 },
    });
  });

  it('do not depend on the sign or the scale of the leads, nor on what is a wave in no lead', () => {
    const features = (scale: number) => {
      const seen: (readonly number[])[] = [];
      const scaled = leads.map((each) => each.map((value) => value * scale));
      withCorrectedLimits(
        found,
        { ...beat, qrsSpeeds: speedsOf(scaled, RATE_HZ, 0.004), slow: scaled },
        (each) => {
          if (each.limit.startsWith('qrs')) seen.push(each.features);
          return 0;
        },
      );
      return seen.flat();
    };
    const [one, other] = [features(1), features(-2)];
    expect(one).toHaveLength(6 * 36);
    for (const [i, value] of one.entries()) expect(value).toBeCloseTo(other[i]!, 5);
    const without = found.map((each) => ({ ...each, p: null }));
    expect(withCorrectedLimits(without, beat, () => 0).every((each) => each.p === null)).toBe(true);
    expect(withCorrectedLimits([{ p: null, qrs: null, t: null }], beat, () => 0)).toEqual([
      { p: null, qrs: null, t: null },
    ]);
  });
});

const shared = sharedDataFolder();
describe.skipIf(shared === null)('on a record of LUDB', () => {
  it('bring the limits of a record nearer to the cardiologists’ marks, at half the sampling rate too', () => {
    const { recording, marked } = readLudb(shared!, 33);
    const rPeaks = detectQrs(recording, assessQuality(recording));
    const half = {
      ...recording,
      samplingRateHz: RATE_HZ / 2,
      lengthSamples: recording.lengthSamples / 2,
      leads: recording.leads.map((each) => ({
        ...each,
        millivolts: each.millivolts.filter((_, i) => i % 2 === 0),
      })),
    };
    const full = delineate(recording, rPeaks).beats.filter(({ dominant }) => dominant);
    const halved = delineate(
      half,
      rPeaks.map((at) => Math.round(at / 2)),
    ).beats.filter(({ dominant }) => dominant);
    const errors = (beats: typeof full, factor: number) =>
      beats.flatMap(({ leads }) =>
        leads.flatMap(({ qrs }, index) => {
          const mark = marked[index]!.qrs.find(({ peak }) => Math.abs(peak - qrs!.peak * factor) < 50);
          return mark === undefined ? [] : [(qrs!.onset * factor - mark.onset) * 2];
        }),
      );
    for (const values of [errors(full, 1), errors(halved, 2)]) {
      expect(values.length).toBeGreaterThan(80);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(8);
      expect(Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)).toBeLessThan(
        12,
      );
    }
  });
});
