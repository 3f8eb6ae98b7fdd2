/** Philips resting ECG XML (`restingecgdata`), documents SierraECG and PhilipsECG 1.03, 1.04 and 1.04.01. */
import { KirchhoffError } from '../../../contract/errors.ts';
import { writtenName } from '../../../contract/patient-name.ts';
import type { EcgRecording } from '../../recording.ts';
import { ageAt, dateAndTime, isoDate, isoTimeOfDay } from '../dates.ts';
import { recordingOfLeads } from '../from-leads.ts';
import { MAXIMUM_LEADS, MAXIMUM_VALUES } from '../limits.ts';
import {
  childAt,
  descendants,
  parseXml,
  textAt,
  type XmlElement,
  xmlBase64,
  xmlNumber,
} from '../xml/xml-tree.ts';
import { decodeXli } from './xli.ts';

const STANDARD_LEADS = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const TYPES = ['SierraECG', 'PhilipsECG'];
const VERSIONS = ['1.03', '1.04', '1.04.01', '1.04.02'];

function checkVersion(root: XmlElement, fileName: string): void {
  const information = childAt(root, 'documentinfo');
  const type = textAt(information, 'documenttype');
  const version = textAt(information, 'documentversion');
  if (!TYPES.includes(type) || !VERSIONS.includes(version)) {
    throw new KirchhoffError(
      'format-unsupported',
      `Documents of type "${type}" ${version} are not read; SierraECG and PhilipsECG 1.03 and 1.04 are.`,
      `${fileName} line ${(information ?? root).line}`,
    );
  }
}

function leadNames(waveforms: XmlElement, characteristics: XmlElement | undefined): string[] {
  const labels = (waveforms.attributes.get('leadlabels') ?? '').trim();
  const count = Number(
    waveforms.attributes.get('numberofleads') ?? textAt(characteristics, 'numberchannelsallocated'),
  );
  const names = labels === '' ? [] : labels.split(/\s+/);
  if (names.length > 0) return names.slice(0, count > 0 ? count : names.length);
  const wanted = count > 0 && count <= MAXIMUM_LEADS ? count : 0;
  return Array.from({ length: wanted }, (_, i) => STANDARD_LEADS[i] ?? `Channel ${i + 1}`);
}

/** Leads III, aVR, aVL and aVF are stored as what the others do not foretell. */
function restoreLimbLeads(leads: Int16Array[], names: readonly string[]): void {
  if (STANDARD_LEADS.slice(0, 6).some((name, i) => names[i] !== name)) return;
  const [one, two, three, right, left, foot] = leads;
  for (let i = 0; i < one!.length; i++) {
    const [a, b] = [one![i]!, two![i]!];
    const c = b - a - three![i]!;
    three![i] = c;
    right![i] = -right![i]! - Math.floor((a + b) / 2);
    left![i] = Math.floor((a - c) / 2) - left![i]!;
    foot![i] = Math.floor((b + c) / 2) - foot![i]!;
  }
}

function samplesOf(
  waveforms: XmlElement,
  names: readonly string[],
  samplesALead: number,
  fileName: string,
): Int16Array[] {
  const at = `${fileName} line ${waveforms.line}`;
  if (waveforms.attributes.get('dataencoding') !== 'Base64') {
    throw new KirchhoffError('format-unsupported', 'The samples are not in Base64.', at);
  }
  const data = xmlBase64(waveforms, fileName);
  const compressed = waveforms.attributes.get('compressflag');
  const method =
    compressed === 'False'
      ? 'Uncompressed'
      : (waveforms.attributes.get('compressmethod') ??
        waveforms.attributes.get('compression') ??
        'Uncompressed');
  if (method === 'XLI') {
    const leads = decodeXli(data, names.length, samplesALead, at);
    restoreLimbLeads(leads, names);
    return leads;
  }
  if (method !== 'Uncompressed') {
    throw new KirchhoffError('format-unsupported', `Compression "${method}" is not read.`, at);
  }
  if (data.length < names.length * samplesALead * 2) {
    throw new KirchhoffError('file-truncated', `There are ${data.length} bytes of samples, too few.`, at);
  }
  const view = new DataView(data.buffer);
  return names.map((_, lead) =>
    Int16Array.from({ length: samplesALead }, (__, i) => view.getInt16((lead * samplesALead + i) * 2, true)),
  );
}

function philipsDate(text: string): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return parts === null ? null : isoDate(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

function philipsTime(text: string): string | null {
  const parts = /^(\d{2}):(\d{2}):(\d{2})/.exec(text);
  return parts === null ? null : isoTimeOfDay(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

function patientOf(root: XmlElement, recordedAt: string | null): EcgRecording['patient'] {
  const patient = childAt(root, 'patient', 'generalpatientdata');
  const birthDate = philipsDate(textAt(patient, 'age', 'dateofbirth'));
  const years = Number(textAt(patient, 'age', 'years') || Number.NaN);
  const sex = textAt(patient, 'sex').toLowerCase();
  const known = (text: string) => (/^-+$/.test(text) ? '' : text);
  return {
    name: writtenName({
      family: known(textAt(patient, 'name', 'lastname')),
      given: known(textAt(patient, 'name', 'firstname')),
    }),
    id: textAt(patient, 'patientid'),
    birthDate,
    ageYears: years >= 0 && years <= 130 ? years : ageAt(birthDate, recordedAt),
    sex: sex === 'female' || sex === 'male' ? sex : 'unknown',
  };
}

/**
 * Reads the main waveforms; representative beats are not read.
 * @throws KirchhoffError naming file and line
 */
export function readPhilips(fileName: string, bytes: Uint8Array): EcgRecording {
  const root = parseXml(bytes, fileName);
  if (root.name !== 'restingecgdata') {
    throw new KirchhoffError('format-unknown', 'This is no Philips ECG.', `${fileName} line ${root.line}`);
  }
  checkVersion(root, fileName);
  const acquisition = childAt(root, 'dataacquisition');
  const characteristics = childAt(acquisition, 'signalcharacteristics');
  const waveforms = descendants(root, 'parsedwaveforms')[0];
  if (waveforms === undefined)
    throw new KirchhoffError('no-signal', 'The document holds no waveforms.', fileName);
  const at = `${fileName} line ${waveforms.line}`;
  const number = (written: string, what: string) => xmlNumber(written, what, waveforms, fileName);
  const samplingRateHz = number(
    waveforms.attributes.get('samplespersecond') ?? textAt(characteristics, 'samplingrate'),
    'sampling rate',
  );
  const microvolts = number(
    waveforms.attributes.get('resolution') ??
      (textAt(characteristics, 'signalresolution') || textAt(characteristics, 'resolution')),
    'resolution',
  );
  const milliseconds = number(waveforms.attributes.get('durationperchannel') ?? '', 'duration');
  const samplesALead = Math.floor((milliseconds * samplingRateHz) / 1000);
  const names = leadNames(waveforms, characteristics);
  if (!(microvolts > 0))
    throw new KirchhoffError('value-out-of-range', 'The resolution is not positive.', at);
  if (!(samplesALead > 0) || names.length === 0) {
    throw new KirchhoffError('no-signal', 'The waveforms have no leads or no duration.', at);
  }
  if (names.length > MAXIMUM_LEADS || samplesALead * names.length > MAXIMUM_VALUES) {
    throw new KirchhoffError('file-too-large', 'The waveforms are longer than can be kept in memory.', at);
  }
  const step = microvolts / 1000;
  const leads = samplesOf(waveforms, names, samplesALead, fileName).map((samples, i) => ({
    name: names[i]!,
    startSample: 0,
    millivolts: Float32Array.from(samples, (value) => value * step),
    resolutionMillivolts: step,
  }));
  const recordedAt = dateAndTime(
    philipsDate(acquisition?.attributes.get('date') ?? ''),
    philipsTime(acquisition?.attributes.get('time') ?? ''),
  );
  const statements = descendants(childAt(root, 'interpretations'), 'statement').map((each) =>
    textAt(each, 'leftstatement'),
  );
  return recordingOfLeads(
    fileName,
    leads,
    {
      samplingRateHz,
      recordedAt,
      patient: patientOf(root, recordedAt),
      comments: statements.filter((text) => text !== ''),
    },
    at,
  );
}
