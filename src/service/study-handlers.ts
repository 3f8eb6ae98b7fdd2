/** Requests about studies, their signals and their beats. */

import { KirchhoffError } from '../contract/errors.ts';
import type { Correction, StudyDetail } from '../contract/study.ts';
import { checkCorrection } from '../diagnosis/ecg-beats/corrections.ts';
import { checkLimit } from '../diagnosis/ecg-beats/reader-intervals.ts';
import { displayed, humOf } from '../ecg/display-filter.ts';
import { BeatTemplateShapes } from './beat-templates.ts';
import type { Handlers, ServiceContext } from './context.ts';
import { currentBeats, deriveStored } from './current-study.ts';
import { startAnalysis, startImport } from './import-job.ts';
import { placed } from './placed-correction.ts';
import { reportContent } from './report-content.ts';
import { resourcePath } from './resources.ts';
import { ownMemory } from './shared-signals.ts';

/** What a filter needs before and after what is shown. */
const FILTER_SECONDS = 10;
/** Samples that one window may hold over all its leads: 4 MiB of millivolts. */
const LARGEST_WINDOW_SAMPLES = 1 << 20;

type StudyRequests =
  | 'studies.list'
  | 'studies.get'
  | 'studies.import'
  | 'studies.importSamples'
  | 'studies.reanalyse'
  | 'studies.confirm'
  | 'studies.reopen'
  | 'studies.remove'
  | 'signal.window'
  | 'signal.overview'
  | 'beats.get'
  | 'beats.correct'
  | 'templates.get'
  | 'beats.undo'
  | 'beats.redo'
  | 'report.write'
  | 'delimitedText.pending'
  | 'delimitedText.import'
  | 'delimitedText.dismiss';

export function studyHandlers(context: ServiceContext): Handlers<StudyRequests> {
  const { store } = context;

  const templateShapes = new BeatTemplateShapes(context);

  const announce = (study: StudyDetail): StudyDetail => {
    context.emit({ kind: 'study', study });
    return study;
  };
  const changed = (studyId: string) => ({
    study: announce(store.readable.study(studyId)),
    beats: currentBeats(store.readable, studyId),
  });

  return {
    'studies.list': () => store.readable.listStudies(),
    'studies.get': ({ studyId }) => {
      store.writable.recordView(studyId);
      return store.readable.study(studyId);
    },
    'studies.import': ({ paths }) => startImport(context, paths),
    'delimitedText.pending': () => context.pendingTexts.list(),
    'delimitedText.import': ({ id, mapping }) => {
      const source = context.pendingTexts.take(id);
      context.emit({ kind: 'delimitedTextPending' });
      return startImport(context, [source.path], mapping);
    },
    'delimitedText.dismiss': ({ id }) => {
      context.pendingTexts.take(id);
      context.emit({ kind: 'delimitedTextPending' });
      return {};
    },
    'studies.importSamples': () => startImport(context, [resourcePath('samples')]),
    'studies.reanalyse': ({ studyId, device }) => {
      const { status } = store.readable.study(studyId);
      if (status === 'confirmed') {
        throw new KirchhoffError(
          'invalid-request',
          'A confirmed study is not analysed again. Reopen it first.',
        );
      }
      return startAnalysis(context, [studyId], device);
    },
    'studies.confirm': ({ studyId }) => {
      store.writable.confirm(studyId);
      return announce(store.readable.study(studyId));
    },
    'studies.reopen': ({ studyId, reason }) => {
      store.writable.reopen(studyId, reason);
      return announce(store.readable.study(studyId));
    },
    'studies.remove': ({ studyId, reason }) => {
      store.writable.remove(studyId, reason);
      context.emit({ kind: 'studyRemoved', studyId });
      return {};
    },

    'signal.window': ({ studyId, leads, startSample, lengthSamples, filter = 'none' }) => {
      if (leads.length * lengthSamples > LARGEST_WINDOW_SAMPLES) {
        throw new KirchhoffError('invalid-request', 'The window is too large; ask for a shorter one.');
      }
      if (filter === 'none')
        return {
          startSample,
          leads: store.readable.signalWindow(studyId, leads, startSample, lengthSamples),
        };
      // Not the whole study: of days of signal its summary alone takes longer to read than the window.
      const { samplingRateHz, lengthSamples: length } = store.readable.opened(studyId);
      const around = Math.round(FILTER_SECONDS * samplingRateHz);
      const from = Math.max(0, startSample - around);
      const to = Math.min(length, startSample + lengthSamples + around);
      const skipped = startSample - from;
      const filtered = store.readable
        .signalWindow(studyId, leads, from, Math.max(1, to - from))
        .map((lead) =>
          displayed(lead, samplingRateHz, filter, humOf(lead, samplingRateHz)).slice(
            skipped,
            skipped + lengthSamples,
          ),
        );
      return { startSample, leads: filtered };
    },
    'signal.overview': ({ studyId, lead, columns }) => ({
      minMax: store.readable.overview(studyId, lead, columns),
    }),

    'beats.get': ({ studyId }) => currentBeats(store.readable, studyId),
    'templates.get': ({ studyId }) => templateShapes.templates(studyId),
    'beats.correct': ({ studyId, correction: asked }) => {
      const correction = placed(store.readable, studyId, asked);
      const study = store.readable.study(studyId);
      if (correction.kind === 'wave-limit') checkLimit(study.summary?.intervals, correction);
      else checkCorrection(currentBeats(store.readable, studyId), correction, study);
      const corrections: Correction[] = [...store.readable.corrections(studyId), correction];
      store.writable.addCorrection(studyId, correction, deriveStored(store.readable, studyId, corrections));
      return changed(studyId);
    },
    'beats.undo': ({ studyId }) => {
      const corrections = store.readable.corrections(studyId).slice(0, -1);
      store.writable.undoCorrection(studyId, deriveStored(store.readable, studyId, corrections));
      return changed(studyId);
    },
    'beats.redo': ({ studyId }) => {
      const undone = store.readable.nextRedo(studyId);
      if (undone === null) throw new KirchhoffError('invalid-request', 'There is nothing to redo.');
      const corrections = [...store.readable.corrections(studyId), undone];
      store.writable.redoCorrection(studyId, deriveStored(store.readable, studyId, corrections));
      return changed(studyId);
    },

    'report.write': async ({ studyId, format, path }) => {
      const study = store.readable.study(studyId);
      const reported = {
        study,
        beats: currentBeats(store.readable, studyId),
        corrections: store.readable.corrections(studyId),
      };
      const content = reportContent(format, reported, store.readable.opened(studyId));
      const handedOver = ownMemory(Object.values(reported.beats));
      await store.writable.writeReportMade(studyId, format, path, () =>
        context.pool.run({ kind: 'report', format, content, path }, undefined, handedOver),
      );
      return { path };
    },
  };
}
