/** How often RR intervals of which length occur; intervals that touch an ectopic beat are hollow. */
import { useCallback, useMemo } from 'react';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { count } from '../../words/format.ts';
import { RR_BIN_MS, rrHistogram } from './rr-bins.ts';
import classes from './summary.module.css';
import { useDrawing } from './use-drawing.ts';

interface RrHistogramPlotProps {
  beats: BeatTable;
  samplingRateHz: number;
  scheme: 'light' | 'dark';
}

const LEFT_PX = 44;
const BOTTOM_PX = 18;

export function RrHistogramPlot({ beats, samplingRateHz, scheme }: RrHistogramPlotProps) {
  const histogram = useMemo(() => rrHistogram(beats, samplingRateHz), [beats, samplingRateHz]);
  const draw = useCallback(
    (ctx: CanvasRenderingContext2D, widthPx: number, heightPx: number) => {
      const palette = canvasPalette(scheme);
      const { normal, other, firstMs } = histogram;
      const highest = Math.max(1, ...normal.map((n, bin) => n + other[bin]!));
      const width = widthPx - LEFT_PX - 8;
      const height = heightPx - BOTTOM_PX - 8;
      const binPx = width / Math.max(1, normal.length);
      const yOf = (n: number) => 8 + height * (1 - n / highest);
      ctx.fillStyle = palette.paper;
      ctx.fillRect(0, 0, widthPx, heightPx);
      ctx.font = '11px "Inter Variable", sans-serif';
      ctx.fillStyle = palette.quiet;
      ctx.textAlign = 'right';
      ctx.textBaseline = 'middle';
      for (const share of [0, 0.5, 1]) {
        const n = Math.round(highest * share);
        ctx.fillStyle = palette.line;
        ctx.fillRect(LEFT_PX, Math.round(yOf(n)), width, 1);
        ctx.fillStyle = palette.quiet;
        ctx.fillText(count(n), LEFT_PX - 6, yOf(n));
      }
      ctx.textAlign = 'center';
      ctx.textBaseline = 'alphabetic';
      const step = normal.length * RR_BIN_MS > 1500 ? 500 : 200;
      for (let ms = Math.ceil(firstMs / step) * step; ms <= firstMs + normal.length * RR_BIN_MS; ms += step) {
        ctx.fillText(`${ms}`, LEFT_PX + ((ms - firstMs) / RR_BIN_MS) * binPx, heightPx - 4);
      }
      ctx.strokeStyle = palette.text;
      ctx.lineWidth = 1;
      normal.forEach((n, bin) => {
        const x = LEFT_PX + bin * binPx;
        ctx.fillStyle = palette.beat.N;
        ctx.fillRect(x, yOf(n), Math.max(1, binPx - 1), height + 8 - yOf(n));
        const beside = other[bin]!;
        if (beside === 0) return;
        const top = yOf(n + beside);
        ctx.strokeRect(x + 0.5, top + 0.5, Math.max(1, binPx - 2), Math.max(1, yOf(n) - top - 1));
      });
    },
    [histogram, scheme],
  );
  const canvas = useDrawing(draw);
  return (
    <div className={classes.part}>
      <h3>RR intervals, ms</h3>
      <canvas
        ref={canvas}
        className={classes.plot}
        role="img"
        aria-label={`Histogram of ${count(histogram.intervals)} RR intervals from ${histogram.firstMs} ms to ${histogram.firstMs + histogram.normal.length * RR_BIN_MS} ms`}
        data-testid="rr-histogram"
      />
      <p className={classes.key}>
        <span className={classes.filled}>between normal beats</span>
        <span className={classes.hollow}>beside another beat</span>
        {count(histogram.intervals)} intervals in bins of {RR_BIN_MS} ms
      </p>
    </div>
  );
}
