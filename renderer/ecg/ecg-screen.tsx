/** The ECG of one study: views of the recording, the whole of it above them, the inspector at the right. */
import { Button, Tabs, useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { BeatClass, BeatTable } from '../../src/contract/ecg.ts';
import { DISPLAY_FILTERS } from '../../src/contract/protocol.ts';
import type { StudyDetail } from '../../src/contract/study.ts';
import { useActions } from '../actions/actions.ts';
import componentClasses from '../components/components.module.css';
import { ErrorNotice } from '../components/error-notice.tsx';
import { beatClassName } from '../components/mark-shape.ts';
import { usePreferences } from '../theme/preferences.ts';
import { elapsed, probability } from '../words/format.ts';
import { certaintyWord } from '../words/uncertainty-words.ts';
import { rememberedSeconds, rememberSeconds } from '../workspace/place.ts';
import { goTo } from '../workspace/workspace.ts';
import { addedSample, beatAt, beatRow } from './beat-rows.ts';
import { Disclosure } from './disclosure/disclosure.tsx';
import classes from './ecg.module.css';
import { ecgActions } from './ecg-actions.ts';
import {
  BEAT_KINDS,
  beatTestOf,
  EVENT_WORDS,
  type EventKind,
  nextSpan,
  SPAN_KINDS,
  spansOf,
} from './events.ts';
import { BeatPanel } from './inspector/beat-panel.tsx';
import { Findings } from './inspector/findings.tsx';
import inspectorClasses from './inspector/inspector.module.css';
import { ProvenancePanel } from './inspector/provenance-panel.tsx';
import { RecordedList } from './inspector/recorded-list.tsx';
import { Waiting } from './inspector/waiting.tsx';
import { MedianBeat } from './median/median-beat.tsx';
import { anyBeat, type BeatTest, countOf, isEctopic, isUncertain, nextBeat } from './navigation.ts';
import { Overview } from './overview.tsx';
import { NOMINAL_PX_PER_MM } from './strip/geometry.ts';
import { Strip } from './strip/strip.tsx';
import { StripView, useStripView } from './strip/strip-view.ts';
import { StripMoves } from './strip-moves.ts';
import { StripTools } from './strip-tools.tsx';
import { type StudyDialog, StudyDialogs } from './study-dialogs.tsx';
import { StudyHeader } from './study-header.tsx';
import { Summary } from './summary/summary.tsx';
import { Templates } from './templates/templates.tsx';
import { TwelveLead } from './twelve/twelve-lead.tsx';
import { useStudy } from './use-study.ts';
import { useStudyActs } from './use-study-acts.ts';
import { ViewTabs } from './view-tabs.tsx';
import { type EcgView, viewsOf } from './views.ts';

/** More leads than this are not shown at first: each would be too low to read. */
const LEADS_AT_FIRST = 3;

export function EcgScreen({ studyId }: { studyId: string }) {
  const { load, changed, again } = useStudy(studyId);
  switch (load.state) {
    case 'loading':
      return <main className={classes.screen} aria-busy="true" aria-label="ECG" />;
    case 'failed':
      return (
        <main className={classes.screen} aria-label="ECG">
          <div className={componentClasses.empty}>
            <ErrorNotice error={load.error} action={{ label: 'Try again', run: again }} />
            <Button variant="default" onClick={() => goTo({ screen: 'worklist' })}>
              Back to the worklist
            </Button>
          </div>
        </main>
      );
    case 'loaded':
      return <LoadedStudy key={studyId} study={load.study} beats={load.beats} changed={changed} />;
  }
}

interface LoadedStudyProps {
  study: StudyDetail;
  beats: BeatTable | null;
  changed: (study: StudyDetail, beats?: BeatTable) => void;
}

function LoadedStudy({ study, beats, changed }: LoadedStudyProps) {
  const scheme = useComputedColorScheme('light');
  const { pxPerMm } = usePreferences();
  const durationSeconds = study.lengthSamples / study.samplingRateHz;
  const [view] = useState(
    () =>
      new StripView({
        leftSeconds: rememberedSeconds(study.id) ?? 0,
        visibleSeconds: 0,
        speedMmPerSecond: 25,
        gainMmPerMillivolt: 10,
        leads: study.leads.map((_, lead) => lead).slice(0, LEADS_AT_FIRST),
        filter: 'none',
        selectedSample: null,
        measuring: false,
        calipers: null,
        cursorSeconds: null,
      }),
  );
  const [moves] = useState(() => new StripMoves(view, durationSeconds));
  const [shown, setShown] = useState<EcgView>('strip');
  const [dialog, setDialog] = useState<StudyDialog | null>(null);
  const [tab, setTab] = useState<string | null>('findings');
  const acts = useStudyActs(study, changed);
  const views = useMemo(() => viewsOf(study), [study]);
  const ecgView = views.includes(shown) ? shown : 'strip';

  const selectedSample = useStripView(view, (state) => state.selectedSample);
  const measuring = useStripView(view, (state) => state.measuring);
  const selectedIndex = beats === null ? -1 : beatAt(beats, selectedSample);
  const selected = beats !== null && selectedIndex >= 0 ? beatRow(beats, selectedIndex) : null;
  const editable = study.status === 'preliminary';
  const uncertain = useMemo(() => (beats === null ? 0 : countOf(beats, isUncertain)), [beats]);
  const ectopic = useMemo(() => (beats === null ? 0 : countOf(beats, isEctopic)), [beats]);
  const spans = useMemo(() => spansOf(study.summary, study.events, study), [study]);
  const kinds = useMemo(() => {
    const here = new Set<EventKind>();
    for (const kind of BEAT_KINDS) if (beats !== null && countOf(beats, beatTestOf(kind)) > 0) here.add(kind);
    for (const kind of SPAN_KINDS) if (spans[kind].length > 0) here.add(kind);
    return here;
  }, [beats, spans]);

  useEffect(() => {
    let timer = 0;
    const end = view.subscribe(() => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => rememberSeconds(study.id, view.state.leftSeconds), 400);
    });
    return () => {
      end();
      window.clearTimeout(timer);
      moves.stop();
    };
  }, [view, moves, study.id]);

  /** Where a place of the recording is asked for, it is shown: on the page of rows, else on the strip. */
  function showPlaces() {
    if (ecgView !== 'disclosure') setShown('strip');
  }

  function select(table: BeatTable, index: number) {
    const sample = table.sample[index];
    if (sample === undefined) return;
    showPlaces();
    view.set({ selectedSample: sample });
    moves.show(sample / study.samplingRateHz);
  }

  function nextOf(direction: 1 | -1, passes: BeatTest): boolean {
    if (beats === null) return false;
    const { leftSeconds, visibleSeconds } = view.state;
    const from = Math.round((leftSeconds + visibleSeconds / 2) * study.samplingRateHz);
    const index = nextBeat(beats, view.state.selectedSample, from, direction, passes);
    if (index >= 0) select(beats, index);
    return index >= 0;
  }

  /** Where the event began that was gone to last; while that is on the strip, the next one is counted from it. */
  const lastSpan = useRef<number | null>(null);

  function next(kind: EventKind, direction: 1 | -1) {
    const beatKind = BEAT_KINDS.find((each) => each === kind);
    const spanKind = SPAN_KINDS.find((each) => each === kind);
    let found = false;
    if (beatKind !== undefined) found = nextOf(direction, beatTestOf(beatKind));
    else if (spanKind !== undefined) {
      const { leftSeconds, visibleSeconds } = view.state;
      const from = leftSeconds * study.samplingRateHz;
      const to = (leftSeconds + visibleSeconds) * study.samplingRateHz;
      const last = lastSpan.current;
      const onStrip = last !== null && last >= from && last <= to;
      const span = nextSpan(spans[spanKind], onStrip ? last : (from + to) / 2, direction);
      found = span !== null;
      if (span !== null) {
        lastSpan.current = span.startSample;
        jump(span.startSample, span.endSample);
      }
    }
    const side = direction === 1 ? 'after' : 'before';
    acts.say(found ? null : { kind: 'note', text: `No ${EVENT_WORDS[kind].name} ${side} this.` });
  }

  function jump(startSample: number, endSample: number) {
    showPlaces();
    moves.showSpan(startSample / study.samplingRateHz, endSample / study.samplingRateHz);
    if (beats !== null && beatAt(beats, startSample) >= 0) view.set({ selectedSample: startSample });
  }

  async function relabel(label: BeatClass) {
    if (selected === null) return;
    await acts.correct({ kind: 'relabel', sample: selected.sample, label });
  }

  async function remove() {
    if (selected === null || beats === null) return;
    const after = beats.sample[selected.index + 1] ?? beats.sample[selected.index - 1] ?? null;
    const corrected = await acts.correct({ kind: 'delete', sample: selected.sample });
    if (corrected !== null) view.set({ selectedSample: after });
  }

  async function add() {
    const { cursorSeconds, calipers, leftSeconds, visibleSeconds } = view.state;
    const seconds = calipers?.fromSeconds ?? cursorSeconds ?? leftSeconds + visibleSeconds / 2;
    const sample = Math.max(0, Math.min(study.lengthSamples - 1, Math.round(seconds * study.samplingRateHz)));
    // It goes to the R peak next to the place; selected, it takes its class from the next key.
    const corrected = await acts.correct({ kind: 'add', sample, label: 'N' });
    if (corrected !== null) view.set({ selectedSample: addedSample(beats, corrected) });
  }

  /** Calipers stand on the selected beat and the next, so that they need no pointer. */
  function toggleCalipers() {
    const from = selected === null ? undefined : beats?.sample[selected.index];
    const to = selected === null ? undefined : beats?.sample[selected.index + 1];
    const rate = study.samplingRateHz;
    moves.toggleCalipers(
      from === undefined || to === undefined ? null : { fromSeconds: from / rate, toSeconds: to / rate },
    );
  }

  function nextFilter() {
    const at = DISPLAY_FILTERS.indexOf(view.state.filter);
    view.set({ filter: DISPLAY_FILTERS[(at + 1) % DISPLAY_FILTERS.length]! });
  }

  useActions(
    ecgActions(ecgView, {
      kinds,
      hasBeats: beats !== null && beats.sample.length > 0,
      hasSelection: selected !== null,
      measuring,
      canUndo: study.corrections.canUndo && editable,
      canRedo: study.corrections.canRedo && editable,
      canConfirm: editable,
      canReopen: study.status === 'confirmed',
      canReanalyse: editable || study.status === 'failed',
      next,
      nextBeat: (direction) => {
        const found = nextOf(direction, anyBeat);
        const side = direction === 1 ? 'after' : 'before';
        acts.say(found ? null : { kind: 'note', text: `No beat ${side} this.` });
      },
      page: (part) => moves.page(part),
      toStart: () => moves.toStart(),
      toEnd: () => moves.toEnd(),
      relabel: (label) => void relabel(label),
      add: () => void add(),
      remove: () => void remove(),
      undo: () => void acts.travel('beats.undo'),
      redo: () => void acts.travel('beats.redo'),
      deselect: () => view.set({ selectedSample: null, calipers: null, measuring: false }),
      calipers: toggleCalipers,
      moveCaliper: (direction) => moves.moveCaliper(direction),
      gain: (direction) => moves.gain(direction),
      speed: (direction) => moves.speed(direction),
      nextFilter,
      views,
      show: setShown,
      open: setDialog,
      reanalyse: () => void acts.reanalyse(),
      exportReport: (format) => void acts.exportReport(format),
    }),
  );

  const spoken =
    selected === null
      ? 'No beat is selected.'
      : `Beat ${selected.index + 1} at ${elapsed(selected.sample / study.samplingRateHz)}: ${beatClassName(selected.label)}, ${certaintyWord(selected.recommendation, selected.topProbability)}, ${probability(selected.topProbability)}.`;

  function rrMilliseconds(from: number): number | null {
    const before = beats?.sample[from];
    const after = beats?.sample[from + 1];
    if (before === undefined || after === undefined) return null;
    return Math.round(((after - before) / study.samplingRateHz) * 1000);
  }

  return (
    <main className={classes.screen} aria-label="ECG" data-study={study.id}>
      <StudyHeader
        study={study}
        exporting={acts.exporting}
        onConfirm={() => setDialog('confirm')}
        onReopen={() => setDialog('reopen')}
        onExport={(format) => void acts.exportReport(format)}
      />
      {acts.message !== null && (
        <div className={classes.message}>
          <div>
            {acts.message.kind === 'error' ? (
              <ErrorNotice error={acts.message.error} />
            ) : (
              <output>{acts.message.text}</output>
            )}
          </div>
          <Button variant="default" onClick={() => acts.say(null)}>
            Close
          </Button>
        </div>
      )}
      <div className={classes.body}>
        <div className={classes.main}>
          <ViewTabs views={views} view={ecgView} onShow={setShown} />
          {ecgView !== 'median' && ecgView !== 'twelve' && (
            <Overview
              beats={beats}
              summary={study.summary}
              events={study.events}
              samplingRateHz={study.samplingRateHz}
              durationSeconds={durationSeconds}
              view={view}
              scheme={scheme}
              onSeek={(seconds) => {
                showPlaces();
                moves.centreOn(seconds);
              }}
            />
          )}
          {ecgView === 'strip' && (
            <>
              <Strip
                study={study}
                beats={beats}
                view={view}
                pxPerMm={pxPerMm ?? NOMINAL_PX_PER_MM}
                scheme={scheme}
                spoken={spoken}
              />
              <StripTools
                view={view}
                leadNames={study.leads}
                calibrated={pxPerMm !== null}
                uncertain={uncertain}
                ectopic={ectopic}
                canUndo={study.corrections.canUndo && editable}
                canRedo={study.corrections.canRedo && editable}
                onNext={(what, direction) => next(what, direction)}
                onUndo={() => void acts.travel('beats.undo')}
                onRedo={() => void acts.travel('beats.redo')}
                onMeasure={toggleCalipers}
              />
            </>
          )}
          {ecgView === 'summary' && study.summary !== null && (
            <Summary
              study={study}
              summary={study.summary}
              beats={beats}
              scheme={scheme}
              onJump={jump}
              onReanalyse={editable ? () => void acts.reanalyse() : null}
            />
          )}
          {ecgView === 'disclosure' && (
            <Disclosure
              study={study}
              beats={beats}
              view={view}
              scheme={scheme}
              onOpen={(seconds) => {
                setShown('strip');
                moves.centreOn(seconds);
              }}
            />
          )}
          {ecgView === 'templates' && beats !== null && (
            <Templates
              study={study}
              beats={beats}
              view={view}
              moves={moves}
              scheme={scheme}
              editable={editable}
              onRelabel={(samples, label, group) =>
                void acts.correct({ kind: 'relabel-many', samples, label, group })
              }
            />
          )}
          {ecgView === 'twelve' && (
            <TwelveLead
              study={study}
              view={view}
              moves={moves}
              pxPerMm={pxPerMm ?? NOMINAL_PX_PER_MM}
              scheme={scheme}
            />
          )}
          {ecgView === 'median' && study.summary?.intervals != null && (
            <MedianBeat
              intervals={study.summary.intervals}
              scheme={scheme}
              editable={editable}
              canUndo={study.corrections.canUndo}
              canRedo={study.corrections.canRedo}
              onPlace={(limit, place) => acts.correct({ kind: 'wave-limit', limit, place })}
              onUndo={() => void acts.travel('beats.undo')}
              onRedo={() => void acts.travel('beats.redo')}
            />
          )}
        </div>
        <aside className={inspectorClasses.inspector} aria-label="Inspector">
          {study.summary === null ? (
            <Waiting study={study} onAgain={() => void acts.reanalyse()} />
          ) : (
            <Tabs value={tab} onChange={setTab} className={inspectorClasses.tabs}>
              <Tabs.List>
                <Tabs.Tab value="findings">Findings</Tabs.Tab>
                {study.events.length > 0 && <Tabs.Tab value="marks">Marks</Tabs.Tab>}
                <Tabs.Tab value="provenance">Provenance</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="findings" className={inspectorClasses.panel} tabIndex={0}>
                <Findings study={study} summary={study.summary} onJump={jump} />
              </Tabs.Panel>
              {study.events.length > 0 && (
                <Tabs.Panel value="marks" className={inspectorClasses.panel}>
                  <RecordedList study={study} onJump={jump} />
                </Tabs.Panel>
              )}
              <Tabs.Panel value="provenance" className={inspectorClasses.panel} tabIndex={0}>
                {study.provenance !== null && <ProvenancePanel provenance={study.provenance} />}
              </Tabs.Panel>
            </Tabs>
          )}
          {selected !== null && (
            <BeatPanel
              beat={selected}
              samplingRateHz={study.samplingRateHz}
              rrBefore={rrMilliseconds(selected.index - 1)}
              rrAfter={rrMilliseconds(selected.index)}
              editable={editable}
              onRelabel={(label) => void relabel(label)}
              onDelete={() => void remove()}
              onClose={() => view.set({ selectedSample: null })}
            />
          )}
        </aside>
      </div>
      <div className="k-visually-hidden" aria-live="polite">
        {spoken}
      </div>
      <StudyDialogs
        study={study}
        uncertainBeats={uncertain}
        dialog={dialog}
        onClose={() => setDialog(null)}
        changed={changed}
      />
    </main>
  );
}
