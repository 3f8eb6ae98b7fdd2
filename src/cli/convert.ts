/** `kirchhoff convert`: recordings of any format that is read, written in another. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { errorBodyOf } from '../contract/errors.ts';
import { writeCsv } from '../ecg/formats/delimited/write-csv.ts';
import { writeEdf } from '../ecg/formats/edf/write-edf.ts';
import {
  annotationsWithinRecord,
  readWfdbAnnotations,
  wfdbAnnotationResolutionHz,
  writeWfdbAnnotations,
} from '../ecg/formats/wfdb/annotations.ts';
import { writeWfdbRecord } from '../ecg/formats/wfdb/record.ts';
import type { EcgAnnotation, EcgRecording } from '../ecg/recording.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { withMapping } from '../service/delimited-mapping.ts';
import { readRecordAsRecorded } from '../service/read-record.ts';
import { findRecords, type RecordSource } from '../service/record-files.ts';
import {
  anyDelimitedTextOption,
  DELIMITED_TEXT_WORDS,
  delimitedTextOptions,
} from './delimited-text-options.ts';
import { EXIT, UsageError } from './exit.ts';

const TARGETS = ['wfdb', 'edf', 'csv'] as const;
type Target = (typeof TARGETS)[number];

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { to: { type: 'string' }, out: { type: 'string' }, ...DELIMITED_TEXT_WORDS },
    });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** @returns the exit code; throws UsageError where nothing could be begun */
export async function convert(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const target = TARGETS.find((each) => each === values.to);
  if (positionals.length === 0) throw new UsageError('Name at least one file or folder to convert.');
  if (target === undefined) throw new UsageError(`Say the format: --to ${TARGETS.join(', --to ')}.`);
  if (values.out === undefined) throw new UsageError('Say where the files go: --out DIR.');
  const options = delimitedTextOptions(values);
  const out = resolve(values.out);
  const { records, rejected } = await findRecords(positionals, {
    everyText: anyDelimitedTextOption(options),
  });
  const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  let failed = rejected.length;
  for (const { path, error } of rejected) say({ input: path, status: 'error', error: error.body });
  for (const source of records) {
    try {
      const mapped = withMapping(source, options);
      const { recording } = readRecordAsRecorded(mapped);
      const beats = annotationsBeside(mapped, recording);
      const files = filesOf(target, recording, beats, basename(mapped.relativeName));
      const folder = join(out, dirname(mapped.relativeName));
      await mkdir(folder, { recursive: true });
      for (const [name, bytes] of files) await writeFileAtomically(join(folder, name), bytes);
      const paths = files.map(([name]) => join(dirname(mapped.relativeName), name));
      say({
        input: mapped.relativeName,
        format: mapped.format,
        status: 'converted',
        files: paths,
        warnings: recording.warnings,
      });
    } catch (thrown) {
      failed++;
      say({ input: source.relativeName, format: source.format, status: 'error', error: errorBodyOf(thrown) });
    }
  }
  return failed === 0 ? EXIT.done : EXIT.someFailed;
}

/** Reference annotations that lie beside a WFDB record (`<record>.atr`), in samples of the recording. */
function annotationsBeside(source: RecordSource, recording: EcgRecording): EcgAnnotation[] {
  const path = source.path.replace(/\.hea$/, '.atr');
  if (source.format !== 'wfdb' || path === source.path || !existsSync(path)) return [];
  const bytes = readFileSync(path);
  const resolution = wfdbAnnotationResolutionHz(bytes) ?? recording.samplingRateHz;
  const annotations = readWfdbAnnotations(bytes, basename(path)).map((annotation) => ({
    ...annotation,
    sample: Math.round((annotation.sample * recording.samplingRateHz) / resolution),
  }));
  const { kept, dropped } = annotationsWithinRecord(annotations, recording.lengthSamples);
  if (dropped > 0)
    recording.warnings.push(`${dropped} annotations lie outside the recording and were left out.`);
  return kept;
}

function filesOf(
  target: Target,
  recording: EcgRecording,
  beats: readonly EcgAnnotation[],
  name: string,
): (readonly [string, Uint8Array])[] {
  const { samplingRateHz, lengthSamples } = recording;
  if (target === 'csv') return [[`${name}.csv`, writeCsv(recording)]];
  if (target === 'edf') {
    const events = beats.map(({ sample, code, text }) => ({
      atSeconds: sample / samplingRateHz,
      durationSeconds: null,
      text: text === '' ? code : `${code} ${text}`,
    }));
    return [[`${name}.edf`, writeEdf({ ...recording, events: [...(recording.events ?? []), ...events] })]];
  }
  const record = name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
  const { header, signals } = writeWfdbRecord(recording, record, 16);
  const notes = (recording.events ?? []).map(
    ({ atSeconds, text }): EcgAnnotation => ({
      sample: Math.round(atSeconds * samplingRateHz),
      code: '"',
      subtype: 0,
      channel: 0,
      number: 0,
      text,
    }),
  );
  const { kept, dropped } = annotationsWithinRecord([...beats, ...notes], lengthSamples);
  if (dropped > 0) recording.warnings.push(`${dropped} events lie outside the recording and were left out.`);
  const files: (readonly [string, Uint8Array])[] = [
    [`${record}.hea`, header],
    [`${record}.dat`, signals],
  ];
  // Codes that only the file itself defined cannot be written; they become notes.
  const writable = kept.map((each) =>
    each.code.length === 1 || each.code === ''
      ? each
      : { ...each, code: '"', text: `${each.code} ${each.text}`.trim() },
  );
  if (writable.length > 0) files.push([`${record}.atr`, writeWfdbAnnotations(writable)]);
  return files;
}
