/** The one window: hardened, with its size and place kept between starts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, BrowserWindow, dialog, screen } from 'electron';
import { z } from 'zod';
import type { KirchhoffClient } from '../src/contract/protocol.ts';
import { APP_ORIGIN } from './app-url.ts';

const MINIMUM = { width: 1024, height: 700 };
const DEFAULT = { width: 1440, height: 900 };
/** A page that crashes again within this time is not loaded again. */
const RELOAD_INTERVAL_MILLISECONDS = 60_000;
/** Idle time is counted in minutes: one message in this time is enough. */
const ACTIVITY_INTERVAL_MILLISECONDS = 10_000;

const windowStateSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(MINIMUM.width),
  height: z.int().min(MINIMUM.height),
  maximized: z.boolean(),
});
type WindowState = z.infer<typeof windowStateSchema>;

function stateFile(): string {
  return join(app.getPath('userData'), 'window.json');
}

/** The kept state, where it is whole and still on a screen. */
function keptState(): WindowState | null {
  let state: WindowState;
  try {
    state = windowStateSchema.parse(JSON.parse(readFileSync(stateFile(), 'utf8')));
  } catch {
    return null;
  }
  const { workArea } = screen.getDisplayMatching(state);
  const isVisible =
    state.x < workArea.x + workArea.width &&
    state.x + state.width > workArea.x &&
    state.y >= workArea.y &&
    state.y < workArea.y + workArea.height;
  return isVisible ? state : null;
}

function keepState(window: BrowserWindow): void {
  const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() };
  try {
    writeFileSync(stateFile(), JSON.stringify(state));
  } catch (error) {
    console.error(`window state not kept: ${String(error)}`);
  }
}

function reportActivity(window: BrowserWindow, service: KirchhoffClient): void {
  let last = 0;
  window.webContents.on('input-event', () => {
    const now = Date.now();
    if (now - last < ACTIVITY_INTERVAL_MILLISECONDS) return;
    last = now;
    void service.request('session.activity', {});
  });
}

/** State lives in the service and in the history entry: a new page shows it again. */
function reloadAfterCrash(window: BrowserWindow): void {
  let reloadedAt = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = performance.now();
    if (now - reloadedAt < RELOAD_INTERVAL_MILLISECONDS) {
      dialog.showErrorBox(
        'Kirchhoff cannot show its window',
        'The window stopped twice within a minute. What was saved is safe. Close Kirchhoff and start it again.',
      );
      return;
    }
    reloadedAt = now;
    window.webContents.reload();
  });
}

export function openMainWindow({
  preload,
  service,
}: {
  preload: string;
  service: KirchhoffClient;
}): BrowserWindow {
  const kept = keptState();
  const window = new BrowserWindow({
    ...DEFAULT,
    ...(kept === null ? {} : { x: kept.x, y: kept.y, width: kept.width, height: kept.height }),
    minWidth: MINIMUM.width,
    minHeight: MINIMUM.height,
    title: 'Kirchhoff',
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  if (kept?.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => keepState(window));
  reloadAfterCrash(window);
  reportActivity(window, service);
  return window;
}

/** Loads the page; last, so that nothing it asks goes unanswered. */
export function loadPage(window: BrowserWindow): Promise<void> {
  return window.loadURL(`${APP_ORIGIN}/`);
}
