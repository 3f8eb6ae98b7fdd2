import { describe, expect, it } from 'vitest';
import { layoutLine, printable } from './text-runs.ts';

const latin = (codePoint: number) => codePoint < 0x250 || codePoint === 0xfffd;
const hebrew = (codePoint: number) => codePoint >= 0x590 && codePoint < 0x600;
const line = (text: string) => layoutLine(text, [latin, hebrew]);

describe('order of runs on paper', () => {
  it('keeps plain text as one run', () => {
    expect(line('Ann 72').runs).toEqual([{ text: 'Ann 72', font: 0, rightToLeft: false }]);
  });

  it('puts a right-to-left name first and its number to its left, the number unturned', () => {
    const { runs, replaced } = line('שלום 72');
    expect(replaced).toBe(0);
    expect(runs.map((run) => run.text)).toEqual(['72', ' ', 'שלום']);
    expect(runs.at(-1)).toMatchObject({ font: 1, rightToLeft: true });
  });

  it('keeps Latin words before and after a right-to-left name where they are', () => {
    expect(line('Mr שלום Jr').runs.map((run) => run.text)).toEqual(['Mr ', 'שלום', ' Jr']);
  });

  it('mirrors brackets in right-to-left text', () => {
    // The closing bracket comes last in reading, so it is leftmost on paper and opens to the right.
    expect(line('כהן (שלום)').runs.map((run) => run.text)).toEqual(['(', 'שלום', ') ', 'כהן']);
  });
});

describe('what cannot be shown', () => {
  it('is replaced by a visible mark and counted', () => {
    expect(line('王A')).toEqual({ runs: [{ text: '\ufffdA', font: 0, rightToLeft: false }], replaced: 1 });
  });

  it('counts an emoji of several code points once for each that has a shape', () => {
    expect(line('👩\u200d⚕\ufe0f').replaced).toBe(2);
  });

  it('makes controls and direction overrides visible, and white space plain', () => {
    expect(printable('a\u0000b\u202ec\td\ne')).toEqual({ text: 'a\ufffdb\ufffdc d e', replaced: 2 });
  });

  it('writes comparison signs in characters that the fonts have', () => {
    expect(printable('RR ≥ 3 s').text).toBe('RR >= 3 s');
  });
});
