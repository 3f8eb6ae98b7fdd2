/** The ECG of one study: overview above, strip on paper, inspector at the right. */
import { Button, Progress, Tabs, useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { BEAT_CLASSES, type BeatClass, type BeatTable } from '../../src/contract/ecg.ts';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { ReportFormat } from '../../src/contract/protocol.ts';
import type { Correction, StudyDetail } from '../../src/contract/study.ts';
import { type Action, useActions } from '../actions/actions.ts';
import { request } from '../client.ts';
import componentClasses from '../components/components.module.css';
import { ErrorNotice } from '../components/error-notice.tsx';
import { beatClassName } from '../components/mark-shape.ts';
import { usePreferences } from '../theme/preferences.ts';
import { bodyOf } from '../words/error-words.ts';
import { elapsed, probability } from '../words/format.ts';
import { certaintyWord } from '../words/uncertainty-words.ts';
import { rememberedSeconds, rememberSeconds } from '../workspace/place.ts';
import { goTo, useWorkspace } from '../workspace/workspace.ts';
import { addedSample, beatAt, beatRow } from './beat-rows.ts';
import classes from './ecg.module.css';
import { BeatPanel } from './inspector/beat-panel.tsx';
import { Findings } from './inspector/findings.tsx';
import inspectorClasses from './inspector/inspector.module.css';
import { ProvenancePanel } from './inspector/provenance-panel.tsx';
import { anyBeat, type BeatTest, countOf, isEctopic, isUncertain, nextBeat } from './navigation.ts';
import { Overview } from './overview.tsx';
import { ConfirmDialog, ReasonDialog } from './sign-off.tsx';
import {
  clampLeftSeconds,
  GAINS_MM_PER_MILLIVOLT,
  leftSecondsToShow,
  NOMINAL_PX_PER_MM,
  SPEEDS_MM_PER_SECOND,
  stepped,
} from './strip/geometry.ts';
import { Strip } from './strip/strip.tsx';
import { StripView, useStripView } from './strip/strip-view.ts';
import { StripTools } from './strip-tools.tsx';
import { StudyHeader } from './study-header.tsx';
import { useStudy } from './use-study.ts';

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

type Message = { kind: 'error'; error: ErrorBody } | { kind: 'note'; text: string };

function LoadedStudy({ study, beats, changed }: LoadedStudyProps) {
  const scheme = useComputedColorScheme('light');
  const user = useWorkspace((state) => state.session?.user ?? '');
  const { pxPerMm } = usePreferences();
  const [view] = useState(
    () =>
      new StripView({
        leftSeconds: rememberedSeconds(study.id) ?? 0,
        visibleSeconds: 0,
        speedMmPerSecond: 25,
        gainMmPerMillivolt: 10,
        leads: study.leads.map((_, lead) => lead).slice(0, LEADS_AT_FIRST),
        selectedSample: null,
        measuring: false,
        calipers: null,
        cursorSeconds: null,
      }),
  );
  const [dialog, setDialog] = useState<'confirm' | 'reopen' | 'remove' | null>(null);
  const [message, setMessage] = useState<Message | null>(null);
  const [exporting, setExporting] = useState(false);
  const [tab, setTab] = useState<string | null>('findings');
  const gliding = useRef(0);

  const durationSeconds = study.lengthSamples / study.samplingRateHz;
  const selectedSample = useStripView(view, (state) => state.selectedSample);
  const measuring = useStripView(view, (state) => state.measuring);
  const selectedIndex = beats === null ? -1 : beatAt(beats, selectedSample);
  const selected = beats !== null && selectedIndex >= 0 ? beatRow(beats, selectedIndex) : null;
  const editable = study.status === 'preliminary';
  const canReanalyse = editable || study.status === 'failed';
  const uncertain = useMemo(() => (beats === null ? 0 : countOf(beats, isUncertain)), [beats]);
  const ectopic = useMemo(() => (beats === null ? 0 : countOf(beats, isEctopic)), [beats]);

  useEffect(() => {
    let timer = 0;
    const end = view.subscribe(() => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => rememberSeconds(study.id, view.state.leftSeconds), 400);
    });
    return () => {
      end();
      window.clearTimeout(timer);
      cancelAnimationFrame(gliding.current);
    };
  }, [view, study.id]);

  /** Moves the strip, in 120 ms where the user has nothing against motion. */
  function scrollTo(leftSeconds: number) {
    cancelAnimationFrame(gliding.current);
    const from = view.state.leftSeconds;
    const to = clampLeftSeconds(leftSeconds, view.state.visibleSeconds, durationSeconds);
    const far = Math.abs(to - from) > 2 * view.state.visibleSeconds;
    if (far || window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      view.set({ leftSeconds: to });
      return;
    }
    const began = performance.now();
    const step = (now: number) => {
      const part = Math.min(1, (now - began) / 120);
      view.set({ leftSeconds: from + (to - from) * (1 - (1 - part) ** 2) });
      if (part < 1) gliding.current = requestAnimationFrame(step);
    };
    gliding.current = requestAnimationFrame(step);
  }

  function show(seconds: number) {
    const { leftSeconds, visibleSeconds } = view.state;
    scrollTo(leftSecondsToShow(seconds, leftSeconds, visibleSeconds, durationSeconds));
  }

  function select(table: BeatTable, index: number) {
    const sample = table.sample[index];
    if (sample === undefined) return;
    view.set({ selectedSample: sample });
    show(sample / study.samplingRateHz);
  }

  function next(direction: 1 | -1, passes: BeatTest, what: string) {
    if (beats === null) return;
    const { leftSeconds, visibleSeconds } = view.state;
    const from = Math.round((leftSeconds + visibleSeconds / 2) * study.samplingRateHz);
    const index = nextBeat(beats, view.state.selectedSample, from, direction, passes);
    if (index < 0) {
      setMessage({ kind: 'note', text: `No ${what} ${direction === 1 ? 'after' : 'before'} this.` });
      return;
    }
    setMessage(null);
    select(beats, index);
  }

  function jump(startSample: number, endSample: number) {
    const start = startSample / study.samplingRateHz;
    const end = endSample / study.samplingRateHz;
    const { visibleSeconds } = view.state;
    const middle = end - start > visibleSeconds * 0.8 ? start + visibleSeconds * 0.4 : (start + end) / 2;
    scrollTo(middle - visibleSeconds / 2);
    if (beats !== null && beatAt(beats, startSample) >= 0) view.set({ selectedSample: startSample });
  }

  async function correct(correction: Correction, selectAfter: (beats: BeatTable) => number | null) {
    if (!editable) {
      setMessage({ kind: 'note', text: 'The study is confirmed. Reopen it to change beats.' });
      return;
    }
    try {
      const answer = await request('beats.correct', { studyId: study.id, correction });
      setMessage(null);
      changed(answer.study, answer.beats);
      view.set({ selectedSample: selectAfter(answer.beats) });
    } catch (thrown) {
      setMessage({ kind: 'error', error: bodyOf(thrown) });
    }
  }

  function relabel(label: BeatClass) {
    if (selected === null) return;
    const { sample } = selected;
    void correct({ kind: 'relabel', sample, label }, () => sample);
  }

  function remove() {
    if (selected !== null && beats !== null) {
      const after = beats.sample[selected.index + 1] ?? beats.sample[selected.index - 1] ?? null;
      void correct({ kind: 'delete', sample: selected.sample }, () => after);
    }
  }

  function add() {
    const { cursorSeconds, calipers, leftSeconds, visibleSeconds } = view.state;
    const seconds = calipers?.fromSeconds ?? cursorSeconds ?? leftSeconds + visibleSeconds / 2;
    const sample = Math.max(0, Math.min(study.lengthSamples - 1, Math.round(seconds * study.samplingRateHz)));
    // It goes to the R peak next to the place; selected, it takes its class from the next key.
    void correct({ kind: 'add', sample, label: 'N' }, (after) => addedSample(beats, after));
  }

  async function travel(name: 'beats.undo' | 'beats.redo') {
    try {
      const answer = await request(name, { studyId: study.id });
      setMessage(null);
      changed(answer.study, answer.beats);
    } catch (thrown) {
      setMessage({ kind: 'error', error: bodyOf(thrown) });
    }
  }

  async function reanalyse() {
    try {
      await request('studies.reanalyse', { studyId: study.id, device: {} });
      setMessage(null);
    } catch (thrown) {
      setMessage({ kind: 'error', error: bodyOf(thrown) });
    }
  }

  async function exportReport(format: ReportFormat) {
    setExporting(true);
    try {
      const { path } = await request('report.export', { studyId: study.id, format });
      setMessage(path === null ? null : { kind: 'note', text: `Saved as ${path}` });
    } catch (thrown) {
      setMessage({ kind: 'error', error: bodyOf(thrown) });
    }
    setExporting(false);
  }

  /** Calipers stand on the selected beat and the next, so that they need no pointer. */
  function toggleCalipers() {
    if (view.state.measuring) {
      view.set({ measuring: false, calipers: null });
      return;
    }
    const from = selected === null ? undefined : beats?.sample[selected.index];
    const to = selected === null ? undefined : beats?.sample[selected.index + 1];
    view.set({
      measuring: true,
      calipers:
        from === undefined || to === undefined
          ? null
          : {
              fromSeconds: from / study.samplingRateHz,
              toSeconds: to / study.samplingRateHz,
              fromMillivolts: 0,
              toMillivolts: 1,
              lane: 0,
            },
    });
  }

  function moveCaliper(direction: 1 | -1) {
    const { calipers } = view.state;
    if (calipers === null) return;
    const toSeconds = calipers.toSeconds + direction * 0.01;
    view.set({ calipers: { ...calipers, toSeconds } });
  }

  const zoom = (direction: 1 | -1) =>
    view.set({
      gainMmPerMillivolt: stepped(GAINS_MM_PER_MILLIVOLT, view.state.gainMmPerMillivolt, direction),
    });
  const speed = (direction: 1 | -1) => {
    const { leftSeconds, visibleSeconds, speedMmPerSecond } = view.state;
    const faster = stepped(SPEEDS_MM_PER_SECOND, speedMmPerSecond, direction);
    const visible = (visibleSeconds * speedMmPerSecond) / faster;
    const middle = leftSeconds + visibleSeconds / 2;
    view.set({
      speedMmPerSecond: faster,
      leftSeconds: clampLeftSeconds(middle - visible / 2, visible, durationSeconds),
    });
  };
  const page = (part: number) => scrollTo(view.state.leftSeconds + part * view.state.visibleSeconds);
  const hasBeats = beats !== null && beats.sample.length > 0;

  function action(
    group: Action['group'],
    id: string,
    label: string,
    keys: readonly string[],
    run: () => void,
    enabled = true,
  ): Action {
    return { id, label, group, keys, enabled, run };
  }

  useActions([
    action(
      'Go',
      'next-uncertain',
      'Next uncertain beat',
      ['u'],
      () => next(1, isUncertain, 'uncertain beat'),
      hasBeats,
    ),
    action(
      'Go',
      'previous-uncertain',
      'Previous uncertain beat',
      ['shift+u'],
      () => next(-1, isUncertain, 'uncertain beat'),
      hasBeats,
    ),
    action(
      'Go',
      'next-ectopic',
      'Next ectopic beat',
      ['e'],
      () => next(1, isEctopic, 'ectopic beat'),
      hasBeats,
    ),
    action(
      'Go',
      'previous-ectopic',
      'Previous ectopic beat',
      ['shift+e'],
      () => next(-1, isEctopic, 'ectopic beat'),
      hasBeats,
    ),
    action('Go', 'next-beat', 'Next beat', ['ArrowRight'], () => next(1, anyBeat, 'beat'), hasBeats),
    action('Go', 'previous-beat', 'Previous beat', ['ArrowLeft'], () => next(-1, anyBeat, 'beat'), hasBeats),
    action('Go', 'page-forward', 'Forward one screen', ['PageDown'], () => page(0.9)),
    action('Go', 'page-back', 'Back one screen', ['PageUp'], () => page(-0.9)),
    action('Go', 'to-start', 'To the start', ['Home'], () => scrollTo(0)),
    action('Go', 'to-end', 'To the end', ['End'], () => scrollTo(durationSeconds)),
    ...BEAT_CLASSES.map((label) =>
      action(
        'Beats',
        `relabel-${label}`,
        `Label the selected beat ${label}: ${beatClassName(label)}`,
        [label.toLowerCase()],
        () => relabel(label),
        selected !== null,
      ),
    ),
    action('Beats', 'add-beat', 'Add a beat at the calipers or pointer', ['a'], add, beats !== null),
    action('Beats', 'delete-beat', 'Delete the selected beat', ['Delete'], remove, selected !== null),
    action(
      'Beats',
      'undo',
      'Undo the last correction',
      ['mod+z'],
      () => void travel('beats.undo'),
      study.corrections.canUndo && editable,
    ),
    action(
      'Beats',
      'redo',
      'Redo the correction',
      ['mod+shift+z', 'mod+y'],
      () => void travel('beats.redo'),
      study.corrections.canRedo && editable,
    ),
    action('Beats', 'deselect', 'Deselect; put the calipers away', ['Escape'], () =>
      view.set({ selectedSample: null, calipers: null, measuring: false }),
    ),
    action('View', 'calipers', 'Calipers', ['c'], toggleCalipers),
    action(
      'View',
      'caliper-right',
      'Caliper 10 ms to the right',
      ['shift+ArrowRight'],
      () => moveCaliper(1),
      measuring,
    ),
    action(
      'View',
      'caliper-left',
      'Caliper 10 ms to the left',
      ['shift+ArrowLeft'],
      () => moveCaliper(-1),
      measuring,
    ),
    action('View', 'gain-up', 'More gain', ['+', '='], () => zoom(1)),
    action('View', 'gain-down', 'Less gain', ['-'], () => zoom(-1)),
    action('View', 'speed-up', 'Faster paper', [']'], () => speed(1)),
    action('View', 'speed-down', 'Slower paper', ['['], () => speed(-1)),
    action('Study', 'confirm', 'Confirm the study…', ['mod+Enter'], () => setDialog('confirm'), editable),
    action(
      'Study',
      'reopen',
      'Reopen the study…',
      [],
      () => setDialog('reopen'),
      study.status === 'confirmed',
    ),
    action('Study', 'remove', 'Remove the study…', [], () => setDialog('remove')),
    action('Study', 'reanalyse', 'Analyse again', [], () => void reanalyse(), canReanalyse),
    action('Study', 'export-pdf', 'Export the report as PDF…', ['mod+p'], () => void exportReport('pdf')),
    action('Study', 'export-json', 'Export the report as JSON…', [], () => void exportReport('json')),
    action('Study', 'export-wfdb', 'Export beats as WFDB annotations…', [], () => void exportReport('wfdb')),
  ]);

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
        exporting={exporting}
        onConfirm={() => setDialog('confirm')}
        onReopen={() => setDialog('reopen')}
        onExport={(format) => void exportReport(format)}
      />
      {message !== null && (
        <div className={classes.message}>
          <div>
            {message.kind === 'error' ? (
              <ErrorNotice error={message.error} />
            ) : (
              <output>{message.text}</output>
            )}
          </div>
          <Button variant="default" onClick={() => setMessage(null)}>
            Close
          </Button>
        </div>
      )}
      <div className={classes.body}>
        <div className={classes.main}>
          <Overview
            beats={beats}
            summary={study.summary}
            samplingRateHz={study.samplingRateHz}
            durationSeconds={durationSeconds}
            view={view}
            scheme={scheme}
            onSeek={(seconds) =>
              view.set({
                leftSeconds: clampLeftSeconds(
                  seconds - view.state.visibleSeconds / 2,
                  view.state.visibleSeconds,
                  durationSeconds,
                ),
              })
            }
          />
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
            onNext={(what, direction) =>
              next(direction, what === 'uncertain' ? isUncertain : isEctopic, `${what} beat`)
            }
            onUndo={() => void travel('beats.undo')}
            onRedo={() => void travel('beats.redo')}
            onMeasure={toggleCalipers}
          />
        </div>
        <aside className={inspectorClasses.inspector} aria-label="Inspector">
          {study.summary === null ? (
            <Waiting study={study} onAgain={() => void reanalyse()} />
          ) : (
            <Tabs value={tab} onChange={setTab} className={inspectorClasses.tabs}>
              <Tabs.List>
                <Tabs.Tab value="findings">Findings</Tabs.Tab>
                <Tabs.Tab value="provenance">Provenance</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="findings" className={inspectorClasses.panel} tabIndex={0}>
                <Findings study={study} summary={study.summary} onJump={jump} />
              </Tabs.Panel>
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
              onRelabel={relabel}
              onDelete={remove}
              onClose={() => view.set({ selectedSample: null })}
            />
          )}
        </aside>
      </div>
      <div className="k-visually-hidden" aria-live="polite">
        {spoken}
      </div>
      <ConfirmDialog
        study={study}
        user={user}
        uncertainBeats={uncertain}
        opened={dialog === 'confirm'}
        onClose={() => setDialog(null)}
        onConfirmed={(confirmed) => changed(confirmed)}
      />
      <ReasonDialog
        title={`Reopen study ${study.recordName}`}
        explanation="The study becomes preliminary again. The reason is kept in the audit log."
        act="Reopen"
        opened={dialog === 'reopen'}
        onClose={() => setDialog(null)}
        onReason={async (reason) => changed(await request('studies.reopen', { studyId: study.id, reason }))}
      />
      <ReasonDialog
        title={`Remove study ${study.recordName}`}
        explanation="The recording, its findings and corrections are erased and cannot be brought back. The reason is kept in the audit log."
        act="Remove"
        opened={dialog === 'remove'}
        onClose={() => setDialog(null)}
        onReason={async (reason) => {
          await request('studies.remove', { studyId: study.id, reason });
          goTo({ screen: 'worklist' });
        }}
      />
    </main>
  );
}

/** The inspector of a study without findings: why there are none. */
function Waiting({ study, onAgain }: { study: StudyDetail; onAgain: () => void }) {
  const jobs = useWorkspace((state) => state.jobs);
  const running = jobs.filter(({ job }) => job.state === 'running').map(({ job }) => job);
  const job = running.find((each) => each.studyId === study.id) ?? running[0];
  if (study.status === 'queued' || study.status === 'analysing') {
    return (
      <div className={inspectorClasses.waiting}>
        <p>{study.status === 'queued' ? 'Waiting for analysis.' : 'Being analysed; findings follow.'}</p>
        <Progress value={(job?.progress ?? 0) * 100} aria-label="Analysis" animated={job === undefined} />
      </div>
    );
  }
  return (
    <div className={inspectorClasses.waiting}>
      {study.error !== null ? (
        <ErrorNotice error={study.error} />
      ) : (
        <p>
          <strong>{study.status === 'refused' ? 'Analysis refused.' : 'No findings.'}</strong>{' '}
          {study.headline}
        </p>
      )}
      {study.status === 'failed' && (
        <div>
          <Button onClick={onAgain}>Analyse again</Button>
        </div>
      )}
      {study.findings.map((finding) => (
        <div key={finding.label}>
          <p>
            <strong>{finding.label}</strong>
          </p>
          {finding.why.map((why) => (
            <p key={why}>{why}</p>
          ))}
        </div>
      ))}
      {study.warnings.map((warning) => (
        <p key={warning} className="k-quiet">
          Note: {warning}
        </p>
      ))}
    </div>
  );
}
