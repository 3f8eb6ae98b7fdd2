/** The whole recording on one line: heart rate, ectopy, what could not be analysed, and where the strip is. */
import { useElementSize } from '@mantine/hooks';
import { type PointerEvent, type ReactNode, useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { BEAT_CLASSES, type BeatTable, type EcgSummary } from '../../src/contract/ecg.ts';
import { recordedEventKind } from '../../src/contract/recorded-events.ts';
import type { RhythmEpisode, RhythmKind } from '../../src/contract/rhythm.ts';
import type { RecordedEvent } from '../../src/contract/study.ts';
import { markShape } from '../components/mark-shape.ts';
import { type CanvasPalette, canvasPalette } from '../theme/canvas-palette.ts';
import { elapsed } from '../words/format.ts';
import classes from './ecg.module.css';
import { analysableSeconds, heartRateTrend } from './heart-rate-trend.ts';
import { isEctopic, isUncertain } from './navigation.ts';
import { drawRecordedGlyph } from './recorded-glyph.ts';
import { type StripView, useStripView } from './strip/strip-view.ts';

interface OverviewProps {
  beats: BeatTable | null;
  summary: EcgSummary | null;
  /** Marks and notes that came with the recording; without any there is no row for them. */
  events: readonly RecordedEvent[];
  samplingRateHz: number;
  durationSeconds: number;
  view: StripView;
  scheme: 'light' | 'dark';
  onSeek: (seconds: number) => void;
}

const CURVE_PX = 46;
const TOP_PX = 8;
const AXIS_LEFT_PX = 56;
/** Right of the plot: half of the last time on the axis. */
const RIGHT_PX = 20;
const AXIS_BOTTOM_PX = 20;
/** Rows under the curve: S, V and F apart, uncertain beats, atrial fibrillation, other rhythms, quality. */
const LANE_PX = 10;
const LANES = ['S', 'V', 'F', 'uncertain', 'AF', 'rhythm', 'quality'] as const;
const WITH_MARKS = ['marks', ...LANES] as const;
type Lane = (typeof WITH_MARKS)[number];
const bottomOf = (lanes: readonly Lane[]) => lanes.length * LANE_PX + 6;
const heightOf = (lanes: readonly Lane[]) => TOP_PX + CURVE_PX + bottomOf(lanes) + AXIS_BOTTOM_PX;

export function Overview({
  beats,
  summary,
  events,
  samplingRateHz,
  durationSeconds,
  view,
  scheme,
  onSeek,
}: OverviewProps) {
  const { ref: box, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const bins = Math.max(60, Math.min(1200, Math.round(durationSeconds / 2)));
  const lanes: readonly Lane[] = events.length > 0 ? WITH_MARKS : LANES;
  const analysable = useMemo(() => analysableSeconds(summary?.leads ?? []), [summary]);
  const trend = useMemo(
    () => (beats === null ? null : heartRateTrend(beats, samplingRateHz, durationSeconds, bins, analysable)),
    [beats, samplingRateHz, durationSeconds, bins, analysable],
  );

  useEffect(() => {
    if (host.current === null || width === 0) return;
    const palette = canvasPalette(scheme);
    const data: uPlot.AlignedData =
      trend === null
        ? [
            [0, durationSeconds],
            [null, null],
            [null, null],
            [null, null],
          ]
        : [trend.seconds, trend.low, trend.high, trend.mean];
    const font = '11px "Inter Variable", sans-serif';
    const plot = new uPlot(
      {
        width,
        height: heightOf(lanes),
        padding: [TOP_PX, RIGHT_PX, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        select: { show: false, left: 0, top: 0, width: 0, height: 0 },
        scales: {
          x: { time: false, range: [0, durationSeconds] },
          y: { range: (_self, low, high) => rateRange(low, high, marksShare(lanes)) },
        },
        axes: [
          {
            font,
            size: AXIS_BOTTOM_PX,
            gap: 2,
            stroke: palette.quiet,
            grid: { show: false },
            ticks: { stroke: palette.line, size: 3 },
            incrs: [5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400],
            values: (_self, splits, _axis, _space, incrementSeconds) =>
              splits.map((second) => timeOnAxis(second, incrementSeconds)),
          },
          {
            font,
            size: AXIS_LEFT_PX,
            gap: 4,
            stroke: palette.quiet,
            grid: { stroke: palette.line, width: 1 },
            ticks: { show: false },
            splits: (_self, _axis, low, high) => rateSplits(low, high, marksShare(lanes)),
          },
        ],
        bands: [{ series: [2, 1], fill: `${palette.accent}40` }],
        series: [
          {},
          { stroke: 'transparent', points: { show: false } },
          { stroke: 'transparent', points: { show: false } },
          { stroke: palette.accent, width: 1.5, points: { show: false } },
        ],
        hooks: {
          drawClear: [(self) => drawUnanalysable(self, analysable, palette)],
          draw: [
            (self) => {
              drawLanes(self, lanes, palette);
              drawMarks(self, lanes, events, palette);
              if (beats !== null) drawBeats(self, lanes, beats, samplingRateHz, palette);
              drawEpisodes(self, lanes, summary?.rhythm?.episodes ?? [], samplingRateHz, palette);
              drawQuality(self, lanes, analysable, palette);
            },
          ],
        },
      },
      data,
      host.current,
    );
    let gone = false;
    void document.fonts.ready.then(() => {
      if (!gone) plot.redraw(false, true);
    });
    return () => {
      gone = true;
      plot.destroy();
    };
  }, [width, scheme, trend, beats, summary, events, lanes, analysable, samplingRateHz, durationSeconds]);

  return (
    <div ref={box} className={classes.overview} style={{ height: heightOf(lanes) }}>
      <Position view={view} widthPx={width} durationSeconds={durationSeconds} onSeek={onSeek}>
        <div ref={host} aria-hidden="true" />
        <span className={classes.overviewUnit}>
          HR
          <br />
          bpm
        </span>
      </Position>
    </div>
  );
}

interface PositionProps {
  view: StripView;
  widthPx: number;
  durationSeconds: number;
  onSeek: (seconds: number) => void;
  children: ReactNode;
}

/** Where the strip is; the only part that is rendered while it scrolls. */
function Position({ view, widthPx, durationSeconds, onSeek, children }: PositionProps) {
  const leftSeconds = useStripView(view, (state) => state.leftSeconds);
  const visibleSeconds = useStripView(view, (state) => state.visibleSeconds);
  const pxPerSecond = Math.max(1, widthPx - AXIS_LEFT_PX - RIGHT_PX) / durationSeconds;

  function seek(event: PointerEvent<HTMLDivElement>) {
    const left = event.currentTarget.getBoundingClientRect().left + AXIS_LEFT_PX;
    onSeek(Math.max(0, Math.min(durationSeconds, (event.clientX - left) / pxPerSecond)));
  }

  return (
    <div
      className={classes.overviewPosition}
      data-testid="overview"
      role="slider"
      tabIndex={0}
      aria-label="Position in the recording"
      aria-valuemin={0}
      aria-valuemax={Math.round(durationSeconds)}
      aria-valuenow={Math.round(leftSeconds)}
      aria-valuetext={`${elapsed(leftSeconds)} to ${elapsed(leftSeconds + visibleSeconds)}`}
      onKeyDown={(event) => {
        const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
        if (step === 0) return;
        event.stopPropagation();
        onSeek(leftSeconds + visibleSeconds / 2 + (step * visibleSeconds) / 2);
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seek(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons === 1) seek(event);
      }}
    >
      {children}
      <div
        className={classes.overviewWindow}
        style={{
          // Moved, not laid out: this changes with every frame of a scroll.
          transform: `translateX(${AXIS_LEFT_PX + leftSeconds * pxPerSecond}px)`,
          width: Math.max(3, visibleSeconds * pxPerSecond),
          bottom: AXIS_BOTTOM_PX,
        }}
      />
    </div>
  );
}

/** Whole hours where the axis has no others: short enough to stand at the end of the recording too. */
function timeOnAxis(second: number, incrementSeconds: number): string {
  return incrementSeconds % 3600 === 0 ? `${Math.round(second / 3600)}\u00a0h` : elapsed(second);
}

/** Share of the plot's height that the rows of marks take. */
function marksShare(lanes: readonly Lane[]): number {
  return bottomOf(lanes) / (CURVE_PX + bottomOf(lanes));
}

/** Even rates above the rows of marks; a rate beside those would be misread. */
function rateSplits(low: number, high: number, share: number): number[] {
  const bottom = low + (high - low) * share;
  const step = [10, 20, 25, 50, 100].find((each) => (high - bottom) / each <= 4) ?? 200;
  const splits: number[] = [];
  for (let rate = Math.ceil(bottom / step) * step; rate <= high; rate += step) splits.push(rate);
  return splits;
}

/** Room below the curve for the rows of marks. */
function rateRange(low: number | null, high: number | null, share: number): [number, number] {
  const bottom = Math.floor((low ?? 50) / 10) * 10 - 5;
  const top = Math.ceil((high ?? 110) / 10) * 10 + 5;
  return [bottom - ((top - bottom) * share) / (1 - share), top];
}

function drawUnanalysable(self: uPlot, analysable: Uint8Array | null, palette: CanvasPalette): void {
  if (analysable === null) return;
  const { ctx, bbox } = self;
  ctx.save();
  ctx.fillStyle = palette.quiet;
  ctx.globalAlpha = 0.22;
  for (let second = 0; second < analysable.length; ) {
    let end = second + 1;
    while (end < analysable.length && analysable[end] === analysable[second]) end++;
    if (analysable[second] === 0) {
      const x = self.valToPos(second, 'x', true);
      ctx.fillRect(x, bbox.top, Math.max(1, self.valToPos(end, 'x', true) - x), bbox.height);
    }
    second = end;
  }
  ctx.restore();
}

function laneY(self: uPlot, lanes: readonly Lane[], lane: Lane): number {
  const fromBottom = lanes.length - lanes.indexOf(lane) - 0.5;
  return self.bbox.top + self.bbox.height - fromBottom * LANE_PX * uPlot.pxRatio;
}

function drawLanes(self: uPlot, lanes: readonly Lane[], palette: CanvasPalette): void {
  const { ctx, bbox } = self;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = `600 ${9 * ratio}px "Inter Variable", sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (const lane of lanes) {
    const y = laneY(self, lanes, lane);
    ctx.fillStyle = palette.paper;
    ctx.fillRect(bbox.left, y - (LANE_PX / 2) * ratio, bbox.width, LANE_PX * ratio);
    ctx.fillStyle = palette.quiet;
    ctx.fillText(lane, bbox.left - 5 * ratio, y);
  }
  ctx.restore();
}

function drawMarks(
  self: uPlot,
  lanes: readonly Lane[],
  events: readonly RecordedEvent[],
  palette: CanvasPalette,
): void {
  if (events.length === 0) return;
  const ratio = uPlot.pxRatio;
  const { ctx, bbox } = self;
  const foot = laneY(self, lanes, 'marks') + 4.5 * ratio;
  ctx.save();
  let lastX = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    const x = Math.round(self.valToPos(event.atSeconds, 'x', true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width || x - lastX < ratio) continue;
    lastX = x;
    drawRecordedGlyph(ctx, recordedEventKind(event), x, foot, 9 * ratio, palette);
  }
  ctx.restore();
}

/** Rhythms that need no mark: what is usual, and what quality says already. */
const UNMARKED: ReadonlySet<RhythmKind> = new Set(['sinus', 'not-analysable', 'pause']);

/** Atrial fibrillation filled, other rhythms outlined: told apart without colour. */
function drawEpisodes(
  self: uPlot,
  lanes: readonly Lane[],
  episodes: readonly RhythmEpisode[],
  samplingRateHz: number,
  palette: CanvasPalette,
): void {
  const { ctx } = self;
  const ratio = uPlot.pxRatio;
  ctx.save();
  for (const { kind, startSample, endSample } of episodes) {
    if (UNMARKED.has(kind)) continue;
    const x = self.valToPos(startSample / samplingRateHz, 'x', true);
    const width = Math.max(2 * ratio, self.valToPos(endSample / samplingRateHz, 'x', true) - x);
    if (kind === 'atrial-fibrillation') {
      ctx.fillStyle = palette.accent;
      ctx.fillRect(x, laneY(self, lanes, 'AF') - 3 * ratio, width, 6 * ratio);
      continue;
    }
    ctx.strokeStyle = kind === 'undetermined' ? palette.quiet : palette.text;
    ctx.lineWidth = ratio;
    if (kind === 'undetermined') ctx.setLineDash([2 * ratio, 2 * ratio]);
    ctx.strokeRect(x + ratio / 2, laneY(self, lanes, 'rhythm') - 2.5 * ratio, width - ratio, 5 * ratio);
    ctx.setLineDash([]);
  }
  ctx.restore();
}

/** A line where at least one lead can be analysed. */
function drawQuality(
  self: uPlot,
  lanes: readonly Lane[],
  analysable: Uint8Array | null,
  palette: CanvasPalette,
): void {
  if (analysable === null) return;
  const { ctx } = self;
  const ratio = uPlot.pxRatio;
  const y = laneY(self, lanes, 'quality');
  ctx.save();
  ctx.fillStyle = palette.quiet;
  for (let from = 0; from < analysable.length; ) {
    let to = from + 1;
    while (to < analysable.length && analysable[to] === analysable[from]) to++;
    if (analysable[from] === 1) {
      const x = self.valToPos(from, 'x', true);
      ctx.fillRect(x, y - ratio, Math.max(ratio, self.valToPos(to, 'x', true) - x), 2 * ratio);
    }
    from = to;
  }
  ctx.restore();
}

function drawBeats(
  self: uPlot,
  lanes: readonly Lane[],
  beats: BeatTable,
  samplingRateHz: number,
  palette: CanvasPalette,
): void {
  const { ctx } = self;
  const ratio = uPlot.pxRatio;
  ctx.save();
  // One mark a class and pixel is all that can be seen; more would only cost time.
  const lastX = LANES.map(() => Number.NEGATIVE_INFINITY);
  for (let i = 0; i < beats.sample.length; i++) {
    const ectopic = isEctopic(beats, i);
    const uncertain = isUncertain(beats, i);
    if (!ectopic && !uncertain) continue;
    const x = Math.round(self.valToPos(beats.sample[i]! / samplingRateHz, 'x', true));
    if (ectopic) {
      const label = BEAT_CLASSES[beats.label[i]!]!;
      const lane = label as 'S' | 'V' | 'F';
      const at = LANES.indexOf(lane);
      if (x - lastX[at]! >= ratio) {
        lastX[at] = x;
        const shape = markShape(label, 6 * ratio);
        ctx.beginPath();
        if (shape.kind === 'polygon')
          for (const [dx, dy] of shape.points) ctx.lineTo(x + dx, laneY(self, lanes, lane) + dy);
        ctx.closePath();
        ctx.fillStyle = palette.beat[label];
        ctx.fill();
      }
    }
    if (uncertain && x - lastX[3]! >= ratio) {
      lastX[3] = x;
      ctx.fillStyle = palette.text;
      ctx.globalAlpha = 0.6;
      ctx.fillRect(x - 0.5 * ratio, laneY(self, lanes, 'uncertain') - 3 * ratio, ratio, 6 * ratio);
      ctx.globalAlpha = 1;
    }
  }
  ctx.restore();
}
