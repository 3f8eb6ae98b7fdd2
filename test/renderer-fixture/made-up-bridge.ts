/**
 * A bridge that keeps made-up studies in memory and answers like the service does, slowly enough to see
 * progress. `?state=locked`, `?state=new` and `?studies=400` in the address choose what is there.
 */
import type { PendingDelimitedText } from '../../src/contract/delimited-text.ts';
import { BEAT_CLASSES, type BeatTable } from '../../src/contract/ecg.ts';
import { errorBodyOf, KirchhoffError } from '../../src/contract/errors.ts';
import type {
  Answer,
  AuditRow,
  Job,
  KirchhoffBridge,
  KirchhoffEvent,
  RequestInput,
  RequestName,
  RequestOutput,
  SessionState,
} from '../../src/contract/protocol.ts';
import type { Provenance } from '../../src/contract/provenance.ts';
import type { Correction, StudyDetail, StudyRow } from '../../src/contract/study.ts';
import { applyCorrections, checkCorrection } from '../../src/diagnosis/ecg-beats/corrections.ts';
import { headlineOf } from '../../src/diagnosis/ecg-beats/findings.ts';
import { checkLimit } from '../../src/diagnosis/ecg-beats/reader-intervals.ts';
import { ensembleOf } from '../../src/diagnosis/ecg-beats/test-beats.ts';
import { summariseStudy } from '../../src/diagnosis/ecg-rhythm/summarise-study.ts';
import { testRhythm } from '../../src/diagnosis/ecg-rhythm/test-rhythm.ts';
import { type MadeUpRecording, makeRecording, randomStream, SAMPLING_RATE_HZ } from './made-up-recording.ts';

/** Monte-Carlo samples a beat. */
const SAMPLES = 16;
const options = new URLSearchParams(window.location.search);
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const hex = (seed: number, length: number) => {
  const random = randomStream(seed);
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
};

interface MadeUpStudy {
  detail: StudyDetail;
  recording: MadeUpRecording;
  /** Rows of the machine's beats. */
  ensemble: Uint8Array;
  corrections: Correction[];
  undone: Correction[];
}

/** `?text` in the address: a file that waits for its columns. */
let pendingTexts: PendingDelimitedText[] = options.has('text')
  ? [
      {
        id: 'made-up',
        fileName: 'recorder-export.csv',
        proposal: {
          delimiter: ',',
          decimalMark: '.',
          skipLines: 1,
          headings: ['index', 'Lead II', 'V1'],
          preview: Array.from({ length: 6 }, (_, i) => [String(i), String(-12 + 3 * i), String(8 - i)]),
          time: null,
          units: null,
          leads: [
            { column: 1, name: 'II' },
            { column: 2, name: 'V1' },
          ],
          certain: false,
        },
      },
    ]
  : [];
function forgetText(id: string): void {
  pendingTexts = pendingTexts.filter((text) => text.id !== id);
  emit({ kind: 'delimitedTextPending' });
}

const studies = new Map<string, MadeUpStudy>();
const jobs = new Map<string, Job>();
const listeners = new Set<(event: KirchhoffEvent) => void>();
const emit = (event: KirchhoffEvent) => listeners.forEach((listener) => void listener(event));
const rowOf = (detail: StudyDetail): StudyRow => detail;

const LAYERS = ['beats.conv1', 'beats.conv2', 'beats.conv3', 'beats.dense1', 'beats.dense2'];
function provenance(seed: number): Provenance {
  return {
    inputs: [
      { name: '208s.dat', sha256: hex(seed, 64), bytes: 324_000 },
      { name: '208s.hea', sha256: hex(seed + 1, 64), bytes: 212 },
    ],
    contentSha256: hex(seed + 2, 64),
    model: 'ecg-beats 1',
    modelSha256: hex(seed + 3, 64),
    calibrationId: 'none',
    deviceProfile: 'pcm-nandakumar-2019',
    deviceProfileSha256: hex(seed + 4, 64),
    driftSeconds: 86_400,
    driftCompensation: true,
    programmingSeed: 1,
    samples: 32,
    seed: 1,
    tiles: LAYERS.map((layer, i) => {
      const rowsUsed = [40, 160, 192, 232, 64][i]!;
      const columnsUsed = [16, 32, 32, 64, 4][i]!;
      return {
        layer,
        tile: i,
        rows: 256,
        columns: 256,
        rowsUsed,
        columnsUsed,
        utilisation: (rowsUsed * columnsUsed) / 65_536,
      };
    }),
    rhythm: null,
    softwareVersion: '0.1.0',
  };
}

function makeEnsemble(beats: BeatTable, seed: number): Uint8Array {
  const random = randomStream(seed);
  const probabilities = new Uint8Array(beats.sample.length * SAMPLES * 4);
  for (let i = 0; i < beats.sample.length; i++) {
    for (let s = 0; s < SAMPLES; s++) {
      for (let c = 0; c < 4; c++) {
        const low = beats.probabilityLow[i * 4 + c]!;
        const high = beats.probabilityHigh[i * 4 + c]!;
        if (Number.isNaN(low)) continue;
        probabilities[(i * SAMPLES + s) * 4 + c] = Math.round(255 * (low + (high - low) * random()));
      }
    }
  }
  return probabilities;
}

function refreshed(study: MadeUpStudy): { study: StudyDetail; beats: BeatTable } {
  const corrected = applyCorrections(study.recording.beats, study.corrections);
  const { lengthSamples, samplingRateHz } = study.detail;
  const states = study.recording.secondState;
  const leads = study.detail.leads.map((lead, i) => ({
    lead,
    analysableFraction: states[i]!.filter((state) => state === 0).length / states[i]!.length,
    leadOffSeconds: states[i]!.filter((state) => state === 2).length,
    saturatedSeconds: states[i]!.filter((state) => state === 3).length,
    secondState: states[i]!,
  }));
  const analysable = states[0]!.map((_, second) => (states.some((lead) => lead[second] === 0) ? 1 : 0));
  const seconds = Math.floor(lengthSamples / samplingRateHz);
  const { summary, findings } = summariseStudy(
    { samplingRateHz, lengthSamples, leads, analysable },
    corrected,
    ensembleOf(study.ensemble, corrected, SAMPLES),
    testRhythm(seconds, samplingRateHz, seconds > 600 ? [[300, 420]] : []),
  );
  study.detail = {
    ...study.detail,
    summary,
    findings,
    ...headlineOf(findings, corrected.beats.recommendation),
    corrections: {
      count: study.corrections.length,
      canUndo: study.corrections.length > 0,
      canRedo: study.undone.length > 0,
    },
  };
  return { study: study.detail, beats: corrected.beats };
}

const NAMES = ['Almeida, Rosa', 'Brandt, Jonas', '', 'Chukwu, Ifeoma', 'Dupont, Claire', 'Eriksen, Nils', ''];

function addStudy(recordName: string, seconds: number, seed: number): MadeUpStudy {
  const recording = makeRecording(seconds, seed);
  const study: MadeUpStudy = {
    recording,
    ensemble: makeEnsemble(recording.beats, seed + 7),
    corrections: [],
    undone: [],
    detail: {
      id: hex(seed * 31 + 5, 32),
      recordName,
      patient: {
        name: NAMES[seed % NAMES.length]!,
        id: seed % 3 === 0 ? '' : `MRN ${40_000 + seed * 17}`,
        birthDate: seed % 2 === 0 ? '1951-04-12' : null,
        ageYears: seed % 2 === 0 ? 74 : 58,
        sex: seed % 2 === 0 ? 'female' : 'male',
      },
      recordedAt: seed % 4 === 0 ? null : '2026-03-01T09:12:00',
      importedAt: '2026-11-24T11:30:00',
      durationSeconds: seconds,
      leads: ['MLII', 'V1'],
      status: 'analysing',
      severity: null,
      headline: null,
      recommendation: null,
      reviewFraction: null,
      samplingRateHz: SAMPLING_RATE_HZ,
      lengthSamples: recording.leads[0]!.length,
      events: seed % 2 === 0 ? [{ atSeconds: 21.5, durationSeconds: null, text: 'Patient event' }] : [],
      warnings: seed % 2 === 0 ? ['2 annotations past the end of the recording were dropped.'] : [],
      summary: null,
      findings: [],
      provenance: null,
      error: null,
      corrections: { count: 0, canUndo: false, canRedo: false },
      confirmed: null,
    },
  };
  studies.set(study.detail.id, study);
  return study;
}

function finish(study: MadeUpStudy): void {
  study.detail = { ...study.detail, status: 'preliminary', provenance: provenance(3) };
  refreshed(study);
}

let session: SessionState = {
  store: options.get('state') === 'new' ? 'none' : options.get('state') === 'locked' ? 'locked' : 'unlocked',
  user: options.has('state') ? null : 'Dr Weber',
  users: options.get('state') === 'new' ? [] : ['Dr Weber'],
  autoLockMinutes: 10,
  version: '0.1.0',
};

if (!options.has('state')) {
  finish(addStudy('208-30min', 1806, 1));
  finish(addStudy('231s', 120, 2));
  finish(addStudy('203s', 300, 3));
  const refused = addStudy('102', 60, 4);
  refused.detail = { ...refused.detail, status: 'refused', headline: 'Paced rhythm: not analysed' };
  const failed = addStudy('105', 60, 5);
  failed.detail = { ...failed.detail, status: 'failed', headline: 'The analysis was interrupted.' };
  for (let i = 6; i < Number(options.get('studies') ?? 6); i++) finish(addStudy(`r${i}`, 60, i));
}

function find(studyId: string): MadeUpStudy {
  const study = studies.get(studyId);
  if (study === undefined) throw new KirchhoffError('not-found', 'There is no such study.');
  return study;
}

function change(studyId: string, edit: (study: MadeUpStudy) => void) {
  const study = find(studyId);
  edit(study);
  const answer = refreshed(study);
  emit({ kind: 'study', study: rowOf(answer.study) });
  return answer;
}

async function runImport(id: string): Promise<void> {
  const names = ['208s', '231s', '203s', 'broken'];
  const job: Job = {
    id,
    kind: 'import',
    label: 'samples',
    state: 'running',
    progress: 0,
    done: 0,
    total: names.length,
    secondsLeft: null,
    studyId: null,
    errors: [],
    duplicates: [],
    passedOver: [],
  };
  for (const [i, name] of names.entries()) {
    jobs.set(id, { ...job, ...jobs.get(id), progress: i / 4, done: i, secondsLeft: (4 - i) * 1.2 } as Job);
    emit({ kind: 'job', job: jobs.get(id)! });
    await wait(900);
    if (jobs.get(id)!.state === 'cancelled') return;
    const before = [...studies.values()].find((study) => study.detail.recordName === name);
    if (name === 'broken') {
      jobs.set(id, {
        ...jobs.get(id)!,
        errors: [{ code: 'file-truncated', message: 'The signal ends early.', at: 'broken.dat byte 64800' }],
      });
    } else if (before !== undefined) {
      const duplicate = { recordName: name, studyId: before.detail.id };
      jobs.set(id, { ...jobs.get(id)!, duplicates: [...jobs.get(id)!.duplicates, duplicate] });
    } else {
      const study = addStudy(name, 300, 11 + i);
      emit({ kind: 'study', study: rowOf(study.detail) });
      await wait(600);
      finish(study);
      emit({ kind: 'study', study: rowOf(study.detail) });
    }
  }
  jobs.set(id, { ...jobs.get(id)!, state: 'done', progress: 1, done: 4, secondsLeft: 0 });
  emit({ kind: 'job', job: jobs.get(id)! });
}

function startImport(): { jobId: string } {
  const jobId = hex(Date.now() & 0xffff, 12);
  void runImport(jobId);
  return { jobId };
}

type Handlers = { [Name in RequestName]?: (input: RequestInput<Name>) => RequestOutput<Name> };

const setSession = (part: Partial<SessionState>): SessionState => {
  session = { ...session, ...part };
  return session;
};

const handlers: Handlers = {
  'session.state': () => session,
  'session.createUser': ({ name }) => {
    setSession({ store: 'unlocked', user: name, users: [...session.users, name] });
    return { recoveryKey: 'K7QD-3M9X-PW2C-HT6V-8RNF-J4YB-5SGA-ZE1U' };
  },
  'session.unlock': ({ passphrase }) => {
    if (passphrase === 'wrong') throw new KirchhoffError('wrong-passphrase', 'The passphrase is wrong.');
    return setSession({ store: 'unlocked', user: session.users[0]! });
  },
  'session.lock': () => setSession({ store: 'locked', user: null }),
  'session.setAutoLock': ({ minutes }) => setSession({ autoLockMinutes: minutes }),
  'studies.list': () => [...studies.values()].map((study) => rowOf(study.detail)),
  'studies.get': ({ studyId }) => find(studyId).detail,
  'studies.importSamples': startImport,
  'studies.open': startImport,
  'studies.import': startImport,
  'studies.confirm': ({ studyId }) =>
    change(studyId, (study) => {
      study.detail = {
        ...study.detail,
        status: 'confirmed',
        confirmed: { by: session.user ?? '', at: '2026-11-24T12:00:00' },
      };
    }).study,
  'studies.reopen': ({ studyId }) =>
    change(studyId, (study) => {
      study.detail = { ...study.detail, status: 'preliminary', confirmed: null };
    }).study,
  'signal.window': ({ studyId, leads, startSample, lengthSamples }) => ({
    startSample,
    leads: leads.map((lead) =>
      find(studyId).recording.leads[lead]!.slice(startSample, startSample + lengthSamples),
    ),
  }),
  'signal.overview': ({ studyId, lead, columns }) => {
    const samples = find(studyId).recording.leads[lead]!;
    const minMax = new Float32Array(columns * 2);
    for (let column = 0; column < columns; column++) {
      const from = Math.floor((column * samples.length) / columns);
      const to = Math.max(from + 1, Math.floor(((column + 1) * samples.length) / columns));
      minMax[column * 2] = Math.min(...samples.subarray(from, to));
      minMax[column * 2 + 1] = Math.max(...samples.subarray(from, to));
    }
    return { minMax };
  },
  'beats.get': ({ studyId }) => refreshed(find(studyId)).beats,
  'beats.correct': ({ studyId, correction }) =>
    change(studyId, (study) => {
      const now = refreshed(study);
      if (correction.kind === 'wave-limit') checkLimit(study.detail.summary?.intervals, correction);
      else checkCorrection(now.beats, correction, study.detail);
      study.corrections.push(correction);
      study.undone = [];
    }),
  'beats.undo': ({ studyId }) =>
    change(studyId, (study) => study.undone.push(...study.corrections.splice(-1))),
  'beats.redo': ({ studyId }) =>
    change(studyId, (study) => study.corrections.push(...study.undone.splice(-1))),
  'report.export': ({ format }) => ({ path: `/home/weber/report.${format}` }),
  'jobs.list': () => [...jobs.values()],
  'delimitedText.pending': () => pendingTexts,
  'delimitedText.import': ({ id }) => {
    forgetText(id);
    return { jobId: 'made-up' };
  },
  'delimitedText.dismiss': ({ id }) => {
    forgetText(id);
    return {};
  },
  'jobs.cancel': ({ jobId }) => {
    const job: Job = { ...jobs.get(jobId)!, state: 'cancelled' };
    jobs.set(jobId, job);
    emit({ kind: 'job', job });
    return {};
  },
  'audit.list': () =>
    Array.from(
      { length: 40 },
      (_, i): AuditRow => ({
        sequence: 40 - i,
        at: `2026-11-24T11:${String(59 - i).padStart(2, '0')}:03.120Z`,
        user: 'Dr Weber',
        action: ['session.unlock', 'study.view', 'beat.relabel', 'study.import'][i % 4]!,
        subject: i % 4 === 0 ? null : hex(i + 3, 32),
        detail: i % 4 === 2 ? `sample 12345: ${BEAT_CLASSES[0]} to ${BEAT_CLASSES[2]}` : '',
        hash: hex(i + 90, 64),
      }),
    ),
  'audit.verify': () => ({ rows: 40, brokenAtSequence: null }),
};

async function answer<Name extends RequestName>(
  name: Name,
  input: RequestInput<Name>,
): Promise<Answer<Name>> {
  await wait(name === 'signal.window' ? 15 : 5);
  try {
    const handler = handlers[name];
    if (handler === undefined) throw new KirchhoffError('invalid-request', `${name} is not made up here.`);
    return { ok: true, value: structuredClone(handler(input)) };
  } catch (thrown) {
    return { ok: false, error: errorBodyOf(thrown) };
  }
}

const bridge: KirchhoffBridge = {
  request: answer,
  onEvent: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  importDropped: async () => ({ ok: true, value: startImport() }),
};

Object.defineProperty(window, 'kirchhoff', { value: bridge });
