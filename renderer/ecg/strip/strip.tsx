/** The strip: a canvas of our own that scrolls by wheel and drag, selects beats and measures. */
import { useElementSize } from '@mantine/hooks';
import { type PointerEvent, useEffect, useRef, useState, type WheelEvent } from 'react';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import type { ErrorBody } from '../../../src/contract/errors.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { request } from '../../client.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { bodyOf } from '../../words/error-words.ts';
import { nearestBeat } from '../beat-rows.ts';
import { AXIS_PX, drawStrip, GUTTER_PX, laneMiddle, lanesOf } from './draw-strip.ts';
import { clampLeftSeconds, type PaperScale, pxPerMillivolt, pxPerSecond, secondsOfX } from './geometry.ts';
import { Paper } from './paper.ts';
import { SignalCache } from './signal-cache.ts';
import classes from './strip.module.css';
import { StripTiles, TILE_PX } from './strip-tiles.ts';
import { type StripView, useStripView } from './strip-view.ts';

interface StripProps {
  study: StudyDetail;
  beats: BeatTable | null;
  view: StripView;
  pxPerMm: number;
  scheme: 'light' | 'dark';
  /** Said to screen readers; the selected beat in words. */
  spoken: string;
}

/** A click nearer than this to an R peak selects the beat. */
const CLICK_SECONDS = 0.3;
const CLICK_PX = 4;
/** A place that was leapt to is come to rest after so long. */
const LEAP_MILLISECONDS = 80;

export function Strip({ study, beats, view, pxPerMm, scheme, spoken }: StripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { ref, width, height } = useElementSize();
  const filter = useStripView(view, (state) => state.filter);
  const [error, setError] = useState<ErrorBody | null>(null);
  const [attempt, setAttempt] = useState(0);
  const drag = useRef<{ x: number; y: number; leftSeconds: number; moved: boolean } | null>(null);
  const durationSeconds = study.lengthSamples / study.samplingRateHz;

  const latest = useRef({ study, beats, pxPerMm, scheme, width, height });
  latest.current = { study, beats, pxPerMm, scheme, width, height };
  const redraw = useRef<() => void>(() => {});

  function scaleNow(): PaperScale {
    const { speedMmPerSecond, gainMmPerMillivolt } = view.state;
    return { pxPerMm: latest.current.pxPerMm, speedMmPerSecond, gainMmPerMillivolt };
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt is a new cache
  useEffect(() => {
    const { id, lengthSamples, samplingRateHz, leads } = study;
    const paper = new Paper();
    const tiles = new StripTiles();
    let fonts = document.fonts.status === 'loaded';
    const baselines: number[] = leads.map(() => 0);
    let frame = 0;
    let previousLeft = view.state.leftSeconds;
    let leaping = false;
    let rest = 0;
    const schedule = () => {
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    const leap = () => {
      leaping = true;
      window.clearTimeout(rest);
      rest = window.setTimeout(() => {
        leaping = false;
        schedule();
      }, LEAP_MILLISECONDS);
    };
    const signal = new SignalCache(
      lengthSamples,
      (wanted, startSample, length) =>
        request('signal.window', { studyId: id, leads: wanted, startSample, lengthSamples: length, filter }),
      (failure) => {
        if (failure !== null) setError(bodyOf(failure));
        schedule();
      },
    );
    function draw() {
      frame = 0;
      const now = latest.current;
      const target = canvas.current;
      const ctx = target?.getContext('2d', { alpha: false });
      if (!target || !ctx || now.width === 0 || now.height === 0) return;
      const pixelRatio = window.devicePixelRatio;
      const deviceWidth = Math.round(now.width * pixelRatio);
      const deviceHeight = Math.round(now.height * pixelRatio);
      if (target.width !== deviceWidth || target.height !== deviceHeight) {
        target.width = deviceWidth;
        target.height = deviceHeight;
      }
      const scale = scaleNow();
      const visibleSeconds = (now.width - GUTTER_PX) / pxPerSecond(scale);
      const { state } = view;
      const leftSeconds = clampLeftSeconds(state.leftSeconds, visibleSeconds, durationSeconds);
      if (visibleSeconds !== state.visibleSeconds || leftSeconds !== state.leftSeconds) {
        view.set({ visibleSeconds, leftSeconds });
      }
      const direction = leftSeconds >= previousLeft ? 1 : -1;
      if (Math.abs(leftSeconds - previousLeft) > visibleSeconds) leap();
      previousLeft = leftSeconds;
      // Whole pictures are drawn: the signal of those that are cut by the edges is wanted whole.
      const margin = TILE_PX / pixelRatio / pxPerSecond(scale) + 0.1;
      signal.want(
        state.leads,
        Math.floor((leftSeconds - margin) * samplingRateHz),
        Math.ceil((visibleSeconds + 2 * margin) * samplingRateHz),
        direction,
        leaping,
      );
      const late = drawStrip(ctx, {
        widthPx: now.width,
        heightPx: now.height,
        pixelRatio,
        scale,
        view: view.state,
        samplingRateHz,
        lengthSamples,
        leadNames: leads,
        baselines,
        quality: now.study.summary?.leads ?? [],
        beats: now.beats,
        events: now.study.events,
        signal,
        paper,
        tiles,
        direction,
        leaping,
        fonts,
        palette: canvasPalette(now.scheme),
      });
      if (late) schedule();
    }
    redraw.current = schedule;
    const unsubscribe = view.subscribe(schedule);
    leads.forEach((_, lead) => {
      request('signal.overview', { studyId: id, lead, columns: 2048 }).then(
        ({ minMax }) => {
          // A filter with a lower limit takes the baseline off.
          baselines[lead] = filter === 'none' ? medianMiddle(minMax) : 0;
          schedule();
        },
        (thrown: unknown) => setError(bodyOf(thrown)),
      );
    });
    void document.fonts.ready.then(() => {
      fonts = true;
      schedule();
    });
    schedule();
    return () => {
      unsubscribe();
      signal.close();
      cancelAnimationFrame(frame);
      window.clearTimeout(rest);
      redraw.current = () => {};
    };
  }, [study.id, study.lengthSamples, attempt, view, filter]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is listed is what the drawing shows
  useEffect(() => redraw.current(), [study, beats, pxPerMm, scheme, width, height]);

  function place(event: PointerEvent): { x: number; y: number; seconds: number } {
    const box = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - box.left - GUTTER_PX;
    return { x, y: event.clientY - box.top, seconds: secondsOfX(scaleNow(), view.state.leftSeconds, x) };
  }

  /** Millivolts above the baseline of the lane under the pointer. */
  function levelAt(y: number, lane: number): number {
    const lanes = lanesOf(height, view.state.leads.length);
    return (laneMiddle(lanes, lane, pxPerMm) - y) / pxPerMillivolt(scaleNow());
  }

  function down(event: PointerEvent<HTMLCanvasElement>) {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { x, y, seconds } = place(event);
    drag.current = { x, y, leftSeconds: view.state.leftSeconds, moved: false };
    if (!view.state.measuring) return;
    const lanes = lanesOf(height, view.state.leads.length);
    const lane = Math.max(0, Math.min(lanes.count - 1, Math.floor((y - lanes.top) / lanes.heightPx)));
    const level = levelAt(y, lane);
    view.set({
      calipers: {
        fromSeconds: seconds,
        toSeconds: seconds,
        fromMillivolts: level,
        toMillivolts: level,
        lane,
      },
    });
  }

  function move(event: PointerEvent<HTMLCanvasElement>) {
    const { x, y, seconds } = place(event);
    const { calipers, measuring } = view.state;
    if (drag.current === null) {
      view.set({ cursorSeconds: x >= 0 ? seconds : null });
      return;
    }
    if (Math.abs(x - drag.current.x) + Math.abs(y - drag.current.y) > CLICK_PX) drag.current.moved = true;
    if (!drag.current.moved) return;
    if (measuring && calipers !== null) {
      view.set({
        calipers: { ...calipers, toSeconds: seconds, toMillivolts: levelAt(y, calipers.lane) },
        cursorSeconds: seconds,
      });
      return;
    }
    const leftSeconds = drag.current.leftSeconds - (x - drag.current.x) / pxPerSecond(scaleNow());
    view.set({ leftSeconds: clampLeftSeconds(leftSeconds, view.state.visibleSeconds, durationSeconds) });
  }

  function up(event: PointerEvent<HTMLCanvasElement>) {
    const { seconds } = place(event);
    const clicked = drag.current !== null && !drag.current.moved;
    drag.current = null;
    if (!clicked) return;
    if (view.state.measuring) view.set({ calipers: null });
    if (beats === null) return;
    const index = nearestBeat(
      beats,
      Math.round(seconds * study.samplingRateHz),
      CLICK_SECONDS * study.samplingRateHz,
    );
    view.set({ selectedSample: index < 0 ? null : beats.sample[index]! });
  }

  function wheel(event: WheelEvent) {
    const turned = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
    const px = event.deltaMode === 1 ? turned * 16 : turned;
    const leftSeconds = view.state.leftSeconds + px / pxPerSecond(scaleNow());
    view.set({ leftSeconds: clampLeftSeconds(leftSeconds, view.state.visibleSeconds, durationSeconds) });
  }

  return (
    <div className={classes.strip} ref={ref}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the strip takes the arrow keys */}
      <section className={classes.focus} tabIndex={0} aria-label={`ECG strip. ${spoken}`}>
        <canvas
          ref={canvas}
          className={classes.canvas}
          data-testid="strip"
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerLeave={() => view.set({ cursorSeconds: null })}
          onWheel={wheel}
        />
      </section>
      {error !== null && (
        <div className={classes.error} style={{ bottom: AXIS_PX + 8 }}>
          <ErrorNotice
            error={error}
            action={{
              label: 'Read again',
              run: () => {
                setError(null);
                setAttempt(attempt + 1);
              },
            }}
          />
        </div>
      )}
    </div>
  );
}

function medianMiddle(minMax: Float32Array): number {
  const middles: number[] = [];
  for (let i = 0; i + 1 < minMax.length; i += 2) {
    const middle = (minMax[i]! + minMax[i + 1]!) / 2;
    // A column of half a second or more holds a QRS; its lower third is nearer to the baseline.
    if (!Number.isNaN(middle)) middles.push(minMax[i]! + (middle - minMax[i]!) * 0.5);
  }
  middles.sort((a, b) => a - b);
  return middles[middles.length >> 1] ?? 0;
}
