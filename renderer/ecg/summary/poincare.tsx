/** Each RR interval against the one before; a point leads to its beat. */
import { type PointerEvent, useCallback, useMemo } from 'react';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import type { HolterSummary } from '../../../src/contract/holter.ts';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { count } from '../../words/format.ts';
import { beatOfPair } from './beat-of-pair.ts';
import classes from './summary.module.css';
import { useDrawing } from './use-drawing.ts';

interface PoincareProps {
  poincare: HolterSummary['poincare'];
  /** For the way back from a place to a beat. */
  beats: BeatTable;
  samplingRateHz: number;
  scheme: 'light' | 'dark';
  onJump: (startSample: number, endSample: number) => void;
}

const EDGE_PX = 36;
/** Right of the plot: half of the last number. */
const RIGHT_PX = 18;
/** A click within so many pixels of a point goes to its beat. */
const CLICK_PX = 8;

/** Even limits around the pairs, milliseconds. */
function limitsOf({ binMs, first, second }: HolterSummary['poincare']): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const column of [first, second]) {
    for (const bin of column) {
      if (bin * binMs < low) low = bin * binMs;
      if ((bin + 1) * binMs > high) high = (bin + 1) * binMs;
    }
  }
  return low > high ? [200, 1400] : [Math.floor(low / 100) * 100, Math.ceil(high / 100) * 100];
}

export function Poincare({ poincare, beats, samplingRateHz, scheme, onJump }: PoincareProps) {
  const [low, high] = useMemo(() => limitsOf(poincare), [poincare]);
  const pairs = useMemo(() => poincare.count.reduce((sum, n) => sum + n, 0), [poincare]);
  const draw = useCallback(
    (ctx: CanvasRenderingContext2D, widthPx: number, heightPx: number) => {
      const palette = canvasPalette(scheme);
      const px = (widthPx - EDGE_PX - RIGHT_PX) / (high - low);
      const xOf = (ms: number) => EDGE_PX + (ms - low) * px;
      const yOf = (ms: number) => heightPx - EDGE_PX + 12 - (ms - low) * px;
      ctx.fillStyle = palette.paper;
      ctx.fillRect(0, 0, widthPx, heightPx);
      ctx.strokeStyle = palette.line;
      ctx.fillStyle = palette.quiet;
      ctx.font = '11px "Inter Variable", sans-serif';
      ctx.lineWidth = 1;
      const step = high - low > 1500 ? 500 : 200;
      ctx.beginPath();
      for (let ms = Math.ceil(low / step) * step; ms <= high; ms += step) {
        ctx.moveTo(Math.round(xOf(ms)) + 0.5, yOf(low));
        ctx.lineTo(Math.round(xOf(ms)) + 0.5, yOf(high));
        ctx.moveTo(xOf(low), Math.round(yOf(ms)) + 0.5);
        ctx.lineTo(xOf(high), Math.round(yOf(ms)) + 0.5);
        ctx.textAlign = 'center';
        ctx.fillText(`${ms}`, xOf(ms), heightPx - 8);
        ctx.textAlign = 'right';
        ctx.fillText(`${ms}`, EDGE_PX - 5, yOf(ms) + 4);
      }
      ctx.moveTo(xOf(low), yOf(low));
      ctx.lineTo(xOf(high), yOf(high));
      ctx.stroke();
      const { binMs, first, second, count: counts, ectopic } = poincare;
      const most = counts.reduce((a, b) => Math.max(a, b), 1);
      const size = Math.max(2, binMs * px);
      ctx.fillStyle = palette.text;
      ctx.strokeStyle = palette.text;
      for (let i = 0; i < counts.length; i++) {
        const x = xOf(first[i]! * binMs);
        const y = yOf(second[i]! * binMs) - size;
        const normal = counts[i]! - ectopic[i]!;
        // Dark by the logarithm: a day has thousands in the middle and single ones around.
        ctx.globalAlpha = 0.25 + 0.75 * (Math.log1p(normal) / Math.log1p(most));
        if (normal > 0) ctx.fillRect(x, y, size, size);
        ctx.globalAlpha = 0.9;
        ctx.lineWidth = 1;
        if (ectopic[i]! > 0) ctx.strokeRect(x + 0.5, y + 0.5, Math.max(2, size - 1), Math.max(2, size - 1));
      }
      ctx.globalAlpha = 1;
    },
    [poincare, low, high, scheme],
  );
  const canvas = useDrawing(draw);

  function open(event: PointerEvent<HTMLCanvasElement>) {
    const place = event.currentTarget.getBoundingClientRect();
    const px = (place.width - EDGE_PX - RIGHT_PX) / (high - low);
    const first = low + (event.clientX - place.left - EDGE_PX) / px;
    const second = low + (place.height - EDGE_PX + 12 - (event.clientY - place.top)) / px;
    const sample = beats.sample[beatOfPair(beats, samplingRateHz, first, second, CLICK_PX / px)];
    if (sample !== undefined) onJump(sample, sample);
  }

  return (
    <div className={classes.part}>
      <h3>Poincaré plot: each RR interval (ms) against the one before</h3>
      <canvas
        ref={canvas}
        className={classes.square}
        role="img"
        aria-label={`Poincaré plot of ${count(pairs)} pairs of RR intervals`}
        data-testid="poincare"
        onPointerUp={open}
      />
      <p className={classes.key}>
        <span className={classes.filled}>normal beats</span>
        <span className={classes.hollow}>with another beat</span>
        {count(pairs)} pairs in squares of {poincare.binMs} ms, the stronger the more; a click goes to a beat
      </p>
    </div>
  );
}
