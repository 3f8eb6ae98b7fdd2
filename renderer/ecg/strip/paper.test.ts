import { expect, it } from 'vitest';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { paintSquares } from './paper.ts';

const palette = canvasPalette('light');

/** Where vertical lines are, device pixels from the left edge, by colour. */
function verticals(leftDevicePx: number, stepDevicePx: number, width: number): Map<string, number[]> {
  const lines = new Map<string, number[]>([
    [palette.major, []],
    [palette.minor, []],
  ]);
  let fillStyle = '';
  paintSquares(
    {
      set fillStyle(colour: string) {
        fillStyle = colour;
      },
      fillRect: (x: number, _y: number, w: number, h: number) => {
        if (w === 1 && h === 200 && x >= 0 && x < width) lines.get(fillStyle)!.push(x);
      },
    } as unknown as OffscreenCanvasRenderingContext2D,
    {
      leftDevicePx,
      topDevicePx: 0,
      width,
      height: 200,
      baselineDevicePx: 100,
      stepDevicePx,
      pixelRatio: 1,
      palette,
    },
  );
  return lines;
}

it.each([4, 3.7795, 5.2519])(
  'has every millimetre at its pixel a day into the recording, whole or cut in pictures, at %f px/mm',
  (step) => {
    // 24 h at 25 mm/s.
    const left = Math.round(24 * 3600 * 25 * step) - 777;
    const whole = verticals(left, step, 1024);
    const cut = new Map(
      [palette.major, palette.minor].map((colour) => [
        colour,
        [0, 256, 512, 768].flatMap((at) =>
          verticals(left + at, step, 256)
            .get(colour)!
            .map((x) => x + at),
        ),
      ]),
    );
    expect(cut).toEqual(whole);
    for (const [colour, every] of [
      [palette.major, 5],
      [palette.minor, 1],
    ] as const) {
      for (const x of whole.get(colour)!) {
        const millimetre = Math.round((left + x) / step);
        expect(millimetre % every).toBe(0);
        expect(Math.abs(left + x - millimetre * step)).toBeLessThanOrEqual(0.5);
      }
    }
    expect(whole.get(palette.major)!.length + whole.get(palette.minor)!.length).toBeGreaterThan(
      1024 / step - 2,
    );
  },
);
