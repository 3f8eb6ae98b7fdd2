/** How an image lies on the screen: turned in quarters, mirrored, zoomed, moved. Pure. */

export interface Point {
  x: number;
  y: number;
}

export interface ViewTransform {
  /** CSS pixels per image row. */
  zoom: number;
  /** Where the image's centre lies, CSS pixels from the centre of the viewport. */
  panX: number;
  panY: number;
  /** Clockwise. */
  quarterTurns: 0 | 1 | 2 | 3;
  /** Mirrored left to right, before turning. */
  mirrored: boolean;
}

export interface Frame {
  width: number;
  height: number;
  /** Height over width of a pixel. */
  pixelAspectRatio: number;
}

export interface Viewport {
  width: number;
  height: number;
}

/** [a b c d e f] of a canvas transform: x' = a x + c y + e, y' = b x + d y + f. */
export type Matrix = readonly [number, number, number, number, number, number];

const COSINE = [1, 0, -1, 0] as const;
const SINE = [0, 1, 0, -1] as const;

/** From image pixels (0, 0 at the upper left corner) to CSS pixels of the viewport. */
export function matrixOf(view: ViewTransform, frame: Frame, viewport: Viewport): Matrix {
  const cos = COSINE[view.quarterTurns];
  const sin = SINE[view.quarterTurns];
  const mirror = view.mirrored ? -1 : 1;
  // A pixel that is taller than wide keeps its height: columns come closer.
  const scaleX = (view.zoom / frame.pixelAspectRatio) * mirror;
  const scaleY = view.zoom;
  const a = cos * scaleX;
  const b = sin * scaleX;
  const c = -sin * scaleY;
  const d = cos * scaleY;
  const centreX = frame.width / 2;
  const centreY = frame.height / 2;
  return [
    a,
    b,
    c,
    d,
    viewport.width / 2 + view.panX - (a * centreX + c * centreY),
    viewport.height / 2 + view.panY - (b * centreX + d * centreY),
  ];
}

export function toScreen([a, b, c, d, e, f]: Matrix, { x, y }: Point): Point {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

export function toImage([a, b, c, d, e, f]: Matrix, { x, y }: Point): Point {
  const determinant = a * d - b * c;
  return {
    x: (d * (x - e) - c * (y - f)) / determinant,
    y: (a * (y - f) - b * (x - e)) / determinant,
  };
}

/** The zoom at which the whole image is seen. */
export function fitZoom(
  frame: Frame,
  viewport: Viewport,
  quarterTurns: ViewTransform['quarterTurns'],
): number {
  const across = frame.width / frame.pixelAspectRatio;
  const [width, height] = quarterTurns % 2 === 0 ? [across, frame.height] : [frame.height, across];
  return Math.max(1e-3, Math.min(viewport.width / width, viewport.height / height));
}

export function fitted(frame: Frame, viewport: Viewport, view?: ViewTransform): ViewTransform {
  const quarterTurns = view?.quarterTurns ?? 0;
  return {
    zoom: fitZoom(frame, viewport, quarterTurns),
    panX: 0,
    panY: 0,
    quarterTurns,
    mirrored: view?.mirrored ?? false,
  };
}

const LARGEST_ZOOM = 64;

/** Zooms so that what is under `at` (CSS pixels of the viewport) stays there. */
export function zoomedAt(view: ViewTransform, viewport: Viewport, at: Point, factor: number): ViewTransform {
  const zoom = Math.min(LARGEST_ZOOM, Math.max(0.01, view.zoom * factor));
  const ratio = zoom / view.zoom;
  const fromCentreX = at.x - viewport.width / 2;
  const fromCentreY = at.y - viewport.height / 2;
  return {
    ...view,
    zoom,
    panX: fromCentreX + (view.panX - fromCentreX) * ratio,
    panY: fromCentreY + (view.panY - fromCentreY) * ratio,
  };
}

export function turned(view: ViewTransform, quarters: 1 | -1): ViewTransform {
  const next = (view.quarterTurns + quarters + 4) % 4;
  return { ...view, quarterTurns: next as ViewTransform['quarterTurns'] };
}

/** Mirrors what is seen, whichever way the image is turned. */
export function flipped(view: ViewTransform, axis: 'horizontal' | 'vertical'): ViewTransform {
  // Mirroring top to bottom is mirroring left to right and turning by half.
  const upright = view.quarterTurns % 2 === 0;
  const along = (axis === 'horizontal') === upright;
  const half = ((view.quarterTurns + 2) % 4) as ViewTransform['quarterTurns'];
  return { ...view, mirrored: !view.mirrored, quarterTurns: along ? view.quarterTurns : half };
}

const OPPOSITE: Record<string, string> = { L: 'R', R: 'L', A: 'P', P: 'A', H: 'F', F: 'H' };
const opposite = (direction: string): string => [...direction].map((c) => OPPOSITE[c] ?? c).join('');

/** Letters for the four edges of the viewport, from the file's Patient Orientation (row, column direction). */
export function edgeLetters(
  view: ViewTransform,
  orientation: readonly [string, string] | null,
): { left: string; right: string; top: string; bottom: string } | null {
  if (orientation === null) return null;
  const row = view.mirrored ? opposite(orientation[0]) : orientation[0];
  const clockwise = {
    right: row,
    bottom: orientation[1],
    left: opposite(row),
    top: opposite(orientation[1]),
  };
  const around = [clockwise.right, clockwise.bottom, clockwise.left, clockwise.top];
  const at = (i: number) => around[(i - view.quarterTurns + 4) % 4] ?? '';
  return { right: at(0), bottom: at(1), left: at(2), top: at(3) };
}

/**
 * Millimetres of the image per CSS pixel at life size: the zoom at which a millimetre of the detector is a
 * millimetre of the display.
 */
export function lifeSizeZoom(betweenRowsMm: number, screenPxPerMm: number): number {
  return betweenRowsMm * screenPxPerMm;
}
