/** A template's beat: its median, and the band in which the middle 80 % of its beats lie. */
import type { BeatTemplate } from '../../../src/contract/beat-templates.ts';
import type { CanvasPalette } from '../../theme/canvas-palette.ts';

export interface TemplateScene {
  widthPx: number;
  heightPx: number;
  template: BeatTemplate;
  rPeak: number;
  /** Of all templates, so that they compare. */
  lowMillivolts: number;
  highMillivolts: number;
  palette: CanvasPalette;
}

/** Leads beside one another. */
export function drawTemplate(ctx: CanvasRenderingContext2D, scene: TemplateScene): void {
  const { widthPx, heightPx, template, rPeak, lowMillivolts, highMillivolts, palette } = scene;
  ctx.fillStyle = palette.paper;
  ctx.fillRect(0, 0, widthPx, heightPx);
  const cell = widthPx / Math.max(1, template.waveforms.length);
  const span = Math.max(0.2, highMillivolts - lowMillivolts);
  const yOf = (mv: number) => 4 + (heightPx - 8) * ((highMillivolts - mv) / span);
  template.waveforms.forEach(({ lead, median, low10, high90 }, index) => {
    const left = index * cell;
    const xOf = (i: number) => left + 2 + ((cell - 6) * i) / Math.max(1, median.length - 1);
    ctx.fillStyle = palette.line;
    ctx.fillRect(left, Math.round(yOf(0)), cell - 4, 1);
    ctx.fillRect(Math.round(xOf(rPeak)), 0, 1, heightPx);
    ctx.fillStyle = palette.quiet;
    ctx.globalAlpha = 0.35;
    ctx.beginPath();
    for (let i = 0; i < median.length; i++) ctx.lineTo(xOf(i), yOf(high90[i]!));
    for (let i = median.length - 1; i >= 0; i--) ctx.lineTo(xOf(i), yOf(low10[i]!));
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = palette.trace;
    ctx.lineWidth = 1.4;
    ctx.lineJoin = 'round';
    ctx.beginPath();
    for (let i = 0; i < median.length; i++) ctx.lineTo(xOf(i), yOf(median[i]!));
    ctx.stroke();
    ctx.fillStyle = palette.quiet;
    ctx.font = '11px "Inter Variable", sans-serif';
    ctx.textAlign = 'left';
    ctx.fillText(lead, left + 2, 12);
  });
}

/** Lowest and highest millivolts of all medians. */
export function rangeOf(templates: readonly BeatTemplate[]): [number, number] {
  let low = 0;
  let high = 0;
  for (const { waveforms } of templates) {
    for (const { median } of waveforms) {
      for (const value of median) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
  }
  return [low, high];
}
