/**
 * Runs the app as an unprivileged account where the caller is root: Chromium refuses its sandbox to root, and
 * without the sandbox the app must not run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from './electron-runtime.mjs';
import { CHECKOUT, onPath } from './process.mjs';

const ACCOUNT = 'kirchhoff';
const HOME = '/var/lib/kirchhoff';

function lookUp(name) {
  const found = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  if (found.status !== 0) return null;
  const fields = found.stdout.trim().split(':');
  return { name, uid: Number(fields[2]), gid: Number(fields[3]), home: HOME };
}

/**
 * The account that the app runs as: null where the caller is not root and simply runs it; else a system
 * account of its own, made on first use.
 */
export function appAccount() {
  if (process.getuid() !== 0) return null;
  if (!onPath('setpriv')) {
    throw new Error(
      "Started as root, and setpriv (package util-linux) is missing, so that the app cannot be given to an unprivileged account. Run this command as an ordinary user: Chromium's sandbox does not work for root.",
    );
  }
  let account = lookUp(ACCOUNT);
  if (account === null && onPath('useradd')) {
    const noLogin = '/usr/sbin/nologin';
    spawnSync('useradd', ['--system', '--user-group', '--home-dir', HOME, '--shell', noLogin, ACCOUNT]);
    account = lookUp(ACCOUNT);
  }
  account ??= lookUp('nobody');
  if (account === null)
    throw new Error('Started as root, and no unprivileged account could be made or found.');
  mkdirSync(account.home, { recursive: true, mode: 0o700 });
  chownSync(account.home, account.uid, account.gid);
  return account;
}

/** The command line that runs `command` as `account`, and the environment to run it in. */
export function asAccount(account, command, args, environment = process.env) {
  if (account === null) return { command, args, environment };
  const { XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, XDG_CONFIG_HOME, XDG_CACHE_HOME, ...rest } = environment;
  const own = { ...rest, HOME: account.home, USER: account.name, LOGNAME: account.name };
  if (environment.XAUTHORITY && existsSync(environment.XAUTHORITY)) {
    own.XAUTHORITY = join(account.home, 'Xauthority');
    copyFileSync(environment.XAUTHORITY, own.XAUTHORITY);
    chownSync(own.XAUTHORITY, account.uid, account.gid);
  }
  return {
    command: 'setpriv',
    args: [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', command, ...args],
    environment: own,
  };
}

function canRead(account, path) {
  const { command, args } = asAccount(account, 'test', ['-r', path]);
  return spawnSync(command, args).status === 0;
}

/** Folders of node_modules that the built app needs at run time, from the lock file. */
function runtimePackages() {
  const lock = JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([folder, entry]) => folder !== '' && !entry.dev && !entry.devOptional)
    .map(([folder]) => folder)
    .filter((folder) => existsSync(join(CHECKOUT, folder)));
}

/**
 * The folder from which `account` can run the built app: the checkout, or, where that lies in a folder closed
 * to others (as root's home is), a copy of the built app in the cache folder.
 */
export function readableApp(account) {
  if (account === null || canRead(account, join(CHECKOUT, 'out', 'main', 'main.js'))) return CHECKOUT;
  const key = createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 16);
  const copy = join(cacheFolder(), `app-${key}`);
  const next = `${copy}.next-${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  for (const part of [
    'package.json',
    'out',
    'models',
    'samples',
    join('src', 'report', 'fonts'),
    ...runtimePackages(),
  ]) {
    if (!existsSync(join(CHECKOUT, part))) continue;
    mkdirSync(dirname(join(next, part)), { recursive: true });
    cpSync(join(CHECKOUT, part), join(next, part), { recursive: true, verbatimSymlinks: true });
  }
  execFileSync('chmod', ['-R', 'a+rX', next]);
  rmSync(copy, { recursive: true, force: true });
  renameSync(next, copy);
  return copy;
}
