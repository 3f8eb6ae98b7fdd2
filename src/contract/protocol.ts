/**
 * Everything that crosses a process: requests with their payload and result, and events.
 *
 * renderer -> main -> service; the CLI and tests call the same requests in process. `main` answers the
 * requests marked `owner: 'main'` itself (dialogs, window) and relays the others after validation.
 */
import { z } from 'zod';
import { float32ArraySchema } from './arrays.ts';
import { beatTemplatesSchema } from './beat-templates.ts';
import { DELIMITED_TEXT_REQUESTS } from './delimited-text-requests.ts';
import { DEVICE_LAB_REQUESTS } from './device-lab.ts';
import { beatTableSchema } from './ecg.ts';
import { errorBodySchema } from './errors.ts';
import { IMAGING_REQUESTS } from './imaging-requests.ts';
import { imagingStudyRowSchema } from './imaging-study.ts';
import { deviceSettingsSchema } from './provenance.ts';
import { correctionSchema, studyDetailSchema, studyRowSchema } from './study.ts';

const nothing = z.object({}).strict();
const studyId = z.string().regex(/^[0-9a-f]{32}$/);
const path = z.string().min(1).max(4096);
const passphrase = z.string().min(8).max(256);
const userName = z.string().trim().min(1).max(64);

export const DISPLAY_FILTERS = ['none', 'diagnostic', 'steady', 'monitor'] as const;
export const displayFilterSchema = z.enum(DISPLAY_FILTERS);
export type DisplayFilter = z.infer<typeof displayFilterSchema>;

export const reportFormatSchema = z.enum(['pdf', 'json', 'wfdb']);
export type ReportFormat = z.infer<typeof reportFormatSchema>;

export const sessionStateSchema = z.object({
  /** `none`: no user was ever created on this machine. */
  store: z.enum(['none', 'locked', 'unlocked']),
  user: z.string().nullable(),
  users: z.array(z.string()),
  autoLockMinutes: z.number(),
  version: z.string(),
});
export type SessionState = z.infer<typeof sessionStateSchema>;

export const jobSchema = z.object({
  id: z.string(),
  kind: z.enum(['import', 'analysis', 'report']),
  /** What is being worked on, for instance a record's name. */
  label: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  /** 0 to 1. */
  progress: z.number().min(0).max(1),
  done: z.int(),
  total: z.int(),
  secondsLeft: z.number().nullable(),
  studyId: z.string().nullable(),
  /** Errors so far, one a file. */
  errors: z.array(errorBodySchema),
  /** Import only: contents that were in the store already, by record name. */
  duplicates: z.array(z.object({ recordName: z.string(), studyId: z.string() })),
  /** Import only: what was passed over and why, a sentence each. */
  passedOver: z.array(z.string()),
});
export type Job = z.infer<typeof jobSchema>;

export const auditRowSchema = z.object({
  sequence: z.int(),
  at: z.string(),
  user: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  detail: z.string(),
  hash: z.string(),
});
export type AuditRow = z.infer<typeof auditRowSchema>;

/** Result of every request that changes beats or status. */
const studyChange = z.object({ study: studyDetailSchema, beats: beatTableSchema });

export const REQUESTS = {
  'session.state': { owner: 'service', input: nothing, output: sessionStateSchema },
  'session.createUser': {
    owner: 'service',
    input: z.object({ name: userName, passphrase }),
    /** Shown once, never stored in the clear. */
    output: z.object({ recoveryKey: z.string() }),
  },
  'session.unlock': {
    owner: 'service',
    input: z.object({ name: userName, passphrase: z.string().max(256) }),
    output: sessionStateSchema,
  },
  'session.recover': {
    owner: 'service',
    input: z.object({ name: userName, recoveryKey: z.string().max(256), newPassphrase: passphrase }),
    output: z.object({ recoveryKey: z.string() }),
  },
  'session.lock': { owner: 'service', input: nothing, output: sessionStateSchema },
  /** Called by main on user activity, so that the automatic lock counts idle time only. */
  'session.activity': { owner: 'service', input: nothing, output: nothing },
  'session.setAutoLock': {
    owner: 'service',
    input: z.object({ minutes: z.number().min(1).max(240) }),
    output: sessionStateSchema,
  },

  'studies.list': { owner: 'service', input: nothing, output: z.array(studyRowSchema) },
  'studies.get': { owner: 'service', input: z.object({ studyId }), output: studyDetailSchema },
  /** Files and folders, imported and analysed in the background; answers at once with the job. */
  'studies.import': {
    owner: 'service',
    input: z.object({ paths: z.array(path).min(1).max(10_000) }),
    output: z.object({ jobId: z.string() }),
  },
  /** Main shows an open dialog, then does `studies.import`; null where the user cancelled. */
  'studies.open': {
    owner: 'main',
    input: z.object({ kind: z.enum(['files', 'folder']) }),
    output: z.object({ jobId: z.string().nullable() }),
  },
  /** The bundled recordings, as if the user had opened their folder. */
  'studies.importSamples': { owner: 'service', input: nothing, output: z.object({ jobId: z.string() }) },
  'studies.reanalyse': {
    owner: 'service',
    input: z.object({ studyId, device: deviceSettingsSchema }),
    output: z.object({ jobId: z.string() }),
  },
  'studies.confirm': { owner: 'service', input: z.object({ studyId }), output: studyDetailSchema },
  /** Back to preliminary, with a reason that the audit log keeps. */
  'studies.reopen': {
    owner: 'service',
    input: z.object({ studyId, reason: z.string().trim().min(1).max(1000) }),
    output: studyDetailSchema,
  },
  'studies.remove': {
    owner: 'service',
    input: z.object({ studyId, reason: z.string().trim().min(1).max(1000) }),
    output: nothing,
  },

  /**
   * Millivolts, one array a lead, NaN where the recording has no value; at most 2^20 samples in all. `filter`: for the
   * screen only, `none` where it is absent; diagnostic 0.05 to 150 Hz, steady 0.5 to 150 Hz and monitor 0.67 to 40 Hz,
   * both without mains hum where it is found.
   */
  'signal.window': {
    owner: 'service',
    input: z.object({
      studyId,
      leads: z.array(z.int().min(0)).min(1).max(64),
      startSample: z.int().min(0),
      lengthSamples: z
        .int()
        .min(1)
        .max(1 << 20),
      filter: displayFilterSchema.optional(),
    }),
    output: z.object({ startSample: z.int(), leads: z.array(float32ArraySchema) }),
  },
  /** Minimum and maximum of each of `columns` equal stretches of the whole lead: [min0, max0, min1, ...]. */
  'signal.overview': {
    owner: 'service',
    input: z.object({ studyId, lead: z.int().min(0), columns: z.int().min(1).max(8192) }),
    output: z.object({ minMax: float32ArraySchema }),
  },
  ...DELIMITED_TEXT_REQUESTS,
  ...IMAGING_REQUESTS,
  ...DEVICE_LAB_REQUESTS,

  'beats.get': { owner: 'service', input: z.object({ studyId }), output: beatTableSchema },
  /** Beats by shape; relabel all of a template by `beats.correct` with `relabel-many`. */
  'templates.get': { owner: 'service', input: z.object({ studyId }), output: beatTemplatesSchema },
  'beats.correct': {
    owner: 'service',
    input: z.object({ studyId, correction: correctionSchema }),
    output: studyChange,
  },
  'beats.undo': { owner: 'service', input: z.object({ studyId }), output: studyChange },
  'beats.redo': { owner: 'service', input: z.object({ studyId }), output: studyChange },

  /** Main shows a save dialog, then does `report.write`; null where the user cancelled. */
  'report.export': {
    owner: 'main',
    input: z.object({ studyId, format: reportFormatSchema }),
    output: z.object({ path: z.string().nullable() }),
  },
  /** Not open to the renderer: a path comes from main's dialog only. */
  'report.write': {
    owner: 'service',
    input: z.object({ studyId, format: reportFormatSchema, path }),
    output: z.object({ path: z.string() }),
  },

  'jobs.list': { owner: 'service', input: nothing, output: z.array(jobSchema) },
  'jobs.cancel': { owner: 'service', input: z.object({ jobId: z.string().max(64) }), output: nothing },

  'audit.list': {
    owner: 'service',
    input: z.object({ limit: z.int().min(1).max(1000), beforeSequence: z.int().nullable() }),
    output: z.array(auditRowSchema),
  },
  'audit.verify': {
    owner: 'service',
    input: nothing,
    output: z.object({ rows: z.int(), brokenAtSequence: z.int().nullable() }),
  },
} as const;

export type RequestName = keyof typeof REQUESTS;
export type RequestInput<Name extends RequestName> = z.input<(typeof REQUESTS)[Name]['input']>;
export type RequestOutput<Name extends RequestName> = z.output<(typeof REQUESTS)[Name]['output']>;

/** Requests that the renderer may not make. */
export const NOT_FROM_RENDERER: readonly RequestName[] = [
  'report.write',
  'device.write',
  'device.readProfile',
  'imaging.write',
  'session.activity',
];

export const eventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), job: jobSchema }),
  z.object({ kind: z.literal('study'), study: studyRowSchema }),
  z.object({ kind: z.literal('studyRemoved'), studyId: z.string() }),
  z.object({ kind: z.literal('imagingStudy'), study: imagingStudyRowSchema }),
  z.object({ kind: z.literal('imagingStudyRemoved'), studyId: z.string() }),
  /** Files wait for the user's word about their columns: see `delimitedText.pending`. */
  z.object({ kind: z.literal('delimitedTextPending') }),
  z.object({ kind: z.literal('session'), session: sessionStateSchema }),
  /** From main: the service stopped by itself and was started again, locked. */
  z.object({ kind: z.literal('serviceRestarted') }),
]);
export type KirchhoffEvent = z.infer<typeof eventSchema>;

/** The answer to a request as it crosses a process. */
export type Answer<Name extends RequestName> =
  | { ok: true; value: RequestOutput<Name> }
  | { ok: false; error: z.infer<typeof errorBodySchema> };

/** What the preload exposes as `window.kirchhoff`, and what the service offers in process. */
export interface KirchhoffClient {
  request<Name extends RequestName>(name: Name, input: RequestInput<Name>): Promise<Answer<Name>>;
  /** Returns a function that ends the subscription. */
  onEvent(listener: (event: KirchhoffEvent) => void): () => void;
}

/** The preload adds what only it can do. */
export interface KirchhoffBridge extends KirchhoffClient {
  /** Imports files and folders dropped on the window. */
  importDropped(files: readonly File[]): Promise<Answer<'studies.import'>>;
}
