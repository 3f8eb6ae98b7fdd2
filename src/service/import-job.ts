/** Import and analysis of recordings into the store, as jobs. */
import { basename } from 'node:path';
import type { DelimitedTextMapping } from '../contract/delimited-text.ts';
import { errorBodyOf } from '../contract/errors.ts';
import { type DeviceSettings, deviceSettingsSchema } from '../contract/provenance.ts';
import type { OpenedRecording } from '../ecg/formats/opened-recording.ts';
import { analyseRecording } from './analysis.ts';
import type { ServiceContext } from './context.ts';
import { derive } from './current-study.ts';
import { mappingWith } from './delimited-mapping.ts';
import { importImages } from './image-analysis-job.ts';
import type { JobReporter } from './jobs.ts';
import { openLongRecord } from './open-record.ts';
import { inMemory, type ReadableRecord } from './read-record.ts';
import type { RecordSource } from './record-files.ts';
import { shareSignals } from './shared-signals.ts';
import { findStudies } from './study-files.ts';

/**
 * Imports every recording under `paths` and analyses each. One bad file is one error, the rest goes on. Text files
 * whose columns are not known wait for the user, unless `mapping` tells them.
 */
export function startImport(
  context: ServiceContext,
  paths: readonly string[],
  mapping: DelimitedTextMapping | null = null,
): { jobId: string } {
  const label = paths.length === 1 ? basename(paths[0]) : `${paths.length} files and folders`;
  // Only the name of the job crosses to the window: its promise cannot.
  const { jobId } = context.jobs.start({ kind: 'import', label, studyId: null }, async (reporter) => {
    const { records, images, waveforms, rejected, passedOver } = await findStudies(paths);
    for (const { error } of rejected) reporter.error(error.body);
    for (const why of passedOver) reporter.passedOver(why);
    const total = records.length + images.length;
    reporter.progress(0, total);
    for (const [i, source] of records.entries()) {
      reporter.signal.throwIfAborted();
      if (source.proposal !== undefined && mapping === null && !source.proposal.certain) {
        context.pendingTexts.add(source, basename(source.path), source.proposal);
        context.emit({ kind: 'delimitedTextPending' });
        reporter.progress(i + 1, total);
        continue;
      }
      try {
        if (source.proposal !== undefined) {
          source.delimited = mapping ?? mappingWith(source.proposal, {}, basename(source.path));
        }
        const onProgress = (share: number) => reporter.progress(i, total, share);
        const { recordName, imported, opened } = await importRecord(context, source, reporter, onProgress);
        if ('duplicateOf' in imported) {
          reporter.duplicate(recordName, imported.duplicateOf);
        } else {
          const { studyId } = imported;
          context.emit({ kind: 'study', study: context.store.readable.study(studyId) });
          await analyseStudy(context, studyId, opened, defaultDevice(), reporter, onProgress);
        }
      } catch (thrown) {
        const error = errorBodyOf(thrown);
        if (error.code === 'cancelled' || error.code === 'locked') throw thrown;
        reporter.error(error);
      }
      reporter.progress(i + 1, total);
    }
    let done = records.length;
    await importImages(
      context,
      { images, waveforms },
      {
        reporter,
        step: () => reporter.progress(++done, total),
      },
    );
  });
  return { jobId };
}

/** Share of the work that is done once a long recording is in the records. */
const KEPT_SHARE = 0.3;

interface ImportedRecord {
  recordName: string;
  imported: { studyId: string } | { duplicateOf: string };
  /** What is to be analysed; null where it is to be read back from the records. */
  opened: ReadableRecord | null;
}

/** A long recording is never in memory as a whole. */
async function importRecord(
  { pool, store, largestWhole }: ServiceContext,
  source: RecordSource,
  { signal }: JobReporter,
  onProgress: (share: number) => void,
): Promise<ImportedRecord> {
  const long = await pool.run({ kind: 'open-long', source, largestWhole }, signal);
  if (long === null) {
    const opened = await pool.run({ kind: 'open', source }, signal);
    const { recordName } = opened.recording;
    return { recordName, imported: store.writable.importStudy(opened), opened: inMemory(opened) };
  }
  const { about, inputs, contentSha256 } = long;
  const { readWindow } = openLongRecord(source);
  // Each lead is read twice.
  const samples = 2 * about.lengthSamples * about.leads.length;
  let read = 0;
  const recording: OpenedRecording = {
    ...about,
    readWindow: (start, length, leads) => {
      const before = Math.floor((100 * read) / samples);
      read += length * (leads ?? about.leads).length;
      const after = Math.floor((100 * read) / samples);
      // Once for each hundredth: a listener is told in another process.
      if (after > before) onProgress((KEPT_SHARE * after) / 100);
      return readWindow(start, length, leads);
    },
  };
  const imported = await store.writable.importLongStudy({ recording, inputs, contentSha256 }, signal);
  return { recordName: about.recordName, imported, opened: null };
}

/** Analyses studies that are in the store already: again, or after an interruption. */
export function startAnalysis(
  context: ServiceContext,
  studyIds: readonly string[],
  device: DeviceSettings = defaultDevice(),
): { jobId: string } {
  const { readable } = context.store;
  const label =
    studyIds.length === 1 ? readable.study(studyIds[0]).recordName : `${studyIds.length} recordings`;
  const studyId = studyIds.length === 1 ? studyIds[0] : null;
  const { jobId } = context.jobs.start({ kind: 'analysis', label, studyId }, async (reporter) => {
    for (const [i, id] of studyIds.entries()) {
      reporter.signal.throwIfAborted();
      try {
        await analyseStudy(context, id, null, device, reporter, (share) =>
          reporter.progress(i, studyIds.length, share),
        );
      } catch (thrown) {
        // One study that cannot be analysed does not keep the others waiting.
        const error = errorBodyOf(thrown);
        if (studyIds.length === 1 || error.code === 'cancelled' || error.code === 'locked') throw thrown;
        reporter.error(error);
      }
      reporter.progress(i + 1, studyIds.length);
    }
  });
  return { jobId };
}

function defaultDevice(): DeviceSettings {
  return deviceSettingsSchema.parse({});
}

/** A recording of the records; a long one is read from there while it is analysed. */
function storedRecord({ store, largestWhole }: ServiceContext, studyId: string): ReadableRecord {
  const { readable } = store;
  const { lengthSamples, leads } = readable.study(studyId);
  const inputs = readable.inputs(studyId);
  const contentSha256 = readable.contentSha256(studyId);
  if (lengthSamples * leads.length > largestWhole) {
    return { recording: readable.opened(studyId), inputs, contentSha256 };
  }
  return inMemory({ recording: shareSignals(readable.recording(studyId)), inputs, contentSha256 });
}

/**
 * The study ends analysed, refused or failed; where the work was stopped it says so and can be done again.
 * @param read the recording where it is in memory already
 */
async function analyseStudy(
  context: ServiceContext,
  studyId: string,
  read: ReadableRecord | null,
  device: DeviceSettings,
  reporter: JobReporter,
  onProgress: (share: number) => void,
): Promise<void> {
  const { readable, writable } = context.store;
  const announce = () => context.emit({ kind: 'study', study: readable.study(studyId) });
  writable.setStatus(studyId, 'analysing');
  announce();
  const kept = writable.keepEnsemble(device.samples);
  try {
    const opened = read ?? storedRecord(context, studyId);
    const analysis = await analyseRecording(context.pool, opened, {
      device,
      softwareVersion: context.softwareVersion,
      signal: reporter.signal,
      onProgress,
      onEnsemble: (rows) => kept.add(rows),
    });
    const corrections = readable.corrections(studyId);
    const corrected =
      corrections.length === 0 ? undefined : derive(opened.recording, { ...analysis, kept }, corrections);
    const status = analysis.outcome.status === 'refused' ? 'refused' : 'preliminary';
    writable.saveAnalysis(studyId, { ...analysis, ensemble: kept }, status, analysis.headline, corrected);
  } catch (thrown) {
    writable.setStatus(studyId, 'failed', errorBodyOf(thrown));
    throw thrown;
  } finally {
    kept.abandon();
    announce();
  }
}
