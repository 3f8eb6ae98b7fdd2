/** Who and what an object is about: patient, study, series, instance, and how the image was made. */
import type {
  ImageInstance,
  ImagePatient,
  ImageSeries,
  ImageStudy,
  InstanceContent,
  Technique,
} from '../../contract/imaging.ts';
import { frameCountOf, pixelElementOf } from '../pixels/pixel-description.ts';
import { type DataSet, itemsOf } from './data-set.ts';
import { functionalGroup } from './functional-groups.ts';
import type { DicomFile } from './parse.ts';
import { tagText } from './tag.ts';
import { ageYearsOf, dateOf, numberOf, personNameOf, textOf, textsOf, timeOf } from './values.ts';

const SOP_CLASS = 0x00080016;
const SOP_INSTANCE = 0x00080018;
const MEDIA_SOP_CLASS = 0x00020002;
const MEDIA_SOP_INSTANCE = 0x00020003;
const DIRECTORY_RECORDS = 0x00041220;
const ENCAPSULATED_DOCUMENT = 0x00420011;
const WAVEFORMS = 0x54000100;
const VALUE_TYPE = 0x0040a040;
const PRESENTATION_STATES = '1.2.840.10008.5.1.4.1.1.11.';

export function instanceOf(file: DicomFile): ImageInstance {
  const { dataSet, meta, incomplete } = file;
  const content = contentOf(file);
  const frameTime = numberOf(dataSet, 0x00181063);
  return {
    content,
    sopClassUid: textOf(dataSet, SOP_CLASS) ?? textOf(meta, MEDIA_SOP_CLASS),
    sopInstanceUid: textOf(dataSet, SOP_INSTANCE) ?? textOf(meta, MEDIA_SOP_INSTANCE),
    transferSyntaxUid: file.transferSyntax.uid,
    number: integerOf(dataSet, 0x00200013),
    frameCount: content === 'image' ? frameCountOf(dataSet) : 0,
    frameTimeMs: frameTime !== null && frameTime > 0 ? frameTime : null,
    patient: patientOf(dataSet),
    study: studyOf(dataSet),
    series: seriesOf(dataSet),
    technique: techniqueOf(dataSet),
    warnings:
      incomplete === null
        ? file.warnings
        : [
            ...file.warnings,
            `${tagText(incomplete.tag)} byte ${incomplete.byte}: ${incomplete.message} What lies behind is not read.`,
          ],
  };
}

function contentOf({ dataSet, meta }: DicomFile): InstanceContent {
  const sopClass = textOf(dataSet, SOP_CLASS) ?? textOf(meta, MEDIA_SOP_CLASS) ?? '';
  if (dataSet.elements.has(DIRECTORY_RECORDS)) return 'directory';
  if (pixelElementOf(dataSet) !== null) return 'image';
  if (dataSet.elements.has(ENCAPSULATED_DOCUMENT)) return 'document';
  if (dataSet.elements.has(WAVEFORMS)) return 'waveform';
  if (sopClass.startsWith(PRESENTATION_STATES)) return 'presentation';
  if (textOf(dataSet, VALUE_TYPE) === 'CONTAINER') return 'report';
  return 'other';
}

function patientOf(dataSet: DataSet): ImagePatient {
  return {
    name: personNameOf(dataSet, 0x00100010),
    id: textOf(dataSet, 0x00100020),
    birthDate: dateOf(dataSet, 0x00100030),
    sex: sexOf(dataSet),
  };
}

function sexOf(dataSet: DataSet): 'F' | 'M' | 'O' | null {
  const sex = textOf(dataSet, 0x00100040);
  return sex === 'F' || sex === 'M' || sex === 'O' ? sex : null;
}

function studyOf(dataSet: DataSet): ImageStudy {
  return {
    uid: textOf(dataSet, 0x0020000d),
    id: textOf(dataSet, 0x00200010),
    accessionNumber: textOf(dataSet, 0x00080050),
    date: dateOf(dataSet, 0x00080020),
    time: timeOf(dataSet, 0x00080030),
    description: textOf(dataSet, 0x00081030),
    institution: textOf(dataSet, 0x00080080),
  };
}

function seriesOf(dataSet: DataSet): ImageSeries {
  return {
    uid: textOf(dataSet, 0x0020000e),
    number: integerOf(dataSet, 0x00200011),
    modality: textOf(dataSet, 0x00080060),
    description: textOf(dataSet, 0x0008103e),
    date: dateOf(dataSet, 0x00080021),
    time: timeOf(dataSet, 0x00080031),
  };
}

function integerOf(dataSet: DataSet, tag: number): number | null {
  const number = numberOf(dataSet, tag);
  return number === null ? null : Math.trunc(number);
}

function techniqueOf(dataSet: DataSet): Technique {
  const anatomy = functionalGroup(dataSet, 0, 0x00209071);
  const burnedIn = textOf(dataSet, 0x00280301);
  const regionCode = itemsOf(anatomy, 0x00082218)[0];
  return {
    modality: textOf(dataSet, 0x00080060),
    bodyPart: textOf(dataSet, 0x00180015) ?? (regionCode ? textOf(regionCode, 0x00080104) : null),
    view: viewOf(dataSet),
    laterality: textOf(dataSet, 0x00200062) ?? textOf(dataSet, 0x00200060) ?? textOf(anatomy, 0x00209072),
    patientAgeYears: ageOf(dataSet),
    patientSex: sexOf(dataSet),
    photometric: textOf(dataSet, 0x00280004),
    burnedInAnnotation: burnedIn === 'YES' ? true : burnedIn === 'NO' ? false : null,
    presentationIntent: textOf(dataSet, 0x00080068),
    imageType: textsOf(dataSet, 0x00080008),
    manufacturer: textOf(dataSet, 0x00080070),
    manufacturerModel: textOf(dataSet, 0x00081090),
    tubeVoltageKv: numberOf(dataSet, 0x00180060),
    exposureMas: exposureOf(dataSet),
    exposureIndex: numberOf(dataSet, 0x00181411),
    targetExposureIndex: numberOf(dataSet, 0x00181412),
    deviationIndex: numberOf(dataSet, 0x00181413),
    lossyCompression:
      textOf(dataSet, 0x00282110) === '01' ? textsOf(dataSet, 0x00282114).filter((way) => way !== '') : [],
  };
}

/** View Position, else the meaning of the view's code (PS3.3 C.8.11.5). */
function viewOf(dataSet: DataSet): string | null {
  const position = textOf(dataSet, 0x00185101);
  if (position !== null) return position;
  const code = itemsOf(dataSet, 0x00540220)[0];
  return code === undefined ? null : textOf(code, 0x00080104);
}

/** Exposure in mAs, or in µAs where only that is given. */
function exposureOf(dataSet: DataSet): number | null {
  const microampereSeconds = numberOf(dataSet, 0x00181153);
  return numberOf(dataSet, 0x00181152) ?? (microampereSeconds === null ? null : microampereSeconds / 1000);
}

/** Patient's Age, else the time from birth to the acquisition, series or study, whichever date is there. */
function ageOf(dataSet: DataSet): number | null {
  const stated = ageYearsOf(dataSet, 0x00101010);
  if (stated !== null) return stated;
  const born = dateOf(dataSet, 0x00100030);
  const made = dateOf(dataSet, 0x00080022) ?? dateOf(dataSet, 0x00080021) ?? dateOf(dataSet, 0x00080020);
  if (born === null || made === null || born.length < 10 || made.length < 10) return null;
  const days = (Date.parse(made) - Date.parse(born)) / 86_400_000;
  return Number.isFinite(days) && days >= 0 && days < 150 * 366 ? days / 365.25 : null;
}
