/** ST level of each lead over the recording, medians of minutes. */
import { useCallback } from 'react';
import { type HolterSummary, ST_LIMIT_MILLIVOLTS } from '../../../src/contract/holter.ts';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { elapsed } from '../../words/format.ts';
import { Jump } from './jump.tsx';
import classes from './summary.module.css';
import { useDrawing } from './use-drawing.ts';

interface StTrendProps {
  holter: HolterSummary;
  samplingRateHz: number;
  scheme: 'light' | 'dark';
  onJump: (startSample: number, endSample: number) => void;
}

const LEFT_PX = 44;
const BOTTOM_PX = 18;
/** Leads are told apart by their line, not by colour. */
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]] as const;

export function StTrend({ holter, samplingRateHz, scheme, onJump }: StTrendProps) {
  const { waveTrend, st } = holter;
  const draw = useCallback(
    (ctx: CanvasRenderingContext2D, widthPx: number, heightPx: number) => {
      const palette = canvasPalette(scheme);
      ctx.fillStyle = palette.paper;
      ctx.fillRect(0, 0, widthPx, heightPx);
      if (waveTrend === null) return;
      const points = Math.max(1, ...waveTrend.st.map(({ millivolts }) => millivolts.length));
      let highest = 2 * ST_LIMIT_MILLIVOLTS;
      for (const { millivolts } of waveTrend.st) {
        for (const value of millivolts) if (Math.abs(value) > highest) highest = Math.abs(value);
      }
      const width = widthPx - LEFT_PX - 8;
      const height = heightPx - BOTTOM_PX - 8;
      const yOf = (mv: number) => 8 + (height / 2) * (1 - mv / highest);
      const xOf = (point: number) => LEFT_PX + ((point + 0.5) / points) * width;
      ctx.font = '11px "Inter Variable", sans-serif';
      ctx.textAlign = 'right';
      ctx.textBaseline = 'middle';
      for (const mv of [-ST_LIMIT_MILLIVOLTS, 0, ST_LIMIT_MILLIVOLTS]) {
        ctx.fillStyle = palette.line;
        ctx.fillRect(LEFT_PX, Math.round(yOf(mv)), width, 1);
        ctx.fillStyle = palette.quiet;
        ctx.fillText(mv.toFixed(1), LEFT_PX - 6, yOf(mv));
      }
      ctx.textBaseline = 'alphabetic';
      ctx.textAlign = 'left';
      ctx.fillText('0:00', LEFT_PX, heightPx - 4);
      ctx.textAlign = 'right';
      ctx.fillText(elapsed(points * waveTrend.everyMinutes * 60), widthPx - 8, heightPx - 4);
      ctx.strokeStyle = palette.trace;
      ctx.lineWidth = 1.2;
      waveTrend.st.forEach(({ millivolts }, lead) => {
        ctx.setLineDash([...DASHES[lead % DASHES.length]!]);
        ctx.beginPath();
        let down = false;
        millivolts.forEach((value, point) => {
          if (Number.isNaN(value)) {
            down = false;
            return;
          }
          if (down) ctx.lineTo(xOf(point), yOf(value));
          else ctx.moveTo(xOf(point) - 1, yOf(value));
          ctx.lineTo(xOf(point), yOf(value));
          down = true;
        });
        ctx.stroke();
      });
      ctx.setLineDash([]);
    },
    [waveTrend, scheme],
  );
  const canvas = useDrawing(draw);
  if (waveTrend === null || st === null) return null;
  return (
    <div className={classes.part}>
      <h3>ST level 60 ms after J, mV</h3>
      <canvas
        ref={canvas}
        className={classes.plot}
        role="img"
        aria-label={`ST level of ${waveTrend.st.map(({ lead }) => lead).join(', ')} over the recording`}
        data-testid="st-trend"
      />
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Lead</th>
            <th scope="col">Lowest</th>
            <th scope="col">Highest</th>
            <th scope="col">Minutes depressed</th>
            <th scope="col">elevated</th>
          </tr>
        </thead>
        <tbody>
          {st.map(({ lead, minimum, maximum, minutesDepressed, minutesElevated }, i) => (
            <tr key={lead}>
              <th scope="row">
                <svg width="28" height="8" aria-hidden="true">
                  <line
                    x1="0"
                    x2="24"
                    y1="4"
                    y2="4"
                    stroke="currentColor"
                    strokeWidth="1.5"
                    strokeDasharray={DASHES[i % DASHES.length]!.join(' ')}
                  />
                </svg>
                {lead}
              </th>
              {[minimum, maximum].map(({ value, atSample }) => (
                <td key={`${value}${atSample}`} className="k-number">
                  {value.toFixed(2)}{' '}
                  <Jump startSample={atSample} samplingRateHz={samplingRateHz} onJump={onJump} />
                </td>
              ))}
              <td className="k-number">{minutesDepressed}</td>
              <td className="k-number">{minutesElevated}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
