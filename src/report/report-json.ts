/** The report as JSON, schema `kirchhoff-report/1`: everything the PDF says, whole lists, plain arrays. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  BEAT_CLASSES,
  BEAT_ORIGINS,
  type BeatTable,
  beatClassSchema,
  burdenSchema,
  conformalClasses,
  countWithIntervalSchema,
  DECISION_SUPPORT_NOTICE,
  type EcgSummary,
  findingSchema,
  leadQualitySchema,
  NETWORK_CLASS_COUNT,
  type NETWORK_CLASSES,
  RECOMMENDATIONS,
  RHYTHM_NOT_ASSESSED,
  recommendationSchema,
  rrEventSchema,
  runSchema,
  SPREAD_NAME,
} from '../contract/ecg.ts';
import { errorBodySchema } from '../contract/errors.ts';
import { hrvSchema } from '../contract/hrv.ts';
import { ecgIntervalsSchema } from '../contract/intervals.ts';
import { provenanceSchema } from '../contract/provenance.ts';
import { RHYTHM_CLASSES, type RhythmSummary, rhythmSummarySchema } from '../contract/rhythm.ts';
import {
  correctionSchema,
  patientSchema,
  recordedEventSchema,
  studyStatusSchema,
} from '../contract/study.ts';
import { holterJson, holterJsonSchema } from './holter-json.ts';
import { judgedPart } from './judged.ts';
import type { ReportInput } from './report-input.ts';

const REPORT_SCHEMA = 'kirchhoff-report/1';

/** States of a second of a lead, in the order of the contract's codes. */
const SECOND_STATES = ['analysable', 'noisy', 'lead-off', 'saturated'] as const;

const columnOfNumbers = z.array(z.number().nullable());
const classColumns = z.object({
  N: columnOfNumbers,
  S: columnOfNumbers,
  V: columnOfNumbers,
  F: columnOfNumbers,
});

const leadSchema = z.object({
  lead: z.string(),
  analysableFraction: z.number(),
  leadOffSeconds: z.number(),
  saturatedSeconds: z.number(),
  /** The lead's seconds in order, equal neighbours taken together. */
  seconds: z.array(z.object({ state: z.enum(SECOND_STATES), count: z.int().min(1) })),
  /** 0 to 100 for each second. */
  qualityIndex: z.array(z.int()).optional(),
  noiseSeconds: leadQualitySchema.shape.noiseSeconds,
});

/** Rhythm: episodes, and the network's answer window by window. */
const rhythmSchema = rhythmSummarySchema.omit({ signal: true }).extend({
  windows: z.object({
    startSample: z.array(z.int()),
    endSample: z.array(z.int()),
    judged: z.array(z.boolean()),
    probability: z.record(z.enum(RHYTHM_CLASSES), columnOfNumbers),
    probabilityLow: z.record(z.enum(RHYTHM_CLASSES), columnOfNumbers),
    probabilityHigh: z.record(z.enum(RHYTHM_CLASSES), columnOfNumbers),
    aleatoric: columnOfNumbers,
    epistemic: columnOfNumbers,
    recommendation: z.array(recommendationSchema),
  }),
});

const summarySchema = z.object({
  durationSeconds: z.number(),
  analysableFraction: z.number(),
  leads: z.array(leadSchema),
  heartRateBpm: z.object({ minimum: z.number(), mean: z.number(), maximum: z.number() }).nullable(),
  longestRr: rrEventSchema.nullable(),
  pauses: z.array(rrEventSchema),
  runs: z.array(runSchema),
  couplets: z.array(runSchema),
  beats: z.object({
    total: z.int(),
    N: countWithIntervalSchema,
    S: countWithIntervalSchema,
    V: countWithIntervalSchema,
    F: countWithIntervalSchema,
    Q: countWithIntervalSchema,
  }),
  veBurden: burdenSchema.nullable(),
  sveBurden: burdenSchema.nullable(),
  /** The median beat itself is left out: it can be computed again from the recording. */
  intervals: ecgIntervalsSchema.omit({ medianBeat: true }).nullable().optional(),
  hrv: hrvSchema.nullable().optional(),
  rhythm: rhythmSchema.nullable(),
  holter: holterJsonSchema.nullable().optional(),
});

/** By column; row i of every column is the same beat. Null where no network spoke of the beat. */
const beatColumnsSchema = z
  .object({
    /** Sample index of the R peak, from 0. */
    sample: z.array(z.int()),
    /** The label that counts now, and the machine's (null for a beat added by hand). */
    label: z.array(beatClassSchema),
    machineLabel: z.array(beatClassSchema.nullable()),
    origin: z.array(z.enum(BEAT_ORIGINS)),
    recommendation: z.array(recommendationSchema),
    /** Means over the Monte-Carlo samples, and their 5 % and 95 % quantiles. */
    probability: classColumns,
    probabilityLow: classColumns,
    probabilityHigh: classColumns,
    /** Nats. */
    aleatoric: columnOfNumbers,
    epistemic: columnOfNumbers,
    /** Classes of the conformal set as letters, "" for an empty one; null where there is none. */
    conformalSet: z.array(z.string().nullable()),
  })
  .refine((columns) => {
    const beats = columns.sample.length;
    const { probability, probabilityLow, probabilityHigh, ...single } = columns;
    const all = [single, probability, probabilityLow, probabilityHigh].flatMap((part) => Object.values(part));
    return all.every((column) => column.length === beats);
  }, 'all columns must be as long as `sample`');

const reportCorrectionSchema = z.discriminatedUnion('kind', [
  correctionSchema.options[0],
  correctionSchema.options[1],
  correctionSchema.options[2],
  correctionSchema.options[3].extend({ samples: z.array(z.int()) }),
  correctionSchema.options[4],
]);

export const reportSchema = z.object({
  schema: z.literal(REPORT_SCHEMA),
  notice: z.string(),
  /** What was not judged; null where rhythm was. */
  notAssessed: z.string().nullable(),
  /** What the spread over Monte-Carlo samples may be called. */
  spread: z.string(),
  status: studyStatusSchema,
  confirmed: z.object({ by: z.string(), at: z.string() }).nullable(),
  /** Reason of a refusal or failure, or the most severe finding. */
  headline: z.string().nullable(),
  error: errorBodySchema.nullable(),
  patient: patientSchema,
  recording: z.object({
    name: z.string(),
    recordedAt: z.string().nullable(),
    durationSeconds: z.number(),
    samplingRateHz: z.number(),
    lengthSamples: z.int(),
    leads: z.array(z.string()),
    warnings: z.array(z.string()),
    /** Marks and notes that came with the recording; absent from reports of older versions. */
    events: z.array(recordedEventSchema).default([]),
  }),
  recommendation: recommendationSchema.nullable(),
  reviewFraction: z.number().nullable(),
  findings: z.array(findingSchema),
  summary: summarySchema.nullable(),
  beats: beatColumnsSchema,
  /** SHA-256 of the beats' class probabilities before rounding, float32 little endian, [beats][4]. */
  probabilitiesSha256: z.string().length(64),
  corrections: z.array(reportCorrectionSchema),
  provenance: provenanceSchema.nullable(),
});
type Report = z.infer<typeof reportSchema>;

/**
 * The report's text in pieces, so that it is never in memory as a whole: two weeks have 1.7 million beats.
 * The same input gives the same text: keys in the order of the schema, probabilities and nats to 6 places,
 * nothing of this machine or of the time of writing. Ends with a line feed.
 * A refused study has neither summary nor beats.
 * @throws ZodError before the first piece where the study breaks the schema.
 */
export function* reportJsonPieces(given: ReportInput): Generator<string> {
  const input = judgedPart(given);
  const { study } = input;
  const report: Report = {
    schema: REPORT_SCHEMA,
    notice: DECISION_SUPPORT_NOTICE,
    notAssessed: study.summary?.rhythm ? null : RHYTHM_NOT_ASSESSED,
    spread: SPREAD_NAME,
    status: study.status,
    confirmed: study.confirmed,
    headline: study.headline,
    error: study.error,
    patient: study.patient,
    recording: {
      name: study.recordName,
      recordedAt: study.recordedAt,
      durationSeconds: study.durationSeconds,
      samplingRateHz: study.samplingRateHz,
      lengthSamples: study.lengthSamples,
      leads: study.leads,
      warnings: study.warnings,
      events: study.events,
    },
    recommendation: study.recommendation,
    reviewFraction: study.reviewFraction,
    findings: study.findings,
    summary: study.summary === null ? null : plainSummary(study.summary),
    beats: NO_COLUMNS,
    probabilitiesSha256: bitsSha256(input.beats.probabilities),
    corrections: input.corrections.map((correction) =>
      correction.kind === 'relabel-many' ? { ...correction, samples: [...correction.samples] } : correction,
    ),
    provenance: study.provenance,
  };
  // Parsing also puts the keys of every object in the order of the schema. Columns are not parsed: they are typed.
  const parsed = { ...reportSchema.parse(report), beats: beatColumns(input.beats) };
  let piece = '';
  for (const part of readable(parsed, '')) {
    piece += part;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}\n`;
}

/** `reportJsonPieces` in one. */
export function renderReportJson(given: ReportInput): string {
  return [...reportJsonPieces(given)].join('');
}

/** Characters of a piece, and values that are written at once. */
const PIECE_LENGTH = 1 << 16;
const VALUES_AT_ONCE = 4096;

/** A list of plain values that is made while it is written. */
class Column {
  readonly length: number;
  readonly at: (index: number) => string | number | boolean | null;

  constructor(length: number, at: Column['at']) {
    this.length = length;
    this.at = at;
  }
}

type Readable = string | number | boolean | null | undefined | Column | readonly Readable[] | object;

/** JSON with one member a line, but a list of plain values on one line: a day has 100,000 beats a column. */
function* readable(value: Readable, indent: string): Generator<string> {
  if (typeof value !== 'object' || value === null) {
    yield JSON.stringify(value);
    return;
  }
  if (value instanceof Column) {
    yield* listed(value.length, value.at);
    return;
  }
  if (isPlainList(value)) {
    yield* listed(value.length, (index) => value[index]!);
    return;
  }
  const deeper = `${indent} `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  let first = true;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    yield `${first ? open : ','}\n${deeper}${Array.isArray(value) ? '' : `${JSON.stringify(name)}: `}`;
    yield* readable(member, deeper);
    first = false;
  }
  yield first ? `${open}${close}` : `\n${indent}${close}`;
}

function isPlainList(value: object): value is (string | number | boolean | null)[] {
  return Array.isArray(value) && value.every((member) => typeof member !== 'object' || member === null);
}

function* listed(length: number, at: Column['at']): Generator<string> {
  yield '[';
  for (let start = 0; start < length; start += VALUES_AT_ONCE) {
    let text = start === 0 ? '' : ', ';
    const end = Math.min(length, start + VALUES_AT_ONCE);
    for (let i = start; i < end; i++)
      text += i === start ? JSON.stringify(at(i)) : `, ${JSON.stringify(at(i))}`;
    yield text;
  }
  yield ']';
}

function plainSummary(summary: EcgSummary): z.infer<typeof summarySchema> {
  return {
    ...summary,
    leads: summary.leads.map(({ secondState, qualityIndex, ...lead }) => ({
      ...lead,
      seconds: secondRuns(secondState),
      ...(qualityIndex === undefined ? {} : { qualityIndex: Array.from(qualityIndex) }),
    })),
    rhythm: summary.rhythm === null ? null : plainRhythm(summary.rhythm),
    holter: summary.holter ? holterJson(summary.holter, plain) : null,
  };
}

function plainRhythm({ signal, ...rest }: RhythmSummary): z.infer<typeof rhythmSchema> {
  const { windows } = signal;
  const byClass = (values: Float32Array) =>
    Object.fromEntries(
      RHYTHM_CLASSES.map((name, c) => [
        name,
        Array.from(windows.startSample, (_, w) => plain(values[w * RHYTHM_CLASSES.length + c] ?? Number.NaN)),
      ]),
    ) as Record<(typeof RHYTHM_CLASSES)[number], (number | null)[]>;
  return {
    ...rest,
    windows: {
      startSample: Array.from(windows.startSample),
      endSample: Array.from(windows.endSample),
      judged: Array.from(windows.judged, (flag) => flag === 1),
      probability: byClass(windows.probabilities),
      probabilityLow: byClass(windows.probabilityLow),
      probabilityHigh: byClass(windows.probabilityHigh),
      aleatoric: Array.from(windows.aleatoric, plain),
      epistemic: Array.from(windows.epistemic, plain),
      recommendation: Array.from(windows.recommendation, (code) => RECOMMENDATIONS[code] ?? 'refuse'),
    },
  };
}

function secondRuns(secondState: Uint8Array): z.infer<typeof leadSchema>['seconds'] {
  const runs: z.infer<typeof leadSchema>['seconds'] = [];
  for (const code of secondState) {
    const state = SECOND_STATES[code] ?? 'noisy';
    const last = runs.at(-1);
    if (last?.state === state) last.count++;
    else runs.push({ state, count: 1 });
  }
  return runs;
}

/** To 6 places; null where there is no value. */
function plain(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null;
}

type ColumnsOf<Part> = {
  [Name in keyof Part]: NonNullable<Part[Name]> extends readonly unknown[] ? Column : ColumnsOf<Part[Name]>;
};

const NO_CLASS_COLUMNS = { N: [], S: [], V: [], F: [] };
const NO_COLUMNS: z.infer<typeof beatColumnsSchema> = {
  sample: [],
  label: [],
  machineLabel: [],
  origin: [],
  recommendation: [],
  probability: NO_CLASS_COLUMNS,
  probabilityLow: NO_CLASS_COLUMNS,
  probabilityHigh: NO_CLASS_COLUMNS,
  aleatoric: [],
  epistemic: [],
  conformalSet: [],
};

/** In the order of the schema. @throws Error where columns have different lengths: a defect of the caller */
function beatColumns(beats: BeatTable): ColumnsOf<z.infer<typeof beatColumnsSchema>> {
  const count = beats.sample.length;
  const column = <Values extends ArrayLike<number>>(
    values: Values,
    written: (value: number) => string | number | null,
    place: (row: number) => number = (row) => row,
    width = 1,
  ): Column => {
    if (values.length !== count * width)
      throw new Error(`A column has ${values.length} values for ${count} beats`);
    return new Column(count, (row) => written(values[place(row)]!));
  };
  const byClass = (values: Float32Array): Record<(typeof NETWORK_CLASSES)[number], Column> => {
    const of = (c: number) =>
      column(values, plain, (row) => row * NETWORK_CLASS_COUNT + c, NETWORK_CLASS_COUNT);
    return { N: of(0), S: of(1), V: of(2), F: of(3) };
  };
  return {
    sample: column(beats.sample, (sample) => sample),
    label: column(beats.label, (code) => BEAT_CLASSES[code] ?? 'Q'),
    machineLabel: column(beats.machineLabel, (code) => BEAT_CLASSES[code] ?? null),
    origin: column(beats.origin, (code) => BEAT_ORIGINS[code] ?? 'machine'),
    recommendation: column(beats.recommendation, (code) => RECOMMENDATIONS[code] ?? 'refuse'),
    probability: byClass(beats.probabilities),
    probabilityLow: byClass(beats.probabilityLow),
    probabilityHigh: byClass(beats.probabilityHigh),
    aleatoric: column(beats.aleatoric, plain),
    epistemic: column(beats.epistemic, plain),
    conformalSet: column(beats.conformalSet, (code) => conformalClasses(code)?.join('') ?? null),
  };
}

function bitsSha256(values: Float32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}
