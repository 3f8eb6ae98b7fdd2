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
    const line = Math.max(1, Math.floor(pixelRatio * 0.75));
    const stepDevicePx = pxPerMm * pixelRatio;
    const baseline = (baselinePx - topPx) * pixelRatio;
    const up = Math.ceil(baseline / stepDevicePx);
    const down = Math.ceil((height - baseline) / stepDevicePx);
    for (const major of [false, true]) {
      ctx.fillStyle = major ? palette.major : palette.minor;
      for (let mm = 0; mm * stepDevicePx < width; mm++) {
        if ((mm % MAJOR_MM === 0) === major) ctx.fillRect(Math.round(mm * stepDevicePx), 0, line, height);
      }
      for (let mm = -up; mm <= down; mm++) {
        if ((mm % MAJOR_MM === 0) === major) {
          ctx.fillRect(0, Math.round(baseline + mm * stepDevicePx), width, line);
        }
      }
    }
    this.#sheet = sheet;
    this.#drawnFor = key;
    return sheet;
  }
}
