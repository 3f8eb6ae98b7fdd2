/** `kirchhoff evaluate`: two sets of annotations of the records in a folder against each other. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KirchhoffError } from '../contract/errors.ts';
import type { EscapeBeatClass } from '../ecg/beat-mapping.ts';
import { compareAnnotations, EC57_OPTIONS } from '../ecg/compare-annotations.ts';
import { type EvaluatedRecord, type Evaluation, evaluationOf } from '../ecg/evaluation-figures.ts';
import { readWfdbAnnotations, wfdbAnnotationResolutionHz } from '../ecg/formats/wfdb/annotations.ts';
import { parseWfdbHeader } from '../ecg/formats/wfdb/header.ts';
import type { EcgAnnotation } from '../ecg/recording.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { evaluationText } from './evaluation-text.ts';
import { EXIT, UsageError } from './exit.ts';

/** Reference beats that make a record one of a pacemaker. */
const PACED_CODES: readonly string[] = ['/', 'f'];

interface EvaluateOptions {
  folder: string;
  reference: string;
  test: string;
  out: string | null;
  fromSeconds: number;
  windowSeconds: number;
  escapeBeats: EscapeBeatClass;
  includePaced: boolean;
  json: boolean;
}

function parse(args: readonly string[]): EvaluateOptions {
  const { values, positionals } = parsed(args);
  const [folder] = positionals;
  if (positionals.length !== 1 || folder === undefined)
    throw new UsageError('Name one folder of WFDB records.');
  const seconds = (name: 'from' | 'window', usual: number): number => {
    const value = values[name] === undefined ? usual : Number(values[name]);
    if (!(value >= 0 && value <= 86_400))
      throw new UsageError(`--${name} takes seconds, not "${values[name]}".`);
    return value;
  };
  const extension = (name: 'reference' | 'test', usual: string): string => {
    const value = values[name] ?? usual;
    if (!/^[A-Za-z][\w-]{0,15}$/.test(value))
      throw new UsageError(`--${name} takes an extension, not "${value}".`);
    return value;
  };
  const escapeBeats = values.escape ?? EC57_OPTIONS.escapeBeats;
  if (escapeBeats !== 'N' && escapeBeats !== 'S')
    throw new UsageError(`--escape takes N or S, not "${escapeBeats}".`);
  return {
    folder: resolve(folder),
    reference: extension('reference', 'atr'),
    test: extension('test', 'kir'),
    out: values.out ?? null,
    fromSeconds: seconds('from', EC57_OPTIONS.fromSeconds),
    windowSeconds: seconds('window', EC57_OPTIONS.windowSeconds),
    escapeBeats,
    includePaced: values['include-paced'] ?? false,
    json: values.json ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        reference: { type: 'string' },
        test: { type: 'string' },
        out: { type: 'string' },
        from: { type: 'string' },
        window: { type: 'string' },
        escape: { type: 'string' },
        'include-paced': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** @returns the exit code; throws UsageError or KirchhoffError */
export async function evaluate(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const evaluation = evaluateFolder(options);
  const json = `${JSON.stringify(evaluation, null, 1)}\n`;
  if (options.out !== null) await writeFileAtomically(resolve(options.out), new TextEncoder().encode(json));
  process.stdout.write(options.json ? json : evaluationText(evaluation));
  return EXIT.done;
}

function evaluateFolder(options: EvaluateOptions): Evaluation {
  const { folder, reference, test } = options;
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new KirchhoffError('not-found', 'This is not a folder.', folder);
  }
  const files = new Set(readdirSync(folder));
  const names = [...files]
    .filter((name) => name.endsWith(`.${reference}`))
    .map((name) => name.slice(0, -reference.length - 1))
    .sort();
  const records: EvaluatedRecord[] = [];
  const skipped: { record: string; why: string }[] = [];
  for (const record of names) {
    const lacking = [`${record}.hea`, `${record}.${test}`].find((name) => !files.has(name));
    if (lacking !== undefined) {
      skipped.push({ record, why: `there is no ${lacking}` });
      continue;
    }
    const header = parseWfdbHeader(readFileSync(join(folder, `${record}.hea`)), `${record}.hea`);
    const samplingRateHz = header.frameRateHz;
    const read = (extension: string): EcgAnnotation[] => {
      const name = `${record}.${extension}`;
      const bytes = readFileSync(join(folder, name));
      const scale = samplingRateHz / (wfdbAnnotationResolutionHz(bytes) ?? samplingRateHz);
      return readWfdbAnnotations(bytes, name)
        .map((annotation) => ({ ...annotation, sample: Math.round(annotation.sample * scale) }))
        .sort((a, b) => a.sample - b.sample);
    };
    const [expected, found] = [read(reference), read(test)];
    const last = Math.max(expected.at(-1)?.sample ?? 0, found.at(-1)?.sample ?? 0) + 1;
    records.push({
      record,
      paced: expected.some(({ code }) => PACED_CODES.includes(code)),
      comparison: compareAnnotations(
        expected,
        found,
        { samplingRateHz, lengthSamples: header.lengthFrames ?? last },
        options,
      ),
    });
  }
  if (records.length === 0) {
    throw new KirchhoffError(
      'not-found',
      `No record here has a header and both annotations, .${reference} and .${test}.`,
      folder,
    );
  }
  return evaluationOf(records, skipped, options);
}
