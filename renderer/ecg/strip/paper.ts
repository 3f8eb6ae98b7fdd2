/** Millimetre paper, drawn once for a size and then only moved: hundreds of lines a frame would cost the scroll. */
import type { CanvasPalette } from '../../theme/canvas-palette.ts';

export interface PaperSpot {
  /** Where the paper lies, CSS pixels. */
  widthPx: number;
  topPx: number;
  heightPx: number;
  /** A horizontal major line goes through this height, CSS pixels. */
  baselinePx: number;
  /** Millimetres of paper to the left of the edge. */
  leftMm: number;
  pxPerMm: number;
  pixelRatio: number;
  palette: CanvasPalette;
}

const MAJOR_MM = 5;

export interface Squares {
  /** What of the paper is at the left edge, device pixels counted from a major line. */
  leftDevicePx: number;
  /** Where the paper begins in the picture, and how large it is there, device pixels. */
  topDevicePx: number;
  width: number;
  height: number;
  /** Of a horizontal major line, device pixels below the paper's top. */
  baselineDevicePx: number;
  /** Device pixels a millimetre; need not be whole. */
  stepDevicePx: number;
  pixelRatio: number;
  palette: CanvasPalette;
}

/** Every line is at the device pixel next to its millimetre, wherever the picture begins: errors do not add up. */
export function lineAt(millimetre: number, stepDevicePx: number): number {
  return Math.round(millimetre * stepDevicePx);
}

/** Lines of millimetres and, over them, of five. */
export function paintSquares(
  ctx: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  { leftDevicePx, topDevicePx, width, height, baselineDevicePx, stepDevicePx, pixelRatio, palette }: Squares,
): void {
  const line = Math.max(1, Math.floor(pixelRatio * 0.75));
  const first = Math.floor((leftDevicePx - line) / stepDevicePx);
  const last = Math.ceil((leftDevicePx + width) / stepDevicePx);
  const up = Math.ceil(baselineDevicePx / stepDevicePx);
  const down = Math.ceil((height - baselineDevicePx) / stepDevicePx);
  for (const major of [false, true]) {
    ctx.fillStyle = major ? palette.major : palette.minor;
    for (let mm = first; mm <= last; mm++) {
      if ((mm % MAJOR_MM === 0) === major) {
        ctx.fillRect(lineAt(mm, stepDevicePx) - leftDevicePx, topDevicePx, line, height);
      }
    }
    for (let mm = -up; mm <= down; mm++) {
      const y = Math.round(baselineDevicePx + mm * stepDevicePx);
      if ((mm % MAJOR_MM === 0) === major && y >= 0 && y < height) {
        ctx.fillRect(0, topDevicePx + y, width, line);
      }
    }
  }
}

export class Paper {
  #sheet: OffscreenCanvas | null = null;
  #drawnFor = '';

  draw(ctx: CanvasRenderingContext2D, spot: PaperSpot): void {
    const { widthPx, topPx, heightPx, leftMm, pxPerMm, pixelRatio } = spot;
    if (widthPx <= 0 || heightPx <= 0) return;
    const sheet = this.#sheetFor(spot);
    // The sheet begins at a major line; the part of a major square that is left of the edge stays hidden.
    const hiddenMm = leftMm - Math.floor(leftMm / MAJOR_MM) * MAJOR_MM;
    const x = Math.round(hiddenMm * pxPerMm * pixelRatio);
    const width = Math.round(widthPx * pixelRatio);
    // Pixel for pixel: smoothing would only cost time.
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(sheet, x, 0, width, sheet.height, 0, topPx, width / pixelRatio, heightPx);
  }

  #sheetFor(spot: PaperSpot): OffscreenCanvas {
    const { widthPx, topPx, heightPx, baselinePx, pxPerMm, pixelRatio, palette } = spot;
    const key = [widthPx, topPx, heightPx, baselinePx, pxPerMm, pixelRatio, palette.major].join();
    if (this.#sheet !== null && this.#drawnFor === key) return this.#sheet;
    const width = Math.ceil((widthPx + MAJOR_MM * pxPerMm) * pixelRatio) + 1;
    const height = Math.max(1, Math.round(heightPx * pixelRatio));
    const sheet = new OffscreenCanvas(width, height);
    const ctx = sheet.getContext('2d', { alpha: false })!;
    ctx.fillStyle = palette.paper;
    ctx.fillRect(0, 0, width, height);
    paintSquares(ctx, {
      leftDevicePx: 0,
      topDevicePx: 0,
      width,
      height,
      baselineDevicePx: (baselinePx - topPx) * pixelRatio,
      stepDevicePx: pxPerMm * pixelRatio,
      pixelRatio,
      palette,
    });
    this.#sheet = sheet;
    this.#drawnFor = key;
    return sheet;
  }
}
