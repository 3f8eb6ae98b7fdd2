import { expect, it } from 'vitest';
import type { EcgIntervals } from '../../../src/contract/intervals.ts';
import { machineLimits, measured, moved, placed } from './fiducials.ts';

const wave = (onset: number, end: number) => ({ onset, peak: (onset + end) >> 1, end });
const lead = (p: [number, number] | null, qrs: [number, number], t: [number, number]) => ({
  lead: 'x',
  p: p === null ? null : wave(...p),
  qrs: wave(...qrs),
  t: wave(...t),
  st: null,
});

function intervals(leads: EcgIntervals['leads']): EcgIntervals {
  return {
    leads,
    medianBeat: { samplingRateHz: 500, rPeak: 150, millivolts: [] },
  } as unknown as EcgIntervals;
}

it('takes the second of four leads as the limit of all', () => {
  const limits = machineLimits(
    intervals([
      lead([50, 90], [140, 180], [250, 330]),
      lead([60, 95], [142, 182], [255, 340]),
      lead([65, 95], [143, 186], [255, 345]),
      lead([70, 95], [144, 190], [255, 360]),
    ]),
  );
  expect(limits).toEqual({ pOnset: 120, qrsOnset: 284, qrsEnd: 372, tEnd: 690 });
});

it('has no P wave where most leads show none', () => {
  const limits = machineLimits(
    intervals([
      lead(null, [140, 180], [250, 330]),
      lead(null, [140, 180], [250, 330]),
      lead([50, 60], [140, 180], [250, 330]),
    ]),
  );
  expect(limits.pOnset).toBeNull();
  expect(measured(limits, 1000).prMs).toBeNull();
});

it('measures PR, QRS, QT and QT for the rate', () => {
  const result = measured({ pOnset: 100, qrsOnset: 260, qrsEnd: 350, tEnd: 660 }, 640);
  expect(result).toMatchObject({ prMs: 160, qrsMs: 90, qtMs: 400 });
  // 400 / 0.8 and 400 / 0.64^(1/3)
  expect(result.qtcBazettMs).toBeCloseTo(500, 9);
  expect(result.qtcFridericiaMs).toBeCloseTo(464.16, 2);
});

it('keeps a limit between its neighbours, whichever are there', () => {
  const limits = { pOnset: null, qrsOnset: 260, qrsEnd: 350, tEnd: 660 };
  expect(moved(limits, 'qrsOnset', 900, 800).qrsOnset).toBe(350);
  expect(moved(limits, 'tEnd', 5000, 800).tEnd).toBe(800);
  expect(moved(limits, 'qrsOnset', -5, 800).qrsOnset).toBe(0);
  expect(moved(limits, 'pOnset', 120, 800).pOnset).toBe(120);
});

it('puts a limit that the machine does not see before the complex, never beyond a neighbour', () => {
  const limits = { pOnset: null, qrsOnset: 260, qrsEnd: 350, tEnd: 660 };
  expect(placed(limits, 'pOnset', 300, 800).pOnset).toBe(100);
  expect(placed(limits, 'pOnset', 150, 800).pOnset).toBe(0);
  expect(placed({ ...limits, qrsOnset: 50 }, 'pOnset', 300, 800).pOnset).toBe(50);
});
