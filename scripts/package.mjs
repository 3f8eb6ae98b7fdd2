/** `npm run package`: sets up, makes the unpacked application in dist/, and proves that it works. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT, packagesFirst, run } from './process.mjs';
import { writeServiceManifest } from './service-manifest.mjs';
import { giveUp, setUp } from './setup.mjs';

async function packageApp() {
  const runtime = await setUp();
  const cache = mkdtempSync(join(tmpdir(), 'kirchhoff-builder-'));
  try {
    writeServiceManifest();
    rmSync(join(CHECKOUT, 'dist'), { recursive: true, force: true });
    const settings = [`-c.electronDist=${runtime.folder}`, `-c.electronVersion=${runtime.version}`];
    await run(
      'electron-builder',
      ['--dir', '--linux', '--config', 'electron-builder.yml', '--publish', 'never', ...settings],
      { env: { ...packagesFirst(), ELECTRON_BUILDER_CACHE: cache } },
    );
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
  await run('node', ['scripts/smoke-package.mjs']);
}

await packageApp().catch(giveUp);
