/** The Electron shell: starts the service, opens the window, keeps the policy. It holds no ECG knowledge. */
import { isAbsolute, join, resolve } from 'node:path';
import { app, dialog, Menu, powerMonitor } from 'electron';
import { appFolders } from './folders.ts';
import { answerRenderer } from './ipc.ts';
import { applyNetworkSwitches, denyByDefault } from './policy.ts';
import { registerAppScheme, serveRenderer } from './protocol.ts';
import { damagedFiles, readManifest } from './service-integrity.ts';
import { ServiceProcess } from './service-process.ts';
import { loadPage, openMainWindow } from './window.ts';

function applyUserDataSwitch(): void {
  const given = app.commandLine.getSwitchValue('user-data-dir');
  if (given !== '') app.setPath('userData', isAbsolute(given) ? given : resolve(given));
}

/** Says which files are not as packaged, and ends; false where all are. A checkout is built anew instead. */
async function endedAsDamaged(resources: string): Promise<boolean> {
  if (!app.isPackaged) return false;
  const damaged = await damagedFiles(readManifest(import.meta.dirname), resources);
  if (damaged.length === 0) return false;
  const message = `Files of the installed application were changed or are missing: ${damaged.join(', ')}. Nothing was started and no record was opened. Install Kirchhoff again.`;
  console.error(message);
  dialog.showErrorBox('Kirchhoff does not start', message);
  app.exit(1);
  return true;
}

async function open(): Promise<void> {
  await app.whenReady();
  Menu.setApplicationMenu(null);
  denyByDefault();
  const folders = appFolders();
  if (await endedAsDamaged(folders.resources)) return;
  serveRenderer(folders.renderer);

  const service = new ServiceProcess({
    entry: folders.serviceEntry,
    nodeExecutable: folders.nodeExecutable,
    environment: {
      KIRCHHOFF_DATA: join(app.getPath('userData'), 'records'),
      KIRCHHOFF_DEVICE_PROFILES: join(app.getPath('userData'), 'device-profiles'),
      KIRCHHOFF_RESOURCES: folders.resources,
    },
    gaveUp: () =>
      dialog.showErrorBox(
        'Kirchhoff cannot go on',
        'The process that keeps the records stopped twice within a minute. What was saved is safe. Close Kirchhoff and start it again.',
      ),
  });
  const window = openMainWindow({ preload: folders.preload, service });
  answerRenderer(window, service);
  await loadPage(window);

  const lock = () => void service.request('session.lock', {});
  powerMonitor.on('suspend', lock);
  powerMonitor.on('lock-screen', lock);

  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });

  let ended = false;
  app.on('will-quit', (event) => {
    if (ended) return;
    // The service closes its database before the shell goes.
    event.preventDefault();
    void service.end().then(() => {
      ended = true;
      app.quit();
    });
  });
  app.on('window-all-closed', () => app.quit());
}

applyUserDataSwitch();
applyNetworkSwitches();
app.enableSandbox();
if (app.requestSingleInstanceLock()) {
  registerAppScheme();
  open().catch((error: unknown) => {
    console.error(error);
    app.exit(1);
  });
} else {
  app.quit();
}
