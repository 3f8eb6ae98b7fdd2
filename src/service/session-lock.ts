/**
 * Who may see the records now. Locking hides them at once; where long work is under way the store itself is
 * closed, and its keys wiped, as soon as that work has ended, so that no import is lost to a lock.
 */
import { KirchhoffError } from '../contract/errors.ts';
import type { RequestName, SessionState } from '../contract/protocol.ts';
import type { RecordStore } from '../records/store.ts';

const MILLISECONDS_A_MINUTE = 60_000;

/** What anybody at the keyboard may ask while the session is locked. */
const WITHOUT_SESSION: readonly RequestName[] = [
  'session.state',
  'session.createUser',
  'session.unlock',
  'session.recover',
  'session.lock',
  'session.activity',
];

export interface SessionLockOptions {
  store: RecordStore;
  softwareVersion: string;
  /** Whether a job is queued or running. */
  working: () => boolean;
  /** The session was locked or the store was opened or closed. */
  onChange: (session: SessionState) => void;
}

export class SessionLock {
  readonly #options: SessionLockOptions;
  #hidden = false;
  #cause: 'user' | 'idle' = 'user';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SessionLockOptions) {
    this.#options = options;
  }

  state(): SessionState {
    const state = this.#options.store.state();
    const version = this.#options.softwareVersion;
    return this.#hidden ? { ...state, store: 'locked', user: null, version } : { ...state, version };
  }

  /** @throws `locked` where the request needs an open session */
  check(name: RequestName): void {
    if (this.#hidden && !WITHOUT_SESSION.includes(name))
      throw new KirchhoffError('locked', 'The session is locked.');
    if (this.#hidden && name === 'session.createUser') {
      throw new KirchhoffError('locked', 'Unlock the session to add a user.');
    }
  }

  async unlock(name: string, passphrase: string): Promise<void> {
    await this.#options.store.unlock(name, passphrase);
    this.opened();
  }

  /** A user has proved who they are. */
  opened(): void {
    this.#hidden = false;
    this.activity();
  }

  lock(cause: 'user' | 'idle' = 'user'): void {
    clearTimeout(this.#timer);
    if (this.#options.store.state().store !== 'unlocked') return;
    this.#hidden = true;
    this.#cause = cause;
    this.workEnded();
    this.#options.onChange(this.state());
  }

  /** Closes the store where the session is locked and nothing is under way any more. */
  workEnded(): void {
    if (!this.#hidden || this.#options.working()) return;
    this.#options.store.lock(this.#cause);
    this.#hidden = false;
  }

  /** The user did something: the automatic lock counts from here. */
  activity(): void {
    clearTimeout(this.#timer);
    const { store, autoLockMinutes } = this.state();
    if (store !== 'unlocked') return;
    this.#timer = setTimeout(() => this.lock('idle'), autoLockMinutes * MILLISECONDS_A_MINUTE);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
