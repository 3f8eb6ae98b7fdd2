/** A process that does a day's work on one study; the privacy test then searches what it left on the disk. */
import { errorBodyOf } from '../../src/contract/errors.ts';
import { RecordStore } from '../../src/records/store.ts';
import {
  CHEAP_SCRYPT,
  saveSynthetic,
  syntheticAnalysis,
  syntheticDerived,
  syntheticImport,
} from './synthetic-study.ts';

export const PRIVACY_SEED = 77;

/** @param reportPath outside the store: a report does hold the patient's name. */
async function work(directory: string, reportPath: string): Promise<void> {
  const store = RecordStore.open(directory, { softwareVersion: '0.1.0', scryptCostForTests: CHEAP_SCRYPT });
  await store.createUser('Ohm', 'correct horse battery');
  const request = syntheticImport(PRIVACY_SEED, 20_000);
  const result = store.writable.importStudy(request);
  if (!('studyId' in result)) throw new Error('A new store knows the recording');
  const id = result.studyId;
  const { name } = request.recording.patient;
  saveSynthetic(
    store.writable,
    id,
    syntheticAnalysis(PRIVACY_SEED),
    'preliminary',
    syntheticDerived(name).headline,
  );
  store.writable.addCorrection(id, { kind: 'relabel', sample: 400, label: 'V' }, syntheticDerived(name));
  store.writable.writeReport(id, 'pdf', reportPath, Buffer.from(`Report of ${name}`));
  store.writable.confirm(id);
  store.writable.reopen(id, `second opinion for ${name}`);
  store.readable.overview(id, 0, 100);
  // Ended without closing: the write-ahead log stays, and is searched too.
  process.kill(process.pid, 'SIGKILL');
}

if (import.meta.main) {
  work(process.argv[2]!, process.argv[3]!).catch((thrown: unknown) => {
    console.error(errorBodyOf(thrown));
    process.exitCode = 1;
  });
}
