/** What stands in the corners of an image: who, when, how it was made. */
import type { ImagingObject, ImagingStudyDetail } from '../../src/contract/imaging-study.ts';
import { moment, patientName, patientParticulars } from '../words/format.ts';

export function cornerText(
  study: ImagingStudyDetail,
  object: ImagingObject,
  frame: number,
): { left: string[]; right: string[] } {
  const { technique, series } = object;
  const exposure = [
    technique.tubeVoltageKv === null ? '' : `${technique.tubeVoltageKv} kV`,
    technique.exposureMas === null ? '' : `${technique.exposureMas} mAs`,
    technique.exposureIndex === null ? '' : `EI ${technique.exposureIndex}`,
    technique.deviationIndex === null ? '' : `DI ${technique.deviationIndex}`,
  ].filter((part) => part !== '');
  return {
    left: [
      patientName(study.patient),
      patientParticulars(study.patient).join(' · '),
      study.studiedAt === null ? '' : moment(study.studiedAt),
      study.institution ?? '',
    ],
    right: [
      [series.modality ?? technique.modality ?? '', technique.bodyPart ?? '', technique.view ?? '']
        .filter((part) => part !== '')
        .join(' '),
      series.description ?? '',
      object.number === null ? '' : `image ${object.number}`,
      object.frameCount > 1 ? `frame ${frame + 1} of ${object.frameCount}` : '',
      exposure.join(' · '),
    ],
  };
}

const FRONTAL = /^(PA|AP)/i;
const LATERAL = /^(LL|RL|LAT)/i;

/** Frontal films first as they hang; a lateral one to the right of its frontal. */
export function hanging(images: readonly ImagingObject[]): ImagingObject[] {
  const rank = ({ content, technique: { view } }: ImagingObject): number => {
    if (content !== 'image') return 3;
    if (view === null) return 1;
    if (FRONTAL.test(view)) return 0;
    return LATERAL.test(view) ? 2 : 1;
  };
  return [...images].sort((a, b) => rank(a) - rank(b));
}

/** A frontal and a lateral film of one study hang side by side; null where it holds no such two. */
export function hungPair(images: readonly ImagingObject[]): { left: string; right: string } | null {
  const viewed = (pattern: RegExp) =>
    images.find(({ content, technique: { view } }) => content === 'image' && pattern.test(view ?? ''));
  const frontal = viewed(FRONTAL);
  const lateral = viewed(LATERAL);
  return frontal === undefined || lateral === undefined ? null : { left: frontal.id, right: lateral.id };
}

export function objectName({
  content,
  technique,
  series,
  number,
  frameCount,
  fileName,
}: ImagingObject): string {
  const words =
    content === 'image'
      ? [technique.view ?? series.description ?? fileName, number === null ? '' : `no. ${number}`]
      : [
          { report: 'Report', document: 'Document', waveform: 'Waveform' }[content as string] ?? 'Object',
          fileName,
        ];
  if (frameCount > 1) words.push(`${frameCount} frames`);
  return words.filter((word) => word !== '').join(' · ');
}
