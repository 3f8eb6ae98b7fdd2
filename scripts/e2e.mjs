/**
 * `npm run test:e2e [-- arguments of playwright test]`: sets up, then runs the end-to-end tests in the real
 * Electron, with Chromium's sandbox on: as root, the app under test runs as an unprivileged account.
 */
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appAccount, asAccount, readableApp } from './account.mjs';
import { CHECKOUT, exitCodeOf, packagesFirst } from './process.mjs';
import { giveUp, setUp } from './setup.mjs';

const require = createRequire(import.meta.url);

function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Runs the tests and answers playwright's exit code; its JSON report goes to `reportFile`. */
export async function runEndToEnd({ runtime, reportFile, args = [] }) {
  const account = appAccount();
  const app = readableApp(account);
  const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-launcher-'));
  try {
    // Playwright starts one executable: this script, which becomes Electron under the account, traced on demand.
    const launcher = join(folder, 'electron');
    // Playwright's own way to hold the app until it has attached, which it skips for a given executable:
    // without it, it now and then misses a window that opens meanwhile. Copied to where the account can read it.
    const loader = join(folder, 'loader.cjs');
    const playwrightCore = dirname(require.resolve('playwright-core/package.json'));
    copyFileSync(join(playwrightCore, 'lib', 'server', 'electron', 'loader.js'), loader);
    chmodSync(folder, 0o755);
    const launch = asAccount(account, runtime.executable, []);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
    const trace = '${KIRCHHOFF_TRACE:+strace -f --seccomp-bpf -e trace=network -o "$KIRCHHOFF_TRACE"}';
    const command = [launch.command, ...launch.args].map(quoted).join(' ');
    const hold = `[ -n "$ELECTRON_RUN_AS_NODE" ] || set -- -r ${quoted(loader)} "$@"`;
    writeFileSync(launcher, `#!/bin/sh\n${hold}\nexec ${trace} ${command} "$@"\n`, { mode: 0o755 });
    const environment = {
      ...packagesFirst(),
      KIRCHHOFF_E2E: JSON.stringify({
        launcher,
        app,
        account: account === null ? null : { uid: account.uid, gid: account.gid },
      }),
      PLAYWRIGHT_JSON_OUTPUT_NAME: reportFile,
    };
    const playwright = ['playwright', 'test', '--config', join(CHECKOUT, 'playwright.config.ts'), ...args];
    // -ac: the account that runs the app cannot read the display's authority file; the display is local.
    const screen = '--server-args=-screen 0 1920x1200x24 -ac -nolisten tcp';
    return await exitCodeOf('xvfb-run', ['-a', screen, ...playwright], { env: environment });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const runtime = await setUp({ forTests: true }).catch(giveUp);
  const reportFile = join(CHECKOUT, 'test-results', 'e2e.json');
  process.exitCode = await runEndToEnd({ runtime, reportFile, args: process.argv.slice(2) }).catch(giveUp);
}
