/** Child processes and locks for the set-up scripts. Plain Node 20, no packages: it runs before `npm ci`. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export const CHECKOUT = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

/** The environment in which the packages' own commands, Node 24 among them, come first. */
export function packagesFirst(environment = process.env) {
  return {
    ...environment,
    PATH: `${join(CHECKOUT, 'node_modules', '.bin')}${delimiter}${environment.PATH ?? ''}`,
  };
}

/**
 * Runs a command to its end with this process's standard streams and answers its exit code (128 + n where a
 * signal n ended it, 127 where it could not be started).
 */
export function exitCodeOf(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: CHECKOUT, env: packagesFirst(), stdio: 'inherit', ...options });
    const relay = (signal) => child.kill(signal);
    process.once('SIGINT', relay);
    process.once('SIGTERM', relay);
    const end = (code) => {
      process.off('SIGINT', relay);
      process.off('SIGTERM', relay);
      done(code);
    };
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      end(127);
    });
    child.once('exit', (code, signal) => end(code ?? (signal === null ? 1 : 130)));
  });
}

/** Like `exitCodeOf`, but throws where the command fails. */
export async function run(command, args, options = {}) {
  const code = await exitCodeOf(command, args, options);
  if (code !== 0) throw new Error(`"${[command, ...args].join(' ')}" ended with code ${code}`);
}

/** Whether `name` is a command on the PATH. */
export function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Does `work` while no other process of this machine does work of the same name; waits for one that does. */
export async function alone(name, work) {
  const key = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `kirchhoff-lock-${userInfo().uid}-${key}`);
  const owner = join(folder, 'pid');
  let told = false;
  for (;;) {
    try {
      mkdirSync(folder);
      writeFileSync(owner, String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let pid = Number.NaN;
    try {
      pid = Number(readFileSync(owner, 'utf8'));
    } catch {
      // The other one is between making the folder and writing its pid, or just went.
    }
    if (pid > 0 && !isAlive(pid)) {
      rmSync(folder, { recursive: true, force: true });
      continue;
    }
    if (!told) console.log('Waiting for another Kirchhoff command that is setting up…');
    told = true;
    await new Promise((later) => setTimeout(later, 500));
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
