/** The renderer's only door: one channel, whose every message is checked before anything is done with it. */
import { basename, join } from 'node:path';
import { app, type BrowserWindow, dialog, type IpcMainInvokeEvent, ipcMain } from 'electron';
import { IPC_EVENT_CHANNEL, IPC_REQUEST_CHANNEL } from '../src/contract/channels.ts';
import { type ErrorBody, errorBodyOf } from '../src/contract/errors.ts';
import {
  type Answer,
  NOT_FROM_RENDERER,
  REQUESTS,
  type RequestInput,
  type RequestName,
} from '../src/contract/protocol.ts';
import { APP_ORIGIN } from './protocol.ts';
import type { ServiceProcess } from './service-process.ts';

/** A message that passed all checks. */
export type CheckedRequest = {
  [Name in RequestName]: { name: Name; input: RequestInput<Name> };
}[RequestName];

export type CheckedMessage = { ok: true; request: CheckedRequest } | { ok: false; error: ErrorBody };

function refused(message: string, at: string | null = null): { ok: false; error: ErrorBody } {
  return { ok: false, error: { code: 'invalid-request', message, at } };
}

/** Checks a message from the renderer against the contract; what the renderer may not ask is refused. */
export function checkMessage(name: unknown, input: unknown): CheckedMessage {
  if (typeof name !== 'string' || !Object.hasOwn(REQUESTS, name)) return refused('There is no such request.');
  const known = name as RequestName;
  if (NOT_FROM_RENDERER.includes(known)) return refused('The window may not make this request.', known);
  const parsed = REQUESTS[known].input.safeParse(input);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
    return refused(fields.join('; '), known);
  }
  return { ok: true, request: { name: known, input: parsed.data } as CheckedRequest };
}

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
            { name: 'WFDB record', extensions: ['hea'] },
            { name: 'All files', extensions: ['*'] },
          ],
          properties: ['openFile', 'multiSelections'],
        }
      : { title: 'Open a folder of ECG recordings', properties: ['openDirectory', 'multiSelections'] },
  );
  if (chosen.canceled || chosen.filePaths.length === 0) return { ok: true, value: { jobId: null } };
  return service.request('studies.import', { paths: chosen.filePaths });
}

/** A file name of the record's own, without what a file system or a reader might take amiss. */
export function reportFileName(recordName: string, format: RequestInput<'report.export'>['format']): string {
  const record = basename(recordName).replace(/[^\p{L}\p{N}._-]+/gu, '_') || 'record';
  // WFDB programs find annotations by the record's name and this extension.
  return format === 'wfdb' ? `${record}.kir` : `${record}-kirchhoff.${format}`;
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
