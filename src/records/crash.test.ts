/**
 * Kills processes that work on a store, at every fault point and at random moments, and shows that nothing that
 * was reported as saved is lost, that leftovers are swept and that the audit log stays whole.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CRASH_PASSPHRASE,
  CRASH_USER,
  MOVED_LIMIT,
  type Reported,
  reportOf,
  type StoreProcessTask,
} from '../../test/records/store-process.ts';
import {
  CHEAP_SCRYPT,
  syntheticAnalysis,
  syntheticImport,
  uniformNumbers,
  wholeAnalysis,
} from '../../test/records/synthetic-study.ts';
import { PARTIAL_SUFFIX } from './atomic-write.ts';
import type { FaultPoint } from './faults.ts';
import { RecordStore } from './store.ts';

const CHILD = join(import.meta.dirname, '../../test/records/store-process.ts');
const OPTIONS = { softwareVersion: '0.1.0', scryptCostForTests: CHEAP_SCRYPT };

let folder: string;
let directory: string;
let exportFolder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-crash-'));
  directory = join(folder, 'store');
  exportFolder = join(folder, 'exports');
  mkdirSync(exportFolder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const reportedIn = (output: string): Reported[] =>
  output
    .split('\n')
    // The last piece is empty, or a line that the kill cut off: not reported.
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Reported);

function runToDeath(task: Omit<StoreProcessTask, 'directory' | 'exportFolder'>): {
  signal: string | null;
  reported: Reported[];
} {
  const argument = JSON.stringify({ ...task, directory, exportFolder });
  const child = spawnSync(process.execPath, [CHILD, argument], { encoding: 'utf8' });
  return { signal: child.signal, reported: reportedIn(child.stdout) };
}

/** Kills the process the given time after it said that it is ready. */
function runAndKill(
  firstSeed: number,
  afterMs: number,
): Promise<{ signal: string | null; reported: Reported[] }> {
  const task: StoreProcessTask = { directory, exportFolder, firstSeed, studies: 1000, dieAt: null };
  const child = spawn(process.execPath, [CHILD, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMs));
  return new Promise((resolve) => {
    child.on('close', (_status, signal) => resolve({ signal, reported: reportedIn(output) }));
  });
}

/** Paths under the folder, files only. */
function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

interface Expected {
  seed: number;
  analysed: boolean;
  corrections: number;
  confirmed: boolean;
}

const STEPS: {
  what: 'analysed' | 'corrected' | 'undone' | 'confirmed';
  step: (before: Expected) => Partial<Expected>;
}[] = [
  { what: 'analysed', step: (before) => ({ analysed: !before.analysed }) },
  { what: 'corrected', step: (before) => ({ corrections: before.corrections + 1 }) },
  { what: 'undone', step: (before) => ({ corrections: before.corrections - 1 }) },
  { what: 'confirmed', step: (before) => ({ confirmed: !before.confirmed }) },
];

/**
 * Opens the store as the next start would, and holds it to everything that was ever reported. The step under way
 * when the process died may have been saved without having been reported: where it was, it is added to `reported`.
 */
async function expectNothingLost(reported: Reported[]): Promise<void> {
  const store = RecordStore.open(directory, OPTIONS);
  try {
    if (reported.length === 0 && store.state().store === 'none') {
      await store.createUser(CRASH_USER, CRASH_PASSPHRASE);
    } else {
      await store.unlock(CRASH_USER, CRASH_PASSPHRASE);
    }
    const { readable } = store;
    const expected = new Map<string, Expected>();
    const removed: string[] = [];
    for (const line of reported) {
      if (line.what === 'imported') {
        expected.set(line.id, { seed: line.seed, analysed: false, corrections: 0, confirmed: false });
      } else if (line.what === 'removed') {
        expected.delete(line.id);
        removed.push(line.id);
      } else if (line.what === 'exported') {
        expect(createHash('sha256').update(readFileSync(line.path)).digest('hex')).toBe(line.sha256);
      } else if (line.what !== 'ready' && line.what !== 'error') {
        const study = expected.get(line.id)!;
        if (line.what === 'analysed') study.analysed = true;
        if (line.what === 'corrected') study.corrections++;
        if (line.what === 'undone') study.corrections--;
        if (line.what === 'confirmed') study.confirmed = true;
      }
    }
    const last = reported.at(-1);
    const lastId = last !== undefined && 'id' in last ? last.id : null;
    for (const id of removed) expect(() => readable.study(id)).toThrow('not in the records');
    const listed = readable.listStudies();
    for (const [id, study] of expected) {
      if (id === lastId && study.corrections === 2 && !listed.some((row) => row.id === id)) {
        reported.push({ what: 'removed', id });
        continue;
      }
      expect(readable.recording(id)).toEqual(syntheticImport(study.seed).recording);
      const analysis = wholeAnalysis(readable, id);
      if (analysis !== null) expect(analysis).toEqual(syntheticAnalysis(study.seed));
      const kept = readable.corrections(id);
      if (kept.length === 2) expect(kept[1]).toEqual(MOVED_LIMIT);
      const found: Expected = {
        seed: study.seed,
        analysed: analysis !== null,
        corrections: kept.length,
        confirmed: readable.study(id).status === 'confirmed',
      };
      const unreported =
        id !== lastId
          ? undefined
          : STEPS.find(({ step }) => isDeepStrictEqual(found, { ...study, ...step(study) }));
      if (unreported === undefined) expect(found).toEqual(study);
      else reported.push({ what: unreported.what, id });
    }
    const analysedRows = listed.filter((row) => wholeAnalysis(readable, row.id) !== null);
    expect(readable.interruptedStudies()).toHaveLength(listed.length - analysedRows.length);

    const audit = readable.verifyAudit();
    expect(audit.brokenAtSequence).toBeNull();
    const rows = readable.auditRows({ limit: audit.rows, beforeSequence: null });
    for (const line of reported) {
      if (!('id' in line)) continue;
      const action = {
        imported: 'study.imported',
        analysed: 'analysis.saved',
        corrected: 'correction.added',
        undone: 'correction.undone',
        confirmed: 'study.confirmed',
        removed: 'study.removed',
        exported: 'export.written',
      }[line.what];
      expect(rows.some((row) => row.action === action && row.subject === line.id)).toBe(true);
    }

    // Swept: two signals and two envelopes a study, beats and ensemble where analysed, and nothing else.
    const files = [...filesIn(directory), ...filesIn(exportFolder)];
    expect(files.filter((path) => path.endsWith(PARTIAL_SUFFIX))).toEqual([]);
    expect(filesIn(join(directory, 'vault'))).toHaveLength(4 * listed.length + 2 * analysedRows.length);
    for (const path of filesIn(exportFolder)) {
      const id = /([0-9a-f]{32})\.pdf$/.exec(path)![1]!;
      expect(readFileSync(path).equals(reportOf(id))).toBe(true);
      expect(rows.some((row) => row.action === 'export.written' && row.subject === id)).toBe(true);
    }
  } finally {
    store.close();
  }
}

/** At which time of reaching each point the process dies, one run each. */
const DEATHS: Record<FaultPoint, readonly number[]> = {
  'keyring-write': [1, 2, 3, 4, 7],
  'vault-rename': [1, 2, 5, 6],
  'row-commit': [1, 2, 3, 4, 5, 6, 7, 8],
  'audit-append': [1, 2, 4, 5, 6, 8, 9],
  'report-write': [1, 2, 3],
};

describe('a killed process', () => {
  for (const point of Object.keys(DEATHS) as FaultPoint[]) {
    it(`at ${point} loses nothing and leaves nothing`, { timeout: 60_000 }, async () => {
      const reported: Reported[] = [];
      let firstSeed = 1;
      for (const time of DEATHS[point]) {
        const run = runToDeath({ firstSeed, studies: 6, dieAt: { point, time } });
        expect(run.signal).toBe('SIGKILL');
        reported.push(...run.reported);
        await expectNothingLost(reported);
        firstSeed += 6;
      }
    });
  }

  it('at random moments loses nothing and leaves nothing', { timeout: 60_000 }, async () => {
    const next = uniformNumbers(20_260_301);
    const reported: Reported[] = [];
    for (let run = 0; run < 6; run++) {
      const killed = await runAndKill(1 + 1000 * run, Math.floor(next() * 300));
      expect(killed.signal).toBe('SIGKILL');
      reported.push(...killed.reported);
      await expectNothingLost(reported);
    }
    expect(reported.filter((line) => line.what === 'imported').length).toBeGreaterThan(0);
  });

  it('holds its store while it lives: a second one is told so', async () => {
    const store = RecordStore.open(directory, OPTIONS);
    const second = runToDeath({ firstSeed: 1, studies: 1, dieAt: null });
    expect(second.reported).toEqual([{ what: 'error', code: 'store-in-use' }]);
    store.close();
    expect(runToDeath({ firstSeed: 1, studies: 1, dieAt: null }).reported[0]).toEqual({ what: 'ready' });
  });
});
