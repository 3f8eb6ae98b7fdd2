/** Serves the renderer in a plain browser over a made-up bridge, to look at every screen without Electron. */
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const projectRoot = resolve(import.meta.dirname, '../..');

export default defineConfig({
  root: resolve(projectRoot, 'renderer'),
  cacheDir: resolve(projectRoot, 'node_modules/.vite-renderer-fixture'),
  server: { port: 5199, strictPort: true, fs: { allow: [projectRoot] } },
  plugins: [
    react(),
    {
      name: 'made-up-bridge',
      transformIndexHtml: () => [
        {
          tag: 'script',
          attrs: { type: 'module', src: `/@fs${resolve(import.meta.dirname, 'made-up-bridge.ts')}` },
          injectTo: 'head-prepend',
        },
      ],
    },
  ],
});
