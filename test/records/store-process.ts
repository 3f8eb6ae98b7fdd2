/**
 * A process that works on a store and tells, line by line, what was reported as saved; run by the crash tests,
 * which kill it. Its argument is JSON, see `StoreProcessTask`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorBodyOf } from '../../src/contract/errors.ts';
import type { Correction } from '../../src/contract/study.ts';
import type { FaultPoint } from '../../src/records/faults.ts';
import { RecordStore } from '../../src/records/store.ts';
import {
  CHEAP_SCRYPT,
  saveSynthetic,
  syntheticAnalysis,
  syntheticDerived,
  syntheticImport,
} from './synthetic-study.ts';

export interface StoreProcessTask {
  directory: string;
  exportFolder: string;
  /** Studies are made from the seeds firstSeed, firstSeed + 1, ... */
  firstSeed: number;
  studies: number;
  /** Kills the process at the nth time (from 1) that the point is reached. */
  dieAt: { point: FaultPoint; time: number } | null;
}

export type Reported =
  | { what: 'ready' }
  | { what: 'error'; code: string }
  | { what: 'imported'; id: string; seed: number }
  | { what: 'analysed' | 'corrected' | 'undone' | 'confirmed' | 'removed'; id: string }
  | { what: 'exported'; id: string; path: string; sha256: string };

export const CRASH_USER = 'Ohm';
export const CRASH_PASSPHRASE = 'correct horse battery';

/** What the process corrects last. */
export const MOVED_LIMIT: Correction = {
  kind: 'wave-limit',
  limit: 'qrsEnd',
  place: { at: 'ms', fromRPeakMs: 48.5 },
};

/** Bytes of the report that the process writes for a study. */
export function reportOf(id: string): Uint8Array {
  return Buffer.from(`report of ${id}\n`.repeat(5000));
}

function report(line: Reported): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function work(task: StoreProcessTask): Promise<void> {
  let timesLeft = task.dieAt?.time ?? 0;
  const store = RecordStore.open(task.directory, {
    softwareVersion: '0.1.0',
    scryptCostForTests: CHEAP_SCRYPT,
    faults: {
      hit: (point) => {
        if (point === task.dieAt?.point && --timesLeft === 0) process.kill(process.pid, 'SIGKILL');
      },
    },
  });
  if (store.state().store === 'none') await store.createUser(CRASH_USER, CRASH_PASSPHRASE);
  else await store.unlock(CRASH_USER, CRASH_PASSPHRASE);
  report({ what: 'ready' });
  for (let seed = task.firstSeed; seed < task.firstSeed + task.studies; seed++) {
    const result = store.writable.importStudy(syntheticImport(seed));
    if (!('studyId' in result)) continue;
    const id = result.studyId;
    report({ what: 'imported', id, seed });
    store.writable.setStatus(id, 'analysing');
    saveSynthetic(
      store.writable,
      id,
      syntheticAnalysis(seed),
      'preliminary',
      syntheticDerived('Machine').headline,
    );
    report({ what: 'analysed', id });
    store.writable.addCorrection(
      id,
      { kind: 'relabel', sample: 400, label: 'V' },
      syntheticDerived('Corrected'),
    );
    report({ what: 'corrected', id });
    store.writable.addCorrection(id, MOVED_LIMIT, syntheticDerived('Measured'));
    report({ what: 'corrected', id });
    const path = join(task.exportFolder, `${id}.pdf`);
    const { sha256 } = store.writable.writeReport(id, 'pdf', path, reportOf(id));
    report({ what: 'exported', id, path, sha256 });
    if (seed % 3 === 0) {
      store.writable.undoCorrection(id, syntheticDerived('Machine'));
      report({ what: 'undone', id });
    } else if (seed % 3 === 1) {
      store.writable.confirm(id);
      report({ what: 'confirmed', id });
    } else {
      store.writable.remove(id, 'crash test');
      report({ what: 'removed', id });
    }
  }
  store.close();
}

if (import.meta.main) {
  work(JSON.parse(process.argv[2]!) as StoreProcessTask).catch((thrown: unknown) => {
    report({ what: 'error', code: errorBodyOf(thrown).code });
    process.exitCode = 1;
  });
}
