import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { StripTiles, type TileSource } from './strip-tiles.ts';

beforeAll(() => {
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = () => ({});
    },
  );
});
afterAll(() => vi.unstubAllGlobals());

/** Tiles of which each takes some milliseconds to draw. */
function strip(drawMs: number) {
  let now = 0;
  const tiles = new StripTiles(() => now);
  const held = new Set<number>();
  const frame = (change: Partial<TileSource> = {}) => {
    const drawn: number[] = [];
    const empty: number[] = [];
    const shown: number[] = [];
    const late = tiles.frame({
      layout: 'a',
      content: [1],
      heightDevicePx: 10,
      first: 0,
      last: 4,
      direction: 1,
      leaping: false,
      count: 100,
      holds: (index) => held.has(index),
      draw: (_, index) => {
        drawn.push(index);
        now += drawMs;
      },
      show: (_, index) => shown.push(index),
      leaveEmpty: (index) => empty.push(index),
      ...change,
    });
    return { late, drawn, shown, empty };
  };
  const hold = (...indexes: number[]) => {
    for (const index of indexes) held.add(index);
  };
  return { frame, hold };
}

it('draws within the time of a frame and goes on in the next', () => {
  const { frame, hold } = strip(4);
  hold(0, 1, 2, 3, 4);
  expect(frame()).toEqual({ late: true, drawn: [0, 1], shown: [0, 1], empty: [2, 3, 4] });
  expect(frame()).toEqual({ late: true, drawn: [2, 3], shown: [0, 1, 2, 3], empty: [4] });
  expect(frame()).toEqual({ late: false, drawn: [4], shown: [0, 1, 2, 3, 4], empty: [] });
  expect(frame()).toEqual({ late: false, drawn: [], shown: [0, 1, 2, 3, 4], empty: [] });
});

it('draws one picture a frame while the strip leaps, from the middle outwards', () => {
  const { frame, hold } = strip(1);
  hold(0, 1, 2, 3, 4, 5);
  expect(frame({ leaping: true })).toMatchObject({ late: true, drawn: [2] });
  expect(frame({ leaping: true })).toMatchObject({ late: true, drawn: [1] });
  expect(frame({ leaping: true })).toMatchObject({ late: true, drawn: [3] });
  expect(frame()).toMatchObject({ late: false, drawn: [0, 4] });
});

it('leaves empty what has no signal yet, and draws one ahead where there is time', () => {
  const { frame, hold } = strip(1);
  expect(frame({ last: 1 })).toEqual({ late: false, drawn: [], shown: [], empty: [0, 1] });
  hold(0, 1, 2);
  expect(frame({ last: 1 })).toEqual({ late: false, drawn: [0, 1], shown: [0, 1], empty: [] });
  expect(frame({ last: 1 }).drawn).toEqual([2]);
  expect(frame({ first: 1, last: 2 }).drawn).toEqual([]);
  expect(frame({ first: 0, last: 0, direction: -1 }).drawn).toEqual([]);
});

it('keeps showing what was drawn of the content before until it is drawn anew, but nothing of another layout', () => {
  const { frame, hold } = strip(10);
  hold(0, 1);
  frame({ last: 1 });
  frame({ last: 1 });
  expect(frame({ last: 1, content: [2] })).toMatchObject({ late: true, drawn: [0], shown: [0, 1] });
  expect(frame({ last: 1, content: [2] })).toMatchObject({ late: false, drawn: [1], shown: [0, 1] });
  expect(frame({ last: 1, content: [2], layout: 'b' })).toMatchObject({ late: true, drawn: [0], shown: [0] });
});

it('keeps a bounded number of pictures', () => {
  const { frame, hold } = strip(0);
  let made = 0;
  const Plain = globalThis.OffscreenCanvas;
  vi.stubGlobal(
    'OffscreenCanvas',
    class extends Plain {
      constructor(width: number, height: number) {
        super(width, height);
        made++;
      }
    },
  );
  for (let first = 0; first < 300; first++) {
    hold(first + 4);
    frame({ first, last: first + 4, count: 305 });
  }
  expect(made).toBeLessThan(60);
});
