/** How often RR intervals of which length occur; intervals that touch an ectopic beat are hollow. */
import { useCallback, useMemo } from 'react';
import type { HolterSummary } from '../../../src/contract/holter.ts';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { count } from '../../words/format.ts';
import classes from './summary.module.css';
import { useDrawing } from './use-drawing.ts';

interface RrHistogramPlotProps {
  histogram: HolterSummary['rrHistogram'];
  scheme: 'light' | 'dark';
}

const LEFT_PX = 44;
const BOTTOM_PX = 18;

/** The bins from the first to the last that hold intervals. */
function filledBins({ firstMs, binMs, all, normal }: HolterSummary['rrHistogram']) {
  const first = Math.max(
    0,
    all.findIndex((n) => n > 0),
  );
  const last = all.findLastIndex((n) => n > 0);
  const kept = normal.slice(first, last + 1);
  return {
    firstMs: firstMs + first * binMs,
    binMs,
    normal: kept,
    other: all.slice(first, last + 1).map((n, i) => n - kept[i]!),
    intervals: all.reduce((sum, n) => sum + n, 0),
    /** The last bin holds all that is longer. */
    open: last === all.length - 1,
  };
}

export function RrHistogramPlot({ histogram, scheme }: RrHistogramPlotProps) {
  const bins = useMemo(() => filledBins(histogram), [histogram]);
  const { binMs } = bins;
  const draw = useCallback(
    (ctx: CanvasRenderingContext2D, widthPx: number, heightPx: number) => {
      const palette = canvasPalette(scheme);
      const { normal, other, firstMs, binMs } = bins;
      const highest = normal.reduce((most, n, bin) => Math.max(most, n + other[bin]!), 1);
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
      const step = normal.length * binMs > 1500 ? 500 : 200;
      for (let ms = Math.ceil(firstMs / step) * step; ms <= firstMs + normal.length * binMs; ms += step) {
        ctx.fillText(`${ms}`, LEFT_PX + ((ms - firstMs) / binMs) * binPx, heightPx - 4);
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
    [bins, scheme],
  );
  const canvas = useDrawing(draw);
  return (
    <div className={classes.part}>
      <h3>RR intervals, ms</h3>
      <canvas
        ref={canvas}
        className={classes.plot}
        role="img"
        aria-label={`Histogram of ${count(bins.intervals)} RR intervals from ${bins.firstMs} ms to ${bins.firstMs + bins.normal.length * binMs} ms`}
        data-testid="rr-histogram"
      />
      <p className={classes.key}>
        <span className={classes.filled}>between normal beats</span>
        <span className={classes.hollow}>beside another beat</span>
        {count(bins.intervals)} intervals in bins of {binMs} ms
        {bins.open && ', the last with all that are longer'}
      </p>
    </div>
  );
}
