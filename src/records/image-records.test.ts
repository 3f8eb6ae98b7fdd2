import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { syntheticImage, syntheticImageAnalysis } from '../../test/records/synthetic-image.ts';
import { CHEAP_SCRYPT } from '../../test/records/synthetic-study.ts';
import type { Annotation } from '../contract/imaging-study.ts';
import type { FaultPoint } from './faults.ts';
import type { ImageImport } from './image-interfaces.ts';
import { RecordStore } from './store.ts';

let directory: string;
let store: RecordStore;
let failing: FaultPoint | null;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kirchhoff-images-'));
  failing = null;
  store = RecordStore.open(directory, {
    softwareVersion: '0.1.0',
    scryptCostForTests: CHEAP_SCRYPT,
    faults: {
      hit: (point) => {
        if (point === failing) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    },
  });
  await store.createUser('Ada', 'correct horse battery');
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

function imported(image: ImageImport): { studyId: string; objectId: string } {
  const result = store.images.writable.importImage(image);
  if ('duplicateOf' in result) throw new Error('duplicate');
  return result;
}

const vaultFiles = () =>
  readdirSync(join(directory, 'vault'), { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
const auditActions = () =>
  store.readable.auditRows({ limit: 100, beforeSequence: null }).map(({ action }) => action);
const line = (id: string, x: number): Annotation => ({
  kind: 'length',
  id,
  frame: 0,
  points: [
    [0, 0],
    [x, 10],
  ],
});

describe('studies of images', () => {
  it('gather files by study, keep the same content once and give the file back', () => {
    const first = imported(syntheticImage(1));
    const second = imported(syntheticImage(2));
    const other = imported(syntheticImage(3, '2.25.2000'));
    expect(second.studyId).toBe(first.studyId);
    expect(other.studyId).not.toBe(first.studyId);
    expect(store.images.writable.importImage(syntheticImage(2))).toEqual({
      duplicateOf: first.studyId,
      objectId: second.objectId,
    });
    const study = store.images.readable.study(first.studyId);
    expect(study).toMatchObject({
      patient: { name: 'Zyx, Wvu', id: 'P-17', ageYears: 3, sex: 'female' },
      studiedAt: '2025-01-02T08:30:00',
      description: 'Chest PA',
      modalities: ['DX'],
      objects: 2,
      status: 'queued',
    });
    expect(study.images.map(({ fileName }) => fileName)).toEqual(['image-1.dcm', 'image-2.dcm']);
    expect(store.images.readable.file(second.objectId).bytes).toEqual(syntheticImage(2).bytes);
    expect(store.images.readable.priors(first.studyId)).toEqual([other.studyId]);
    expect(store.images.readable.interrupted()).toEqual([first.studyId, other.studyId]);
  });

  it('keep the answer with its saliency map, and an answer that was not given as refused', () => {
    const { studyId, objectId } = imported(syntheticImage(1));
    store.images.writable.saveAnalysis(objectId, syntheticImageAnalysis(5));
    store.images.writable.endAnalysis(studyId);
    expect(store.images.readable.saliency(objectId)).toEqual(syntheticImageAnalysis(5).saliency);
    expect(store.images.readable.study(studyId)).toMatchObject({
      status: 'preliminary',
      severity: 'attention',
      headline: 'Signs of pneumonia likely',
      recommendation: 'review',
    });
    const before = vaultFiles().length;
    store.images.writable.saveAnalysis(objectId, syntheticImageAnalysis(5, false));
    store.images.writable.endAnalysis(studyId);
    expect(store.images.readable.saliency(objectId)).toBeNull();
    // It may be anything, so that it is not called routine.
    expect(store.images.readable.study(studyId)).toMatchObject({
      status: 'refused',
      severity: null,
      recommendation: 'refuse',
    });
    // Map and embedding of the earlier answer are gone.
    expect(vaultFiles()).toHaveLength(before - 2);
  });

  it('undo and redo what was drawn', () => {
    const { objectId } = imported(syntheticImage(1));
    const { writable } = store.images;
    writable.annotate(objectId, [line('a', 1)]);
    writable.annotate(objectId, [line('a', 1), line('b', 2)]);
    expect(writable.undoAnnotation(objectId)).toEqual({
      annotations: [line('a', 1)],
      canUndo: true,
      canRedo: true,
    });
    expect(writable.redoAnnotation(objectId).annotations).toHaveLength(2);
    writable.undoAnnotation(objectId);
    writable.undoAnnotation(objectId);
    expect(() => writable.undoAnnotation(objectId)).toThrow('nothing to undo');
    expect(writable.annotate(objectId, [line('c', 3)]).canRedo).toBe(false);
    expect(() => writable.redoAnnotation(objectId)).toThrow('nothing to redo');
  });

  it('confirm the reader’s reading, hold it against changes and find alike images by it', () => {
    const { studyId, objectId } = imported(syntheticImage(1));
    const { writable, readable } = store.images;
    writable.saveAnalysis(objectId, syntheticImageAnalysis(5));
    writable.endAnalysis(studyId);
    expect(() => writable.confirm(studyId)).toThrow('reading');
    writable.addReading(studyId, { opinion: 'uncertain', text: 'Rotated.' });
    writable.addReading(studyId, { opinion: 'present', text: 'Right lower lobe.' });
    expect(readable.confirmedEmbeddings()).toEqual([]);
    writable.confirm(studyId);
    expect(readable.confirmedEmbeddings()).toMatchObject([{ studyId, objectId, opinion: 'present' }]);
    for (const change of [
      () => writable.annotate(objectId, []),
      () => writable.addReading(studyId, { opinion: 'absent', text: '' }),
      () => writable.saveAnalysis(objectId, syntheticImageAnalysis(6)),
      () => writable.importImage(syntheticImage(9)),
    ]) {
      expect(change).toThrow('confirmed');
    }
    writable.reopen(studyId, 'second look');
    expect(readable.study(studyId)).toMatchObject({ status: 'preliminary', confirmed: null });
    expect(readable.study(studyId).readings).toHaveLength(2);
  });

  it('confirm documents that have no image beside them without a reading', () => {
    const letter = syntheticImage(1);
    const { studyId } = imported({ ...letter, instance: { ...letter.instance, content: 'document' } });
    store.images.writable.endAnalysis(studyId);
    store.images.writable.confirm(studyId);
    expect(store.images.readable.study(studyId).status).toBe('confirmed');
  });

  it('leave nothing in the vault when removed, and keep recordings and other images', () => {
    const { studyId, objectId } = imported(syntheticImage(1));
    const kept = imported(syntheticImage(3, '2.25.2000'));
    store.images.writable.saveAnalysis(objectId, syntheticImageAnalysis(5));
    store.images.writable.remove(studyId, 'imported twice');
    expect(vaultFiles()).toHaveLength(1);
    expect(store.images.readable.file(kept.objectId).fileName).toBe('image-3.dcm');
    expect(() => store.images.readable.study(studyId)).toThrow('not in the records');
    expect(auditActions()).toContain('study.removed');
    expect(store.readable.verifyAudit().brokenAtSequence).toBeNull();
  });

  it('survive a sweep at the next sign-in, and change nothing where the disk is full', async () => {
    const { studyId, objectId } = imported(syntheticImage(1));
    failing = 'row-commit';
    expect(() => imported(syntheticImage(2))).toThrow('full');
    expect(() => store.images.writable.saveAnalysis(objectId, syntheticImageAnalysis(5))).toThrow('full');
    failing = null;
    expect(vaultFiles()).toHaveLength(1);
    store.lock();
    expect(() => store.images).toThrow('locked');
    await store.unlock('Ada', 'correct horse battery');
    expect(store.images.readable.file(objectId).bytes).toEqual(syntheticImage(1).bytes);
    expect(store.images.readable.study(studyId).images).toHaveLength(1);
  });
});
