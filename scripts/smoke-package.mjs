/**
 * Proves that the packaged application in dist/ works: its fuses are as they must be, its command line
 * analyses a bundled sample away from the checkout, and its window opens where there is a display to open on.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { appAccount, asAccount } from './account.mjs';
import { CHECKOUT, onPath } from './process.mjs';
import { giveUp } from './setup.mjs';

const PACKAGED = join(CHECKOUT, 'dist', 'linux-unpacked');
const WINDOW_PATIENCE_MILLISECONDS = 30_000;

const FUSES = {
  RunAsNode: FuseState.DISABLE,
  EnableCookieEncryption: FuseState.ENABLE,
  EnableNodeOptionsEnvironmentVariable: FuseState.DISABLE,
  EnableNodeCliInspectArguments: FuseState.DISABLE,
  EnableEmbeddedAsarIntegrityValidation: FuseState.ENABLE,
  OnlyLoadAppFromAsar: FuseState.ENABLE,
  GrantFileProtocolExtraPrivileges: FuseState.DISABLE,
};

async function checkFuses(folder) {
  const wire = await getCurrentFuseWire(join(folder, 'kirchhoff-window'));
  for (const [name, state] of Object.entries(FUSES)) {
    if (wire[FuseV1Options[name]] !== state)
      throw new Error(`The fuse ${name} of the packaged app is not ${state}.`);
  }
  console.log(`smoke: ${Object.keys(FUSES).length} fuses are as they must be`);
}

/** Films in every coding that a package in WebAssembly decodes; the packaged app finds these outside its bundle. */
const CODED_FILMS = {
  'JPEG-LS': 'MR_small_jpeg_ls_lossless.dcm',
  JPEG: 'SC_rgb_jpeg_dcmtk.dcm',
  'JPEG 2000': 'MR_small_jp2klossless.dcm',
  HTJ2K: 'made-htj2k.dcm',
};

/** Each is decoded before it is refused: none of them is a chest film of a child. */
function checkCodecs(folder, work) {
  const films = join(work, 'films');
  mkdirSync(films);
  for (const name of Object.values(CODED_FILMS)) {
    cpSync(join(CHECKOUT, 'test', 'fixtures', 'dicom', name), join(films, name));
  }
  const args = ['analyze', films, '--out', join(work, 'films-out')];
  const answer = spawnSync(join(folder, 'kirchhoff'), args, {
    cwd: work,
    env: { PATH: '/usr/bin:/bin', HOME: work },
    encoding: 'utf8',
  });
  const lines = answer.stdout
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  for (const [coding, name] of Object.entries(CODED_FILMS)) {
    const line = lines.find(({ input }) => input === name);
    if (line?.status !== 'refused') {
      throw new Error(
        `The packaged app does not decode ${coding}: ${JSON.stringify(line) ?? ''}\n${answer.stderr}`,
      );
    }
  }
  console.log(`smoke: the packaged command line decoded ${Object.keys(CODED_FILMS).join(', ')}`);
}

function checkCommandLine(folder, work) {
  const samples = join(folder, 'resources', 'samples');
  const sample = readdirSync(samples)
    .filter((name) => name.endsWith('.hea'))
    .sort()[0];
  if (sample === undefined) throw new Error('The packaged app holds no sample.');
  const out = join(work, 'report');
  const args = ['analyze', join(samples, sample), '--out', out, '--format', 'json,pdf,wfdb'];
  // Nothing of the checkout, no display, no Node of the machine.
  const environment = { PATH: '/usr/bin:/bin', HOME: work };
  const answer = spawnSync(join(folder, 'kirchhoff'), args, {
    cwd: work,
    env: environment,
    encoding: 'utf8',
  });
  if (answer.status !== 0) throw new Error(`kirchhoff analyze ended with ${answer.status}: ${answer.stderr}`);
  const lines = answer.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  if (lines.length !== 1 || lines[0].status !== 'analysed') {
    throw new Error(`kirchhoff analyze answered ${answer.stdout}`);
  }
  const files = readdirSync(out, { recursive: true }).map(String);
  for (const extension of ['.json', '.pdf', '.kir']) {
    const file = files.find((name) => name.endsWith(extension));
    if (file === undefined) throw new Error(`kirchhoff analyze wrote no ${extension} file`);
    if (extension === '.pdf' && !readFileSync(join(out, file)).subarray(0, 5).equals(Buffer.from('%PDF-'))) {
      throw new Error(`${file} is no PDF`);
    }
  }
  console.log(`smoke: the packaged command line analysed ${sample}: ${files.sort().join(', ')}`);
}

function commandLines() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // It ended while it was looked at.
      }
    });
}

/** Starts the app on user data of its own, on a display of its own. */
function startWindow(folder, work, dataName) {
  const account = appAccount();
  const data = join(work, dataName);
  mkdirSync(data);
  if (account !== null) chownSync(data, account.uid, account.gid);
  const launch = asAccount(account, join(folder, 'kirchhoff'), [`--user-data-dir=${data}`, '--disable-gpu']);
  const screen = '--server-args=-screen 0 1440x900x24 -ac -nolisten tcp';
  const child = spawn('xvfb-run', ['-a', screen, launch.command, ...launch.args], {
    env: { ...launch.environment, HOME: data },
    detached: true,
    // xvfb-run puts what the app says, errors too, on its own output.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)));
  return {
    said: () => said.join(''),
    ended: () => child.exitCode !== null,
    end: () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    },
  };
}

/** Sees a page's process and the service's run and stay: the fused app lets no driver look inside. */
async function checkWindow(folder, work) {
  if (!onPath('xvfb-run')) {
    console.log('smoke: the window was not opened, since xvfb-run is missing');
    return;
  }
  const app = startWindow(folder, work, 'data');
  const isOpen = () => {
    const running = commandLines();
    return (
      running.some((line) => line.includes(folder) && line.includes('--type=renderer')) &&
      running.some((line) => line.startsWith(join(folder, 'resources', 'node')))
    );
  };
  const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  try {
    const deadline = Date.now() + WINDOW_PATIENCE_MILLISECONDS;
    while (!isOpen() && Date.now() < deadline && !app.ended()) await later(200);
    await later(2_000);
    if (!isOpen()) throw new Error(`The packaged window did not open, or did not stay:\n${app.said()}`);
    console.log('smoke: the packaged window opened, with its service');
  } finally {
    app.end();
  }
}

/** A service file with one byte more: the app says so and starts nothing. */
async function checkDamage(folder, work) {
  if (!onPath('xvfb-run')) return;
  const service = join(folder, 'resources', 'app.asar.unpacked', 'out', 'service', 'service.mjs');
  const whole = readFileSync(service);
  appendFileSync(service, '\n');
  const app = startWindow(folder, work, 'data-of-damaged');
  const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  try {
    const deadline = Date.now() + WINDOW_PATIENCE_MILLISECONDS;
    while (!app.said().includes('out/service/service.mjs') && Date.now() < deadline) await later(200);
    await later(1_000);
    if (!app.said().includes('were changed or are missing: app.asar.unpacked/out/service/service.mjs')) {
      throw new Error(`The packaged app did not tell of its changed file:\n${app.said()}`);
    }
    if (commandLines().some((line) => line.startsWith(join(folder, 'resources', 'node')))) {
      throw new Error('The packaged app started a changed service.');
    }
    console.log('smoke: a changed service file is named, and nothing is started');
  } finally {
    app.end();
    writeFileSync(service, whole);
  }
}

async function smoke() {
  const work = mkdtempSync(join(tmpdir(), 'kirchhoff-smoke-'));
  // Where the account can read it, and away from the checkout's node_modules.
  const folder = join(work, 'app');
  try {
    spawnSync('chmod', ['755', work]);
    cpSync(PACKAGED, folder, { recursive: true, verbatimSymlinks: true });
    await checkFuses(folder);
    checkCommandLine(folder, work);
    checkCodecs(folder, work);
    await checkWindow(folder, work);
    await checkDamage(folder, work);
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

await smoke().catch(giveUp);
