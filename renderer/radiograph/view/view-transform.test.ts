import { describe, expect, it } from 'vitest';
import {
  edgeLetters,
  fitted,
  flipped,
  matrixOf,
  toImage,
  toScreen,
  turned,
  type ViewTransform,
  zoomedAt,
} from './view-transform.ts';

const frame = { width: 200, height: 100, pixelAspectRatio: 1 };
const viewport = { width: 400, height: 400 };

describe('view transform', () => {
  it('fits the whole image, turned or not', () => {
    const view = fitted(frame, viewport);
    expect(view.zoom).toBe(2);
    expect(toScreen(matrixOf(view, frame, viewport), { x: 0, y: 0 })).toEqual({ x: 0, y: 100 });
    expect(fitted({ ...frame, height: 50 }, { width: 100, height: 400 }, turned(view, 1)).zoom).toBe(2);
  });

  it('turns clockwise and comes back from screen to image', () => {
    let view: ViewTransform = { ...fitted(frame, viewport), zoom: 1.3, panX: 12, panY: -7 };
    for (let turn = 0; turn < 4; turn++) {
      for (const mirrored of [false, true]) {
        const matrix = matrixOf({ ...view, mirrored }, { ...frame, pixelAspectRatio: 1.5 }, viewport);
        const back = toImage(matrix, toScreen(matrix, { x: 31, y: 64 }));
        expect(back.x).toBeCloseTo(31, 9);
        expect(back.y).toBeCloseTo(64, 9);
      }
      view = turned(view, 1);
    }
    // Clockwise by a quarter, the upper left corner comes to the upper right.
    const corner = toScreen(matrixOf(turned(fitted(frame, viewport), 1), frame, viewport), { x: 0, y: 0 });
    expect(corner.x).toBeGreaterThan(200);
    expect(corner.y).toBeLessThan(200);
  });

  it('keeps what is under the pointer while zooming', () => {
    const view = { ...fitted(frame, viewport), panX: 30 };
    const at = { x: 77, y: 155 };
    const before = toImage(matrixOf(view, frame, viewport), at);
    const after = toImage(matrixOf(zoomedAt(view, viewport, at, 1.7), frame, viewport), at);
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
  });

  it('flips what is seen, whichever way it is turned', () => {
    for (const turns of [0, 1, 2, 3] as const) {
      for (const mirrored of [false, true]) {
        const view: ViewTransform = { ...fitted(frame, viewport), quarterTurns: turns, mirrored };
        const seen = toScreen(matrixOf(view, frame, viewport), { x: 20, y: 10 });
        const acrossView = toScreen(matrixOf(flipped(view, 'horizontal'), frame, viewport), { x: 20, y: 10 });
        expect([acrossView.x, acrossView.y]).toEqual([400 - seen.x, seen.y]);
        const downView = toScreen(matrixOf(flipped(view, 'vertical'), frame, viewport), { x: 20, y: 10 });
        expect([downView.x, downView.y]).toEqual([seen.x, 400 - seen.y]);
      }
    }
  });

  it('letters the edges from the file’s orientation', () => {
    // A PA chest: rows run to the patient's left, columns to the feet.
    const view = fitted(frame, viewport);
    expect(edgeLetters(view, ['L', 'F'])).toEqual({ left: 'R', right: 'L', top: 'H', bottom: 'F' });
    expect(edgeLetters(flipped(view, 'horizontal'), ['L', 'F'])).toMatchObject({ left: 'L', right: 'R' });
    expect(edgeLetters(turned(view, 1), ['L', 'F'])).toEqual({
      left: 'F',
      right: 'H',
      top: 'R',
      bottom: 'L',
    });
    expect(edgeLetters(view, null)).toBeNull();
  });
});
