/** The median beat with its leads superimposed; its limits are moved by pointer or key and measured beside the machine's. */
import { useElementSize } from '@mantine/hooks';
import { IconArrowBackUp, IconArrowForwardUp } from '@tabler/icons-react';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { EcgIntervals, Measurement } from '../../../src/contract/intervals.ts';
import { useActions } from '../../actions/actions.ts';
import { ToolButton } from '../../components/tool-button.tsx';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { Paper } from '../strip/paper.ts';
import { AXIS_PX, drawMedian, lengthMs } from './draw-median.ts';
import {
  FIDUCIAL_NAMES,
  FIDUCIALS,
  type Fiducial,
  type MeasuredIntervals,
  machineLimits,
  measured,
  moved,
  placed,
} from './fiducials.ts';
import type { LimitEdits } from './limit-edits.ts';
import classes from './median.module.css';

interface MedianBeatProps {
  intervals: EcgIntervals;
  edits: LimitEdits;
  scheme: 'light' | 'dark';
}

/** One press of an arrow; with Shift ten. */
const STEP_MS = 2;

export function MedianBeat({ intervals, edits, scheme }: MedianBeatProps) {
  const { ref: box, width, height } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [paper] = useState(() => new Paper());
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const drags = useRef(0);
  const machine = useMemo(() => machineLimits(intervals), [intervals]);
  const median = intervals.medianBeat;
  const limits = edits.current ?? machine;
  const total = median === null ? 1 : lengthMs(median);
  const pxPerMs = width / total;
  const rPeakMs = median === null ? 0 : (1000 * median.rPeak) / median.samplingRateHz;

  useEffect(() => {
    const target = canvas.current;
    const ctx = target?.getContext('2d', { alpha: false });
    if (!target || !ctx || median === null || width === 0 || height === 0) return;
    const pixelRatio = window.devicePixelRatio;
    target.width = Math.round(width * pixelRatio);
    target.height = Math.round(height * pixelRatio);
    const palette = canvasPalette(scheme);
    drawMedian(ctx, { widthPx: width, heightPx: height, pixelRatio, median, chosen, paper, palette });
  }, [median, width, height, scheme, chosen, paper]);

  useActions([
    {
      id: 'undo-limit',
      label: 'Undo the last move of a limit',
      group: 'Beats',
      keys: ['mod+z'],
      enabled: edits.canUndo,
      run: edits.undo,
    },
    {
      id: 'redo-limit',
      label: 'Redo the move of a limit',
      group: 'Beats',
      keys: ['mod+shift+z', 'mod+y'],
      enabled: edits.canRedo,
      run: edits.redo,
    },
  ]);

  function move(fiducial: Fiducial, toMs: number, going: string | null) {
    edits.set(moved(limits, fiducial, toMs, total), going);
  }

  function key(event: KeyboardEvent, fiducial: Fiducial) {
    const direction = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const now = limits[fiducial];
    if (direction === 0 || now === null) return;
    event.preventDefault();
    event.stopPropagation();
    move(fiducial, now + direction * STEP_MS * (event.shiftKey ? 10 : 1), null);
  }

  function drag(event: PointerEvent<HTMLDivElement>, fiducial: Fiducial) {
    if (event.buttons !== 1) return;
    const left = event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0;
    move(fiducial, (event.clientX - left) / pxPerMs, `${fiducial} ${drags.current}`);
  }

  if (median === null) return null;
  return (
    <>
      <div ref={box} className={classes.beat} data-testid="median-beat">
        <canvas
          ref={canvas}
          className={classes.canvas}
          role="img"
          aria-label={`Median beat of ${intervals.leads.length} leads, superimposed`}
        />
        {FIDUCIALS.map((fiducial) => {
          const ms = limits[fiducial];
          const by = machine[fiducial];
          if (ms === null) return null;
          const name = FIDUCIAL_NAMES[fiducial];
          return (
            <div key={fiducial}>
              {by !== null && by !== ms && (
                <div className={classes.machine} style={{ left: by * pxPerMs, bottom: AXIS_PX }} />
              )}
              <div
                className={classes.limit}
                style={{ left: ms * pxPerMs, bottom: AXIS_PX }}
                data-place={fiducial === 'qrsOnset' || fiducial === 'tEnd' ? 'left' : 'right'}
                role="slider"
                tabIndex={0}
                aria-label={name}
                aria-valuemin={Math.round(-rPeakMs)}
                aria-valuemax={Math.round(total - rPeakMs)}
                aria-valuenow={Math.round(ms - rPeakMs)}
                aria-valuetext={`${name} ${Math.round(ms - rPeakMs)} ms from the R peak`}
                onKeyDown={(event) => key(event, fiducial)}
                onPointerDown={(event) => {
                  event.currentTarget.setPointerCapture(event.pointerId);
                  drags.current++;
                }}
                onPointerMove={(event) => drag(event, fiducial)}
              >
                <span>{name}</span>
              </div>
            </div>
          );
        })}
      </div>
      <div className={classes.below}>
        <Measures intervals={intervals} machine={machine} edits={edits} />
        <fieldset className={classes.leads}>
          <legend className="k-quiet k-small">Leads drawn strong</legend>
          {intervals.leads.map(({ lead }, index) => (
            <ToolButton
              key={lead}
              label={`Lead ${lead}`}
              pressed={chosen.has(index)}
              onClick={() => {
                const next = new Set(chosen);
                if (!next.delete(index)) next.add(index);
                setChosen(next);
              }}
            >
              {lead}
            </ToolButton>
          ))}
          <ToolButton label="Undo" shortcut="mod+z" disabled={!edits.canUndo} onClick={edits.undo}>
            <IconArrowBackUp size={16} aria-hidden="true" />
          </ToolButton>
          <ToolButton label="Redo" shortcut="mod+shift+z" disabled={!edits.canRedo} onClick={edits.redo}>
            <IconArrowForwardUp size={16} aria-hidden="true" />
          </ToolButton>
          {FIDUCIALS.filter((fiducial) => limits[fiducial] === null).map((fiducial) => (
            <ToolButton
              key={fiducial}
              label={`Place the ${FIDUCIAL_NAMES[fiducial]}, which the machine does not see`}
              onClick={() => edits.set(placed(limits, fiducial, rPeakMs, total), null)}
            >
              Place {FIDUCIAL_NAMES[fiducial]}
            </ToolButton>
          ))}
          <p className="k-quiet k-small">
            Drag a limit, or Tab to it and press ← →: {STEP_MS} ms, with Shift {10 * STEP_MS} ms. Your limits
            stay beside the machine’s while the study is open; the report keeps the machine’s.
          </p>
        </fieldset>
      </div>
    </>
  );
}

const ROWS: {
  name: string;
  of: keyof MeasuredIntervals;
  machine: (i: EcgIntervals) => Measurement | null;
}[] = [
  { name: 'PR', of: 'prMs', machine: (i) => i.prMs },
  { name: 'QRS', of: 'qrsMs', machine: (i) => i.qrsMs },
  { name: 'QT', of: 'qtMs', machine: (i) => i.qtMs },
  { name: 'QTc Bazett', of: 'qtcBazettMs', machine: (i) => i.qtcMs?.bazett ?? null },
  { name: 'QTc Fridericia', of: 'qtcFridericiaMs', machine: (i) => i.qtcMs?.fridericia ?? null },
];

function Measures({
  intervals,
  machine,
  edits,
}: {
  intervals: EcgIntervals;
  machine: ReturnType<typeof machineLimits>;
  edits: LimitEdits;
}) {
  const rr = intervals.rrMs?.value ?? null;
  const yours = edits.current === null ? null : measured(edits.current, rr);
  const shown = measured(machine, rr);
  const ms = (value: number | null | undefined) => (value == null ? '–' : `${Math.round(value)} ms`);
  return (
    <table className={classes.measures}>
      <thead>
        <tr>
          <th scope="col">Interval</th>
          <th scope="col">Machine</th>
          <th scope="col">90 %</th>
          <th scope="col">Its limits above</th>
          <th scope="col">Your limits</th>
        </tr>
      </thead>
      <tbody>
        {ROWS.map(({ name, of, machine: answer }) => {
          const said = answer(intervals);
          return (
            <tr key={of}>
              <th scope="row">{name}</th>
              <td className="k-number">{ms(said?.value)}</td>
              <td className="k-number k-quiet">
                {said !== null && `${Math.round(said.interval90.low)}–${Math.round(said.interval90.high)}`}
              </td>
              <td className="k-number k-quiet">{ms(shown[of])}</td>
              <td className="k-number" data-testid={`yours-${of}`}>
                <strong>{ms(yours?.[of])}</strong>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
