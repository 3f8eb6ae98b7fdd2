/** Exposes the contract, and nothing of Electron, to the page as `window.kirchhoff`. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { IPC_EVENT_CHANNEL, IPC_REQUEST_CHANNEL } from '../src/contract/channels.ts';
import type { KirchhoffBridge, KirchhoffEvent } from '../src/contract/protocol.ts';

const request: KirchhoffBridge['request'] = (name, input) =>
  ipcRenderer.invoke(IPC_REQUEST_CHANNEL, name, input);

const bridge: KirchhoffBridge = {
  request,
  onEvent(listener) {
    const relay = (_event: Electron.IpcRendererEvent, event: KirchhoffEvent) => listener(event);
    ipcRenderer.on(IPC_EVENT_CHANNEL, relay);
    return () => {
      ipcRenderer.off(IPC_EVENT_CHANNEL, relay);
    };
  },
  importDropped: (files) =>
    request('studies.import', { paths: files.map((file) => webUtils.getPathForFile(file)).filter(Boolean) }),
};

contextBridge.exposeInMainWorld('kirchhoff', bridge);
