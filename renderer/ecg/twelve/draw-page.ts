/** Draws a page of leads on millimetre paper. */
import type { CanvasPalette } from '../../theme/canvas-palette.ts';
import { type PaperScale, pxPerMillivolt, pxPerSecond } from '../strip/geometry.ts';
import type { Paper } from '../strip/paper.ts';
import { type LeadCell, type LeadPage, PAGE_SECONDS } from './layouts.ts';

/** For the calibration pulse. */
export const GUTTER_PX = 28;
const SPEED_MM_PER_SECOND = 25;
/** Room between lead name and trace is kept by breaking the trace between leads of a row. */
const BREAK_PX = 3;

/** Ten seconds in the width: true where they fit, else whole or half pixels a millimetre. */
export function pageScale(widthPx: number, pxPerMm: number): Omit<PaperScale, 'gainMmPerMillivolt'> {
  const fits = (widthPx - GUTTER_PX) / (PAGE_SECONDS * SPEED_MM_PER_SECOND);
  const reduced = Math.max(0.5, Math.floor(fits * 2) / 2);
  return { pxPerMm: fits >= pxPerMm ? pxPerMm : reduced, speedMmPerSecond: SPEED_MM_PER_SECOND };
}

export interface PageScene {
  widthPx: number;
  heightPx: number;
  pixelRatio: number;
  scale: PaperScale;
  page: LeadPage;
  /** Millivolts from the page's left edge on, one a lead of the recording; null: not here yet. */
  signal: readonly Float32Array[] | null;
  samplingRateHz: number;
  paper: Paper;
  palette: CanvasPalette;
}

export function drawPage(ctx: CanvasRenderingContext2D, scene: PageScene): void {
  const { widthPx, heightPx, pixelRatio, scale, page, palette } = scene;
  ctx.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  ctx.fillStyle = palette.paper;
  ctx.fillRect(0, 0, widthPx, heightPx);
  const rowPx = heightPx / page.rows;
  const middle = (row: number) => {
    const first = Math.round(rowPx / 2);
    return first + Math.round((rowPx * row) / scale.pxPerMm) * scale.pxPerMm;
  };
  scene.paper.draw(ctx, {
    widthPx,
    topPx: 0,
    heightPx,
    baselinePx: middle(0),
    leftMm: -GUTTER_PX / scale.pxPerMm,
    pxPerMm: scale.pxPerMm,
    pixelRatio,
    palette,
  });
  for (let row = 0; row < page.rows; row++) drawPulse(ctx, scene, middle(row));
  for (const cell of page.cells) drawCell(ctx, scene, cell, middle(cell.row), rowPx);
}

/** 1 mV for 200 ms. */
function drawPulse(ctx: CanvasRenderingContext2D, { scale, palette }: PageScene, y: number): void {
  const height = pxPerMillivolt(scale);
  const width = 0.2 * pxPerSecond(scale);
  const x = Math.max(2, GUTTER_PX - width - 6);
  ctx.strokeStyle = palette.trace;
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  ctx.moveTo(x - 2, y);
  ctx.lineTo(x, y);
  ctx.lineTo(x, y - height);
  ctx.lineTo(x + width, y - height);
  ctx.lineTo(x + width, y);
  ctx.lineTo(x + width + 2, y);
  ctx.stroke();
}

function drawCell(
  ctx: CanvasRenderingContext2D,
  scene: PageScene,
  cell: LeadCell,
  middle: number,
  rowPx: number,
): void {
  const { scale, signal, samplingRateHz, palette } = scene;
  const left = GUTTER_PX + cell.fromSeconds * pxPerSecond(scale);
  const right = GUTTER_PX + cell.toSeconds * pxPerSecond(scale) - BREAK_PX;
  const samples = signal?.[cell.lead];
  if (samples !== undefined) {
    const from = Math.round(cell.fromSeconds * samplingRateHz);
    const to = Math.min(samples.length, Math.round(cell.toSeconds * samplingRateHz));
    const baseline = medianOf(samples.subarray(from, to));
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, middle - rowPx, right - left, 2 * rowPx);
    ctx.clip();
    ctx.strokeStyle = palette.trace;
    ctx.lineWidth = 1.2;
    ctx.lineJoin = 'round';
    ctx.beginPath();
    let down = false;
    for (let i = from; i < to; i++) {
      const value = samples[i]!;
      if (Number.isNaN(value)) {
        down = false;
        continue;
      }
      const x = left + ((i - from) / samplingRateHz) * pxPerSecond(scale);
      const y = middle - (value - baseline) * pxPerMillivolt(scale);
      if (down) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
      down = true;
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.font = '650 13px "Inter Variable", sans-serif';
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  const width = ctx.measureText(cell.name).width;
  const y = middle - Math.min(rowPx * 0.3, 34);
  ctx.fillStyle = palette.paper;
  ctx.globalAlpha = 0.85;
  ctx.fillRect(left + 2, y - 12, width + 6, 16);
  ctx.globalAlpha = 1;
  ctx.fillStyle = palette.text;
  ctx.fillText(cell.name, left + 5, y);
}

function medianOf(samples: Float32Array): number {
  const known = samples.filter((value) => !Number.isNaN(value)).sort();
  return known[known.length >> 1] ?? 0;
}
