/** The flags of marks and notes that came with a recording: filled, hollow or a bar, so that no colour is needed. */
import type { RecordedEventKind } from '../../src/contract/recorded-events.ts';

interface Ink {
  /** Of the pole, the edge and what is filled. */
  text: string;
  paper: string;
}

/**
 * A pole with its foot at (x, y), `size` high: with a filled pennant the patient's mark, with a hollow one a note,
 * without one the device's.
 */
export function drawRecordedGlyph(
  ctx: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  kind: RecordedEventKind,
  x: number,
  y: number,
  size: number,
  ink: Ink,
): void {
  ctx.strokeStyle = ink.text;
  ctx.lineWidth = Math.max(1, size / 9);
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x, y - size);
  ctx.stroke();
  if (kind === 'device') return;
  ctx.beginPath();
  ctx.moveTo(x, y - size);
  ctx.lineTo(x + size * 0.75, y - size * 0.7);
  ctx.lineTo(x, y - size * 0.4);
  ctx.closePath();
  ctx.fillStyle = kind === 'patient' ? ink.text : ink.paper;
  ctx.fill();
  ctx.stroke();
}
