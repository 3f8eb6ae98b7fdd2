/** Builds main, preload and renderer into out/. The service has a build of its own: vite.service.ts. */
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

// One output for every supported Electron: syntax of the oldest (33: Node 20.18, Chrome 130).
const NODE_TARGET = 'node20.18';
const CHROME_TARGET = 'chrome130';

export default defineConfig({
  main: {
    build: {
      target: NODE_TARGET,
      outDir: 'out/main',
      // Bundled whole: the packaged shell then needs no node_modules at all.
      externalizeDeps: false,
      rolldownOptions: {
        input: { main: resolve('main/main.ts') },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      target: NODE_TARGET,
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: resolve('main/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    html: { cspNonce: '__CSP_NONCE__' },
    build: {
      target: CHROME_TARGET,
      outDir: resolve('out/renderer'),
      emptyOutDir: true,
      minify: true,
      // An inlined font or image would be a data: URL, which the content security policy refuses.
      assetsInlineLimit: 0,
      // One file, read from the disk: splitting it would gain nothing.
      chunkSizeWarningLimit: 2_000,
      rolldownOptions: { input: resolve('renderer/index.html') },
    },
  },
});
