/** The whole recording on one line: heart rate, ectopy, what could not be analysed, and where the strip is. */
import { useElementSize } from '@mantine/hooks';
import { type PointerEvent, type ReactNode, useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { BEAT_CLASSES, type BeatTable, type EcgSummary } from '../../src/contract/ecg.ts';
import { markShape } from '../components/mark-shape.ts';
import { type CanvasPalette, canvasPalette } from '../theme/canvas-palette.ts';
import { elapsed } from '../words/format.ts';
import classes from './ecg.module.css';
import { analysableSeconds, heartRateTrend } from './heart-rate-trend.ts';
import { isEctopic, isUncertain } from './navigation.ts';
import { type StripView, useStripView } from './strip/strip-view.ts';

interface OverviewProps {
  beats: BeatTable | null;
  summary: EcgSummary | null;
  samplingRateHz: number;
  durationSeconds: number;
  view: StripView;
  scheme: 'light' | 'dark';
  onSeek: (seconds: number) => void;
}

const HEIGHT_PX = 120;
const AXIS_LEFT_PX = 56;
const AXIS_BOTTOM_PX = 20;
/** Rows under the curve: S, V and F apart, uncertain beats, quality. */
const LANE_PX = 10;
const LANES = ['S', 'V', 'F', 'uncertain'] as const;
const PLOT_BOTTOM_PX = LANES.length * LANE_PX + 6;

export function Overview({
  beats,
  summary,
  samplingRateHz,
  durationSeconds,
  view,
  scheme,
  onSeek,
}: OverviewProps) {
  const { ref: box, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const bins = Math.max(60, Math.min(1200, Math.round(durationSeconds / 2)));
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
        height: HEIGHT_PX,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        select: { show: false, left: 0, top: 0, width: 0, height: 0 },
        scales: {
          x: { time: false, range: [0, durationSeconds] },
          y: { range: (_self, low, high) => rateRange(low, high) },
        },
        axes: [
          {
            font,
            size: AXIS_BOTTOM_PX,
            gap: 2,
            stroke: palette.quiet,
            grid: { show: false },
            ticks: { stroke: palette.line, size: 3 },
            incrs: [5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400],
            values: (_self, splits) => splits.map((second) => elapsed(second)),
          },
          {
            font,
            size: AXIS_LEFT_PX,
            gap: 4,
            stroke: palette.quiet,
            grid: { stroke: palette.line, width: 1 },
            ticks: { show: false },
            splits: (_self, _axis, low, high) => rateSplits(low, high),
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
          draw: [(self) => beats !== null && drawBeats(self, beats, samplingRateHz, palette)],
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
  }, [width, scheme, trend, beats, analysable, samplingRateHz, durationSeconds]);

  return (
    <div ref={box} className={classes.overview}>
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
  const pxPerSecond = Math.max(1, widthPx - AXIS_LEFT_PX - 12) / durationSeconds;

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
          left: AXIS_LEFT_PX + leftSeconds * pxPerSecond,
          width: Math.max(3, visibleSeconds * pxPerSecond),
          bottom: AXIS_BOTTOM_PX,
        }}
      />
    </div>
  );
}

/** Share of the plot's height that the rows of marks take. */
const MARKS_SHARE = PLOT_BOTTOM_PX / (HEIGHT_PX - AXIS_BOTTOM_PX - 8);

/** Even rates above the rows of marks; a rate beside those would be misread. */
function rateSplits(low: number, high: number): number[] {
  const bottom = low + (high - low) * MARKS_SHARE;
  const step = [10, 20, 25, 50, 100].find((each) => (high - bottom) / each <= 4) ?? 200;
  const splits: number[] = [];
  for (let rate = Math.ceil(bottom / step) * step; rate <= high; rate += step) splits.push(rate);
  return splits;
}

/** Room below the curve for the rows of marks. */
function rateRange(low: number | null, high: number | null): [number, number] {
  const bottom = Math.floor((low ?? 50) / 10) * 10 - 5;
  const top = Math.ceil((high ?? 110) / 10) * 10 + 5;
  const share = MARKS_SHARE;
  return [bottom - ((top - bottom) * share) / (1 - share), top];
}

function drawUnanalysable(self: uPlot, analysable: Uint8Array | null, palette: CanvasPalette): void {
  if (analysable === null) return;
  const { ctx, bbox } = self;
  ctx.save();
  ctx.fillStyle = palette.quiet;
  ctx.globalAlpha = 0.22;
  for (let second = 0; second < analysable.length; second++) {
    if (analysable[second] === 1) continue;
    const x = self.valToPos(second, 'x', true);
    const right = self.valToPos(second + 1, 'x', true);
    ctx.fillRect(x, bbox.top, Math.max(1, right - x), bbox.height);
  }
  ctx.restore();
}

function drawBeats(self: uPlot, beats: BeatTable, samplingRateHz: number, palette: CanvasPalette): void {
  const { ctx, bbox } = self;
  const ratio = uPlot.pxRatio;
  const bottom = bbox.top + bbox.height;
  const laneY = (lane: number) => bottom - (LANES.length - lane - 0.5) * LANE_PX * ratio;
  ctx.save();
  ctx.font = `600 ${9 * ratio}px "Inter Variable", sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  LANES.forEach((lane, i) => {
    const y = laneY(i);
    ctx.fillStyle = palette.paper;
    ctx.fillRect(bbox.left, y - (LANE_PX / 2) * ratio, bbox.width, LANE_PX * ratio);
    ctx.fillStyle = palette.quiet;
    ctx.fillText(lane, bbox.left - 5 * ratio, y);
  });
  // One mark a class and pixel is all that can be seen; more would only cost time.
  const lastX = LANES.map(() => Number.NEGATIVE_INFINITY);
  for (let i = 0; i < beats.sample.length; i++) {
    const ectopic = isEctopic(beats, i);
    const uncertain = isUncertain(beats, i);
    if (!ectopic && !uncertain) continue;
    const x = Math.round(self.valToPos(beats.sample[i]! / samplingRateHz, 'x', true));
    if (ectopic) {
      const label = BEAT_CLASSES[beats.label[i]!]!;
      const lane = LANES.indexOf(label as 'S' | 'V' | 'F');
      if (x - lastX[lane]! >= ratio) {
        lastX[lane] = x;
        const shape = markShape(label, 6 * ratio);
        ctx.beginPath();
        if (shape.kind === 'polygon')
          for (const [dx, dy] of shape.points) ctx.lineTo(x + dx, laneY(lane) + dy);
        ctx.closePath();
        ctx.fillStyle = palette.beat[label];
        ctx.fill();
      }
    }
    if (uncertain && x - lastX[3]! >= ratio) {
      lastX[3] = x;
      ctx.fillStyle = palette.text;
      ctx.globalAlpha = 0.6;
      ctx.fillRect(x - 0.5 * ratio, laneY(3) - 3 * ratio, ratio, 6 * ratio);
      ctx.globalAlpha = 1;
    }
  }
  ctx.restore();
}
