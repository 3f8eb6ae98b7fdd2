/**
 * What the window shows and knows, kept in memory only: session, worklist, jobs and the place where the
 * user is. Events of the service keep it fresh.
 */
import { useSyncExternalStore } from 'react';
import type { PendingDelimitedText } from '../../src/contract/delimited-text.ts';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { ImagingStudyRow } from '../../src/contract/imaging-study.ts';
import type { Job, KirchhoffEvent, SessionState } from '../../src/contract/protocol.ts';
import type { StudyRow } from '../../src/contract/study.ts';
import { onEvent, request } from '../client.ts';
import { bodyOf } from '../words/error-words.ts';
import { type Place, rememberedPlace, rememberPlace } from './place.ts';

export interface JobSeen {
  job: Job;
  /** When it was first seen and how much was done then, for the rate. */
  firstSeenMs: number;
  firstDone: number;
  lastSeenMs: number;
}

export interface WorkspaceState {
  /** Null until the service has answered. */
  session: SessionState | null;
  startError: ErrorBody | null;
  studies: readonly StudyRow[];
  imagingStudies: readonly ImagingStudyRow[];
  studiesState: 'loading' | 'loaded';
  studiesError: ErrorBody | null;
  jobs: readonly JobSeen[];
  /** Text files that wait to be told what their columns are. */
  pendingTexts: readonly PendingDelimitedText[];
  place: Place;
  /** Shown once after a user was created or recovered; the rest of the window waits for it. */
  recoveryKey: string | null;
  /** Open the first sample study as soon as it is analysed, unless the user goes elsewhere first. */
  openNextSample: boolean;
  /** The process that keeps the records stopped by itself; said until the next unlock. */
  serviceRestarted: boolean;
  /** An error of something that has no place of its own on the screen, for instance a drop. */
  importError: ErrorBody | null;
}

let state: WorkspaceState = {
  session: null,
  startError: null,
  studies: [],
  imagingStudies: [],
  studiesState: 'loading',
  studiesError: null,
  jobs: [],
  pendingTexts: [],
  place: rememberedPlace(),
  recoveryKey: null,
  openNextSample: false,
  serviceRestarted: false,
  importError: null,
};
const listeners = new Set<() => void>();

function update(change: Partial<WorkspaceState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useWorkspace<Value>(select: (state: WorkspaceState) => Value): Value {
  return useSyncExternalStore(subscribe, () => select(state));
}

export function goTo(place: Place): void {
  rememberPlace(place);
  update({ place, openNextSample: false });
}

/** The screen of a study that is known by its id only. */
export function placeOfStudy(studyId: string): Place {
  const isImage = state.imagingStudies.some((row) => row.id === studyId);
  return { screen: isImage ? 'radiograph' : 'ecg', studyId };
}

function withStudy(study: StudyRow): readonly StudyRow[] {
  const rest = state.studies.filter((row) => row.id !== study.id);
  return [...rest, study];
}

function withJob(job: Job): readonly JobSeen[] {
  const now = Date.now();
  const known = state.jobs.find((seen) => seen.job.id === job.id);
  if (known === undefined) {
    return [...state.jobs, { job, firstSeenMs: now, firstDone: job.done, lastSeenMs: now }];
  }
  return state.jobs.map((seen) => (seen === known ? { ...seen, job, lastSeenMs: now } : seen));
}

function openSampleIfDone(study: StudyRow): void {
  if (!state.openNextSample || state.recoveryKey !== null) return;
  if (study.status === 'preliminary') goTo({ screen: 'ecg', studyId: study.id });
}

function receive(event: KirchhoffEvent): void {
  switch (event.kind) {
    case 'job':
      update({ jobs: withJob(event.job) });
      return;
    case 'study':
      update({ studies: withStudy(event.study) });
      openSampleIfDone(event.study);
      return;
    case 'studyRemoved': {
      update({ studies: state.studies.filter((row) => row.id !== event.studyId) });
      const { place } = state;
      if (place.screen === 'ecg' && place.studyId === event.studyId) goTo({ screen: 'worklist' });
      return;
    }
    case 'imagingStudy': {
      const rest = state.imagingStudies.filter((row) => row.id !== event.study.id);
      update({ imagingStudies: [...rest, event.study] });
      return;
    }
    case 'imagingStudyRemoved': {
      update({ imagingStudies: state.imagingStudies.filter((row) => row.id !== event.studyId) });
      const { place } = state;
      if (place.screen === 'radiograph' && place.studyId === event.studyId) goTo({ screen: 'worklist' });
      return;
    }
    case 'delimitedTextPending':
      void loadPendingTexts();
      return;
    case 'session':
      sessionChanged(event.session);
      return;
    case 'serviceRestarted':
      update({ serviceRestarted: true });
  }
}

function sessionChanged(session: SessionState): void {
  const before = state.session?.store;
  if (session.store === 'unlocked') {
    update({ session, serviceRestarted: false });
    if (before !== 'unlocked') void loadStudies();
    return;
  }
  // Nothing of a patient stays in the window's memory behind the lock.
  update({
    session,
    studies: [],
    imagingStudies: [],
    studiesState: 'loading',
    jobs: [],
    pendingTexts: [],
    importError: null,
  });
}

async function loadStudies(): Promise<void> {
  try {
    const [studies, imagingStudies, jobs] = await Promise.all([
      request('studies.list', {}),
      request('imaging.list', {}),
      request('jobs.list', {}),
    ]);
    update({ studies, imagingStudies, studiesState: 'loaded', studiesError: null });
    for (const job of jobs) update({ jobs: withJob(job) });
    await loadPendingTexts();
    const done = studies.find((study) => study.status === 'preliminary');
    if (done !== undefined) openSampleIfDone(done);
  } catch (thrown) {
    update({ studiesError: bodyOf(thrown), studiesState: 'loaded' });
  }
}

async function loadPendingTexts(): Promise<void> {
  try {
    update({ pendingTexts: await request('delimitedText.pending', {}) });
  } catch (thrown) {
    update({ importError: bodyOf(thrown) });
  }
}

/** Begins to listen and asks for the session's state. */
export async function start(): Promise<void> {
  onEvent(receive);
  await askSession();
}

export async function askSession(): Promise<void> {
  try {
    update({ startError: null });
    sessionChanged(await request('session.state', {}));
  } catch (thrown) {
    update({ startError: bodyOf(thrown) });
  }
}

/** Creates the first user; the samples are imported while the recovery key is being written down. */
export async function createFirstUser(name: string, passphrase: string): Promise<void> {
  const { recoveryKey } = await request('session.createUser', { name, passphrase });
  update({ recoveryKey, openNextSample: true, place: { screen: 'worklist' } });
  sessionChanged(await request('session.state', {}));
  await importSamples();
}

export async function importSamples(): Promise<void> {
  await importing(() => request('studies.importSamples', {}));
}

/** Runs something that starts an import and keeps its error for the tray. */
export async function importing(begin: () => Promise<unknown>): Promise<void> {
  try {
    update({ importError: null });
    await begin();
  } catch (thrown) {
    update({ importError: bodyOf(thrown) });
  }
}

export function showRecoveryKey(recoveryKey: string): void {
  update({ recoveryKey });
}

export async function recoveryKeyWrittenDown(): Promise<void> {
  update({ recoveryKey: null });
  sessionChanged(await request('session.state', {}));
  const done = state.studies.find((study) => study.status === 'preliminary');
  if (done !== undefined) openSampleIfDone(done);
}

export async function lock(): Promise<void> {
  sessionChanged(await request('session.lock', {}));
}

export function sessionIs(session: SessionState): void {
  sessionChanged(session);
}

export function forgetJob(id: string): void {
  update({ jobs: state.jobs.filter((seen) => seen.job.id !== id) });
}

export function forgetImportError(): void {
  update({ importError: null });
}
