/** How the image was made, as its file says. */
import type { ImagingObject, ImagingStudyDetail } from '../../../src/contract/imaging-study.ts';
import inspectorClasses from '../../ecg/inspector/inspector.module.css';

export function TechniquePanel({ study, object }: { study: ImagingStudyDetail; object: ImagingObject }) {
  const { technique, series } = object;
  const rows: [string, string | number | null][] = [
    ['File', object.fileName],
    ['Modality', technique.modality],
    ['Body part', technique.bodyPart],
    ['View', technique.view],
    ['Side', technique.laterality],
    ['Patient’s age', technique.patientAgeYears === null ? null : `${technique.patientAgeYears} years`],
    ['Photometric interpretation', technique.photometric],
    ['Intent', technique.presentationIntent],
    ['Image type', technique.imageType.join(' \\ ')],
    [
      'Burned-in text',
      technique.burnedInAnnotation === null ? null : technique.burnedInAnnotation ? 'yes' : 'no',
    ],
    ['Lossy compression', technique.lossyCompression.join(', ')],
    ['Tube voltage', technique.tubeVoltageKv === null ? null : `${technique.tubeVoltageKv} kV`],
    ['Exposure', technique.exposureMas === null ? null : `${technique.exposureMas} mAs`],
    ['Exposure index', technique.exposureIndex],
    ['Target exposure index', technique.targetExposureIndex],
    ['Deviation index', technique.deviationIndex],
    [
      'Made by',
      [technique.manufacturer, technique.manufacturerModel].filter((part) => part !== null).join(' '),
    ],
    ['Series', series.description],
    ['Accession number', study.accessionNumber],
    ['Institution', study.institution],
  ];
  return (
    <section className={inspectorClasses.section} aria-label="Technique">
      <h3>Technique</h3>
      <dl className={inspectorClasses.pairs}>
        {rows
          .filter(([, value]) => value !== null && value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
