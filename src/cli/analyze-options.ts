/** The words of `kirchhoff analyze`, parsed and checked. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type ReportFormat, reportFormatSchema } from '../contract/protocol.ts';
import { type DeviceSettings, deviceSettingsSchema } from '../contract/provenance.ts';
import type { DelimitedTextOptions } from '../service/delimited-mapping.ts';
import { DELIMITED_TEXT_WORDS, delimitedTextOptions } from './delimited-text-options.ts';
import { profileNamed } from './device-option.ts';
import { UsageError } from './exit.ts';

export interface AnalyzeOptions {
  paths: string[];
  out: string;
  formats: ReportFormat[];
  device: DeviceSettings;
  /** Undefined: as many as the machine has cores. */
  jobs: number | undefined;
  resume: boolean;
  shard: { index: number; of: number } | null;
  delimited: DelimitedTextOptions;
}

const MOST_JOBS = 256;

/** @throws UsageError saying which word is off */
export function parseAnalyzeOptions(args: readonly string[]): AnalyzeOptions {
  const { values, positionals } = parse(args);
  if (positionals.length === 0) throw new UsageError('Name at least one file or folder to analyse.');
  if (values.out === undefined) throw new UsageError('Say where the results go: --out DIR.');
  const device = deviceSettingsSchema.safeParse({
    profile: profileNamed(values.device),
    driftSeconds: number(values['drift-seconds'], '--drift-seconds'),
    driftCompensation: !values['no-compensation'],
    programmingSeed: number(values['programming-seed'], '--programming-seed'),
    samples: number(values.samples, '--samples'),
    seed: number(values.seed, '--seed'),
  });
  if (!device.success) throw new UsageError(z.prettifyError(device.error));
  const jobs = number(values.jobs, '--jobs');
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs >= 1 && jobs <= MOST_JOBS)) {
    throw new UsageError(`--jobs takes a whole number from 1 to ${MOST_JOBS}.`);
  }
  return {
    paths: positionals,
    out: values.out,
    formats: formatsOf(values.format ?? 'json'),
    device: device.data,
    jobs,
    resume: values.resume ?? false,
    shard: values.shard === undefined ? null : shardOf(values.shard),
    delimited: delimitedTextOptions(values),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        format: { type: 'string' },
        device: { type: 'string' },
        'drift-seconds': { type: 'string' },
        'no-compensation': { type: 'boolean' },
        'programming-seed': { type: 'string' },
        samples: { type: 'string' },
        seed: { type: 'string' },
        jobs: { type: 'string' },
        resume: { type: 'boolean' },
        shard: { type: 'string' },
        ...DELIMITED_TEXT_WORDS,
      },
    });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function number(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new UsageError(`${name} takes a number, not "${text}".`);
  return value;
}

function formatsOf(list: string): ReportFormat[] {
  return [...new Set(list.split(','))].map((name) => {
    const format = reportFormatSchema.safeParse(name.trim());
    if (!format.success) {
      throw new UsageError(`--format takes ${reportFormatSchema.options.join(', ')}, not "${name}".`);
    }
    return format.data;
  });
}

function shardOf(text: string): { index: number; of: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(match?.[1]);
  const of = Number(match?.[2]);
  if (!match || index < 1 || index > of)
    throw new UsageError('--shard takes I/N with I from 1 to N, for instance 2/8.');
  return { index, of };
}
