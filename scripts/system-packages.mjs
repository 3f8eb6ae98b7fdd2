/** Debian packages that Electron and its tests need, installed only where something is missing. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { exitCodeOf, onPath } from './process.mjs';

/** Shared libraries that the Electron executable links to, and the Debian package of each. */
const LIBRARIES = {
  'libnss3.so': 'libnss3',
  'libatk-1.0.so.0': 'libatk1.0-0',
  'libatk-bridge-2.0.so.0': 'libatk-bridge2.0-0',
  'libcups.so.2': 'libcups2',
  'libdrm.so.2': 'libdrm2',
  'libgtk-3.so.0': 'libgtk-3-0',
  'libgbm.so.1': 'libgbm1',
  'libasound.so.2': 'libasound2',
  'libxkbcommon.so.0': 'libxkbcommon0',
  'libXcomposite.so.1': 'libxcomposite1',
  'libXdamage.so.1': 'libxdamage1',
  'libXrandr.so.2': 'libxrandr2',
  'libXfixes.so.3': 'libxfixes3',
};

/** Commands of the end-to-end tests, and the Debian package of each. */
const TEST_COMMANDS = { Xvfb: 'xvfb', 'xvfb-run': 'xvfb', xauth: 'xauth', strace: 'strace' };

function missingLibraries() {
  const linker = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find((path) => existsSync(path)) ?? 'ldconfig';
  let known;
  try {
    known = execFileSync(linker, ['-p'], { encoding: 'utf8' });
  } catch {
    return []; // Not a glibc system: Electron's own message will say what it lacks.
  }
  return Object.entries(LIBRARIES)
    .filter(([library]) => !known.includes(`\t${library} `))
    .map(([, name]) => name);
}

function missingCommands() {
  return Object.entries(TEST_COMMANDS)
    .filter(([command]) => !onPath(command))
    .map(([, name]) => name);
}

/**
 * Installs what is missing with apt-get, as root or by a sudo that asks no password; else throws an error
 * that says what to install.
 */
export async function installSystemPackages({ forTests }) {
  if (process.platform !== 'linux') return;
  const missing = [...new Set([...missingLibraries(), ...(forTests ? missingCommands() : [])])];
  if (missing.length === 0) return;
  // Without it the tarball's zip is unpacked by a slower package; asked for only together with others.
  if (!onPath('unzip')) missing.push('unzip');
  const commandLine = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  const instead = new Error(
    `System packages are missing. Install them as root, then run this again:\n  ${commandLine}`,
  );
  if (!onPath('apt-get')) throw instead;
  const isRoot = process.getuid() === 0;
  if (!isRoot && (!onPath('sudo') || (await exitCodeOf('sudo', ['-n', 'true'], { stdio: 'ignore' })) !== 0)) {
    throw instead;
  }
  const asRoot = (args) =>
    isRoot
      ? exitCodeOf('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      : exitCodeOf('sudo', ['-n', 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]);
  console.log(`Installing system packages: ${missing.join(' ')}`);
  await asRoot(['update', '-q']);
  if ((await asRoot(['install', '-y', '-q', '--no-install-recommends', ...missing])) !== 0) throw instead;
}
