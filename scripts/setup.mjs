/**
 * Brings a checkout to where it runs: system packages, npm packages, kernels, Electron runtime, build. Each
 * step is skipped where its result is there already. Plain Node 20: `npm start` and `npm test` begin here.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { electronRuntime } from './electron-runtime.mjs';
import { alone, CHECKOUT, exitCodeOf, run } from './process.mjs';
import { installSystemPackages } from './system-packages.mjs';

const LOCK_MARK = join(CHECKOUT, 'node_modules', '.kirchhoff-lock');
const BUILD_MARK = join(CHECKOUT, 'out', '.sources');
const BUILT_FROM = [
  'electron.config.ts',
  'vite.service.ts',
  'package.json',
  'package-lock.json',
  'main',
  'renderer',
  'src',
];

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

async function installPackages() {
  const lock = sha256(readFileSync(join(CHECKOUT, 'package-lock.json')));
  if (existsSync(LOCK_MARK) && readFileSync(LOCK_MARK, 'utf8') === lock) return;
  console.log('Installing npm packages…');
  // npm by the Node that npm came with: the one in node_modules is about to be replaced.
  const npm = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  const args = ['ci', '--no-audit', '--no-fund'];
  const code = npm?.endsWith('.js')
    ? await exitCodeOf(node, [npm, ...args], { env: process.env })
    : await exitCodeOf('npm', args, { env: process.env });
  if (code !== 0) throw new Error(`npm ci ended with code ${code}`);
  writeFileSync(LOCK_MARK, lock);
}

function filesUnder(path) {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesUnder(join(path, entry.name))
        : entry.isFile()
          ? [join(path, entry.name)]
          : [],
    );
}

function sourcesHash() {
  const hash = createHash('sha256');
  for (const part of BUILT_FROM) {
    const path = join(CHECKOUT, part);
    if (!existsSync(path)) continue;
    const files = part.includes('.')
      ? [path]
      : filesUnder(path).filter((file) => !/\.test\.tsx?$/.test(file));
    for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

async function build() {
  await run('node', ['scripts/build-kernels.mjs']);
  const sources = sourcesHash();
  if (existsSync(BUILD_MARK) && readFileSync(BUILD_MARK, 'utf8') === sources) return;
  console.log('Building…');
  const quiet = ['--logLevel', 'warn'];
  await run('electron-vite', ['build', '--config', 'electron.config.ts', ...quiet]);
  await run('vite', ['build', '--config', 'vite.service.ts', ...quiet]);
  writeFileSync(BUILD_MARK, sources);
}

/**
 * `window`: whether Electron is needed at all (not where the job is done on the command line).
 * `forTests`: whether the commands that only tests need are installed as well.
 * Answers the Electron runtime, or null where none is needed.
 */
export async function setUp({ window = true, forTests = false } = {}) {
  return alone(CHECKOUT, async () => {
    if (window) await installSystemPackages({ forTests });
    await installPackages();
    const runtime = window ? await electronRuntime() : null;
    await build();
    return runtime;
  });
}

/** Ends a command with the message of what went wrong, without a stack that helps no one. */
export function giveUp(error) {
  console.error(`\n${error.message}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUp({ forTests: true }).catch(giveUp);
}
