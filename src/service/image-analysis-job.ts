/** Import and analysis of images into the store, as jobs. */
import { type ErrorBody, errorBodyOf } from '../contract/errors.ts';
import { type DeviceSettings, deviceSettingsSchema } from '../contract/provenance.ts';
import type { ImageImport } from '../records/image-interfaces.ts';
import type { ServiceContext } from './context.ts';
import type { ImageSource } from './image-files.ts';
import type { JobReporter } from './jobs.ts';

/** What an import of images reports its steps to; `step` counts finished files. */
export interface ImageProgress {
  reporter: JobReporter;
  step: () => void;
}

/**
 * Imports image files, then analyses the studies they belong to. One bad file is one error, the rest goes on.
 * Waveforms, which are recordings of their own, are put beside the images of their study where it has any.
 */
export async function importImages(
  context: ServiceContext,
  { images, waveforms }: { images: readonly ImageSource[]; waveforms: readonly ImageSource[] },
  { reporter, step }: ImageProgress,
): Promise<void> {
  const studies = new Set<string>();
  for (const source of images) {
    const opened = await openedImage(context, source, reporter);
    if (opened !== null) keep(context, opened, studies, reporter);
    step();
  }
  for (const source of waveforms) {
    // A recording that cannot stand beside films is whole without them: reasons to leave it are no errors.
    const opened = await openedImage(context, source, reporter, 'quietly');
    if (opened !== null && belongsToOpenStudy(context, opened)) keep(context, opened, studies, reporter);
  }
  for (const studyId of studies) await analyseStudy(context, studyId, defaultDevice(), reporter);
}

/** Null where the file cannot be read, which is told unless it is opened `quietly`. */
async function openedImage(
  { pool }: ServiceContext,
  { path, entry }: ImageSource,
  reporter: JobReporter,
  telling: 'telling' | 'quietly' = 'telling',
): Promise<ImageImport | null> {
  reporter.signal.throwIfAborted();
  try {
    return await pool.run({ kind: 'image-open', path, entry }, reporter.signal);
  } catch (thrown) {
    const error = rethrowWhatEndsTheJob(thrown);
    if (telling === 'telling') reporter.error(error);
    return null;
  }
}

/** Keeps an image in its study, which joins `studies`; one that cannot be kept is told. */
function keep(
  { store, emit }: ServiceContext,
  opened: ImageImport,
  studies: Set<string>,
  reporter: JobReporter,
): void {
  try {
    const imported = store.images.writable.importImage(opened);
    if ('duplicateOf' in imported) reporter.duplicate(opened.fileName, imported.duplicateOf);
    else {
      studies.add(imported.studyId);
      emit({ kind: 'imagingStudy', study: store.images.readable.study(imported.studyId) });
    }
  } catch (thrown) {
    reporter.error(rethrowWhatEndsTheJob(thrown));
  }
}

/** Whether a study of images takes what is not in it yet. */
function belongsToOpenStudy({ store }: ServiceContext, { instance, contentSha256 }: ImageImport): boolean {
  const { readable } = store.images;
  const study = instance.study.uid === null ? null : readable.findByUid(instance.study.uid);
  return study !== null && !study.confirmed && readable.findByContent(contentSha256) === null;
}

/** @throws what was thrown, where it says that the user cancelled or locked */
function rethrowWhatEndsTheJob(thrown: unknown): ErrorBody {
  const error = errorBodyOf(thrown);
  if (error.code === 'cancelled' || error.code === 'locked') throw thrown;
  return error;
}

/** Analyses studies that are in the store already: again, or after an interruption. */
export function startImageAnalysis(
  context: ServiceContext,
  studyIds: readonly string[],
  device: DeviceSettings = defaultDevice(),
): { jobId: string } {
  const { readable } = context.store.images;
  const [first] = studyIds;
  const label =
    studyIds.length === 1 && first !== undefined
      ? readable.study(first).description
      : `${studyIds.length} studies`;
  const { jobId } = context.jobs.start({ kind: 'analysis', label, studyId: null }, async (reporter) => {
    for (const [i, id] of studyIds.entries()) {
      reporter.signal.throwIfAborted();
      await analyseStudy(context, id, device, reporter);
      reporter.progress(i + 1, studyIds.length);
    }
  });
  return { jobId };
}

function defaultDevice(): DeviceSettings {
  return deviceSettingsSchema.parse({});
}

/** The study ends analysed, refused or failed; where the work was stopped it says so and can be done again. */
async function analyseStudy(
  context: ServiceContext,
  studyId: string,
  device: DeviceSettings,
  reporter: JobReporter,
): Promise<void> {
  const { readable, writable } = context.store.images;
  const announce = () => context.emit({ kind: 'imagingStudy', study: readable.study(studyId) });
  writable.setStatus(studyId, 'analysing');
  announce();
  try {
    for (const image of readable.study(studyId).images) {
      if (image.content !== 'image') continue;
      const { bytes, fileName, inputs } = readable.file(image.id);
      const analysis = await context.pool.run(
        {
          kind: 'image-analyse',
          bytes,
          fileName,
          inputs,
          device,
          softwareVersion: context.softwareVersion,
        },
        reporter.signal,
      );
      if (analysis !== null) writable.saveAnalysis(image.id, analysis);
    }
    writable.endAnalysis(studyId);
  } catch (thrown) {
    writable.setStatus(studyId, 'failed', errorBodyOf(thrown));
    throw thrown;
  } finally {
    announce();
  }
}
