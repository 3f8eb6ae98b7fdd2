/** Each RR interval against the one before; a point leads to its beat. */
import { type PointerEvent, useCallback, useMemo } from 'react';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { count } from '../../words/format.ts';
import { nearestPair, poincarePairs } from './rr-bins.ts';
import classes from './summary.module.css';
import { useDrawing } from './use-drawing.ts';

interface PoincareProps {
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

/** Even limits around the intervals, milliseconds. */
function limitsOf(first: Float32Array, second: Float32Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const column of [first, second]) {
    for (const ms of column) {
      if (ms < low) low = ms;
      if (ms > high) high = ms;
    }
  }
  return low > high ? [200, 1400] : [Math.floor(low / 100) * 100, Math.ceil((high + 1) / 100) * 100];
}

export function Poincare({ beats, samplingRateHz, scheme, onJump }: PoincareProps) {
  const pairs = useMemo(() => poincarePairs(beats, samplingRateHz), [beats, samplingRateHz]);
  const [low, high] = useMemo(() => limitsOf(pairs.first, pairs.second), [pairs]);
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
      // Many points lie on one another: each darkens its place a little.
      const faint = Math.max(0.15, Math.min(0.8, 2000 / Math.max(1, pairs.first.length)));
      for (const ectopic of [0, 1]) {
        ctx.globalAlpha = ectopic === 1 ? 0.9 : faint;
        ctx.fillStyle = palette.text;
        ctx.strokeStyle = palette.text;
        for (let i = 0; i < pairs.first.length; i++) {
          if (pairs.ectopic[i] !== ectopic) continue;
          const x = xOf(pairs.first[i]!);
          const y = yOf(pairs.second[i]!);
          if (ectopic === 0) ctx.fillRect(x - 1, y - 1, 2, 2);
          else ctx.strokeRect(x - 1.5, y - 1.5, 3, 3);
        }
      }
      ctx.globalAlpha = 1;
    },
    [pairs, low, high, scheme],
  );
  const canvas = useDrawing(draw);

  function open(event: PointerEvent<HTMLCanvasElement>) {
    const place = event.currentTarget.getBoundingClientRect();
    const px = (place.width - EDGE_PX - RIGHT_PX) / (high - low);
    const first = low + (event.clientX - place.left - EDGE_PX) / px;
    const second = low + (place.height - EDGE_PX + 12 - (event.clientY - place.top)) / px;
    const pair = nearestPair(pairs, first, second, CLICK_PX / px);
    const sample = beats.sample[pairs.beat[pair] ?? -1];
    if (sample !== undefined) onJump(sample, sample);
  }

  return (
    <div className={classes.part}>
      <h3>Poincaré plot: each RR interval (ms) against the one before</h3>
      <canvas
        ref={canvas}
        className={classes.square}
        role="img"
        aria-label={`Poincaré plot of ${count(pairs.first.length)} pairs of RR intervals`}
        data-testid="poincare"
        onPointerUp={open}
      />
      <p className={classes.key}>
        <span className={classes.filled}>normal beats</span>
        <span className={classes.hollow}>with another beat</span>
        {count(pairs.first.length)} pairs; a click goes to the beat
      </p>
    </div>
  );
}
