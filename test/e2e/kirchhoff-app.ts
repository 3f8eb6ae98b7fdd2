/** Fixtures of the end-to-end tests: an app of its own for each test, with a home folder that goes with it. */
import type { ChildProcess } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, test as base, type ElectronApplication, type Page } from '@playwright/test';
import type { KirchhoffBridge } from '../../src/contract/protocol.ts';

declare global {
  interface Window {
    readonly kirchhoff: KirchhoffBridge;
  }
}

interface Prepared {
  /** Executable that becomes Electron. */
  launcher: string;
  /** Folder of the built app. */
  app: string;
  /** Who runs the app, where that is not the user who runs the tests. */
  account: { uid: number; gid: number } | null;
}

export function prepared(): Prepared {
  const text = process.env.KIRCHHOFF_E2E;
  if (text === undefined) throw new Error('Run the end-to-end tests with "npm run test:e2e".');
  return JSON.parse(text) as Prepared;
}

export interface StartOptions {
  /** File for a trace of all network system calls of all processes of the app. */
  networkTrace?: string;
}

export interface RunningApp {
  electron: ElectronApplication;
  page: Page;
  /** Closes the window as a user would; ends the process by force where it does not go. */
  close(): Promise<void>;
}

interface Fixtures {
  /** Folder that the app's account owns; user data are in it. Gone after the test. */
  home: string;
  /** Starts the app on `home`; again after `close` to see what was kept. */
  start: (options?: StartOptions) => Promise<RunningApp>;
  app: RunningApp;
  page: Page;
}

const GRACE_MILLISECONDS = 8_000;

/** A folder inside `parent` that the app can write to. */
export function folderForApp(parent: string, name: string): string {
  const { account } = prepared();
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  if (account !== null) chownSync(folder, account.uid, account.gid);
  return folder;
}

/** The recordings that come with the app, at a path that the app's account can read. */
export function samplesFolder(): string {
  return join(prepared().app, 'samples');
}

function within<T>(milliseconds: number, work: Promise<T>): Promise<T | 'late'> {
  return Promise.race([
    work,
    new Promise<'late'>((done) => setTimeout(() => done('late'), milliseconds).unref()),
  ]);
}

/** `child` is the app's process: Playwright does not tell it any more once the app has gone. */
async function end(electron: ElectronApplication, child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const closing = electron
    .evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows()) window.close();
    })
    // The connection ends with the app, often before the answer comes.
    .catch(() => undefined);
  await within(GRACE_MILLISECONDS, closing);
  if ((await within(GRACE_MILLISECONDS, gone)) !== 'late') return;
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await within(GRACE_MILLISECONDS, gone);
}

async function launch(home: string, options: StartOptions): Promise<ElectronApplication> {
  const { launcher, app } = prepared();
  const { XDG_RUNTIME_DIR, XDG_CONFIG_HOME, DBUS_SESSION_BUS_ADDRESS, KIRCHHOFF_E2E, ...inherited } =
    process.env;
  return _electron.launch({
    executablePath: launcher,
    args: [app, '--disable-gpu', `--user-data-dir=${join(home, 'data')}`],
    cwd: app,
    // Playwright would turn Chromium's sandbox off otherwise.
    chromiumSandbox: true,
    env: {
      ...(inherited as Record<string, string>),
      HOME: home,
      ...(options.networkTrace === undefined ? {} : { KIRCHHOFF_TRACE: options.networkTrace }),
    },
  });
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern.
  home: async ({}, use) => {
    const parent = mkdtempSync(join(tmpdir(), 'kirchhoff-e2e-'));
    const { account } = prepared();
    if (account !== null) chownSync(parent, account.uid, account.gid);
    await use(parent);
    rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
  },

  start: async ({ home }, use, testInfo) => {
    const running: (RunningApp & { said: string[] })[] = [];
    await use(async (options = {}) => {
      const electron = await launch(home, options);
      const child = electron.process();
      const said: string[] = [];
      child.stdout?.on('data', (chunk) => said.push(String(chunk)));
      child.stderr?.on('data', (chunk) => said.push(String(chunk)));
      await electron.context().tracing.start({ screenshots: true, snapshots: true, sources: true });
      const page = await electron.firstWindow();
      page.on('console', (message) => said.push(`[page] ${message.type()}: ${message.text()}\n`));
      page.on('pageerror', (error) => said.push(`[page] ${error.message}\n`));
      const app = { electron, page, close: () => end(electron, child) };
      running.push({ ...app, said });
      // Loaded, or asking for the passphrase.
      await page.locator('[data-app-state]:not([data-app-state="loading"])').waitFor({ state: 'attached' });
      return app;
    });
    const failed = testInfo.status !== testInfo.expectedStatus;
    for (const [index, { electron, page, close, said }] of running.entries()) {
      if (failed) {
        // The app may be gone: then there is nothing more to see than what it said.
        await (async () => {
          await page.screenshot({ path: testInfo.outputPath(`window-${index}.png`), timeout: 5_000 });
          await electron.context().tracing.stop({ path: testInfo.outputPath(`trace-${index}.zip`) });
        })().catch((error: unknown) => said.push(`[test] ${String(error)}\n`));
        await testInfo.attach(`output-${index}.txt`, { body: said.join('') });
      }
      await close();
    }
  },

  app: async ({ start }, use) => {
    await use(await start());
  },

  page: async ({ app }, use) => {
    await use(app.page);
  },
});

export { expect } from '@playwright/test';
