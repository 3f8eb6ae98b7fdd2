import { describe, expect, it } from 'vitest';
import type { EcgIntervals } from '../contract/intervals.ts';
import {
  correctedQt,
  frontalAxis,
  limitsOverLeads,
  machineLimits,
  measuredBetween,
  measuredByReader,
  roomOf,
  withPlace,
  withReader,
} from './wave-limits.ts';

describe('formulae', () => {
  it('corrects QT by the published formulae', () => {
    // At 60/min all three leave QT as it is; 0.64 s and 0.512 s have exact roots.
    expect(correctedQt(400, 1000)).toEqual({ bazett: 400, fridericia: 400, framingham: 400 });
    expect(correctedQt(360, 640).bazett).toBeCloseTo(450, 9);
    expect(correctedQt(360, 512).fridericia).toBeCloseTo(450, 6);
    expect(correctedQt(360, 640).framingham).toBeCloseTo(360 + 55.44, 9);
  });

  it.each([0, 30, 60, 90, 120, 170, -30, -60, -90, -150])('finds an axis of %s degrees', (degrees) => {
    // Projections of a unit vector on lead I and, of augmented strength, on aVF.
    const radians = (degrees * Math.PI) / 180;
    const avf = Math.sin(radians) * (Math.sqrt(3) / 2);
    expect(frontalAxis(Math.cos(radians), avf)).toBeCloseTo(degrees, 9);
  });
});

const wave = (onset: number, end: number) => ({ onset, peak: (onset + end) >> 1, end });
const lead = (p: [number, number] | null, qrs: [number, number], t: [number, number], name = 'x') => ({
  lead: name,
  p: p === null ? null : wave(...p),
  qrs: wave(...qrs),
  t: wave(...t),
  st: null,
});

/** R peak at sample 150 of a beat of 400 samples, 500 Hz. */
function intervals(
  leads: EcgIntervals['leads'],
  millivolts: Float32Array[] = [new Float32Array(400)],
): EcgIntervals {
  return {
    leads,
    rrMs: { value: 640 },
    medianBeat: { samplingRateHz: 500, rPeak: 150, millivolts },
  } as unknown as EcgIntervals;
}

describe('limits over leads', () => {
  it('are those of the second of four leads; T begins where half have', () => {
    const limits = machineLimits(
      intervals([
        lead([50, 90], [140, 180], [250, 330]),
        lead([60, 95], [142, 182], [255, 340]),
        lead([65, 95], [143, 186], [257, 345]),
        lead([70, 95], [144, 190], [259, 360]),
      ]),
    );
    expect(limits).toEqual({ pOnset: -180, pEnd: -110, qrsOnset: -16, qrsEnd: 72, tOnset: 212, tEnd: 390 });
  });

  it('are none of a P wave that most leads do not show', () => {
    const two = [lead(null, [140, 180], [250, 330]), lead(null, [140, 180], [250, 330])];
    expect(limitsOverLeads([...two, lead([50, 60], [140, 180], [250, 330])]).p).toBeNull();
  });
});

describe("a reader's limits", () => {
  const two = intervals([lead([60, 95], [140, 180], [250, 340]), lead([60, 95], [140, 180], [250, 340])]);
  const machine = machineLimits(two);

  it('are measured with those of the machine that were left, and only what rests on them is', () => {
    const reader = withPlace({}, 'tEnd', { at: 'ms', fromRPeakMs: 400 });
    // QRS onset at sample 140: -20 ms. 420 / 0.8, 420 / 0.64^(1/3) and 420 + 154 * 0.36.
    const measured = measuredByReader(two, reader)!;
    expect(measured).toEqual({
      limits: { tEnd: 400 },
      qtMs: 420,
      qtcBazettMs: expect.closeTo(525, 9),
      qtcFridericiaMs: expect.closeTo(487.37, 2),
      qtcFraminghamMs: expect.closeTo(475.44, 9),
    });
    const wider = withPlace(reader, 'qrsOnset', { at: 'ms', fromRPeakMs: -30 });
    expect(measuredByReader(two, wider)).toMatchObject({ qtMs: 430, prMs: 150, qrsMs: 90 });
    expect(withPlace(wider, 'qrsOnset', { at: 'machine' })).toEqual(reader);
    expect(measuredByReader(two, {})).toBeNull();
    expect(measuredByReader({ ...two, medianBeat: null }, reader)).toBeNull();
  });

  it('may say that a wave is not there', () => {
    const reader = withPlace({}, 'pOnset', { at: 'nowhere' });
    expect(withReader(machine, reader).pOnset).toBeNull();
    expect(measuredByReader(two, reader)).toEqual({
      limits: { pOnset: null },
      prMs: null,
      pDurationMs: null,
      pAxisDegrees: null,
    });
  });

  it('leave open what still lacks a limit that the machine does not see', () => {
    const noP = intervals([lead(null, [140, 180], [250, 340])]);
    const onset = withPlace({}, 'pOnset', { at: 'ms', fromRPeakMs: -180 });
    expect(measuredByReader(noP, onset)).toEqual({ limits: { pOnset: -180 }, prMs: 160 });
    const both = withPlace(onset, 'pEnd', { at: 'ms', fromRPeakMs: -80 });
    expect(measuredByReader(noP, both)).toMatchObject({ pDurationMs: 100, prMs: 160 });
  });

  it('have room between their neighbours, whichever are there, and the ends of the beat', () => {
    const beat = two.medianBeat!;
    expect(roomOf(machine, 'qrsOnset', beat)).toEqual({ fromMs: -110, toMs: 60 });
    expect(roomOf({ ...machine, pEnd: null }, 'qrsOnset', beat)).toEqual({ fromMs: -180, toMs: 60 });
    expect(roomOf(machine, 'tEnd', beat)).toEqual({ fromMs: 200, toMs: 498 });
    expect(roomOf(machine, 'pOnset', beat)).toEqual({ fromMs: -300, toMs: -110 });
  });

  it('turn the axis as the area between them turns', () => {
    // Lead I is up and then as far down; aVF is up throughout.
    const one = Float32Array.from({ length: 400 }, (_, i) =>
      i > 140 && i < 160 ? 1 : i >= 160 && i < 180 ? -1 : 0,
    );
    const avf = Float32Array.from({ length: 400 }, (_, i) => (i > 140 && i < 180 ? 1 : 0));
    const turned = intervals(
      [lead(null, [140, 180], [250, 340], 'I'), lead(null, [140, 180], [250, 340], 'aVF')],
      [one, avf],
    );
    const axis = (qrsEnd: number) =>
      measuredBetween(turned, { ...machineLimits(turned), qrsEnd }).qrsAxisDegrees;
    expect(axis(60)).toBeCloseTo(90, -1);
    // The first half alone points down and to the left by the strength of the leads.
    expect(axis(18)).toBeCloseTo((Math.atan2(2 / Math.sqrt(3), 1) * 180) / Math.PI, -1);
    expect(axis(60)! - axis(18)!).toBeGreaterThan(30);
  });
});
