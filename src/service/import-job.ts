/** Import and analysis of recordings into the store, as jobs. */
import { basename } from 'node:path';
import type { DelimitedTextMapping } from '../contract/delimited-text.ts';
import { errorBodyOf } from '../contract/errors.ts';
import { type DeviceSettings, deviceSettingsSchema } from '../contract/provenance.ts';
import { analyseRecording } from './analysis.ts';
import type { ServiceContext } from './context.ts';
import { derive } from './current-study.ts';
import { mappingWith } from './delimited-mapping.ts';
import { importImages } from './image-analysis-job.ts';
import type { JobReporter } from './jobs.ts';
import { contentHash, type OpenedRecord } from './read-record.ts';
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
    const { records, images, rejected } = await findStudies(paths);
    for (const { error } of rejected) reporter.error(error.body);
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
        const opened = await context.pool.run({ kind: 'open', source }, reporter.signal);
        const imported = context.store.writable.importStudy(opened);
        if ('duplicateOf' in imported) {
          reporter.duplicate(opened.recording.recordName, imported.duplicateOf);
        } else {
          context.emit({ kind: 'study', study: context.store.readable.study(imported.studyId) });
          await analyseStudy(context, imported.studyId, opened, defaultDevice(), reporter, (share) =>
            reporter.progress(i, total, share),
          );
        }
      } catch (thrown) {
        const error = errorBodyOf(thrown);
        if (error.code === 'cancelled' || error.code === 'locked') throw thrown;
        reporter.error(error);
      }
      reporter.progress(i + 1, total);
    }
    let done = records.length;
    await importImages(context, images, {
      reporter,
      step: () => reporter.progress(++done, total),
    });
  });
  return { jobId };
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
      const opened = storedRecord(context, id);
      await analyseStudy(context, id, opened, device, reporter, (share) =>
        reporter.progress(i, studyIds.length, share),
      );
      reporter.progress(i + 1, studyIds.length);
    }
  });
  return { jobId };
}

function defaultDevice(): DeviceSettings {
  return deviceSettingsSchema.parse({});
}

function storedRecord(context: ServiceContext, studyId: string): OpenedRecord {
  const recording = shareSignals(context.store.readable.recording(studyId));
  return { recording, inputs: context.store.readable.inputs(studyId), contentSha256: contentHash(recording) };
}

/** The study ends analysed, refused or failed; where the work was stopped it says so and can be done again. */
async function analyseStudy(
  context: ServiceContext,
  studyId: string,
  opened: OpenedRecord,
  device: DeviceSettings,
  reporter: JobReporter,
  onProgress: (share: number) => void,
): Promise<void> {
  const { readable, writable } = context.store;
  const announce = () => context.emit({ kind: 'study', study: readable.study(studyId) });
  writable.setStatus(studyId, 'analysing');
  announce();
  try {
    const analysis = await analyseRecording(context.pool, opened, {
      device,
      softwareVersion: context.softwareVersion,
      signal: reporter.signal,
      onProgress,
    });
    const corrections = readable.corrections(studyId);
    const corrected = corrections.length === 0 ? undefined : derive(opened.recording, analysis, corrections);
    const status = analysis.outcome.status === 'refused' ? 'refused' : 'preliminary';
    writable.saveAnalysis(studyId, analysis, status, analysis.headline, corrected);
  } catch (thrown) {
    writable.setStatus(studyId, 'failed', errorBodyOf(thrown));
    throw thrown;
  } finally {
    announce();
  }
}
