/** Full disclosure: the whole recording as rows, of which only those in view are fetched and drawn. */
import { Menu } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import type { ErrorBody } from '../../../src/contract/errors.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { useActions } from '../../actions/actions.ts';
import { request } from '../../client.ts';
import componentClasses from '../../components/components.module.css';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { Legend } from '../../components/legend.tsx';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { bodyOf } from '../../words/error-words.ts';
import { elapsed } from '../../words/format.ts';
import ecgClasses from '../ecg.module.css';
import { FilterMenu } from '../filter-menu.tsx';
import { SignalCache } from '../strip/signal-cache.ts';
import { type StripView, useStripView } from '../strip/strip-view.ts';
import classes from './disclosure.module.css';
import { drawRows, GUTTER_PX } from './draw-rows.ts';
import { RowPictures } from './row-pictures.ts';
import {
  ROW_GAINS,
  ROW_SECONDS,
  type RowGain,
  type RowSeconds,
  rowGeometry,
  rowsInView,
  scrollToShow,
} from './rows.ts';

interface DisclosureProps {
  study: StudyDetail;
  beats: BeatTable | null;
  view: StripView;
  scheme: 'light' | 'dark';
  /** A place was chosen: show it on the strip. */
  onOpen: (seconds: number) => void;
}

/** Rows are drawn for at most so long in one frame; the rest follows in the next. */
const DRAW_MILLISECONDS = 5;

export function Disclosure({ study, beats, view, scheme, onOpen }: DisclosureProps) {
  const { id, samplingRateHz, lengthSamples, leads, events } = study;
  const { ref: box, width, height } = useElementSize();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [rowSeconds, setRowSeconds] = useState<RowSeconds>(60);
  const [gain, setGain] = useState<RowGain>(5);
  const [lead, setLead] = useState(() => view.state.leads[0] ?? 0);
  const [error, setError] = useState<ErrorBody | null>(null);
  const filter = useStripView(view, (state) => state.filter);
  const durationSeconds = lengthSamples / samplingRateHz;
  const geometry = useMemo(
    () => rowGeometry(durationSeconds, rowSeconds, gain),
    [durationSeconds, rowSeconds, gain],
  );
  const [cursorRow, setCursorRow] = useState(() => Math.floor(view.state.leftSeconds / rowSeconds));

  useEffect(() => {
    const host = scroller.current;
    const target = canvas.current;
    const ctx = target?.getContext('2d', { alpha: false });
    if (!host || !target || !ctx || width === 0 || height === 0) return;
    const pixelRatio = window.devicePixelRatio;
    target.width = Math.round(width * pixelRatio);
    target.height = Math.round(height * pixelRatio);
    const palette = canvasPalette(scheme);
    const pictures = new RowPictures({
      geometry,
      samplingRateHz,
      widthPx: width - GUTTER_PX,
      pixelRatio,
      beats,
      events,
      palette,
    });
    const samplesARow = rowSeconds * samplingRateHz;
    let frame = 0;
    let previousTop = host.scrollTop;
    const schedule = () => {
      if (frame === 0) frame = requestAnimationFrame(draw);
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
      const top = host!.scrollTop;
      const [first, last] = rowsInView(geometry, top, height);
      const from = Math.floor(first * samplesARow);
      signal.want([lead], from, Math.ceil((last + 1) * samplesARow) - from, top >= previousTop ? 1 : -1);
      previousTop = top;
      const began = performance.now();
      const late = drawRows(ctx!, {
        widthPx: width,
        heightPx: height,
        pixelRatio,
        geometry,
        scrollTop: top,
        first,
        last,
        view: view.state,
        samplingRateHz,
        durationSeconds,
        palette,
        picture: (row) => {
          const held = pictures.get(row);
          if (held !== null) return held;
          const start = Math.floor(row * samplesARow);
          const length = Math.ceil(samplesARow) + 1;
          if (!signal.holds([lead], start, length)) return null;
          if (performance.now() - began > DRAW_MILLISECONDS) return 'later';
          return pictures.draw(row, start, signal.read(lead, start, length));
        },
      });
      if (late) schedule();
    }
    host.addEventListener('scroll', schedule, { passive: true });
    const end = view.subscribe(schedule);
    schedule();
    return () => {
      host.removeEventListener('scroll', schedule);
      end();
      signal.close();
      cancelAnimationFrame(frame);
    };
  }, [
    id,
    lengthSamples,
    samplingRateHz,
    durationSeconds,
    width,
    height,
    scheme,
    geometry,
    rowSeconds,
    lead,
    filter,
    beats,
    events,
    view,
  ]);

  // A beat or event that was gone to is brought into view.
  useEffect(() => {
    let left = view.state.leftSeconds;
    const show = () => {
      const host = scroller.current;
      if (host === null) return;
      const { leftSeconds, visibleSeconds, selectedSample } = view.state;
      const seconds =
        selectedSample === null ? leftSeconds + visibleSeconds / 2 : selectedSample / samplingRateHz;
      const row = Math.min(geometry.rows - 1, Math.floor(seconds / rowSeconds));
      setCursorRow(row);
      host.scrollTop = scrollToShow(geometry, row, host.scrollTop, host.clientHeight);
    };
    show();
    return view.subscribe(() => {
      if (view.state.leftSeconds === left) return;
      left = view.state.leftSeconds;
      show();
    });
  }, [view, geometry, rowSeconds, samplingRateHz]);

  function toRow(row: number) {
    const to = Math.max(0, Math.min(geometry.rows - 1, row));
    setCursorRow(to);
    const host = scroller.current;
    if (host !== null) host.scrollTop = scrollToShow(geometry, to, host.scrollTop, host.clientHeight);
    const { visibleSeconds } = view.state;
    view.set({
      selectedSample: null,
      leftSeconds: Math.max(0, Math.min(to * rowSeconds, durationSeconds - visibleSeconds)),
    });
  }

  const rowsAPage = Math.max(1, Math.floor(height / geometry.rowPx) - 1);
  const row = (rowId: string, label: string, key: string, to: () => number) => ({
    id: rowId,
    label,
    group: 'Go' as const,
    keys: [key],
    enabled: true,
    run: () => toRow(to()),
  });
  useActions([
    row('next-row', 'Next row', 'ArrowDown', () => cursorRow + 1),
    row('previous-row', 'Previous row', 'ArrowUp', () => cursorRow - 1),
    row('rows-on', 'Forward one page of rows', 'PageDown', () => cursorRow + rowsAPage),
    row('rows-back', 'Back one page of rows', 'PageUp', () => cursorRow - rowsAPage),
    row('first-row', 'To the start', 'Home', () => 0),
    row('last-row', 'To the end', 'End', () => geometry.rows - 1),
    {
      id: 'open-row',
      label: 'Show this place on the strip',
      group: 'Go',
      keys: [],
      enabled: true,
      run: openHere,
    },
  ]);

  function openHere() {
    const { selectedSample, leftSeconds, visibleSeconds } = view.state;
    onOpen(selectedSample === null ? leftSeconds + visibleSeconds / 2 : selectedSample / samplingRateHz);
  }

  function open(event: PointerEvent<HTMLCanvasElement>) {
    const place = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - place.left - GUTTER_PX;
    const y = event.clientY - place.top + (scroller.current?.scrollTop ?? 0);
    const at = Math.floor(y / geometry.rowPx);
    if (x < 0 || at >= geometry.rows) return;
    onOpen(Math.min(durationSeconds, (at + x / (width - GUTTER_PX)) * rowSeconds));
  }

  const rowWords = `${elapsed(cursorRow * rowSeconds)} to ${elapsed(Math.min(durationSeconds, (cursorRow + 1) * rowSeconds))}`;
  return (
    <>
      <div className={classes.rows} ref={box}>
        <section
          ref={scroller}
          className={classes.scroller}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keys
          tabIndex={0}
          aria-label={`Full disclosure, lead ${leads[lead]}, rows of ${rowSeconds} s; row ${rowWords}`}
          data-testid="disclosure"
          onKeyDown={(event) => {
            if (event.key === 'Enter') openHere();
          }}
        >
          <canvas ref={canvas} className={classes.canvas} style={{ height }} onPointerUp={open} />
          <div style={{ height: Math.max(0, geometry.rows * geometry.rowPx - height) }} />
        </section>
        {error !== null && <ErrorNotice error={error} />}
      </div>
      <div className={ecgClasses.tools} role="toolbar" aria-label="Rows">
        <Choice
          title="Length of a row"
          shown={`${rowSeconds} s a row`}
          choices={ROW_SECONDS.map((each) => ({
            label: `${each} s a row`,
            chosen: each === rowSeconds,
            choose: () => setRowSeconds(each),
          }))}
        />
        <Choice
          title="Gain"
          shown={`${gain} mm/mV`}
          choices={ROW_GAINS.map((each) => ({
            label: `${each} mm/mV`,
            chosen: each === gain,
            choose: () => setGain(each),
          }))}
        />
        <Choice
          title="Lead"
          shown={leads[lead] ?? ''}
          choices={leads.map((name, each) => ({
            label: name,
            chosen: each === lead,
            choose: () => setLead(each),
          }))}
        />
        <FilterMenu view={view} />
        <span className={ecgClasses.gap} />
        <span className="k-quiet k-small k-number">
          Row {rowWords} · Enter or a click shows it on the strip
        </span>
        <Legend />
      </div>
    </>
  );
}

interface ChoiceProps {
  title: string;
  shown: string;
  choices: { label: string; chosen: boolean; choose: () => void }[];
}

function Choice({ title, shown, choices }: ChoiceProps) {
  return (
    <Menu shadow="none" position="top-start">
      <Menu.Target>
        <button type="button" className={componentClasses.tool} title={title}>
          {shown}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(({ label, chosen, choose }) => (
          <Menu.Item key={label} onClick={choose} fw={chosen ? 700 : 400}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
