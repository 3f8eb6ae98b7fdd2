/**
 * Pictures of rows, drawn once and then only moved. A trace of minutes is a column of pixels from lowest to highest
 * value: filled into the pixels, which costs a tenth of stroking a path of tens of thousands of points.
 */
import { BEAT_CLASSES, type BeatTable } from '../../../src/contract/ecg.ts';
import { recordedEventKind } from '../../../src/contract/recorded-events.ts';
import type { RecordedEvent } from '../../../src/contract/study.ts';
import { markShape } from '../../components/mark-shape.ts';
import type { CanvasPalette } from '../../theme/canvas-palette.ts';
import { firstBeatFrom } from '../beat-rows.ts';
import { isEctopic } from '../navigation.ts';
import { drawRecordedGlyph } from '../recorded-glyph.ts';
import { traceColumns } from '../strip/trace-columns.ts';
import { ROW_MARKS_PX, type RowGeometry } from './rows.ts';

/** A picture is 4 bytes a pixel: 150 of 1600 x 50 pixels are 48 MB. */
const KEPT_PICTURES = 150;
const MARK_PX = 7;
const Q = BEAT_CLASSES.indexOf('Q');

export interface RowSource {
  geometry: RowGeometry;
  samplingRateHz: number;
  widthPx: number;
  pixelRatio: number;
  beats: BeatTable | null;
  /** Marks and notes that came with the recording, in time order. */
  events: readonly RecordedEvent[];
  palette: CanvasPalette;
}

export class RowPictures {
  readonly #source: RowSource;
  readonly #pictures = new Map<number, OffscreenCanvas>();

  constructor(source: RowSource) {
    this.#source = source;
  }

  get(row: number): OffscreenCanvas | null {
    const held = this.#pictures.get(row) ?? null;
    if (held !== null) {
      this.#pictures.delete(row);
      this.#pictures.set(row, held);
    }
    return held;
  }

  /** @param samples millivolts of the row from its first sample on */
  draw(row: number, startSample: number, samples: Float32Array): OffscreenCanvas {
    const { geometry, samplingRateHz, widthPx, pixelRatio, palette } = this.#source;
    const width = Math.max(1, Math.round(widthPx * pixelRatio));
    const height = Math.max(1, Math.round(geometry.rowPx * pixelRatio));
    const picture = new OffscreenCanvas(width, height);
    const ctx = picture.getContext('2d')!;
    const origin = row * geometry.rowSeconds * samplingRateHz;
    const samplesPerColumn = (geometry.rowSeconds * samplingRateHz) / width;
    const { values } = traceColumns(samples, startSample, origin, samplesPerColumn, width);
    const image = ctx.createImageData(width, height);
    paintTrace(
      image,
      values,
      geometry.baselinePx * pixelRatio,
      geometry.pxPerMillivolt * pixelRatio,
      colourWord(palette.trace),
    );
    ctx.putImageData(image, 0, 0);
    ctx.scale(pixelRatio, pixelRatio);
    this.#drawRecorded(ctx, row);
    this.#drawMarks(ctx, row);
    this.#pictures.set(row, picture);
    for (const oldest of this.#pictures.keys()) {
      if (this.#pictures.size <= KEPT_PICTURES) break;
      this.#pictures.delete(oldest);
    }
    return picture;
  }

  /** A dashed line through the row with a flag at its foot, away from the marks of beats. */
  #drawRecorded(ctx: OffscreenCanvasRenderingContext2D, row: number): void {
    const { events, geometry, widthPx, palette } = this.#source;
    const start = row * geometry.rowSeconds;
    ctx.save();
    for (const event of events) {
      const seconds = event.atSeconds - start;
      if (seconds < 0) continue;
      if (seconds >= geometry.rowSeconds) break;
      const x = Math.round((seconds / geometry.rowSeconds) * widthPx) + 0.5;
      ctx.strokeStyle = palette.text;
      ctx.globalAlpha = 0.5;
      ctx.lineWidth = 1;
      ctx.setLineDash([2, 2]);
      ctx.beginPath();
      ctx.moveTo(x, 0);
      ctx.lineTo(x, geometry.rowPx - 12);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.globalAlpha = 1;
      drawRecordedGlyph(ctx, recordedEventKind(event), x, geometry.rowPx - 2, 10, palette);
    }
    ctx.restore();
  }

  #drawMarks(ctx: OffscreenCanvasRenderingContext2D, row: number): void {
    const { beats, geometry, samplingRateHz, widthPx, palette } = this.#source;
    if (beats === null) return;
    ctx.font = '600 9px "Inter Variable", sans-serif';
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    const start = row * geometry.rowSeconds;
    const first = firstBeatFrom(beats, start * samplingRateHz);
    const end = firstBeatFrom(beats, (start + geometry.rowSeconds) * samplingRateHz);
    let writtenTo = Number.NEGATIVE_INFINITY;
    let previous = -1;
    for (let i = first; i < end; i++) {
      if (!isEctopic(beats, i) && beats.label[i] !== Q) continue;
      const label = BEAT_CLASSES[beats.label[i]!]!;
      const x = ((beats.sample[i]! / samplingRateHz - start) / geometry.rowSeconds) * widthPx;
      const shape = markShape(label, MARK_PX);
      const y = ROW_MARKS_PX / 2;
      ctx.beginPath();
      if (shape.kind === 'circle') ctx.arc(x, y, shape.radius, 0, 2 * Math.PI);
      else for (const [dx, dy] of shape.points) ctx.lineTo(x + dx, y + dy);
      ctx.closePath();
      ctx.fillStyle = palette.beat[label];
      ctx.fill();
      ctx.strokeStyle = palette.text;
      ctx.lineWidth = 0.75;
      ctx.stroke();
      // A run of one class is named once.
      if (beats.label[i] !== previous || x - writtenTo > 40) {
        if (x + 5 > writtenTo && !crowded(beats, i, end, x, widthPx, geometry.rowSeconds * samplingRateHz)) {
          ctx.fillStyle = palette.text;
          ctx.fillText(label, x + 5, y);
          writtenTo = x + 12;
        }
      }
      previous = beats.label[i]!;
    }
  }
}

/** No room for a letter before the next mark. */
function crowded(
  beats: BeatTable,
  index: number,
  end: number,
  x: number,
  widthPx: number,
  rowSamples: number,
): boolean {
  for (let next = index + 1; next < end; next++) {
    const ahead = ((beats.sample[next]! - beats.sample[index]!) / rowSamples) * widthPx;
    if (ahead > 16) return false;
    if (isEctopic(beats, next) || beats.label[next] === Q) return true;
  }
  return x + 14 > widthPx;
}

/** [first, lowest, highest, last] a column; the baseline is the median of what the columns begin with. */
export function paintTrace(
  image: { width: number; height: number; data: Uint8ClampedArray },
  values: Float32Array,
  baselinePx: number,
  pxPerMillivolt: number,
  colour: number,
): void {
  const { width, height } = image;
  const pixels = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height);
  const begins = new Float32Array(width);
  let known = 0;
  for (let column = 0; column < width; column++) {
    const value = values[column * 4]!;
    if (!Number.isNaN(value)) begins[known++] = value;
  }
  const level = known === 0 ? 0 : begins.subarray(0, known).sort()[known >> 1]!;
  let before = Number.NaN;
  for (let column = 0; column < width; column++) {
    const first = values[column * 4]!;
    if (Number.isNaN(first)) {
      before = Number.NaN;
      continue;
    }
    // From where the column before ended, so that a steep flank stays one line.
    const low = Math.min(values[column * 4 + 1]!, Number.isNaN(before) ? first : before);
    const high = Math.max(values[column * 4 + 2]!, Number.isNaN(before) ? first : before);
    before = values[column * 4 + 3]!;
    const top = Math.max(0, Math.floor(baselinePx - (high - level) * pxPerMillivolt));
    const bottom = Math.min(height - 1, Math.floor(baselinePx - (low - level) * pxPerMillivolt));
    for (let y = top; y <= bottom; y++) pixels[y * width + column] = colour;
  }
}

/** `#rrggbb` as a pixel in memory: red first, opaque; little endian, as every machine that Electron runs on. */
export function colourWord(hex: string): number {
  const rgb = Number.parseInt(hex.slice(1), 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}
