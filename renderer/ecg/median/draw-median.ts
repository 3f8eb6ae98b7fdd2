/** The median beat of all leads, one over the other, on paper. */
import type { EcgIntervals } from '../../../src/contract/intervals.ts';
import type { CanvasPalette } from '../../theme/canvas-palette.ts';
import type { Paper } from '../strip/paper.ts';

export const AXIS_PX = 20;
/** Paper is enlarged until the beat fills the width: 1 mm is 40 ms and 0.1 mV. */
const MS_A_MM = 40;
const MILLIVOLTS_A_MM = 0.1;

export interface MedianScene {
  widthPx: number;
  heightPx: number;
  pixelRatio: number;
  median: NonNullable<EcgIntervals['medianBeat']>;
  /** Leads drawn strong; the others stay pale. Empty: all strong. */
  chosen: ReadonlySet<number>;
  paper: Paper;
  palette: CanvasPalette;
}

export function lengthMs(median: MedianScene['median']): number {
  const samples = Math.max(1, ...median.millivolts.map((lead) => lead.length));
  return (1000 * (samples - 1)) / median.samplingRateHz;
}

export function drawMedian(ctx: CanvasRenderingContext2D, scene: MedianScene): void {
  const { widthPx, heightPx, pixelRatio, median, chosen, palette } = scene;
  ctx.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  ctx.fillStyle = palette.paper;
  ctx.fillRect(0, 0, widthPx, heightPx);
  const pxPerMs = widthPx / lengthMs(median);
  const pxPerMm = pxPerMs * MS_A_MM;
  const height = heightPx - AXIS_PX;
  let low = 0;
  let high = 0;
  for (const lead of median.millivolts) {
    for (const value of lead) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  // The enlarged paper is too tall for large beats: they are drawn lower, in whole steps.
  const full = pxPerMm / MILLIVOLTS_A_MM;
  const shrink = [1, 2, 4, 8, 16].find((by) => ((high - low) * full) / by <= height - 24) ?? 32;
  const pxPerMillivolt = full / shrink;
  const baseline = Math.round(12 + (height - 24 - (high - low) * pxPerMillivolt) / 2 + high * pxPerMillivolt);
  scene.paper.draw(ctx, {
    widthPx,
    topPx: 0,
    heightPx: height,
    baselinePx: baseline,
    leftMm: 0,
    pxPerMm,
    pixelRatio,
    palette,
  });
  ctx.strokeStyle = palette.trace;
  ctx.lineJoin = 'round';
  median.millivolts.forEach((lead, index) => {
    const strong = chosen.size === 0 || chosen.has(index);
    ctx.globalAlpha = strong ? (chosen.size === 0 ? 0.75 : 1) : 0.18;
    ctx.lineWidth = chosen.has(index) ? 1.8 : 1.2;
    ctx.beginPath();
    let down = false;
    lead.forEach((value, i) => {
      if (Number.isNaN(value)) {
        down = false;
        return;
      }
      const x = ((1000 * i) / median.samplingRateHz) * pxPerMs;
      const y = baseline - value * pxPerMillivolt;
      if (down) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
      down = true;
    });
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
  ctx.fillStyle = palette.paper;
  ctx.fillRect(0, height, widthPx, AXIS_PX);
  ctx.fillStyle = palette.quiet;
  ctx.font = '11px "Inter Variable", sans-serif';
  ctx.textAlign = 'center';
  const rPeakMs = (1000 * median.rPeak) / median.samplingRateHz;
  for (let ms = Math.ceil(-rPeakMs / 100) * 100; ms <= lengthMs(median) - rPeakMs; ms += 100) {
    const x = (ms + rPeakMs) * pxPerMs;
    if (x > 16 && x < widthPx - 16) ctx.fillText(ms === 0 ? 'R' : String(ms), x, height + 14);
  }
  ctx.textAlign = 'left';
  ctx.fillStyle = palette.quiet;
  const note = `${(MILLIVOLTS_A_MM * shrink).toFixed(1)} mV and ${MS_A_MM} ms a small square`;
  ctx.fillStyle = palette.paper;
  ctx.fillRect(4, 4, ctx.measureText(note).width + 8, 16);
  ctx.fillStyle = palette.quiet;
  ctx.fillText(note, 8, 16);
}
