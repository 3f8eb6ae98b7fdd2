/**
 * GE MUSE XML (`RestingECG`): rhythm waveforms as Base64 of 16-bit little-endian samples, with their amplitude
 * units; the elements are those of GE's "MUSE XML Developer's Guide".
 */
import { KirchhoffError } from '../../../contract/errors.ts';
import { writtenName } from '../../../contract/patient-name.ts';
import type { EcgRecording } from '../../recording.ts';
import { ageAt, dateAndTime, isoDate, isoTimeOfDay } from '../dates.ts';
import { type DecodedLead, recordingOfLeads } from '../from-leads.ts';
import {
  childAt,
  childrenOf,
  parseXml,
  textAt,
  type XmlElement,
  xmlBase64,
  xmlNumber,
} from '../xml/xml-tree.ts';

const MILLIVOLTS_PER_UNIT: Readonly<Record<string, number>> = { MICROVOLTS: 1e-3, MILLIVOLTS: 1 };

/** `MM-DD-YYYY`, as MUSE writes dates. */
function museDate(text: string): string | null {
  const parts = /^(\d{1,2})-(\d{1,2})-(\d{4})$/.exec(text);
  return parts === null ? null : isoDate(Number(parts[3]), Number(parts[1]), Number(parts[2]));
}

function museTime(text: string): string | null {
  const parts = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  return parts === null ? null : isoTimeOfDay(Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0));
}

function patientOf(root: XmlElement, recordedAt: string | null): EcgRecording['patient'] {
  const patient = childAt(root, 'PatientDemographics');
  const birthDate = museDate(textAt(patient, 'DateofBirth'));
  const age = Number(textAt(patient, 'PatientAge') || Number.NaN);
  const inYears = /^(YEARS|)$/i.test(textAt(patient, 'AgeUnits'));
  const sex = textAt(patient, 'Gender').toUpperCase();
  return {
    name: writtenName({
      family: textAt(patient, 'PatientLastName'),
      given: textAt(patient, 'PatientFirstName'),
    }),
    id: textAt(patient, 'PatientID'),
    birthDate,
    ageYears: inYears && age >= 0 && age <= 130 ? age : ageAt(birthDate, recordedAt),
    sex: /^(F|FEMALE)$/.test(sex) ? 'female' : /^(M|MALE)$/.test(sex) ? 'male' : 'unknown',
  };
}

function leadOf(lead: XmlElement, fileName: string): DecodedLead {
  const at = `${fileName} line ${lead.line}`;
  const name = textAt(lead, 'LeadID');
  const data = childAt(lead, 'WaveFormData');
  if (data === undefined) throw new KirchhoffError('header-invalid', `Lead ${name} has no samples.`, at);
  const size = textAt(lead, 'LeadSampleSize') || '2';
  if (size !== '2') {
    throw new KirchhoffError('format-unsupported', `Samples of ${size} bytes are not read.`, at);
  }
  const unit = textAt(lead, 'LeadAmplitudeUnits') || 'MICROVOLTS';
  const scale = MILLIVOLTS_PER_UNIT[unit.toUpperCase()];
  if (scale === undefined) {
    throw new KirchhoffError(
      'value-out-of-range',
      `Lead ${name} is in ${unit}, which is no unit of voltage.`,
      at,
    );
  }
  const step =
    xmlNumber(textAt(lead, 'LeadAmplitudeUnitsPerBit'), 'amplitude of a bit', lead, fileName) * scale;
  if (!(step > 0))
    throw new KirchhoffError('value-out-of-range', 'The amplitude of a bit is not positive.', at);
  const baseline = xmlNumber(textAt(lead, 'FirstSampleBaseline') || '0', 'baseline', lead, fileName);
  const bytes = xmlBase64(data, fileName);
  const announced = textAt(lead, 'LeadSampleCountTotal');
  const count =
    announced === '' ? bytes.length >> 1 : xmlNumber(announced, 'number of samples', lead, fileName);
  if (!Number.isInteger(count) || count < 0 || count * 2 > bytes.length) {
    throw new KirchhoffError(
      'file-truncated',
      `Lead ${name} has ${bytes.length >> 1} samples, not ${announced}.`,
      `${fileName} line ${data.line}`,
    );
  }
  const view = new DataView(bytes.buffer);
  const millivolts = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = view.getInt16(i * 2, true);
    // The lowest value stands for "no sample".
    millivolts[i] = value === -(2 ** 15) ? Number.NaN : (value - baseline) * step;
  }
  return { name, startSample: 0, millivolts, resolutionMillivolts: step };
}

/**
 * Reads the rhythm waveform; median beats are not read.
 * @throws KirchhoffError naming file and line
 */
export function readMuse(fileName: string, bytes: Uint8Array): EcgRecording {
  const root = parseXml(bytes, fileName);
  if (root.name !== 'RestingECG') {
    throw new KirchhoffError('format-unknown', 'This is no MUSE recording.', `${fileName} line ${root.line}`);
  }
  const waveforms = childrenOf(root, 'Waveform');
  const rhythm = waveforms.filter((waveform) => /^rhythm$/i.test(textAt(waveform, 'WaveformType')));
  const [waveform, ...further] = rhythm;
  if (waveform === undefined) {
    throw new KirchhoffError('no-signal', 'The document holds no rhythm waveform.', fileName);
  }
  const base = xmlNumber(textAt(waveform, 'SampleBase'), 'sampling rate', waveform, fileName);
  const exponent = xmlNumber(
    textAt(waveform, 'SampleExponent') || '0',
    'exponent of the sampling rate',
    waveform,
    fileName,
  );
  const leads = childrenOf(waveform, 'LeadData').map((lead) => leadOf(lead, fileName));
  const test = childAt(root, 'TestDemographics');
  const recordedAt = dateAndTime(
    museDate(textAt(test, 'AcquisitionDate')),
    museTime(textAt(test, 'AcquisitionTime')),
  );
  const statements = childrenOf(childAt(root, 'Diagnosis'), 'DiagnosisStatement').map((each) =>
    textAt(each, 'StmtText'),
  );
  return recordingOfLeads(
    fileName,
    leads,
    {
      samplingRateHz: Number((base * Number(`1e${exponent}`)).toPrecision(12)),
      recordedAt,
      patient: patientOf(root, recordedAt),
      comments: statements.filter((text) => text !== ''),
      warnings: further.length === 0 ? [] : [`${further.length} further rhythm waveforms were not read.`],
    },
    `${fileName} line ${waveform.line}`,
  );
}
