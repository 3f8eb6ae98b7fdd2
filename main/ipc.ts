/** The renderer's only door: one channel, whose every message is checked before anything is done with it. */
import { join } from 'node:path';
import { app, type BrowserWindow, dialog, type IpcMainInvokeEvent, ipcMain } from 'electron';
import { IPC_EVENT_CHANNEL, IPC_REQUEST_CHANNEL } from '../src/contract/channels.ts';
import { errorBodyOf } from '../src/contract/errors.ts';
import type { Answer, RequestInput, RequestName } from '../src/contract/protocol.ts';
import { APP_ORIGIN } from './app-url.ts';
import { type CheckedRequest, checkMessage, refused } from './check-message.ts';
import { reportFileName } from './report-file-name.ts';
import type { ServiceProcess } from './service-process.ts';

function isFromMainFrame(event: IpcMainInvokeEvent, window: BrowserWindow): boolean {
  const frame = event.senderFrame;
  if (frame === null || event.sender !== window.webContents || frame !== window.webContents.mainFrame)
    return false;
  const { protocol, host } = new URL(frame.url);
  return `${protocol}//${host}` === APP_ORIGIN;
}

async function openStudies(
  window: BrowserWindow,
  service: ServiceProcess,
  { kind }: RequestInput<'studies.open'>,
): Promise<Answer<'studies.open'>> {
  const chosen = await dialog.showOpenDialog(
    window,
    kind === 'files'
      ? {
          title: 'Open ECG recordings',
          filters: [
            {
              name: 'Recordings',
              extensions: ['hea', 'edf', 'rec', 'bdf', 'dcm', 'scp', 'xml', 'ecg', 'csv', 'tsv', 'txt'],
            },
            { name: 'All files', extensions: ['*'] },
          ],
          properties: ['openFile', 'multiSelections'],
        }
      : { title: 'Open a folder of ECG recordings', properties: ['openDirectory', 'multiSelections'] },
  );
  if (chosen.canceled || chosen.filePaths.length === 0) return { ok: true, value: { jobId: null } };
  return service.request('studies.import', { paths: chosen.filePaths });
}

async function exportReport(
  window: BrowserWindow,
  service: ServiceProcess,
  { studyId, format }: RequestInput<'report.export'>,
): Promise<Answer<'report.export'>> {
  const study = await service.request('studies.get', { studyId });
  if (!study.ok) return study;
  const fileName = reportFileName(study.value.recordName, format);
  const chosen = await dialog.showSaveDialog(window, {
    title: 'Export report',
    defaultPath: join(app.getPath('documents'), fileName),
    filters: [{ name: format.toUpperCase(), extensions: [format === 'wfdb' ? 'kir' : format] }],
    properties: ['showOverwriteConfirmation', 'createDirectory'],
  });
  if (chosen.canceled || !chosen.filePath) return { ok: true, value: { path: null } };
  return service.request('report.write', { studyId, format, path: chosen.filePath });
}

async function exportImageReport(
  window: BrowserWindow,
  service: ServiceProcess,
  { studyId, format }: RequestInput<'imaging.export'>,
): Promise<Answer<'imaging.export'>> {
  const study = await service.request('imaging.get', { studyId });
  if (!study.ok) return study;
  const chosen = await dialog.showSaveDialog(window, {
    title: 'Export report',
    defaultPath: join(app.getPath('documents'), reportFileName(study.value.description, format)),
    filters: [{ name: format.toUpperCase(), extensions: [format] }],
    properties: ['showOverwriteConfirmation', 'createDirectory'],
  });
  if (chosen.canceled || !chosen.filePath) return { ok: true, value: { path: null } };
  return service.request('imaging.write', { studyId, format, path: chosen.filePath });
}

async function exportFigures(
  window: BrowserWindow,
  service: ServiceProcess,
  input: RequestInput<'device.export'>,
): Promise<Answer<'device.export'>> {
  const chosen = await dialog.showSaveDialog(window, {
    title: 'Export figures',
    defaultPath: join(app.getPath('documents'), `${input.model}-devices.json`),
    filters: [{ name: 'JSON', extensions: ['json'] }],
    properties: ['showOverwriteConfirmation', 'createDirectory'],
  });
  if (chosen.canceled || !chosen.filePath) return { ok: true, value: { path: null } };
  return service.request('device.write', { ...input, path: chosen.filePath });
}

async function importProfile(
  window: BrowserWindow,
  service: ServiceProcess,
): Promise<Answer<'device.importProfile'>> {
  const chosen = await dialog.showOpenDialog(window, {
    title: 'Import a device profile',
    filters: [
      { name: 'Device profile', extensions: ['json'] },
      { name: 'All files', extensions: ['*'] },
    ],
    properties: ['openFile'],
  });
  const [path] = chosen.filePaths;
  if (chosen.canceled || path === undefined) return { ok: true, value: { name: null } };
  return service.request('device.readProfile', { path });
}

async function answer(
  window: BrowserWindow,
  service: ServiceProcess,
  request: CheckedRequest,
): Promise<Answer<RequestName>> {
  switch (request.name) {
    case 'studies.open':
      return openStudies(window, service, request.input);
    case 'report.export':
      return exportReport(window, service, request.input);
    case 'imaging.export':
      return exportImageReport(window, service, request.input);
    case 'device.importProfile':
      return importProfile(window, service);
    case 'device.export':
      return exportFigures(window, service, request.input);
    default:
      return service.request(request.name, request.input);
  }
}

/** Answers the window's requests and sends it the service's events. */
export function answerRenderer(window: BrowserWindow, service: ServiceProcess): void {
  ipcMain.handle(IPC_REQUEST_CHANNEL, async (event, name: unknown, input: unknown) => {
    if (!isFromMainFrame(event, window)) return refused('The sender is not the window of this app.');
    const checked = checkMessage(name, input);
    if (!checked.ok) return checked;
    try {
      return await answer(window, service, checked.request);
    } catch (thrown) {
      return { ok: false, error: errorBodyOf(thrown) };
    }
  });
  service.onEvent((event) => {
    if (!window.isDestroyed()) window.webContents.send(IPC_EVENT_CHANNEL, event);
  });
}
