/** `npm start`: sets up, then opens the app; without a display, analyses a bundled sample on the command line. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { appAccount, asAccount, readableApp } from './account.mjs';
import { CHECKOUT, exitCodeOf, packagesFirst } from './process.mjs';
import { giveUp, setUp } from './setup.mjs';

async function openWindow() {
  const runtime = await setUp();
  const account = appAccount();
  const app = readableApp(account);
  if (account !== null) {
    console.log(`Started as root: the app runs as "${account.name}", so that Chromium's sandbox stays on.`);
    console.log(`Its records are in ${account.home}.`);
  }
  const { command, args, environment } = asAccount(
    account,
    runtime.executable,
    [app, ...process.argv.slice(2)],
    packagesFirst(),
  );
  return exitCodeOf(command, args, { cwd: app, env: environment });
}

async function analyseSample() {
  console.log('There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).');
  console.log('Doing the same job on the command line: analysing a bundled sample.');
  await setUp({ window: false });
  const sample = readdirSync(join(CHECKOUT, 'samples'))
    .filter((name) => name.endsWith('.hea'))
    .sort()[0];
  if (sample === undefined) throw new Error('The folder samples/ holds no recording.');
  const out = join('out', 'sample-report');
  const input = join('samples', sample);
  const cli = ['src/cli/main.ts', 'analyze', input, '--out', out, '--format', 'json,pdf,wfdb'];
  console.log(`\n  kirchhoff ${cli.slice(1).join(' ')}\n`);
  const code = await exitCodeOf('node', cli);
  if (code !== 0) return code;
  const report = filesWithin(join(CHECKOUT, out)).find((path) => path.endsWith('.pdf'));
  if (report === undefined) throw new Error(`No report was written into ${out}.`);
  console.log(`\nThe report:\n${report}`);
  return 0;
}

function filesWithin(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesWithin(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const hasDisplay =
  process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);
process.exitCode = await (hasDisplay ? openWindow() : analyseSample()).catch(giveUp);
