/** One frame of the rows: times at the left, pictures of rows, where the strip is, the selected beat. */
import type { CanvasPalette } from '../../theme/canvas-palette.ts';
import { elapsed } from '../../words/format.ts';
import type { StripViewState } from '../strip/strip-view.ts';
import type { RowGeometry } from './rows.ts';

export const GUTTER_PX = 56;

export interface RowsScene {
  widthPx: number;
  heightPx: number;
  pixelRatio: number;
  geometry: RowGeometry;
  scrollTop: number;
  /** First and last row in view, inclusive. */
  first: number;
  last: number;
  view: StripViewState;
  samplingRateHz: number;
  durationSeconds: number;
  palette: CanvasPalette;
  /** Null: its signal is not here yet. */
  picture: (row: number) => OffscreenCanvas | 'later' | null;
}

/** True where rows are left to be drawn in the next frame. */
export function drawRows(ctx: CanvasRenderingContext2D, scene: RowsScene): boolean {
  const { widthPx, heightPx, pixelRatio, geometry, scrollTop, palette, view } = scene;
  const { rowPx, rowSeconds } = geometry;
  const traceWidth = widthPx - GUTTER_PX;
  ctx.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  ctx.fillStyle = palette.paper;
  ctx.fillRect(0, 0, widthPx, heightPx);
  let late = false;
  const xOf = (seconds: number, row: number) =>
    GUTTER_PX + ((seconds - row * rowSeconds) / rowSeconds) * traceWidth;
  ctx.font = '11px "Inter Variable", sans-serif';
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (let row = scene.first; row <= scene.last; row++) {
    const top = Math.round((row * rowPx - scrollTop) * pixelRatio) / pixelRatio;
    ctx.fillStyle = palette.line;
    ctx.fillRect(0, top, widthPx, 1 / pixelRatio);
    // Where the strip is.
    const from = Math.max(GUTTER_PX, xOf(view.leftSeconds, row));
    const to = Math.min(widthPx, xOf(view.leftSeconds + view.visibleSeconds, row));
    if (to > from) {
      ctx.fillStyle = palette.accent;
      ctx.globalAlpha = 0.16;
      ctx.fillRect(from, top, to - from, rowPx);
      ctx.globalAlpha = 1;
    }
    const selected = view.selectedSample === null ? -1 : view.selectedSample / scene.samplingRateHz;
    if (Math.floor(selected / rowSeconds) === row) {
      ctx.fillStyle = palette.accent;
      ctx.fillRect(xOf(selected, row) - 1, top, 2, rowPx);
    }
    const picture = scene.picture(row);
    if (picture === 'later') late = true;
    else if (picture !== null) ctx.drawImage(picture, GUTTER_PX, top, traceWidth, rowPx);
    ctx.fillStyle = palette.quiet;
    ctx.fillText(elapsed(row * rowSeconds), GUTTER_PX - 8, top + geometry.baselinePx);
  }
  return late;
}
