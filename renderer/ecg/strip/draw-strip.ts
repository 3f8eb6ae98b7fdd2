/** Draws one frame of the strip: paper, what cannot be analysed, shade, traces, marks, calipers, axis. */
import type { BeatTable, LeadQuality } from '../../../src/contract/ecg.ts';
import type { RecordedEvent } from '../../../src/contract/study.ts';
import type { CanvasPalette } from '../../theme/canvas-palette.ts';
import { elapsed } from '../../words/format.ts';
import { caliperText } from './calipers.ts';
import { drawMark, drawShade } from './draw-mark.ts';
import { drawRecorded } from './draw-recorded.ts';
import {
  type PaperScale,
  pxPerMillivolt,
  pxPerSecond,
  secondsOfX,
  snapLeftSeconds,
  xOfSeconds,
} from './geometry.ts';
import { layoutMarks } from './mark-layout.ts';
import { type Paper, paintSquares } from './paper.ts';
import type { SignalCache } from './signal-cache.ts';
import { type StripTiles, TILE_PX } from './strip-tiles.ts';
import type { StripViewState } from './strip-view.ts';
import { traceColumns } from './trace-columns.ts';

/** Left of the strip: lead name and calibration pulse. */
export const GUTTER_PX = 56;
/** Above the strip: beat marks. */
export const MARKS_PX = 38;
/** Below the strip: time. */
export const AXIS_PX = 20;

/** Beat marks, from the top. */
const MARK_ROW_PX = 11;
/** Below this height a lane has no room for words beside its name. */
const LOW_LANE_PX = 96;
/** Columns of pixels that a trace is drawn beyond a picture's edge. */
const EDGE_COLUMNS = 2;

type Pencil = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export interface StripScene {
  widthPx: number;
  heightPx: number;
  pixelRatio: number;
  scale: PaperScale;
  view: StripViewState;
  samplingRateHz: number;
  lengthSamples: number;
  leadNames: readonly string[];
  /** Baseline of each lead, millivolts, drawn in the middle of its lane. */
  baselines: readonly number[];
  quality: readonly LeadQuality[];
  beats: BeatTable | null;
  /** Marks and notes that came with the recording. */
  events: readonly RecordedEvent[];
  signal: SignalCache;
  paper: Paper;
  tiles: StripTiles;
  /** Where the strip goes. */
  direction: 1 | -1;
  /** It leaps from place to place, further than it shows. */
  leaping: boolean;
  /** Whether the type faces are here: words are drawn anew once they are. */
  fonts: boolean;
  palette: CanvasPalette;
}

export interface Lanes {
  top: number;
  heightPx: number;
  count: number;
}

/** Rows of the strip, one a lead, in CSS pixels. */
export function lanesOf(heightPx: number, leads: number): Lanes {
  const usable = Math.max(1, heightPx - MARKS_PX - AXIS_PX);
  return { top: MARKS_PX, heightPx: usable / Math.max(1, leads), count: leads };
}

/** Baseline of a lane; whole millimetres below that of the first lane, so that it lies on the paper's lines. */
export function laneMiddle(lanes: Lanes, lane: number, pxPerMm: number): number {
  const first = Math.round(lanes.top + lanes.heightPx * 0.5);
  return first + Math.round((lanes.heightPx * lane) / pxPerMm) * pxPerMm;
}

function crisp(value: number, pixelRatio: number): number {
  return (Math.round(value * pixelRatio) + 0.5) / pixelRatio;
}

/** True where a part is left to be drawn in the next frame. */
export function drawStrip(ctx: CanvasRenderingContext2D, scene: StripScene): boolean {
  const { pixelRatio, widthPx, heightPx, scale, view, palette } = scene;
  const lanes = lanesOf(heightPx, view.leads.length);
  const left = snapLeftSeconds(scale, view.leftSeconds, pixelRatio);
  const bottom = heightPx - AXIS_PX;
  const width = widthPx - GUTTER_PX;
  // Clear of what the pictures do not cover; in device pixels, as they are.
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.fillStyle = palette.paper;
  ctx.fillRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  const late = drawTiles(ctx, scene, left, lanes);

  ctx.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  ctx.fillRect(0, 0, GUTTER_PX, heightPx);
  ctx.save();
  ctx.beginPath();
  ctx.rect(GUTTER_PX, 0, width, heightPx);
  ctx.clip();
  ctx.translate(GUTTER_PX, 0);
  drawSelected(ctx, scene, left, bottom);
  drawQualityWords(ctx, scene, left, width, lanes);
  drawRecorded(ctx, {
    events: scene.events,
    xOf: (seconds) => xOfSeconds(scale, left, seconds),
    widthPx: width,
    topPx: lanes.top,
    bottomPx: bottom,
    palette,
  });
  drawAxis(ctx, scene, left, width);
  drawCalipers(ctx, scene, left, width, lanes);
  ctx.restore();

  drawGutter(ctx, scene, lanes);
  return late;
}

function drawTiles(ctx: CanvasRenderingContext2D, scene: StripScene, left: number, lanes: Lanes): boolean {
  const { pixelRatio, widthPx, heightPx, scale, view, samplingRateHz, palette, signal } = scene;
  const devicePxPerSecond = pxPerSecond(scale) * pixelRatio;
  const leftDevicePx = Math.round(left * devicePxPerSecond);
  const gutter = Math.round(GUTTER_PX * pixelRatio);
  const width = Math.round(widthPx * pixelRatio) - gutter;
  const height = Math.max(1, Math.round((heightPx - AXIS_PX) * pixelRatio));
  const count = Math.ceil(((scene.lengthSamples / samplingRateHz) * devicePxPerSecond) / TILE_PX);
  const leftOf = (index: number) => (index * TILE_PX) / devicePxPerSecond;
  const samplesATile = (TILE_PX / devicePxPerSecond) * samplingRateHz;
  const edgeSamples = Math.ceil((EDGE_COLUMNS + 2) * (samplesATile / TILE_PX)) + 2;
  ctx.imageSmoothingEnabled = false;
  return scene.tiles.frame({
    layout: [heightPx, pixelRatio, Object.values(scale), view.leads, palette.paper].join(' '),
    content: [scene.beats, scene.quality, scene.baselines.join(' '), scene.fonts],
    heightDevicePx: height,
    first: Math.max(0, Math.floor(leftDevicePx / TILE_PX)),
    last: Math.max(0, Math.floor((leftDevicePx + width - 1) / TILE_PX)),
    direction: scene.direction,
    leaping: scene.leaping,
    count,
    holds: (index) =>
      signal.holds(
        view.leads,
        Math.floor(index * samplesATile) - edgeSamples,
        Math.ceil(samplesATile) + 2 * edgeSamples,
      ),
    draw: (tile, index) => {
      tile.setTransform(1, 0, 0, 1, 0, 0);
      tile.fillStyle = palette.paper;
      tile.fillRect(0, 0, TILE_PX, height);
      const top = Math.round(lanes.top * pixelRatio);
      paintSquares(tile, {
        leftDevicePx: index * TILE_PX,
        topDevicePx: top,
        width: TILE_PX,
        height: height - top,
        baselineDevicePx: laneMiddle(lanes, 0, scale.pxPerMm) * pixelRatio - top,
        stepDevicePx: scale.pxPerMm * pixelRatio,
        pixelRatio,
        palette,
      });
      tile.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      drawSignal(tile, scene, leftOf(index), TILE_PX / pixelRatio, lanes);
    },
    show: (picture, index) => ctx.drawImage(picture, gutter + index * TILE_PX - leftDevicePx, 0),
    // Paper until the signal has come, from the sheet that is only moved.
    leaveEmpty: (index) => {
      const x = gutter + index * TILE_PX - leftDevicePx;
      ctx.save();
      ctx.beginPath();
      ctx.rect(Math.max(gutter, x), 0, TILE_PX, height);
      ctx.clip();
      ctx.setTransform(pixelRatio, 0, 0, pixelRatio, GUTTER_PX * pixelRatio, 0);
      scene.paper.draw(ctx, {
        widthPx: widthPx - GUTTER_PX,
        topPx: lanes.top,
        heightPx: heightPx - AXIS_PX - lanes.top,
        baselinePx: laneMiddle(lanes, 0, scale.pxPerMm),
        leftMm: left * scale.speedMmPerSecond,
        pxPerMm: scale.pxPerMm,
        pixelRatio,
        palette,
      });
      ctx.restore();
    },
  });
}

/** All that is tied to a time and not to where the strip is: shade, traces, marks, RR. */
function drawSignal(ctx: Pencil, scene: StripScene, left: number, width: number, lanes: Lanes): void {
  const { scale, palette, heightPx, samplingRateHz } = scene;
  const bottom = heightPx - AXIS_PX;
  const marks =
    scene.beats === null
      ? []
      : layoutMarks(scene.beats, scale, left, width / pxPerSecond(scale), samplingRateHz);
  for (const mark of marks) drawShade(ctx, mark, lanes.top, bottom, palette);
  drawQuality(ctx, scene, left, width, lanes);
  drawTraces(ctx, scene, left, width, lanes);
  for (const mark of marks) {
    drawMark(ctx, mark, MARK_ROW_PX, palette, false);
    if (mark.rrMilliseconds === null) continue;
    const rrPx = (mark.rrMilliseconds / 1000) * pxPerSecond(scale);
    if (rrPx < 64) continue;
    ctx.fillStyle = palette.quiet;
    ctx.font = '11px "Inter Variable", sans-serif';
    ctx.textAlign = 'center';
    ctx.fillText(String(mark.rrMilliseconds), mark.x - rrPx / 2, 15);
  }
}

function drawSelected(ctx: CanvasRenderingContext2D, scene: StripScene, left: number, bottom: number): void {
  const { beats, view, scale, samplingRateHz, palette, pixelRatio } = scene;
  if (beats === null || view.selectedSample === null) return;
  const seconds = view.selectedSample / samplingRateHz;
  const mark = layoutMarks(beats, scale, left, view.visibleSeconds, samplingRateHz).find(
    ({ index }) => beats.sample[index] === view.selectedSample,
  );
  if (mark === undefined) return;
  const x = xOfSeconds(scale, left, seconds);
  ctx.fillStyle = palette.accent;
  ctx.globalAlpha = 0.13;
  ctx.fillRect(x - 14, 0, 28, bottom);
  ctx.globalAlpha = 0.5;
  ctx.fillRect(crisp(x, pixelRatio) - 0.5, MARKS_PX - 8, 1, bottom - MARKS_PX + 8);
  ctx.globalAlpha = 1;
  drawMark(ctx, mark, MARK_ROW_PX, palette, true);
}

const STATE_WORDS = ['', 'noisy', 'lead off', 'saturated'] as const;

interface UnanalysedStretch {
  lane: number;
  state: number;
  /** CSS pixels from the left edge. */
  fromX: number;
  toX: number;
}

function unanalysedStretches(scene: StripScene, left: number, width: number): UnanalysedStretch[] {
  const { scale, view } = scene;
  const firstSecond = Math.max(0, Math.floor(left));
  const lastSecond = Math.ceil(secondsOfX(scale, left, width));
  return view.leads.flatMap((lead, lane) => {
    const states = scene.quality[lead]?.secondState;
    if (states === undefined) return [];
    const stretches: UnanalysedStretch[] = [];
    for (let second = firstSecond; second < lastSecond; ) {
      const state = states[second] ?? 0;
      let end = second + 1;
      while (end < lastSecond && (states[end] ?? 0) === state) end++;
      if (state !== 0) {
        stretches.push({
          lane,
          state,
          fromX: xOfSeconds(scale, left, second),
          toX: xOfSeconds(scale, left, Math.min(end, states.length)),
        });
      }
      second = end;
    }
    return stretches;
  });
}

function drawQuality(ctx: Pencil, scene: StripScene, left: number, width: number, lanes: Lanes): void {
  ctx.fillStyle = scene.palette.quiet;
  ctx.globalAlpha = 0.16;
  for (const { lane, fromX, toX } of unanalysedStretches(scene, left, width)) {
    // Only up to the edges: beyond them the neighbour's picture has it.
    const from = Math.max(0, fromX);
    ctx.fillRect(from, lanes.top + lane * lanes.heightPx, Math.min(width, toX) - from, lanes.heightPx);
  }
  ctx.globalAlpha = 1;
}

/** In view wherever the stretch began. */
function drawQualityWords(
  ctx: CanvasRenderingContext2D,
  scene: StripScene,
  left: number,
  width: number,
  lanes: Lanes,
): void {
  ctx.font = '600 11px "Inter Variable", sans-serif';
  ctx.textAlign = 'left';
  ctx.fillStyle = scene.palette.text;
  for (const { lane, state, fromX } of unanalysedStretches(scene, left, width)) {
    const y = lanes.top + (lane + 1) * lanes.heightPx - 8;
    ctx.fillText(`${STATE_WORDS[state]} – not analysed`, Math.max(fromX, 0) + 6, y);
  }
}

/** A little beyond both edges, so that the line goes on into the neighbour's picture. */
function drawTraces(ctx: Pencil, scene: StripScene, left: number, width: number, lanes: Lanes): void {
  const { scale, palette, view, pixelRatio, samplingRateHz } = scene;
  const samplesPerColumn = samplingRateHz / (pxPerSecond(scale) * pixelRatio);
  const columns = Math.ceil(width * pixelRatio) + 2 * EDGE_COLUMNS;
  const origin = left * samplingRateHz - EDGE_COLUMNS * samplesPerColumn;
  const start = Math.floor(origin - samplesPerColumn) - 1;
  const length = Math.ceil((columns + 2) * samplesPerColumn) + 3;
  const mv = pxPerMillivolt(scale);
  ctx.strokeStyle = palette.trace;
  ctx.lineWidth = 1.2;
  // Round joins of so thin a line are not seen and cost as much as the line.
  ctx.lineJoin = 'bevel';
  view.leads.forEach((lead, lane) => {
    const samples = scene.signal.read(lead, start, length);
    const middle = laneMiddle(lanes, lane, scale.pxPerMm);
    const baseline = scene.baselines[lead] ?? 0;
    const yOf = (millivolts: number) => middle - (millivolts - baseline) * mv;
    ctx.beginPath();
    // A column is four points: below that, the samples themselves are fewer.
    if (samplesPerColumn < 4) {
      let down = false;
      for (let i = 0; i < length; i++) {
        const value = samples[i]!;
        if (Number.isNaN(value)) {
          down = false;
          continue;
        }
        const x = xOfSeconds(scale, left, (start + i) / samplingRateHz);
        if (down) ctx.lineTo(x, yOf(value));
        else ctx.moveTo(x, yOf(value));
        down = true;
      }
    } else {
      const { values } = traceColumns(samples, start, origin, samplesPerColumn, columns);
      let down = false;
      for (let column = 0; column < columns; column++) {
        const first = values[column * 4]!;
        if (Number.isNaN(first)) {
          down = false;
          continue;
        }
        const x = (column - EDGE_COLUMNS + 0.5) / pixelRatio;
        if (down) ctx.lineTo(x, yOf(first));
        else ctx.moveTo(x, yOf(first));
        for (let k = 1; k < 4; k++) ctx.lineTo(x, yOf(values[column * 4 + k]!));
        down = true;
      }
    }
    ctx.stroke();
  });
}

function drawAxis(ctx: CanvasRenderingContext2D, scene: StripScene, left: number, width: number): void {
  const { scale, palette } = scene;
  const y = scene.heightPx - AXIS_PX;
  ctx.fillStyle = palette.paper;
  ctx.fillRect(0, y, width, AXIS_PX);
  ctx.strokeStyle = palette.quiet;
  ctx.fillStyle = palette.quiet;
  ctx.font = '11px "Inter Variable", sans-serif';
  ctx.textAlign = 'center';
  ctx.lineWidth = 1;
  ctx.beginPath();
  const last = Math.min(secondsOfX(scale, left, width), scene.lengthSamples / scene.samplingRateHz);
  for (let second = Math.ceil(left); second <= last; second++) {
    const x = crisp(xOfSeconds(scale, left, second), scene.pixelRatio);
    ctx.moveTo(x, y);
    ctx.lineTo(x, y + 4);
    if (x > 16 && x < width - 16) ctx.fillText(elapsed(second), x, y + 15);
  }
  ctx.stroke();
}

function drawCalipers(
  ctx: CanvasRenderingContext2D,
  scene: StripScene,
  left: number,
  width: number,
  lanes: Lanes,
): void {
  const { calipers } = scene.view;
  if (calipers === null) return;
  const { scale, palette } = scene;
  const middle = laneMiddle(lanes, calipers.lane, scale.pxPerMm);
  const x0 = xOfSeconds(scale, left, calipers.fromSeconds);
  const x1 = xOfSeconds(scale, left, calipers.toSeconds);
  const y0 = middle - calipers.fromMillivolts * pxPerMillivolt(scale);
  const y1 = middle - calipers.toMillivolts * pxPerMillivolt(scale);
  ctx.fillStyle = palette.accent;
  ctx.strokeStyle = palette.accent;
  ctx.globalAlpha = 0.1;
  ctx.fillRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (const x of [x0, x1]) {
    ctx.moveTo(x, lanes.top);
    ctx.lineTo(x, scene.heightPx - AXIS_PX);
  }
  for (const y of [y0, y1]) {
    ctx.moveTo(Math.min(x0, x1) - 8, y);
    ctx.lineTo(Math.max(x0, x1) + 8, y);
  }
  ctx.stroke();
  const text = caliperText(calipers);
  ctx.font = '600 13px "Inter Variable", sans-serif';
  const textWidth = ctx.measureText(text).width;
  const boxX = Math.max(4, Math.min(width - textWidth - 16, (x0 + x1) / 2 - textWidth / 2 - 6));
  const boxY = Math.max(lanes.top + 2, Math.min(y0, y1) - 30);
  ctx.fillStyle = palette.paper;
  ctx.fillRect(boxX, boxY, textWidth + 12, 22);
  ctx.lineWidth = 1;
  ctx.strokeRect(boxX + 0.5, boxY + 0.5, textWidth + 11, 21);
  ctx.fillStyle = palette.text;
  ctx.textAlign = 'left';
  ctx.fillText(text, boxX + 6, boxY + 15.5);
}

/** Lead name and a 1 mV calibration pulse of 5 mm, at the gain of the strip. */
function drawGutter(ctx: CanvasRenderingContext2D, scene: StripScene, lanes: Lanes): void {
  const { scale, palette, view } = scene;
  const pulse = pxPerMillivolt(scale);
  const step = scale.pxPerMm * 5;
  ctx.lineWidth = 1.2;
  ctx.textAlign = 'left';
  view.leads.forEach((lead, lane) => {
    const middle = laneMiddle(lanes, lane, scale.pxPerMm);
    const y = Math.min(middle + pulse / 2, lanes.top + (lane + 1) * lanes.heightPx - 4);
    ctx.strokeStyle = palette.trace;
    ctx.beginPath();
    ctx.moveTo(10, y);
    ctx.lineTo(16, y);
    ctx.lineTo(16, y - pulse);
    ctx.lineTo(16 + step, y - pulse);
    ctx.lineTo(16 + step, y);
    ctx.lineTo(22 + step, y);
    ctx.stroke();
    // Low lanes, as of a window enlarged twice, have room for the words once, below the last.
    if (lanes.heightPx > LOW_LANE_PX || lane === lanes.count - 1) {
      ctx.fillStyle = palette.quiet;
      ctx.font = '11px "Inter Variable", sans-serif';
      ctx.fillText('1 mV', 12, y + 14);
    }
    const name = scene.leadNames[lead] ?? '';
    ctx.font = '600 13px "Inter Variable", sans-serif';
    const top = lanes.top + lane * lanes.heightPx;
    // Never through the pulse.
    ctx.fillStyle = palette.paper;
    ctx.fillRect(6, top + 4, ctx.measureText(name).width + 4, 15);
    ctx.fillStyle = palette.text;
    ctx.fillText(name, 8, top + 16);
  });
  ctx.fillStyle = palette.quiet;
  ctx.font = '11px "Inter Variable", sans-serif';
  ctx.fillText('RR ms', 8, 15);
}
