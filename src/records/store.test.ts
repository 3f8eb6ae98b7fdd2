import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CHEAP_SCRYPT,
  saveSynthetic,
  syntheticAnalysis,
  syntheticDerived,
  syntheticImport,
  wholeAnalysis,
} from '../../test/records/synthetic-study.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { Correction, LimitPlace } from '../contract/study.ts';
import type { FaultPoint } from './faults.ts';
import { ENSEMBLE_PIECE_BEATS } from './kept-ensemble.ts';
import { RecordStore } from './store.ts';

const PASSPHRASE = 'correct horse battery';

let directory: string;
let clock: Date;
let failing: FaultPoint | null;
let store: RecordStore;

function open(): RecordStore {
  return RecordStore.open(directory, {
    softwareVersion: '0.1.0',
    now: () => clock,
    scryptCostForTests: CHEAP_SCRYPT,
    faults: {
      hit: (point) => {
        if (point === failing) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    },
  });
}

/** Files of the vault, without their folders. */
function vaultFiles(): string[] {
  return readdirSync(join(directory, 'vault'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

const code = (expected: ErrorCode) =>
  expect.objectContaining({ body: expect.objectContaining({ code: expected }) });

function importOne(seed = 1, lengthSamples?: number): string {
  const result = store.writable.importStudy(syntheticImport(seed, lengthSamples));
  if (!('studyId' in result)) throw new Error('duplicate');
  return result.studyId;
}

function analysed(seed = 1): string {
  const id = importOne(seed);
  saveSynthetic(
    store.writable,
    id,
    syntheticAnalysis(seed),
    'preliminary',
    syntheticDerived('Machine').headline,
  );
  return id;
}

const actions = () =>
  store.readable
    .auditRows({ limit: 1000, beforeSequence: null })
    .map((row) => row.action)
    .reverse();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kirchhoff-store-'));
  clock = new Date('2026-03-01T10:00:00Z');
  failing = null;
  store = open();
});
afterEach(() => {
  failing = null;
  store.close();
  rmSync(directory, { recursive: true });
});

describe('users and keys', () => {
  it('goes from none over unlocked to locked and back', async () => {
    expect(store.state()).toEqual({ store: 'none', user: null, users: [], autoLockMinutes: 10 });
    const { recoveryKey } = await store.createUser('  Dr. Ohm ', PASSPHRASE);
    expect(recoveryKey).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(store.state()).toMatchObject({ store: 'unlocked', user: 'Dr. Ohm', users: ['Dr. Ohm'] });
    const { readable, writable } = store;
    store.lock();
    expect(store.state()).toMatchObject({ store: 'locked', user: null, users: ['Dr. Ohm'] });
    expect(() => store.readable).toThrow(code('locked'));
    expect(() => store.writable).toThrow(code('locked'));
    expect(() => readable.listStudies()).toThrow(code('locked'));
    expect(() => writable.importStudy(syntheticImport(1))).toThrow(code('locked'));
    await store.unlock('dr. ohm', PASSPHRASE);
    expect(store.state()).toMatchObject({ store: 'unlocked', user: 'Dr. Ohm' });
  });

  it('wraps one data key for several users, who are created in an unlocked store only', async () => {
    await store.createUser('Ohm', PASSPHRASE);
    const id = importOne();
    await expect(store.createUser('OHM', 'another one')).rejects.toThrow(code('already-exists'));
    await store.createUser('Ampère', 'passphrase two');
    store.lock();
    await expect(store.createUser('Volta', 'passphrase three')).rejects.toThrow(code('locked'));
    await expect(store.unlock('Ampère', PASSPHRASE)).rejects.toThrow(code('wrong-passphrase'));
    await expect(store.unlock('Volta', PASSPHRASE)).rejects.toThrow(code('not-found'));
    await store.unlock('Ampère', 'passphrase two');
    expect(store.readable.listStudies().map((row) => row.id)).toEqual([id]);
  });

  it('sets a new passphrase and recovery key by the recovery key, as typed by hand', async () => {
    const { recoveryKey } = await store.createUser('Ohm', PASSPHRASE);
    const id = importOne();
    store.lock();
    await expect(
      store.recover(
        'Ohm',
        recoveryKey.replace(/^./, (c) => (c === '0' ? '1' : '0')),
        'new one',
      ),
    ).rejects.toThrow(code('wrong-passphrase'));
    const typed = recoveryKey.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    const recovered = await store.recover('Ohm', typed, 'new passphrase');
    expect(store.readable.study(id).id).toBe(id);
    store.lock();
    await expect(store.recover('Ohm', recoveryKey, 'again')).rejects.toThrow(code('wrong-passphrase'));
    await expect(store.unlock('Ohm', PASSPHRASE)).rejects.toThrow(code('wrong-passphrase'));
    await store.unlock('Ohm', 'new passphrase');
    store.lock();
    await store.recover('Ohm', recovered.recoveryKey, 'third passphrase');
    expect(actions().filter((action) => action === 'key.recovered')).toHaveLength(2);
  });

  it('makes wrong guesses wait longer and longer, also over a restart, and logs them at the next unlock', async () => {
    await store.createUser('Ohm', PASSPHRASE);
    store.lock();
    for (let guess = 0; guess < 4; guess++) {
      await expect(store.unlock('Ohm', `guess ${guess}`)).rejects.toThrow(code('wrong-passphrase'));
    }
    store.close();
    store = open();
    await expect(store.unlock('Ohm', PASSPHRASE)).rejects.toThrow(/2 s/);
    clock = new Date(clock.getTime() + 2000);
    await expect(store.unlock('Ohm', 'guess 5')).rejects.toThrow(/Try again in 4 s/);
    clock = new Date(clock.getTime() + 3999);
    await expect(store.unlock('Ohm', PASSPHRASE)).rejects.toThrow(/1 s/);
    clock = new Date(clock.getTime() + 1);
    await store.unlock('Ohm', PASSPHRASE);
    const failed = store.readable
      .auditRows({ limit: 100, beforeSequence: null })
      .filter((row) => row.action === 'login.failed');
    expect(failed.map((row) => row.user)).toEqual(Array(5).fill('Ohm'));
    store.lock();
    await expect(store.unlock('Ohm', 'guess')).rejects.toThrow('The passphrase is wrong.');
    await store.unlock('Ohm', PASSPHRASE);
  });

  it('refuses a second process or object on the same folder', async () => {
    expect(() => open()).toThrow(code('store-in-use'));
    store.close();
    store = open();
    await store.createUser('Ohm', PASSPHRASE);
  });

  it('refuses a keyring that is missing or not one', async () => {
    await store.createUser('Ohm', PASSPHRASE);
    store.close();
    const path = join(directory, 'keyring.json');
    const keyring = readFileSync(path, 'utf8');
    writeFileSync(path, keyring.slice(0, 100));
    expect(() => open()).toThrow(code('store-corrupt'));
    rmSync(path);
    expect(() => open()).toThrow(code('store-corrupt'));
    writeFileSync(path, keyring);
    store = open();
    await store.unlock('Ohm', PASSPHRASE);
  });

  it('keeps the idle minutes', async () => {
    await store.createUser('Ohm', PASSPHRASE);
    expect(() => store.writable.setAutoLock(0)).toThrow(code('invalid-request'));
    store.writable.setAutoLock(25);
    expect(store.state().autoLockMinutes).toBe(25);
    store.close();
    store = open();
    await store.unlock('Ohm', PASSPHRASE);
    expect(store.state().autoLockMinutes).toBe(25);
    expect(store.readable.auditRows({ limit: 9, beforeSequence: null })).toContainEqual(
      expect.objectContaining({ action: 'settings.changed', detail: 'auto-lock-minutes: 10 -> 25' }),
    );
  });
});

describe('studies', () => {
  beforeEach(async () => {
    await store.createUser('Ohm', PASSPHRASE);
  });

  it('gives a recording back bit for bit', () => {
    const request = syntheticImport(3, 40_000);
    const result = store.writable.importStudy(request);
    if (!('studyId' in result)) throw new Error('duplicate');
    expect(store.readable.recording(result.studyId)).toEqual(request.recording);
    expect(store.readable.inputs(result.studyId)).toEqual(request.inputs);
    const [v1, mlii] = store.readable.signalWindow(result.studyId, [1, 0], 16_380, 10);
    expect(v1).toEqual(request.recording.leads[1]!.millivolts.slice(16_380, 16_390));
    expect(mlii).toEqual(request.recording.leads[0]!.millivolts.slice(16_380, 16_390));
    expect(store.readable.signalWindow(result.studyId, [0], 39_990, 100)[0]).toHaveLength(10);
    expect(() => store.readable.signalWindow(result.studyId, [2], 0, 10)).toThrow(code('invalid-request'));
    expect(() => store.readable.recording('0'.repeat(32))).toThrow(code('not-found'));
  });

  it('keeps the marks that came with a recording', () => {
    const request = syntheticImport(3);
    request.recording.events = [
      { atSeconds: -0.25, durationSeconds: null, text: 'Recorder started' },
      { atSeconds: 4.5, durationSeconds: 2, text: 'Herzklopfen – Müdigkeit' },
    ];
    const result = store.writable.importStudy(request);
    if (!('studyId' in result)) throw new Error('duplicate');
    expect(store.readable.study(result.studyId).events).toEqual(request.recording.events);
    expect(store.readable.recording(result.studyId).events).toEqual(request.recording.events);
    expect(store.readable.study(importOne(4)).events).toEqual([]);
  });

  it('keeps the same content once', () => {
    const id = importOne(4);
    const files = vaultFiles();
    expect(store.writable.importStudy(syntheticImport(4))).toEqual({ duplicateOf: id });
    expect(store.readable.findByContent(syntheticImport(4).contentSha256)).toBe(id);
    expect(store.readable.findByContent('0'.repeat(64))).toBeNull();
    expect(vaultFiles()).toEqual(files);
  });

  it('lists studies with what is known of them, newest first', () => {
    const first = analysed(1);
    clock = new Date(clock.getTime() + 1000);
    const second = importOne(2);
    expect(store.readable.listStudies()).toMatchObject([
      {
        id: second,
        status: 'queued',
        severity: null,
        headline: null,
        recommendation: null,
        reviewFraction: null,
      },
      {
        id: first,
        recordName: 'synthetic-1',
        status: 'preliminary',
        severity: 'information',
        headline: 'Machine',
        recommendation: 'accept',
        reviewFraction: 0.25,
        durationSeconds: 10,
        leads: ['MLII', 'V1'],
        importedAt: '2026-03-01T10:00:00.000Z',
      },
    ]);
  });

  it('keeps an analysis whole and replaces it without leaving objects behind', () => {
    const id = importOne();
    expect(wholeAnalysis(store.readable, id)).toBeNull();
    expect(store.readable.interruptedStudies()).toEqual([id]);
    store.writable.setStatus(id, 'analysing');
    saveSynthetic(store.writable, id, syntheticAnalysis(1), 'preliminary', syntheticDerived('One').headline);
    expect(wholeAnalysis(store.readable, id)).toEqual(syntheticAnalysis(1));
    expect(store.readable.interruptedStudies()).toEqual([]);
    const files = vaultFiles();
    saveSynthetic(
      store.writable,
      id,
      syntheticAnalysis(9, 20),
      'preliminary',
      syntheticDerived('Two').headline,
    );
    expect(wholeAnalysis(store.readable, id)).toEqual(syntheticAnalysis(9, 20));
    expect(vaultFiles()).toHaveLength(files.length);
    expect(store.readable.study(id)).toMatchObject({
      status: 'preliminary',
      headline: 'Two',
      provenance: syntheticAnalysis(9).provenance,
      corrections: { count: 0, canUndo: false, canRedo: false },
    });
  });

  it('keeps an ensemble of several pieces, reads it across them, and leaves none behind', () => {
    const id = importOne();
    const before = vaultFiles();
    const long = syntheticAnalysis(1, 2 * ENSEMBLE_PIECE_BEATS + 5);
    const { headline } = syntheticDerived('Long');
    saveSynthetic(store.writable, id, long, 'preliminary', headline);
    expect(vaultFiles()).toHaveLength(before.length + 1 + 3);
    const { ensemble } = store.readable.analysis(id)!;
    const rowBytes = 8 * 4;
    for (const [from, to] of [
      [0, 1],
      [ENSEMBLE_PIECE_BEATS - 3, 2 * ENSEMBLE_PIECE_BEATS + 2],
      [2 * ENSEMBLE_PIECE_BEATS, 2 * ENSEMBLE_PIECE_BEATS + 5],
    ] as const) {
      const expected = long.ensemble.probabilities.subarray(from * rowBytes, to * rowBytes);
      expect(Buffer.compare(ensemble.rows(from, to), expected)).toBe(0);
    }
    saveSynthetic(store.writable, id, syntheticAnalysis(1), 'preliminary', headline);
    expect(vaultFiles()).toHaveLength(before.length + 2);
    expect(wholeAnalysis(store.readable, id)).toEqual(syntheticAnalysis(1));
  });

  it('lets go of an ensemble whose analysis is not saved', () => {
    const id = importOne();
    const before = vaultFiles().sort();
    const kept = store.writable.keepEnsemble(1);
    kept.add(new Uint8Array(4 * (ENSEMBLE_PIECE_BEATS + 1)));
    expect(vaultFiles()).toHaveLength(before.length + 1);
    kept.abandon();
    expect(vaultFiles().sort()).toEqual(before);
    expect(store.readable.analysis(id)).toBeNull();
  });

  it('tells why a study failed, and goes back to the kept analysis', () => {
    const id = analysed();
    store.writable.setStatus(id, 'analysing');
    expect(() => store.writable.setStatus(id, 'failed')).toThrow(code('invalid-request'));
    const error = { code: 'cancelled', message: 'Cancelled.', at: null } as const;
    store.writable.setStatus(id, 'failed', error);
    expect(store.readable.study(id)).toMatchObject({
      status: 'failed',
      headline: 'Cancelled.',
      error,
      summary: null,
      findings: [],
      provenance: null,
    });
    expect(wholeAnalysis(store.readable, id)).toBeNull();
    store.writable.setStatus(id, 'preliminary');
    expect(store.readable.study(id)).toMatchObject({
      status: 'preliminary',
      headline: 'Machine',
      error: null,
    });
    const fresh = importOne(2);
    expect(() => store.writable.setStatus(fresh, 'preliminary')).toThrow(code('invalid-request'));
  });

  it('keeps what was found of a recording that the machine does not judge', () => {
    const id = importOne(3);
    saveSynthetic(store.writable, id, syntheticAnalysis(3), 'refused', syntheticDerived('Paced').headline);
    expect(store.readable.study(id)).toMatchObject({
      status: 'refused',
      headline: 'Paced',
      error: null,
      findings: syntheticAnalysis(3).findings,
    });
    expect(wholeAnalysis(store.readable, id)).toEqual(syntheticAnalysis(3));
    expect(store.readable.auditRows({ limit: 1, beforeSequence: null })[0].action).toBe('analysis.refused');
    expect(() => store.writable.confirm(id)).toThrow(code('invalid-request'));
  });

  it('keeps a correction of many beats as one step', () => {
    const id = analysed();
    const { readable, writable } = store;
    const many: Correction = {
      kind: 'relabel-many',
      samples: Int32Array.of(100, 400, 700),
      label: 'S',
      group: 'Template 3',
    };
    writable.addCorrection(id, { kind: 'relabel', sample: 400, label: 'V' }, syntheticDerived('A'));
    writable.addCorrection(id, many, syntheticDerived('B'));
    expect(readable.corrections(id)[1]).toEqual(many);
    writable.addCorrection(id, { kind: 'relabel', sample: 700, label: 'F' }, syntheticDerived('C'));
    writable.undoCorrection(id, syntheticDerived('B'));
    writable.undoCorrection(id, syntheticDerived('A'));
    expect(readable.corrections(id)).toHaveLength(1);
    expect(readable.nextRedo(id)).toEqual(many);
    writable.redoCorrection(id, syntheticDerived('B'));
    expect(readable.study(id).corrections).toEqual({ count: 2, canUndo: true, canRedo: true });
    const details = readable
      .auditRows({ limit: 5, beforeSequence: null })
      .map((row) => `${row.action} ${row.detail}`);
    expect(details).toEqual([
      'correction.redone relabel-many of 3 beats, Template 3: N 2, V 1 -> S',
      'correction.undone relabel-many of 3 beats, Template 3: S -> N 2, V 1',
      'correction.undone relabel at sample 700: F -> S',
      'correction.added relabel at sample 700: S -> F',
      'correction.added relabel-many of 3 beats, Template 3: N 2, V 1 -> S',
    ]);
    expect(readable.verifyAudit().brokenAtSequence).toBeNull();
  });

  it('keeps limits of the median beat among the corrections, in order, with where they were before', () => {
    const id = analysed();
    const { readable, writable } = store;
    const limit = (place: LimitPlace): Correction => ({ kind: 'wave-limit', limit: 'qrsOnset', place });
    const [first, second] = [limit({ at: 'ms', fromRPeakMs: -41.5 }), limit({ at: 'ms', fromRPeakMs: -44 })];
    writable.addCorrection(id, first, syntheticDerived('A'));
    writable.addCorrection(id, { kind: 'relabel', sample: 400, label: 'V' }, syntheticDerived('B'));
    writable.addCorrection(id, second, syntheticDerived('C'));
    writable.addCorrection(id, limit({ at: 'nowhere' }), syntheticDerived('D'));
    writable.undoCorrection(id, syntheticDerived('C'));
    expect(readable.nextRedo(id)).toEqual(limit({ at: 'nowhere' }));
    // A label of a beat is not touched by what lies between.
    writable.addCorrection(id, { kind: 'relabel', sample: 400, label: 'S' }, syntheticDerived('E'));
    writable.addCorrection(id, limit({ at: 'machine' }), syntheticDerived('F'));
    expect(readable.corrections(id).filter(({ kind }) => kind === 'wave-limit')).toEqual([
      first,
      second,
      limit({ at: 'machine' }),
    ]);
    const details = readable
      .auditRows({ limit: 7, beforeSequence: null })
      .map((row) => `${row.action} ${row.detail}`)
      .reverse();
    expect(details).toEqual([
      "correction.added wave-limit QRS onset: the machine's -> -41.5 ms",
      'correction.added relabel at sample 400: N -> V',
      'correction.added wave-limit QRS onset: -41.5 ms -> -44.0 ms',
      'correction.added wave-limit QRS onset: -44.0 ms -> not there',
      'correction.undone wave-limit QRS onset: not there -> -44.0 ms',
      'correction.added relabel at sample 400: V -> S',
      "correction.added wave-limit QRS onset: -44.0 ms -> the machine's",
    ]);
    expect(readable.verifyAudit().brokenAtSequence).toBeNull();
  });

  it("keeps corrections beside the machine's answer, with undo and redo", () => {
    const id = analysed();
    const { readable, writable } = store;
    writable.addCorrection(id, { kind: 'relabel', sample: 400, label: 'V' }, syntheticDerived('A'));
    writable.addCorrection(id, { kind: 'relabel', sample: 400, label: 'S' }, syntheticDerived('B'));
    writable.addCorrection(id, { kind: 'delete', sample: 700 }, syntheticDerived('C'));
    writable.addCorrection(id, { kind: 'add', sample: 720, label: 'F' }, syntheticDerived('D'));
    expect(readable.study(id)).toMatchObject({
      headline: 'D',
      findings: [{ label: 'D' }],
      corrections: { count: 4, canUndo: true, canRedo: false },
    });
    expect(wholeAnalysis(readable, id)).toEqual(syntheticAnalysis(1));
    writable.undoCorrection(id, syntheticDerived('C'));
    writable.undoCorrection(id, syntheticDerived('B'));
    expect(readable.corrections(id)).toEqual([
      { kind: 'relabel', sample: 400, label: 'V' },
      { kind: 'relabel', sample: 400, label: 'S' },
    ]);
    expect(readable.nextRedo(id)).toEqual({ kind: 'delete', sample: 700 });
    writable.redoCorrection(id, syntheticDerived('C'));
    expect(readable.nextRedo(id)).toEqual({ kind: 'add', sample: 720, label: 'F' });
    writable.addCorrection(id, { kind: 'relabel', sample: 1000, label: 'Q' }, syntheticDerived('E'));
    expect(readable.nextRedo(id)).toBeNull();
    expect(() => writable.redoCorrection(id, syntheticDerived('F'))).toThrow(code('invalid-request'));
    expect(readable.study(id)).toMatchObject({ headline: 'E', corrections: { count: 4, canRedo: false } });
    const details = readable
      .auditRows({ limit: 7, beforeSequence: null })
      .map((row) => `${row.action} ${row.detail}`)
      .reverse();
    expect(details).toEqual([
      'correction.added relabel at sample 400: V -> S',
      'correction.added delete at sample 700: N -> no beat',
      'correction.added add at sample 720: no beat -> F',
      'correction.undone add at sample 720: F -> no beat',
      'correction.undone delete at sample 700: no beat -> N',
      'correction.redone delete at sample 700: N -> no beat',
      'correction.added relabel at sample 1000: N -> Q',
    ]);
  });

  it('takes a new analysis of a corrected study only with what the corrections make of it', () => {
    const id = analysed();
    store.writable.addCorrection(id, { kind: 'relabel', sample: 400, label: 'V' }, syntheticDerived('A'));
    const again = () =>
      saveSynthetic(
        store.writable,
        id,
        syntheticAnalysis(7),
        'preliminary',
        syntheticDerived('New machine').headline,
      );
    expect(again).toThrow(code('invalid-request'));
    expect(wholeAnalysis(store.readable, id)).toEqual(syntheticAnalysis(1));
    saveSynthetic(
      store.writable,
      id,
      syntheticAnalysis(7),
      'preliminary',
      syntheticDerived('New machine').headline,
      syntheticDerived('New, corrected'),
    );
    expect(store.readable.study(id)).toMatchObject({ headline: 'New, corrected', corrections: { count: 1 } });
    expect(wholeAnalysis(store.readable, id)).toEqual(syntheticAnalysis(7));
  });

  it('refuses changes to a confirmed study until it is reopened', () => {
    const id = analysed();
    const { readable, writable } = store;
    expect(() => writable.reopen(id, 'why')).toThrow(code('invalid-request'));
    writable.confirm(id);
    expect(readable.study(id)).toMatchObject({
      status: 'confirmed',
      confirmed: { by: 'Ohm', at: '2026-03-01T10:00:00.000Z' },
    });
    const relabel = { kind: 'relabel', sample: 400, label: 'V' } as const;
    expect(() => writable.addCorrection(id, relabel, syntheticDerived('A'))).toThrow(code('invalid-request'));
    expect(() => writable.undoCorrection(id, syntheticDerived('A'))).toThrow(code('invalid-request'));
    expect(() => writable.setStatus(id, 'queued')).toThrow(code('invalid-request'));
    expect(() => writable.confirm(id)).toThrow(code('invalid-request'));
    expect(() =>
      saveSynthetic(writable, id, syntheticAnalysis(2), 'preliminary', syntheticDerived('A').headline),
    ).toThrow(code('invalid-request'));
    expect(wholeAnalysis(readable, id)).toEqual(syntheticAnalysis(1));
    writable.reopen(id, 'second opinion');
    expect(readable.study(id)).toMatchObject({ status: 'preliminary', confirmed: null });
    writable.addCorrection(id, relabel, syntheticDerived('A'));
    expect(() => writable.confirm(importOne(2))).toThrow(code('invalid-request'));
  });

  it('removes a study with its objects, but not those of another', () => {
    const kept = analysed(1);
    const files = vaultFiles();
    const other = syntheticImport(2);
    // The same first lead as in the study that stays: one object, two users.
    other.recording.leads[0] = syntheticImport(1).recording.leads[0]!;
    const result = store.writable.importStudy(other);
    if (!('studyId' in result)) throw new Error('duplicate');
    saveSynthetic(
      store.writable,
      result.studyId,
      syntheticAnalysis(2),
      'preliminary',
      syntheticDerived('Two').headline,
    );
    expect(vaultFiles()).toHaveLength(files.length + 4);
    store.writable.remove(result.studyId, 'imported by mistake');
    expect(vaultFiles().sort()).toEqual(files.sort());
    expect(() => store.readable.study(result.studyId)).toThrow(code('not-found'));
    expect(store.readable.recording(kept)).toEqual(syntheticImport(1).recording);
    expect(store.writable.importStudy(other)).toHaveProperty('studyId');
  });

  it('shows the same extremes in an overview as in the samples', () => {
    const id = importOne(5, 70_000);
    const { millivolts } = syntheticImport(5, 70_000).recording.leads[1]!;
    const whole = store.readable.overview(id, 1, 1);
    const valid = millivolts.filter((value) => !Number.isNaN(value));
    expect([...whole]).toEqual([Math.min(...valid), Math.max(...valid)]);
    const fine = store.readable.overview(id, 1, 7000);
    for (let column = 0; column < 7000; column++) {
      const stretch = millivolts.slice(10 * column, 10 * column + 10).filter((value) => !Number.isNaN(value));
      expect([fine[2 * column], fine[2 * column + 1]]).toEqual([Math.min(...stretch), Math.max(...stretch)]);
    }
  });

  it('writes a row for everything that was done, and proves them', () => {
    const id = analysed();
    store.writable.recordView(id);
    store.writable.recordExport(id, 'json', 'ab'.repeat(32), 'report.json');
    const path = join(directory, 'report.pdf');
    store.writable.writeReport(id, 'pdf', path, Buffer.from('%PDF'));
    expect(readFileSync(path, 'utf8')).toBe('%PDF');
    store.writable.confirm(id);
    store.writable.reopen(id, 'typing error');
    store.writable.remove(id, 'test');
    expect(actions()).toEqual([
      'store.created',
      'user.created',
      'login',
      'study.imported',
      'analysis.saved',
      'study.viewed',
      'export.written',
      'export.written',
      'study.confirmed',
      'study.reopened',
      'study.removed',
    ]);
    expect(store.readable.verifyAudit()).toEqual({ rows: 11, brokenAtSequence: null });
    const page = store.readable.auditRows({ limit: 2, beforeSequence: 6 });
    expect(page.map((row) => row.sequence)).toEqual([5, 4]);
  });

  it('changes nothing where the disk is full', () => {
    const id = analysed();
    const files = vaultFiles();
    const rows = store.readable.verifyAudit().rows;
    for (const point of ['vault-rename', 'row-commit'] as const) {
      failing = point;
      expect(() => store.writable.importStudy(syntheticImport(2))).toThrow(code('disk-full'));
      expect(() =>
        saveSynthetic(
          store.writable,
          id,
          syntheticAnalysis(3),
          'preliminary',
          syntheticDerived('X').headline,
        ),
      ).toThrow(code('disk-full'));
      failing = null;
      expect(store.readable.listStudies().map((row) => row.id)).toEqual([id]);
      expect(wholeAnalysis(store.readable, id)).toEqual(syntheticAnalysis(1));
      expect(vaultFiles().sort()).toEqual(files.sort());
    }
    failing = 'report-write';
    const path = join(directory, 'report.pdf');
    expect(() => store.writable.writeReport(id, 'pdf', path, Buffer.from('%PDF'))).toThrow(code('disk-full'));
    failing = null;
    expect(readdirSync(directory).filter((name) => name.includes('report'))).toEqual([]);
    expect(store.readable.verifyAudit()).toEqual({ rows, brokenAtSequence: null });
  });

  it('notes for good that the records were put back to an older state', async () => {
    const path = join(directory, 'records.db');
    store.close();
    const older = readFileSync(path);
    store = open();
    await store.unlock('Ohm', PASSPHRASE);
    importOne();
    store.close();
    writeFileSync(path, older);
    store = open();
    await store.unlock('Ohm', PASSPHRASE);
    // The older state ends with creation, first login and lock: four rows.
    expect(store.readable.verifyAudit().brokenAtSequence).toBe(5);
    expect(store.readable.auditRows({ limit: 9, beforeSequence: null })).toContainEqual(
      expect.objectContaining({ sequence: 5, action: 'audit.broken' }),
    );
    store.lock();
    await store.unlock('Ohm', PASSPHRASE);
    expect(store.readable.verifyAudit().brokenAtSequence).toBe(5);
  });

  it('records an export that was finished but not yet recorded, and clears one that was not', async () => {
    const id = analysed();
    const whole = join(directory, 'whole.pdf');
    const half = join(directory, 'half.pdf');
    failing = 'row-commit';
    expect(() => store.writable.writeReport(id, 'pdf', whole, Buffer.from('%PDF whole'))).toThrow(
      code('disk-full'),
    );
    expect(() => store.writable.writeReport(id, 'pdf', half, Buffer.from('%PDF half'))).toThrow(
      code('disk-full'),
    );
    failing = null;
    writeFileSync(half, 'an older report');
    writeFileSync(join(directory, '.half.pdf.kirchhoff-partial'), '%PDF ha');
    store.lock();
    await store.unlock('Ohm', PASSPHRASE);
    const exports = store.readable
      .auditRows({ limit: 9, beforeSequence: null })
      .filter((row) => row.action.startsWith('export'));
    expect(exports.map((row) => [row.action, row.detail.split(', ').at(-1)]).sort()).toEqual([
      ['export.interrupted', 'file half.pdf'],
      ['export.written', 'file whole.pdf'],
    ]);
    expect(readdirSync(directory).filter((name) => name.includes('half'))).toEqual(['half.pdf']);
    expect(readFileSync(half, 'utf8')).toBe('an older report');
  });

  it('locks also where the disk is full', () => {
    failing = 'row-commit';
    const { readable } = store;
    store.lock('idle');
    expect(store.state().store).toBe('locked');
    expect(() => readable.listStudies()).toThrow(code('locked'));
  });

  it('reports a change as saved although its anchor could not be written', async () => {
    failing = 'audit-append';
    const id = importOne();
    failing = null;
    store.close();
    store = open();
    await store.unlock('Ohm', PASSPHRASE);
    expect(store.readable.study(id).id).toBe(id);
    expect(store.readable.verifyAudit().brokenAtSequence).toBeNull();
  });
});
