/** The service: answers the contract's requests. Runs in a process of its own, or inside a test. */
import { z } from 'zod';
import { errorBodyOf, KirchhoffError } from '../contract/errors.ts';
import {
  type Answer,
  type KirchhoffClient,
  type KirchhoffEvent,
  REQUESTS,
  type RequestInput,
  type RequestName,
  type RequestOutput,
} from '../contract/protocol.ts';
import { RecordStore, type RecordStoreOptions } from '../records/store.ts';
import type { Handler, Handlers, ServiceContext } from './context.ts';
import { deviceHandlers } from './device-handlers.ts';
import { startImageAnalysis } from './image-analysis-job.ts';
import { imageHandlers } from './image-handlers.ts';
import { startAnalysis } from './import-job.ts';
import { JobQueue } from './jobs.ts';
import { LARGEST_WHOLE_VALUES } from './open-record.ts';
import { PendingTexts } from './pending-texts.ts';
import { sessionHandlers } from './session-handlers.ts';
import { SessionLock } from './session-lock.ts';
import { studyHandlers } from './study-handlers.ts';
import { SOFTWARE_VERSION } from './version.ts';
import { WorkerPool } from './worker-pool.ts';

type ServiceRequest = {
  [Name in RequestName]: (typeof REQUESTS)[Name]['owner'] extends 'service' ? Name : never;
}[RequestName];

export class KirchhoffService implements KirchhoffClient {
  readonly #listeners = new Set<(event: KirchhoffEvent) => void>();
  readonly #context: ServiceContext;
  readonly #lock: SessionLock;
  readonly #handlers: Handlers<ServiceRequest>;
  #open = false;

  /**
   * @param folder where the store is, made where it does not exist
   * @param options for tests: fault points, cheap keys, and how many values of a recording are read as a whole
   * @throws KirchhoffError `store-in-use`, `store-corrupt`
   */
  constructor(
    folder: string,
    {
      largestWhole = LARGEST_WHOLE_VALUES,
      ...storeOptions
    }: Pick<RecordStoreOptions, 'faults' | 'scryptCostForTests'> & { largestWhole?: number } = {},
  ) {
    const store = RecordStore.open(folder, { ...storeOptions, softwareVersion: SOFTWARE_VERSION });
    const jobs = new JobQueue((job) => {
      this.#emit({ kind: 'job', job });
      if (job.state !== 'queued' && job.state !== 'running') this.#lock.workEnded();
    });
    this.#lock = new SessionLock({
      store,
      softwareVersion: SOFTWARE_VERSION,
      working: () => jobs.list().some((job) => job.state === 'queued' || job.state === 'running'),
      onChange: (session) => this.#emit({ kind: 'session', session }),
    });
    this.#context = {
      store,
      jobs,
      pool: new WorkerPool(),
      pendingTexts: new PendingTexts(),
      emit: (event) => this.#emit(event),
      softwareVersion: SOFTWARE_VERSION,
      largestWhole,
    };
    this.#handlers = {
      ...sessionHandlers(this.#context, this.#lock),
      ...studyHandlers(this.#context),
      ...imageHandlers(this.#context),
      ...deviceHandlers(this.#context),
    };
  }

  async request<Name extends RequestName>(name: Name, input: RequestInput<Name>): Promise<Answer<Name>> {
    try {
      return { ok: true, value: await this.#answer(name, input) };
    } catch (thrown) {
      return { ok: false, error: errorBodyOf(thrown) };
    }
  }

  onEvent(listener: (event: KirchhoffEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops all work and closes the store; what was interrupted is taken up at the next start. */
  async close(): Promise<void> {
    this.#lock.close();
    await this.#context.jobs.cancelAll();
    await this.#context.pool.close();
    this.#context.store.close();
  }

  async #answer<Name extends RequestName>(name: Name, input: unknown): Promise<RequestOutput<Name>> {
    if (!Object.hasOwn(this.#handlers, name)) {
      throw new KirchhoffError('invalid-request', `The service does not answer "${name}".`);
    }
    const handler = (this.#handlers as Record<RequestName, unknown>)[name] as Handler<Name>;
    const parsed = REQUESTS[name].input.safeParse(input);
    if (!parsed.success) throw new KirchhoffError('invalid-request', z.prettifyError(parsed.error), name);
    this.#lock.check(name);
    const output = await handler(parsed.data as Parameters<Handler<Name>>[0]);
    this.#resumeOnceOpen();
    return output;
  }

  /** Work that a crash or a lock interrupted goes on as soon as a user has opened the store. */
  #resumeOnceOpen(): void {
    const open = this.#lock.state().store === 'unlocked';
    if (open && !this.#open && !this.#context.jobs.list().some((job) => job.state === 'running')) {
      const interrupted = this.#context.store.readable.interruptedStudies();
      if (interrupted.length > 0) startAnalysis(this.#context, interrupted);
      const images = this.#context.store.images.readable.interrupted();
      if (images.length > 0) startImageAnalysis(this.#context, images);
    }
    this.#open = open;
  }

  #emit(event: KirchhoffEvent): void {
    // Behind the lock nobody hears of patients.
    if (event.kind !== 'session' && this.#lock.state().store !== 'unlocked') return;
    for (const listener of this.#listeners) listener(event);
  }
}
