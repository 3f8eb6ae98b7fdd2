/** The median beat with its leads superimposed; its limits are moved by pointer or key, measured and kept. */
import { useElementSize } from '@mantine/hooks';
import { IconArrowBackUp, IconArrowForwardUp } from '@tabler/icons-react';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import {
  type EcgIntervals,
  WAVE_LIMIT_NAMES,
  WAVE_LIMITS,
  type WaveLimit,
} from '../../../src/contract/intervals.ts';
import type { LimitPlace } from '../../../src/contract/study.ts';
import { machineLimits, roomOf, withPlace, withReader } from '../../../src/ecg/wave-limits.ts';
import { useActions } from '../../actions/actions.ts';
import { ToolButton } from '../../components/tool-button.tsx';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { Paper } from '../strip/paper.ts';
import { AXIS_PX, drawMedian, lengthMs } from './draw-median.ts';
import { Measures } from './measures.tsx';
import classes from './median.module.css';
import { useLimitDraft } from './use-limit-draft.ts';

interface MedianBeatProps {
  intervals: EcgIntervals;
  scheme: 'light' | 'dark';
  /** False once the study is confirmed: limits are shown and do not move. */
  editable: boolean;
  canUndo: boolean;
  canRedo: boolean;
  /** Keeps a limit as a correction; resolves when it is kept or refused. */
  onPlace: (limit: WaveLimit, place: LimitPlace) => Promise<unknown>;
  onUndo: () => void;
  onRedo: () => void;
}

/** One press of an arrow; with Shift ten. */
const STEP_MS = 2;
/** Where a limit that is not seen is put first, milliseconds from the R peak; from there it is moved. */
const FIRST_PLACE_MS: Readonly<Record<WaveLimit, number>> = {
  pOnset: -200,
  pEnd: -90,
  qrsOnset: -40,
  qrsEnd: 40,
  tOnset: 200,
  tEnd: 360,
};
/** Waves that a heart may lack, so that a reader may say so. */
const MAY_LACK: readonly WaveLimit[] = ['pOnset', 'pEnd', 'tOnset', 'tEnd'];

export function MedianBeat(props: MedianBeatProps) {
  const { intervals, scheme, editable, onPlace } = props;
  const { ref: box, width, height } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [paper] = useState(() => new Paper());
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const drafts = useLimitDraft(({ limit, fromRPeakMs }) => onPlace(limit, { at: 'ms', fromRPeakMs }));
  const machine = useMemo(() => machineLimits(intervals), [intervals]);
  const median = intervals.medianBeat;
  const kept = intervals.measuredByReader?.limits ?? {};
  const { draft } = drafts;
  const reader =
    draft === null ? kept : withPlace(kept, draft.limit, { at: 'ms', fromRPeakMs: draft.fromRPeakMs });
  const limits = withReader(machine, reader);
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

  function undo() {
    if (!drafts.drop()) props.onUndo();
  }
  const canUndo = editable && (props.canUndo || draft !== null);
  const canRedo = editable && props.canRedo;

  useActions([
    {
      id: 'undo',
      label: 'Undo the last correction',
      group: 'Beats',
      keys: ['mod+z'],
      enabled: canUndo,
      run: undo,
    },
    {
      id: 'redo',
      label: 'Redo the correction',
      group: 'Beats',
      keys: ['mod+shift+z', 'mod+y'],
      enabled: canRedo,
      run: props.onRedo,
    },
  ]);

  function place(limit: WaveLimit, at: LimitPlace) {
    drafts.settle();
    void onPlace(limit, at);
  }

  function within(limit: WaveLimit, toMs: number): number {
    if (median === null) return toMs;
    const { fromMs, toMs: end } = roomOf(limits, limit, median);
    return Math.max(fromMs, Math.min(end, toMs));
  }

  function key(event: KeyboardEvent, limit: WaveLimit) {
    const now = limits[limit];
    const direction = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const lacking = event.key === 'Delete' && MAY_LACK.includes(limit);
    if (now === null || (direction === 0 && !lacking)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!editable) return;
    if (lacking) {
      drafts.drop();
      void onPlace(limit, { at: 'nowhere' });
    } else {
      const step = direction * STEP_MS * (event.shiftKey ? 10 : 1);
      drafts.move({ limit, fromRPeakMs: within(limit, now + step) });
    }
  }

  function drag(event: PointerEvent<HTMLDivElement>, limit: WaveLimit) {
    if (event.buttons !== 1 || !editable) return;
    const left = event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0;
    const toMs = Math.round((event.clientX - left) / pxPerMs - rPeakMs);
    drafts.move({ limit, fromRPeakMs: within(limit, toMs) });
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
        {WAVE_LIMITS.map((limit) => {
          const ms = limits[limit];
          const by = machine[limit];
          const left = (fromRPeak: number) => (fromRPeak + rPeakMs) * pxPerMs;
          const yours = reader[limit] !== undefined;
          const name = WAVE_LIMIT_NAMES[limit];
          return (
            <div key={limit}>
              {by !== null && yours && by !== ms && (
                <div className={classes.machine} style={{ left: left(by), bottom: AXIS_PX }} />
              )}
              {ms !== null && (
                <div
                  className={classes.limit}
                  style={{ left: left(ms), bottom: AXIS_PX }}
                  data-limit={limit}
                  data-yours={yours}
                  role="slider"
                  tabIndex={0}
                  aria-label={name}
                  aria-readonly={!editable}
                  aria-valuemin={Math.round(-rPeakMs)}
                  aria-valuemax={Math.round(total - rPeakMs)}
                  aria-valuenow={Math.round(ms)}
                  aria-valuetext={`${name} ${Math.round(ms)} ms from the R peak${yours ? ', placed by the reader' : ''}`}
                  onKeyDown={(event) => key(event, limit)}
                  onBlur={drafts.settle}
                  onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
                  onPointerMove={(event) => drag(event, limit)}
                  onPointerUp={drafts.settle}
                >
                  <span>{yours ? `${name}, yours` : name}</span>
                </div>
              )}
            </div>
          );
        })}
      </div>
      <div className={classes.below}>
        <Measures intervals={intervals} machine={machine} reader={reader} />
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
          <ToolButton label="Undo" shortcut="mod+z" disabled={!canUndo} onClick={undo}>
            <IconArrowBackUp size={16} aria-hidden="true" />
          </ToolButton>
          <ToolButton label="Redo" shortcut="mod+shift+z" disabled={!canRedo} onClick={props.onRedo}>
            <IconArrowForwardUp size={16} aria-hidden="true" />
          </ToolButton>
          {WAVE_LIMITS.filter((limit) => limits[limit] === null).map((limit) => (
            <ToolButton
              key={limit}
              label={`Place ${WAVE_LIMIT_NAMES[limit]}, which is not seen`}
              disabled={!editable}
              onClick={() => place(limit, { at: 'ms', fromRPeakMs: within(limit, FIRST_PLACE_MS[limit]) })}
            >
              Place {WAVE_LIMIT_NAMES[limit]}
            </ToolButton>
          ))}
          {WAVE_LIMITS.filter((limit) => reader[limit] !== undefined).map((limit) => (
            <ToolButton
              key={limit}
              label={`${WAVE_LIMIT_NAMES[limit]} back where the machine has it`}
              disabled={!editable}
              onClick={() => place(limit, { at: 'machine' })}
            >
              {WAVE_LIMIT_NAMES[limit]} back
            </ToolButton>
          ))}
          <p className="k-quiet k-small">
            {editable
              ? `Drag a limit, or Tab to it and press ← →: ${STEP_MS} ms, with Shift ${10 * STEP_MS} ms. Delete: no such wave. What you place is kept with the study and reported beside the machine’s.`
              : 'The study is confirmed. Reopen it to move limits.'}
          </p>
        </fieldset>
      </div>
    </>
  );
}
