/**
 * Failed attempts to open the store. They happen while the audit log is locked, so they wait in a side file
 * until the next unlock writes them into it; the same file remembers how long a user must wait.
 * It holds user names of the keyring and times, no secret and no patient data.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeChunksAtomically } from './atomic-write.ts';
import type { FaultPoints } from './faults.ts';
import { userKeyOf } from './keys.ts';

const LOGIN_ATTEMPTS_FILE = 'login-attempts.json';

/** Attempts before the first wait. */
const FREE_ATTEMPTS = 3;
const LONGEST_WAIT_SECONDS = 15 * 60;
/** Further pending rows are counted, not kept. */
const PENDING_LIMIT = 1000;

const failedAttemptSchema = z
  .object({ at: z.string(), user: z.string(), way: z.enum(['passphrase', 'recovery key']) })
  .strict();
export type FailedAttempt = z.infer<typeof failedAttemptSchema>;

const loginAttemptsSchema = z
  .object({
    failures: z.array(z.object({ user: z.string(), count: z.int(), lastAtMs: z.number() }).strict()),
    pending: z.array(failedAttemptSchema),
    notKept: z.int(),
  })
  .strict();
type LoginAttemptsFile = z.infer<typeof loginAttemptsSchema>;

/** Seconds to wait after the given number of failures in a row: 0 for three, then 2, 4, 8 ... up to 15 minutes. */
export function waitSecondsAfter(failures: number): number {
  if (failures <= FREE_ATTEMPTS) return 0;
  return Math.min(2 ** (failures - FREE_ATTEMPTS), LONGEST_WAIT_SECONDS);
}

export class LoginAttempts {
  readonly #path: string;
  readonly #faults: FaultPoints;
  #file: LoginAttemptsFile;

  constructor(directory: string, faults: FaultPoints) {
    this.#path = join(directory, LOGIN_ATTEMPTS_FILE);
    this.#faults = faults;
    this.#file = readLoginAttempts(this.#path);
  }

  /** Whole seconds that `user` must still wait. */
  waitSeconds(user: string, now: Date): number {
    const failure = this.#file.failures.find((entry) => entry.user === userKeyOf(user));
    if (failure === undefined) return 0;
    const wait = waitSecondsAfter(failure.count);
    const left = failure.lastAtMs / 1000 + wait - now.getTime() / 1000;
    // A clock that was set back must not lock anybody out for longer than the wait.
    return Math.ceil(Math.max(0, Math.min(left, wait)));
  }

  fail(attempt: FailedAttempt, now: Date): void {
    const user = userKeyOf(attempt.user);
    const others = this.#file.failures.filter((entry) => entry.user !== user);
    const count = (this.#file.failures.find((entry) => entry.user === user)?.count ?? 0) + 1;
    const full = this.#file.pending.length >= PENDING_LIMIT;
    this.#write({
      failures: [...others, { user, count, lastAtMs: now.getTime() }],
      pending: full ? this.#file.pending : [...this.#file.pending, attempt],
      notKept: this.#file.notKept + (full ? 1 : 0),
    });
  }

  pending(): { attempts: readonly FailedAttempt[]; notKept: number } {
    return { attempts: this.#file.pending, notKept: this.#file.notKept };
  }

  /** The pending attempts are in the audit log now, and `user` has shown who they are. */
  settle(user: string): void {
    if (this.#file.pending.length === 0 && this.#file.failures.length === 0) return;
    const failures = this.#file.failures.filter((entry) => entry.user !== userKeyOf(user));
    this.#write({ failures, pending: [], notKept: 0 });
  }

  #write(file: LoginAttemptsFile): void {
    writeChunksAtomically(this.#path, [Buffer.from(JSON.stringify(file))], this.#faults, 'keyring-write');
    this.#file = file;
  }
}

function readLoginAttempts(path: string): LoginAttemptsFile {
  const none: LoginAttemptsFile = { failures: [], pending: [], notKept: 0 };
  if (!existsSync(path)) return none;
  try {
    return loginAttemptsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // A side file that cannot be read must not keep a clinician from the records.
    return none;
  }
}
