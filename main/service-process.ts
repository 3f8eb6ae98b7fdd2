/**
 * The process that keeps records and computes, behind one adapter: Electron's utilityProcess where its
 * Node-API is new enough for the database driver, else a child of a Node of its own. Nothing outside this
 * file depends on which of the two it is.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { type UtilityProcess, utilityProcess } from 'electron';
import type { ErrorBody } from '../src/contract/errors.ts';
import type {
  Answer,
  KirchhoffClient,
  KirchhoffEvent,
  RequestInput,
  RequestName,
} from '../src/contract/protocol.ts';
import type { ToParent, ToService } from '../src/service/transport.ts';

/** Node-API version of the database driver's prebuilt library. */
const DRIVER_NODE_API = 10;
/** A service that stops within this time of its last start is not started again. */
const RESTART_INTERVAL_MILLISECONDS = 60_000;
const END_PATIENCE_MILLISECONDS = 5_000;

export interface ServiceOptions {
  /** Path of the built service. */
  entry: string;
  nodeExecutable: string;
  environment: Record<string, string>;
  /** The service stopped again soon after a restart. */
  gaveUp: () => void;
}

/** What both kinds of process offer. */
interface Adapter {
  send(message: ToService): void;
  kill(): void;
}

interface AdapterListeners {
  message: (message: ToParent) => void;
  exit: () => void;
}

function inheritedEnvironment(own: Record<string, string>): Record<string, string> {
  const { ELECTRON_RUN_AS_NODE, NODE_OPTIONS, ...inherited } = process.env;
  return { ...(inherited as Record<string, string>), ...own };
}

function startUtility(options: ServiceOptions, listeners: AdapterListeners): Adapter {
  const child: UtilityProcess = utilityProcess.fork(options.entry, [], {
    serviceName: 'Kirchhoff service',
    env: inheritedEnvironment(options.environment),
    stdio: 'inherit',
  });
  child.on('message', listeners.message);
  child.once('exit', listeners.exit);
  return { send: (message) => child.postMessage(message), kill: () => child.kill() };
}

function startNodeChild(options: ServiceOptions, listeners: AdapterListeners): Adapter {
  const child: ChildProcess = fork(options.entry, [], {
    execPath: options.nodeExecutable,
    execArgv: [],
    serialization: 'advanced',
    env: inheritedEnvironment(options.environment),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let gone = false;
  const exit = () => {
    if (gone) return;
    gone = true;
    listeners.exit();
  };
  child.on('message', (message) => listeners.message(message as ToParent));
  child.once('exit', exit);
  // Could not be started at all, or a message could not be sent.
  child.on('error', (error) => {
    console.error(`service: ${error.message}`);
    if (child.pid === undefined) exit();
  });
  return { send: (message) => child.connected && child.send(message), kill: () => child.kill('SIGKILL') };
}

const STOPPED: ErrorBody = {
  code: 'internal',
  message: 'The process that keeps the records stopped. What was saved is safe; unlock and try again.',
  at: null,
};

export class ServiceProcess implements KirchhoffClient {
  readonly #options: ServiceOptions;
  readonly #pending = new Map<number, (answer: Answer<RequestName>) => void>();
  readonly #listeners = new Set<(event: KirchhoffEvent) => void>();
  #adapter: Adapter | null = null;
  #startedAt = 0;
  #restarted = false;
  #nextId = 1;
  #ending: { done: () => void } | null = null;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#start();
  }

  /** Never rejects: where the service is gone, the answer says so. */
  request<Name extends RequestName>(name: Name, input: RequestInput<Name>): Promise<Answer<Name>> {
    const adapter = this.#adapter;
    if (adapter === null) return Promise.resolve({ ok: false, error: STOPPED });
    return new Promise((done) => {
      const id = this.#nextId++;
      this.#pending.set(id, done as (answer: Answer<RequestName>) => void);
      adapter.send({ id, name, input });
    });
  }

  onEvent(listener: (event: KirchhoffEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lets the service close its files, and ends it by force where it does not go. */
  end(): Promise<void> {
    const adapter = this.#adapter;
    if (adapter === null) return Promise.resolve();
    return new Promise((done) => {
      const force = setTimeout(() => adapter.kill(), END_PATIENCE_MILLISECONDS);
      this.#ending = {
        done: () => {
          clearTimeout(force);
          done();
        },
      };
      adapter.send({ end: true });
    });
  }

  #start(): void {
    const start = Number(process.versions.napi) >= DRIVER_NODE_API ? startUtility : startNodeChild;
    this.#startedAt = Date.now();
    this.#adapter = start(this.#options, {
      message: (message) => this.#receive(message),
      exit: () => this.#exited(),
    });
  }

  #receive(message: ToParent): void {
    if ('event' in message) {
      for (const listener of this.#listeners) listener(message.event);
      return;
    }
    const done = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    done?.(message.answer);
  }

  #exited(): void {
    this.#adapter = null;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const done of waiting) done({ ok: false, error: STOPPED });
    if (this.#ending !== null) {
      this.#ending.done();
      return;
    }
    if (Date.now() - this.#startedAt < RESTART_INTERVAL_MILLISECONDS && this.#restarted) {
      this.#options.gaveUp();
      return;
    }
    this.#restarted = true;
    this.#start();
    void this.#tellSession();
  }

  /** A new service has no key: the window goes back to its lock screen, and says why. */
  async #tellSession(): Promise<void> {
    for (const listener of this.#listeners) listener({ kind: 'serviceRestarted' });
    const state = await this.request('session.state', {});
    if (!state.ok) return;
    for (const listener of this.#listeners) listener({ kind: 'session', session: state.value });
  }
}
