/** Beat marks and the shade of their uncertainty, on canvas. */
import type { BeatClass } from '../../../src/contract/ecg.ts';
import { markShape } from '../../components/mark-shape.ts';
import type { CanvasPalette } from '../../theme/canvas-palette.ts';
import type { PlacedMark } from './mark-layout.ts';

type Pencil = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const MARK_SIZE = 10;
const HATCH_STEP_PX = 6;

function traceShape(ctx: Pencil, label: BeatClass, x: number, y: number): void {
  const shape = markShape(label, MARK_SIZE);
  ctx.beginPath();
  if (shape.kind === 'circle') {
    ctx.arc(x, y, shape.radius, 0, 2 * Math.PI);
    return;
  }
  for (const [dx, dy] of shape.points) ctx.lineTo(x + dx, y + dy);
  ctx.closePath();
}

/** Shape and letter, in the row above the strip. */
export function drawMark(
  ctx: Pencil,
  mark: PlacedMark,
  y: number,
  palette: CanvasPalette,
  selected: boolean,
): void {
  const { x } = mark;
  ctx.save();
  traceShape(ctx, mark.label, x, y);
  ctx.globalAlpha = mark.opacity;
  ctx.fillStyle = palette.beat[mark.label];
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = palette.text;
  ctx.lineWidth = 1;
  if (!mark.accepted) ctx.setLineDash([2, 1.5]);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = mark.label === 'N' && !selected ? palette.quiet : palette.text;
  ctx.font = `${mark.label === 'N' ? 500 : 700} 11px "Inter Variable", sans-serif`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'alphabetic';
  ctx.fillText(mark.label, x, y + 18);
  if (mark.byHand) {
    ctx.fillRect(x - 5, y + 20, 10, 1.5);
  }
  ctx.restore();
}

/** Soft halo (the signal is ambiguous) and diagonal hatching (the samples disagree) behind the trace. */
export function drawShade(
  ctx: Pencil,
  mark: PlacedMark,
  top: number,
  bottom: number,
  palette: CanvasPalette,
): void {
  const { x, reach } = mark;
  if (mark.byHand || reach <= 1) return;
  if (mark.halo > 0.08) {
    const halo = ctx.createLinearGradient(x - reach, 0, x + reach, 0);
    const colour = palette.beat[mark.label];
    halo.addColorStop(0, `${colour}00`);
    halo.addColorStop(0.5, colour + alphaHex(0.42 * mark.halo));
    halo.addColorStop(1, `${colour}00`);
    ctx.fillStyle = halo;
    ctx.fillRect(x - reach, top, reach * 2, bottom - top);
  }
  if (mark.hatch > 0) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(x - reach, top, reach * 2, bottom - top);
    ctx.clip();
    ctx.strokeStyle = palette.text;
    ctx.globalAlpha = 0.34 * mark.hatch;
    ctx.lineWidth = 1;
    ctx.beginPath();
    const height = bottom - top;
    for (let at = -height; at < reach * 2; at += HATCH_STEP_PX) {
      ctx.moveTo(x - reach + at, bottom);
      ctx.lineTo(x - reach + at + height, top);
    }
    ctx.stroke();
    ctx.restore();
  }
}

function alphaHex(alpha: number): string {
  return Math.round(Math.min(1, alpha) * 255)
    .toString(16)
    .padStart(2, '0');
}
