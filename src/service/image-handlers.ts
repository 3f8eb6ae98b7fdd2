/** Answers the requests about studies of images. */
import type { IMAGING_REQUESTS } from '../contract/imaging-requests.ts';
import type { ImagingStudyDetail } from '../contract/imaging-study.ts';
import { cosineSimilarity } from '../imaging/similarity.ts';
import type { Handlers, ServiceContext } from './context.ts';
import { startImageAnalysis } from './image-analysis-job.ts';
import { imageReportContent } from './image-report-study.ts';

export function imageHandlers(
  context: ServiceContext,
): Handlers<Exclude<keyof typeof IMAGING_REQUESTS, 'imaging.export'>> {
  const readable = () => context.store.images.readable;
  const writable = () => context.store.images.writable;
  const announced = (studyId: string): ImagingStudyDetail => {
    const study = readable().study(studyId);
    context.emit({ kind: 'imagingStudy', study });
    return study;
  };

  return {
    'imaging.list': () => readable().list(),
    'imaging.get': ({ studyId }) => {
      writable().recordView(studyId);
      return readable().study(studyId);
    },
    'imaging.priors': ({ studyId }) => {
      const prior = new Set(readable().priors(studyId));
      return readable()
        .list()
        .filter(({ id }) => prior.has(id))
        .sort((a, b) => ((a.studiedAt ?? '') < (b.studiedAt ?? '') ? 1 : -1));
    },
    'imaging.frame': ({ objectId, frame }) => {
      const { bytes, fileName } = readable().file(objectId);
      return context.pool.run({ kind: 'image-frame', bytes, fileName, frame });
    },
    'imaging.saliency': ({ objectId }) => readable().saliency(objectId),
    'imaging.document': async ({ objectId }) => {
      const { bytes, fileName } = readable().file(objectId);
      const found = await context.pool.run({ kind: 'image-document', bytes, fileName });
      if (found.kind !== 'waveform') return found;
      return {
        kind: 'waveform',
        title: found.title,
        ecgStudyId:
          found.contentSha256 === null ? null : context.store.readable.findByContent(found.contentSha256),
      };
    },
    'imaging.similar': ({ objectId, count }) => {
      const mine = readable().embedding(objectId);
      if (mine === null) return [];
      return readable()
        .confirmedEmbeddings()
        .filter((other) => other.objectId !== objectId && other.model === mine.model)
        .map(({ studyId, objectId: otherId, embedding, opinion, studiedAt }) => ({
          studyId,
          objectId: otherId,
          similarity: cosineSimilarity(mine.embedding, embedding),
          opinion,
          studiedAt,
        }))
        .sort((a, b) => b.similarity - a.similarity || (a.objectId < b.objectId ? -1 : 1))
        .slice(0, count);
    },
    'imaging.annotate': ({ objectId, annotations }) => writable().annotate(objectId, annotations),
    'imaging.undoAnnotation': ({ objectId }) => writable().undoAnnotation(objectId),
    'imaging.redoAnnotation': ({ objectId }) => writable().redoAnnotation(objectId),
    'imaging.read': ({ studyId, reading }) => {
      writable().addReading(studyId, reading);
      return announced(studyId);
    },
    'imaging.confirm': ({ studyId }) => {
      writable().confirm(studyId);
      return announced(studyId);
    },
    'imaging.reopen': ({ studyId, reason }) => {
      writable().reopen(studyId, reason);
      return announced(studyId);
    },
    'imaging.remove': ({ studyId, reason }) => {
      writable().remove(studyId, reason);
      context.emit({ kind: 'imagingStudyRemoved', studyId });
      return {};
    },
    'imaging.write': async ({ studyId, format, path }) => {
      const content = imageReportContent(readable(), studyId);
      const bytes = await context.pool.run({ kind: 'image-report', format, content });
      writable().writeReport(studyId, format, path, bytes);
      return { path };
    },
    'imaging.reanalyse': ({ studyId, device }) => startImageAnalysis(context, [studyId], device),
  };
}
