/** What a reader has done to one view of an image: pure steps from state to state. */
import type { DecodedImage, WindowPreset } from '../../../src/contract/imaging.ts';
import { defaultPreset } from '../../../src/imaging/display.ts';
import {
  fitted,
  flipped,
  type Point,
  turned,
  type Viewport,
  type ViewTransform,
  zoomedAt,
} from './view-transform.ts';

export interface ViewportState {
  /** Null: the whole image, however large the viewport is. */
  transform: ViewTransform | null;
  /** Null: as the file prefers. */
  preset: WindowPreset | null;
  inverted: boolean;
}

export const FRESH: ViewportState = { transform: null, preset: null, inverted: false };

export type ViewStep =
  | { kind: 'reset' }
  | { kind: 'fit' }
  | { kind: 'pan'; dx: number; dy: number }
  | { kind: 'zoom'; factor: number; at: Point | null }
  | { kind: 'zoom-to'; zoom: number }
  | { kind: 'turn'; quarters: 1 | -1 }
  | { kind: 'flip'; axis: 'horizontal' | 'vertical' }
  | { kind: 'invert' }
  | { kind: 'preset'; preset: WindowPreset | null }
  /** Shares of the viewport: right widens the window, down raises its centre (darker), as in print. */
  | { kind: 'window'; across: number; down: number };

export interface Seen {
  image: DecodedImage;
  viewport: Viewport;
  /** Smallest and largest modality value of the image. */
  range: { low: number; high: number };
}

export function frameOf({ width, height, geometry }: DecodedImage) {
  return { width, height, pixelAspectRatio: geometry.pixelAspectRatio };
}

export function transformOf(state: ViewportState, { image, viewport }: Seen): ViewTransform {
  return state.transform ?? fitted(frameOf(image), viewport);
}

export function stepped(state: ViewportState, step: ViewStep, seen: Seen): ViewportState {
  const view = transformOf(state, seen);
  const { viewport, image } = seen;
  switch (step.kind) {
    case 'reset':
      return FRESH;
    case 'fit':
      return { ...state, transform: fitted(frameOf(image), viewport, view) };
    case 'pan':
      return { ...state, transform: { ...view, panX: view.panX + step.dx, panY: view.panY + step.dy } };
    case 'zoom': {
      const at = step.at ?? { x: viewport.width / 2, y: viewport.height / 2 };
      return { ...state, transform: zoomedAt(view, viewport, at, step.factor) };
    }
    case 'zoom-to':
      return { ...state, transform: { ...view, zoom: step.zoom, panX: 0, panY: 0 } };
    case 'turn': {
      const next = turned(view, step.quarters);
      return { ...state, transform: fitted(frameOf(image), viewport, next) };
    }
    case 'flip':
      return { ...state, transform: flipped(view, step.axis) };
    case 'invert':
      return { ...state, inverted: !state.inverted };
    case 'preset':
      return { ...state, preset: step.preset };
    case 'window':
      return { ...state, preset: draggedWindow(state, step.across, step.down, seen) };
  }
}

function draggedWindow(
  state: ViewportState,
  across: number,
  down: number,
  { image, range }: Seen,
): WindowPreset | null {
  if (image.samplesPerPixel === 3) return state.preset;
  const whole = Math.max(range.high - range.low, 1e-6);
  const present = state.preset ?? defaultPreset(image);
  // A table of the file cannot be dragged; the whole range is where dragging starts from then.
  const window =
    present.kind === 'window'
      ? present.window
      : { centre: (range.low + range.high) / 2, width: whole, function: 'linear-exact' as const };
  return {
    kind: 'window',
    name: '',
    window: {
      ...window,
      width: Math.max(whole / 4096, window.width + across * whole),
      centre: window.centre + down * whole,
    },
  };
}
