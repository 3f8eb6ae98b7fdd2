import { describe, expect, it } from 'vitest';
import { BEAT_CLASSES, type BeatClass, type BeatTable, RECOMMENDATIONS } from '../../src/contract/ecg.ts';
import { beatAt, beatRow, firstBeatFrom, nearestBeat } from './beat-rows.ts';
import { anyBeat, countOf, isEctopic, isUncertain, nextBeat } from './navigation.ts';
import { layoutMarks } from './strip/mark-layout.ts';

interface Row {
  sample: number;
  label: BeatClass;
  review?: boolean;
  byHand?: boolean;
  added?: boolean;
}

function table(rows: Row[]): BeatTable {
  const n = rows.length;
  const one = (i: number, c: number) =>
    rows[i]!.added || rows[i]!.label === 'Q' ? Number.NaN : BEAT_CLASSES[c] === rows[i]!.label ? 0.91 : 0.03;
  const probabilities = Float32Array.from({ length: n * 4 }, (_, k) => one(Math.floor(k / 4), k % 4));
  return {
    sample: Int32Array.from(rows, (row) => row.sample),
    label: Uint8Array.from(rows, (row) => BEAT_CLASSES.indexOf(row.label)),
    machineLabel: Uint8Array.from(rows, (row) => (row.added ? 255 : BEAT_CLASSES.indexOf(row.label))),
    origin: Uint8Array.from(rows, (row) => (row.added ? 2 : row.byHand ? 1 : 0)),
    probabilities,
    probabilityLow: probabilities.map((p) => p - 0.02),
    probabilityHigh: probabilities.map((p) => p + 0.02),
    aleatoric: new Float32Array(n).fill(0.4),
    epistemic: new Float32Array(n).fill(0.1),
    recommendation: Uint8Array.from(rows, (row) => RECOMMENDATIONS.indexOf(row.review ? 'review' : 'accept')),
    conformalSet: new Uint8Array(n),
  };
}

const beats = table([
  { sample: 100, label: 'N' },
  { sample: 400, label: 'V' },
  { sample: 700, label: 'N', review: true },
  { sample: 1000, label: 'N', review: true, byHand: true },
  { sample: 1300, label: 'S', review: true },
  { sample: 1600, label: 'Q', review: true },
  { sample: 1900, label: 'N', added: true },
]);

describe('finding beats', () => {
  it('by position', () => {
    expect(firstBeatFrom(beats, 401)).toBe(2);
    expect(firstBeatFrom(beats, 400)).toBe(1);
    expect(firstBeatFrom(beats, 5000)).toBe(7);
    expect(beatAt(beats, 700)).toBe(2);
    expect(beatAt(beats, 701)).toBe(-1);
    expect(nearestBeat(beats, 560, 200)).toBe(2);
    expect(nearestBeat(beats, 540, 200)).toBe(1);
    expect(nearestBeat(beats, 540, 100)).toBe(-1);
  });

  it('reads a row, with nothing invented for a beat added by hand', () => {
    expect(beatRow(beats, 1)).toMatchObject({ label: 'V', origin: 'machine', machineLabel: 'V' });
    expect(beatRow(beats, 1).topProbability).toBeCloseTo(0.91, 5);
    const added = beatRow(beats, 6);
    expect(added.machineLabel).toBeNull();
    expect(added.probabilities).toEqual([]);
  });
});

describe('going through beats', () => {
  it('goes to the next uncertain beat, not to those a clinician has judged', () => {
    expect(nextBeat(beats, null, 0, 1, isUncertain)).toBe(2);
    expect(nextBeat(beats, 700, 0, 1, isUncertain)).toBe(4);
    expect(nextBeat(beats, 1300, 0, -1, isUncertain)).toBe(2);
    expect(nextBeat(beats, 700, 0, -1, isUncertain)).toBe(-1);
    expect(countOf(beats, isUncertain)).toBe(3);
  });

  it('goes to the next ectopic beat; Q is none', () => {
    expect(nextBeat(beats, 400, 0, 1, isEctopic)).toBe(4);
    expect(nextBeat(beats, 1300, 0, 1, isEctopic)).toBe(-1);
    expect(nextBeat(beats, 1300, 0, -1, isEctopic)).toBe(1);
  });

  it('begins at the middle of the strip while nothing is selected', () => {
    expect(nextBeat(beats, null, 650, 1, anyBeat)).toBe(2);
    expect(nextBeat(beats, null, 650, -1, anyBeat)).toBe(1);
    expect(nextBeat(beats, null, 700, 1, anyBeat)).toBe(2);
  });

  it('goes on from where a deleted beat was', () => {
    expect(nextBeat(beats, 500, 0, 1, anyBeat)).toBe(2);
    expect(nextBeat(beats, 500, 0, -1, anyBeat)).toBe(1);
  });
});

describe('marks', () => {
  const scale = { pxPerMm: 4, speedMmPerSecond: 25, gainMmPerMillivolt: 10 };
  const marks = layoutMarks(beats, scale, 1, 2, 360);

  it('stand over the R peak, with the shade kept off the neighbours', () => {
    const second = marks.find((mark) => mark.index === 1)!;
    expect(second.x).toBeCloseTo((400 / 360 - 1) * 100, 9);
    expect(second.reach).toBeLessThanOrEqual(((300 / 360) * 100) / 2);
    expect(second.rrMilliseconds).toBe(833);
  });

  it('are drawn from a little before the strip to a little after it', () => {
    expect(marks.map((mark) => mark.index)).toEqual([1, 2, 3]);
  });

  it('are certain where a clinician spoke', () => {
    const byHand = marks.find((mark) => mark.index === 3)!;
    expect(byHand).toMatchObject({ byHand: true, accepted: true, opacity: 1 });
    expect(marks.find((mark) => mark.index === 2)).toMatchObject({ byHand: false, accepted: false });
  });
});
