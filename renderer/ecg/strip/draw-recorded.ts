/** Marks and notes that came with the recording, on the strip: a flag, a dashed line, and the words at its foot. */
import { recordedEventKind } from '../../../src/contract/recorded-events.ts';
import type { RecordedEvent } from '../../../src/contract/study.ts';
import type { CanvasPalette } from '../../theme/canvas-palette.ts';
import { drawRecordedGlyph } from '../recorded-glyph.ts';

const FONT = '11px "Inter Variable", sans-serif';
const LINE_PX = 16;
/** Words of neighbours go into as many rows before they are written over each other. */
const MOST_ROWS = 3;
const MOST_CHARACTERS = 48;

export interface RecordedScene {
  events: readonly RecordedEvent[];
  /** CSS pixels right of the strip's left edge. */
  xOf: (seconds: number) => number;
  widthPx: number;
  topPx: number;
  bottomPx: number;
  palette: CanvasPalette;
}

export function drawRecorded(ctx: CanvasRenderingContext2D, scene: RecordedScene): void {
  const { events, xOf, widthPx, topPx, bottomPx, palette } = scene;
  if (events.length === 0) return;
  ctx.save();
  ctx.font = FONT;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  /** Where the words of each row end. */
  const rows: number[] = new Array(MOST_ROWS).fill(Number.NEGATIVE_INFINITY);
  for (const event of events) {
    const x = Math.round(xOf(event.atSeconds)) + 0.5;
    const end = event.durationSeconds === null ? x : xOf(event.atSeconds + event.durationSeconds);
    if (end < -400 || x > widthPx) continue;
    const words = shortened(event.text);
    const width = ctx.measureText(words).width + 24;
    const free = rows.findIndex((until) => until < x);
    const row = free < 0 ? MOST_ROWS - 1 : free;
    rows[row] = Math.max(rows[row]!, x + width);
    const foot = bottomPx - 4 - row * LINE_PX;
    ctx.strokeStyle = palette.text;
    ctx.globalAlpha = 0.55;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(x, topPx);
    ctx.lineTo(x, foot - 11);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
    if (end > x + 2) {
      ctx.fillStyle = palette.text;
      ctx.fillRect(x, foot + 1, end - x, 2);
    }
    ctx.fillStyle = palette.paper;
    ctx.globalAlpha = 0.85;
    ctx.fillRect(x + 1, foot - 12, width - 6, 14);
    ctx.globalAlpha = 1;
    drawRecordedGlyph(ctx, recordedEventKind(event), x, foot, 11, palette);
    ctx.fillStyle = palette.text;
    ctx.fillText(words, x + 13, foot - 1);
  }
  ctx.restore();
}

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}
