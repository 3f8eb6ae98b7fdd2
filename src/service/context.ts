/** What the request handlers share. */
import type { z } from 'zod';
import type { KirchhoffEvent, REQUESTS, RequestName, RequestOutput } from '../contract/protocol.ts';
import type { RecordStore } from '../records/store.ts';
import type { JobQueue } from './jobs.ts';
import type { PendingTexts } from './pending-texts.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface ServiceContext {
  store: RecordStore;
  pool: WorkerPool;
  jobs: JobQueue;
  pendingTexts: PendingTexts;
  emit: (event: KirchhoffEvent) => void;
  softwareVersion: string;
  /** Values of a recording from which on it is read in windows. */
  largestWhole: number;
}

type ParsedInput<Name extends RequestName> = z.output<(typeof REQUESTS)[Name]['input']>;

/** Answers a request whose payload has been checked; throws KirchhoffError. */
export type Handler<Name extends RequestName> = (
  input: ParsedInput<Name>,
) => RequestOutput<Name> | Promise<RequestOutput<Name>>;

export type Handlers<Names extends RequestName> = { [Name in Names]: Handler<Name> };
