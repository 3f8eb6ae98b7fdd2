/** A store that the version before wrote (schema 4, made by its own code) is opened, brought up to date and goes on. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  CHEAP_SCRYPT,
  syntheticAnalysis,
  syntheticDerived,
  wholeAnalysis,
} from '../../../test/records/synthetic-study.ts';
import type { Correction } from '../../contract/study.ts';
import { RecordStore } from '../store.ts';

const OLD_STORE = join(import.meta.dirname, '../../../test/records/store-of-schema-4');

let folder: string;
let store: RecordStore;
const open = async () => {
  store = RecordStore.open(folder, { softwareVersion: '0.1.0', scryptCostForTests: CHEAP_SCRYPT });
  await store.unlock('Ohm', 'correct horse battery');
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-old-store-'));
  cpSync(OLD_STORE, folder, { recursive: true });
  await open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

it('keeps its study, its corrections, what was undone and its log', () => {
  const { readable } = store;
  const [study] = readable.listStudies();
  const many: Correction = {
    kind: 'relabel-many',
    samples: Int32Array.of(100, 700),
    label: 'S',
    group: 'Template 3',
  };
  expect(readable.corrections(study!.id)).toEqual([{ kind: 'relabel', sample: 400, label: 'V' }, many]);
  expect(readable.nextRedo(study!.id)).toEqual({ kind: 'delete', sample: 1000 });
  expect(wholeAnalysis(readable, study!.id)).toEqual(syntheticAnalysis(1));
  expect(readable.study(study!.id).headline).toBe('B');
  expect(readable.verifyAudit().brokenAtSequence).toBeNull();
});

it('takes a limit of the median beat, which is there at the next start', async () => {
  const [study] = store.readable.listStudies();
  const id = study!.id;
  const limit: Correction = { kind: 'wave-limit', limit: 'tEnd', place: { at: 'ms', fromRPeakMs: 312.5 } };
  store.writable.redoCorrection(id, syntheticDerived('C'));
  store.writable.addCorrection(id, limit, syntheticDerived('D'));
  store.close();
  await open();
  expect(store.readable.corrections(id).map(({ kind }) => kind)).toEqual([
    'relabel',
    'relabel-many',
    'delete',
    'wave-limit',
  ]);
  expect(store.readable.corrections(id).at(-1)).toEqual(limit);
  expect(store.readable.verifyAudit().brokenAtSequence).toBeNull();
});
