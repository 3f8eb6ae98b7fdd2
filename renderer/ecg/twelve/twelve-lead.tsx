/** Ten seconds of a 12-lead recording on one page. */
import { Menu } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { ErrorBody } from '../../../src/contract/errors.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { useActions } from '../../actions/actions.ts';
import { request } from '../../client.ts';
import componentClasses from '../../components/components.module.css';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { bodyOf } from '../../words/error-words.ts';
import { elapsed } from '../../words/format.ts';
import ecgClasses from '../ecg.module.css';
import { FilterMenu } from '../filter-menu.tsx';
import { clampLeftSeconds } from '../strip/geometry.ts';
import { Paper } from '../strip/paper.ts';
import { type StripView, useStripView } from '../strip/strip-view.ts';
import type { StripMoves } from '../strip-moves.ts';
import { drawPage, pageScale } from './draw-page.ts';
import { LAYOUT_NAMES, LAYOUTS, type Layout, leadPage, PAGE_SECONDS, usualRhythmLead } from './layouts.ts';
import classes from './twelve.module.css';

interface TwelveLeadProps {
  study: StudyDetail;
  view: StripView;
  moves: StripMoves;
  pxPerMm: number;
  scheme: 'light' | 'dark';
}

interface PageSignal {
  leftSeconds: number;
  leads: Float32Array[];
}

export function TwelveLead({ study, view, moves, pxPerMm, scheme }: TwelveLeadProps) {
  const { id, leads, samplingRateHz, lengthSamples } = study;
  const { ref: box, width, height } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [paper] = useState(() => new Paper());
  const [layout, setLayout] = useState<Layout>('3x4+1');
  const [rhythmLead, setRhythmLead] = useState(() => usualRhythmLead(leads));
  const [signal, setSignal] = useState<PageSignal | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const filter = useStripView(view, (state) => state.filter);
  const gain = useStripView(view, (state) => state.gainMmPerMillivolt);
  const durationSeconds = lengthSamples / samplingRateHz;
  const leftSeconds = useStripView(view, (state) =>
    clampLeftSeconds(state.leftSeconds, PAGE_SECONDS, durationSeconds),
  );
  const scale = pageScale(width, pxPerMm);

  useEffect(() => {
    let gone = false;
    const startSample = Math.round(leftSeconds * samplingRateHz);
    const length = Math.min(Math.ceil(PAGE_SECONDS * samplingRateHz), lengthSamples - startSample);
    request('signal.window', {
      studyId: id,
      leads: leads.map((_, lead) => lead),
      startSample,
      lengthSamples: length,
      filter,
    }).then(
      (window) => {
        if (gone) return;
        setError(null);
        setSignal({ leftSeconds: startSample / samplingRateHz, leads: window.leads });
      },
      (thrown: unknown) => {
        if (!gone) setError(bodyOf(thrown));
      },
    );
    return () => {
      gone = true;
    };
  }, [id, leads, samplingRateHz, lengthSamples, leftSeconds, filter]);

  useEffect(() => {
    const target = canvas.current;
    const ctx = target?.getContext('2d', { alpha: false });
    if (!target || !ctx || width === 0 || height === 0) return;
    const pixelRatio = window.devicePixelRatio;
    target.width = Math.round(width * pixelRatio);
    target.height = Math.round(height * pixelRatio);
    drawPage(ctx, {
      widthPx: width,
      heightPx: height,
      pixelRatio,
      scale: { ...pageScale(width, pxPerMm), gainMmPerMillivolt: gain },
      page: leadPage(layout, leads, rhythmLead),
      signal: signal?.leads ?? null,
      samplingRateHz,
      paper,
      palette: canvasPalette(scheme),
    });
  }, [width, height, scheme, signal, layout, rhythmLead, gain, leads, samplingRateHz, pxPerMm, paper]);

  const nextLayout = () => setLayout(LAYOUTS[(LAYOUTS.indexOf(layout) + 1) % LAYOUTS.length]!);
  const turn = (direction: 1 | -1) => {
    view.set({
      leftSeconds: clampLeftSeconds(leftSeconds + direction * PAGE_SECONDS, PAGE_SECONDS, durationSeconds),
    });
  };
  useActions([
    {
      id: 'next-layout',
      label: 'Next layout of leads',
      group: 'View',
      keys: ['l'],
      enabled: true,
      run: nextLayout,
    },
    {
      id: 'page-on',
      label: 'Ten seconds on',
      group: 'Go',
      keys: ['PageDown'],
      enabled: true,
      run: () => turn(1),
    },
    {
      id: 'page-off',
      label: 'Ten seconds back',
      group: 'Go',
      keys: ['PageUp'],
      enabled: true,
      run: () => turn(-1),
    },
    {
      id: 'gain-up',
      label: 'More gain',
      group: 'View',
      keys: ['+', '='],
      enabled: true,
      run: () => moves.gain(1),
    },
    {
      id: 'gain-down',
      label: 'Less gain',
      group: 'View',
      keys: ['-'],
      enabled: true,
      run: () => moves.gain(-1),
    },
  ]);

  return (
    <>
      <div ref={box} className={classes.page}>
        <canvas
          ref={canvas}
          data-testid="twelve-lead"
          role="img"
          aria-label={`${leads.length} leads, ${elapsed(leftSeconds)} to ${elapsed(leftSeconds + PAGE_SECONDS)}, layout ${LAYOUT_NAMES[layout]}`}
        />
        {error !== null && <ErrorNotice error={error} />}
      </div>
      <div className={ecgClasses.tools} role="toolbar" aria-label="Layout">
        {LAYOUTS.map((each) => (
          <button
            key={each}
            type="button"
            className={componentClasses.tool}
            aria-pressed={each === layout}
            title={`${LAYOUT_NAMES[each]}  L`}
            onClick={() => setLayout(each)}
          >
            {LAYOUT_NAMES[each]}
          </button>
        ))}
        <span className={ecgClasses.divider} />
        <Menu shadow="none" position="top-start">
          <Menu.Target>
            <button type="button" className={componentClasses.tool} title="Lead of the rhythm strip">
              Rhythm: {leads[rhythmLead]}
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {leads.map((name, lead) => (
              <Menu.Item key={name} onClick={() => setRhythmLead(lead)} fw={lead === rhythmLead ? 700 : 400}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <FilterMenu view={view} />
        <span className={ecgClasses.gap} />
        <span className="k-quiet k-small">
          25 mm/s · {gain} mm/mV{scale.pxPerMm < pxPerMm && ', reduced to fit the window'}
        </span>
      </div>
    </>
  );
}
