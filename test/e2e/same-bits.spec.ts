/** The same recording, settings and seed give the same bits: with one worker or two, in Node and in Electron. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, folderForApp, prepared, samplesFolder, test } from './kirchhoff-app.ts';

const NODE = process.execPath;
const COMMAND_LINE = join(prepared().app, 'out', 'service', 'cli.mjs');

interface Run {
  /** Versions of the process that computed. */
  versions: Record<string, string>;
  beats: number;
  films: number;
  /** SHA-256 over those of the float32 bits of each record's class probabilities and over films' findings, by name. */
  sha256: string;
}

interface RunOptions {
  executable: string;
  jobs: number;
  seed: number;
}

/** Runs the built command line inside `executable`, which says of itself what it is. */
function analyse(home: string, { executable, jobs, seed }: RunOptions): Run {
  const out = folderForApp(home, `out-${executable === NODE ? 'node' : 'electron'}-${jobs}-${seed}`);
  const run = `console.error(JSON.stringify(process.versions));
    process.argv.splice(1, 0, 'kirchhoff');
    import(${JSON.stringify(pathToFileURL(COMMAND_LINE).href)});`;
  const args = ['analyze', samplesFolder(), '--out', out, '--jobs', String(jobs), '--seed', String(seed)];
  const { stderr, status } = spawnSync(executable, ['-e', run, '--', ...args], {
    encoding: 'utf8',
    env: { ...process.env, HOME: home, ELECTRON_RUN_AS_NODE: '1' },
  });
  expect(status, stderr).toBe(0);
  const versions = JSON.parse(stderr.split('\n').find((line) => line.startsWith('{')) ?? '{}');
  return { versions, ...probabilityBits(out) };
}

function probabilityBits(folder: string): Pick<Run, 'beats' | 'films' | 'sha256'> {
  const hash = createHash('sha256');
  let beats = 0;
  let films = 0;
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json')) continue;
    const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    if (report.format === 'kirchhoff-image-report') {
      hash.update(JSON.stringify(report.images.map(({ finding }: { finding: unknown }) => finding)));
      films += report.images.length;
    } else {
      hash.update(report.probabilitiesSha256);
      beats += report.beats.sample.length;
    }
  }
  return { beats, films, sha256: hash.digest('hex') };
}

test('probabilities have the same bits everywhere, and others with another seed', ({ home }) => {
  test.setTimeout(300_000);
  const { launcher } = prepared();
  const node = NODE;
  const runs = {
    nodeOne: analyse(home, { executable: node, jobs: 1, seed: 1 }),
    nodeTwo: analyse(home, { executable: node, jobs: 2, seed: 1 }),
    electron: analyse(home, { executable: launcher, jobs: 2, seed: 1 }),
    otherSeed: analyse(home, { executable: node, jobs: 2, seed: 2 }),
    electronOtherSeed: analyse(home, { executable: launcher, jobs: 1, seed: 2 }),
  };
  // Where each ran: two engines, of different versions.
  expect(runs.nodeOne.versions.electron).toBeUndefined();
  expect(runs.electron.versions.electron).toBeDefined();
  expect(runs.electron.versions.v8).not.toBe(runs.nodeOne.versions.v8);

  expect(runs.nodeOne.beats + runs.otherSeed.beats).toBeGreaterThanOrEqual(1000);
  expect(runs.nodeOne.films).toBeGreaterThanOrEqual(4);
  expect(runs.nodeTwo.sha256).toBe(runs.nodeOne.sha256);
  expect(runs.electron.sha256).toBe(runs.nodeOne.sha256);
  expect(runs.otherSeed.sha256).not.toBe(runs.nodeOne.sha256);
  expect(runs.electronOtherSeed.sha256).toBe(runs.otherSeed.sha256);
});
