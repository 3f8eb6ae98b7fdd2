/** Builds the service, its worker threads and the packaged command line into out/service/. */
import { builtinModules } from 'node:module';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** Packages that load files of their own at run time, and so stay in node_modules. */
const NOT_BUNDLED = ['better-sqlite3-multiple-ciphers', 'piscina', 'pdfkit'];
/** As these do with their WebAssembly; they are named by the part that is used, so that a pattern takes them. */
const CODECS = /^@cornerstonejs\/codec-/;

export default defineConfig({
  build: {
    ssr: true,
    target: 'node20.18',
    outDir: 'out/service',
    emptyOutDir: true,
    rolldownOptions: {
      input: {
        service: resolve('src/service/service.ts'),
        worker: resolve('src/service/worker.ts'),
        cli: resolve('src/cli/main.ts'),
      },
      external: [...NOT_BUNDLED, CODECS, ...builtinModules.flatMap((name) => [name, `node:${name}`])],
      // All in one folder: the sources find files beside them and two folders up, in the checkout as when built.
      // .mjs: unpacked beside the packaged app's archive, these files have no package.json to say so.
      output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
  ssr: { noExternal: true },
});
