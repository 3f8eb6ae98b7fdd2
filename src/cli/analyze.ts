/** `kirchhoff analyze`: a batch over files and folders, without a window, a user or a store. */
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ErrorBody, errorBodyOf } from '../contract/errors.ts';
import { keepPartial } from '../records/atomic-write.ts';
import { analyseRecording } from '../service/analysis.ts';
import { loadBeatModel } from '../service/beat-model.ts';
import { withMapping } from '../service/delimited-mapping.ts';
import { loadDeviceProfile } from '../service/device-profiles.ts';
import type { ImageSource } from '../service/image-files.ts';
import { LARGEST_WHOLE_VALUES, openLongRecord } from '../service/open-record.ts';
import { inMemory, type ReadableRecord } from '../service/read-record.ts';
import type { RecordSource } from '../service/record-files.ts';
import { REPORT_EXTENSIONS, reportContent } from '../service/report-content.ts';
import { loadRhythmModel } from '../service/rhythm-model.ts';
import { studyDetailOf } from '../service/study-detail.ts';
import { findStudies } from '../service/study-files.ts';
import { SOFTWARE_VERSION } from '../service/version.ts';
import { WorkerPool } from '../service/worker-pool.ts';
import { analyseImage } from './analyze-image.ts';
import { type AnalyzeOptions, parseAnalyzeOptions } from './analyze-options.ts';
import { anyDelimitedTextOption } from './delimited-text-options.ts';
import { EXIT } from './exit.ts';
import { type BatchProgress, batchProgress } from './progress.ts';
import { allExist, ResultJournal } from './result-journal.ts';
import { errorLine, type ResultLine, resultLine, stillHolds } from './result-line.ts';

/** @returns the exit code; throws UsageError or KirchhoffError where nothing could be begun */
export async function analyze(args: readonly string[]): Promise<number> {
  const options = parseAnalyzeOptions(args);
  // Before the first record: a wrong profile or a broken model is one error, not one a record.
  loadDeviceProfile(options.device.profile);
  loadBeatModel();
  const found = await findStudies(options.paths, {
    everyText: anyDelimitedTextOption(options.delimited),
  });
  const work: WorkItem[] = [
    ...found.records.map((source) => ({ kind: 'record' as const, source })),
    ...found.images.map((source) => ({ kind: 'image' as const, source })),
    ...found.rejected.map(({ path, error }) => ({ kind: 'rejected' as const, path, error: error.body })),
  ].filter((_, i) => options.shard === null || i % options.shard.of === options.shard.index - 1);

  for (const why of found.passedOver) process.stderr.write(`${why}\n`);
  const out = resolve(options.out);
  await mkdir(out, { recursive: true });
  const shard = options.shard === null ? '' : `-${options.shard.index}-of-${options.shard.of}`;
  const journal = await ResultJournal.open(join(out, `results${shard}`), options.resume);
  const pool = new WorkerPool(options.jobs);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  const progress = batchProgress(work.length);
  try {
    const lines = await inOrder(
      work,
      pool.threads,
      async (item) => {
        const line = await lineOf(item, { options, out, pool, journal, signal: interrupt.signal });
        if (line.error?.code !== 'cancelled') await journal.append(line);
        return line;
      },
      progress,
    );
    if (interrupt.signal.aborted) {
      progress.end('Stopped. What was finished is kept; go on with --resume.');
      return EXIT.interrupted;
    }
    await journal.finish(lines);
    progress.end(endText(lines, out, options));
    return lines.some((line) => line.status === 'error') ? EXIT.someFailed : EXIT.done;
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    await pool.close();
  }
}

type WorkItem =
  | { kind: 'record'; source: RecordSource }
  | { kind: 'image'; source: ImageSource }
  | { kind: 'rejected'; path: string; error: ErrorBody };

export interface BatchContext {
  options: AnalyzeOptions;
  out: string;
  pool: WorkerPool;
  journal: ResultJournal;
  signal: AbortSignal;
}

/** Never throws: one bad file is one error line. */
async function lineOf(item: WorkItem, context: BatchContext): Promise<ResultLine> {
  if (item.kind === 'rejected') return errorLine(item.path, item.error);
  const input = item.source.relativeName;
  if (item.kind === 'image') {
    try {
      return await analyseImage(item.source, context);
    } catch (thrown) {
      return errorLine(input, errorBodyOf(thrown), 'image');
    }
  }
  try {
    return await analyseOne(withMapping(item.source, context.options.delimited), context);
  } catch (thrown) {
    return errorLine(input, errorBodyOf(thrown));
  }
}

async function analyseOne(source: RecordSource, { options, out, pool, journal, signal }: BatchContext) {
  const opened = await openedRecord(pool, source, signal);
  const target = (extension: string) => join(out, `${source.relativeName}${extension}`);
  const extensions = options.formats.map((format) => REPORT_EXTENSIONS[format]);
  const before = journal.earlier(source.relativeName);
  const expected = {
    contentSha256: opened.contentSha256,
    modelSha256: loadBeatModel().sha256,
    rhythmModelSha256: loadRhythmModel().sha256,
    deviceProfileSha256: loadDeviceProfile(options.device.profile).sha256,
    softwareVersion: SOFTWARE_VERSION,
    device: options.device,
  };
  if (before && stillHolds(before, expected) && (await allExist(extensions.map(target)))) return before;

  const analysis = await analyseRecording(pool, opened, {
    device: options.device,
    softwareVersion: SOFTWARE_VERSION,
    signal,
  });
  const study = studyDetailOf(opened, analysis);
  await mkdir(dirname(target('')), { recursive: true });
  for (const format of options.formats) {
    const reported = { study, beats: analysis.beats, corrections: [] };
    const content = reportContent(format, reported, opened.recording);
    const path = target(REPORT_EXTENSIONS[format]);
    await pool.run({ kind: 'report', format, content, path }, signal);
    keepPartial(path);
  }
  return resultLine(source.relativeName, analysis);
}

/** A long recording is read window by window while it is analysed, and never in memory as a whole. */
async function openedRecord(
  pool: WorkerPool,
  source: RecordSource,
  signal: AbortSignal,
): Promise<ReadableRecord> {
  const largestWhole = LARGEST_WHOLE_VALUES;
  const long = await pool.run({ kind: 'open-long', source, largestWhole }, signal);
  if (long === null) return inMemory(await pool.run({ kind: 'open', source }, signal));
  const { about, ...rest } = long;
  return { ...rest, recording: { ...about, readWindow: openLongRecord(source).readWindow } };
}

/** Runs work with several items under way, and hands the results on in the order of the items. */
async function inOrder(
  items: readonly WorkItem[],
  atOnce: number,
  run: (item: WorkItem) => Promise<ResultLine>,
  progress: BatchProgress,
): Promise<ResultLine[]> {
  const lines: ResultLine[] = new Array(items.length);
  let next = 0;
  let emitted = 0;
  const take = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      lines[i] = await run(items[i]);
      for (; emitted < items.length && lines[emitted] !== undefined; emitted++)
        progress.record(lines[emitted]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take));
  return lines;
}

function endText(lines: readonly ResultLine[], out: string, options: AnalyzeOptions): string {
  const count = (status: ResultLine['status']) => lines.filter((line) => line.status === status).length;
  const summary = `${count('analysed')} analysed, ${count('refused')} refused, ${count('error')} failed. Results in ${out}`;
  const firstRead = lines.find((line) => line.status !== 'error');
  if (lines.length !== 1 || firstRead === undefined) return summary;
  const extension = REPORT_EXTENSIONS[options.formats.includes('pdf') ? 'pdf' : options.formats[0]];
  return `${summary}\nReport: ${join(out, `${firstRead.input}${extension}`)}`;
}
