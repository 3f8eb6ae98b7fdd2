import { describe, expect, it } from 'vitest';
import { sharedDataFolder } from '../../test/shared-data.ts';
import type { EcgIntervals } from '../contract/intervals.ts';
import { readRecord } from '../service/read-record.ts';
import { findRecords } from '../service/record-files.ts';
import { detectQrs } from './qrs.ts';
import { qtByStretching } from './qt-stretch.ts';
import { assessQuality } from './quality.ts';
import { runStages } from './stretches.ts';
import { waveTrendStages } from './wave-trend.ts';

const RATE_HZ = 500;
const R_PEAK = 150;
const J_MS = 40;

const bump = (ms: number, centre: number, width: number) => Math.exp(-0.5 * ((ms - centre) / width) ** 2);

/**
 * A beat whose T wave and U wave lie `stretch` times as far behind J, with QT told as the machine might: by either.
 * @param tEndMs from the R peak
 */
function measured(stretch: number, tEndMs: number, gain = 1, level = 0): EcgIntervals {
  const millivolts = Float32Array.from({ length: 500 }, (_, i) => {
    const ms = (1000 * (i - R_PEAK)) / RATE_HZ;
    const behindJ = (ms - J_MS) / stretch;
    const wave = ms > J_MS ? 0.12 * bump(behindJ, 230, 40) + 0.08 * bump(behindJ, 360, 30) : 0;
    return bump(ms, 0, 12) + gain * wave + level;
  });
  const sample = (ms: number) => R_PEAK + Math.round((ms / 1000) * RATE_HZ);
  return {
    qtMs: { value: tEndMs + 40 },
    leads: [
      {
        lead: 'II',
        p: null,
        qrs: { onset: sample(-40), peak: R_PEAK, end: sample(J_MS) },
        t: { onset: sample(180), peak: sample(270), end: sample(tEndMs) },
      },
    ],
    medianBeat: { samplingRateHz: RATE_HZ, rPeak: R_PEAK, millivolts: [millivolts] },
  } as unknown as EcgIntervals;
}

describe('QT by stretching', () => {
  it('is the same where the machine once takes the U wave for the end of T', () => {
    const qt = qtByStretching([measured(1, 350), measured(1, 440), measured(1, 352), measured(1, 350)]);
    for (const value of qt) expect(Math.abs(value - 391)).toBeLessThan(3);
  });

  it('follows a T wave that moves, whatever its height and level', () => {
    const stretches = [0.85, 0.95, 1, 1.05, 1.2];
    const qt = qtByStretching(
      stretches.map((by, i) => measured(by, J_MS + 310 * by, 0.6 + 0.3 * i, 0.1 * i)),
    );
    stretches.forEach((by, i) => {
      expect(Math.abs(qt[i]! - (80 + 310 * by))).toBeLessThan(4);
    });
  });

  it('has no value of a beat that looks like no stretched one, nor of what was not measured', () => {
    const flat = measured(1, 350, 0);
    const upside = measured(1, 350, -1);
    const qt = qtByStretching([measured(1, 350), measured(1, 350), flat, upside, null]);
    expect([...qt].map(Number.isNaN)).toEqual([false, false, true, true, true]);
    expect([...qtByStretching([null, { ...flat, qtMs: null }])].every(Number.isNaN)).toBe(true);
  });
});

const shared = sharedDataFolder();

/** Their heart rates hardly change from minute to minute, so neither can QT. */
describe.skipIf(shared === null)('on records of MIT-BIH', () => {
  it.each(['100', '101', '115'])('QT of record %s does not jump from minute to minute', async (name) => {
    const { records } = await findRecords([`${shared}/mitdb/${name}.hea`]);
    const { recording } = readRecord(records[0]!);
    const quality = assessQuality(recording);
    const rPeaks = detectQrs(recording, quality);
    const { qtMs } = runStages(recording, waveTrendStages(recording, quality, rPeaks));
    const known = qtMs.filter((value) => !Number.isNaN(value));
    expect(known.length).toBeGreaterThan(25);
    const jumps = known.slice(1).map((value, i) => Math.abs(value - known[i]!));
    expect(Math.max(...jumps)).toBeLessThan(40);
  });
});
