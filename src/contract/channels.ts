/** Channel names of Electron's IPC; the only two that main listens to or sends on. No schemas, for the preload. */
export const IPC_REQUEST_CHANNEL = 'kirchhoff:request';
export const IPC_EVENT_CHANNEL = 'kirchhoff:event';
