/**
 * DICOM waveform objects: 12-lead, general, ambulatory and general 32-bit ECG (PS3.3, A.34 and C.10.9). Elements
 * are found by dicom-parser; this module says what they mean.
 */
import dicomParser from 'dicom-parser';
import { Inflate } from 'fflate';
import { KirchhoffError } from '../../../contract/errors.ts';
import { writtenName } from '../../../contract/patient-name.ts';
import type { EcgRecording, RecordedEvent } from '../../recording.ts';
import { ageAt, isoFromDigits } from '../dates.ts';
import { type DecodedLead, recordingOfLeads } from '../from-leads.ts';
import { MAXIMUM_LEADS, MAXIMUM_VALUES } from '../limits.ts';
import { millivoltsPerUnit } from '../units.ts';

type DataSet = dicomParser.DataSet;

/** What a deflated object may unfold to. */
const MAXIMUM_INFLATED_BYTES = 2 ** 30;
const DEFLATED_PIECE_BYTES = 1 << 14;
const ECG_STORAGE = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.9\.1\.[1-4]$/;

const TAG = {
  sopClass: 'x00080016',
  waveforms: 'x54000100',
  originality: 'x003a0004',
  channels: 'x003a0005',
  samples: 'x003a0010',
  rate: 'x003a001a',
  groupLabel: 'x003a0020',
  channelDefinitions: 'x003a0200',
  channelLabel: 'x003a0203',
  channelSource: 'x003a0208',
  sensitivity: 'x003a0210',
  sensitivityUnits: 'x003a0211',
  correction: 'x003a0212',
  baseline: 'x003a0213',
  timeSkew: 'x003a0214',
  sampleSkew: 'x003a0215',
  bitsAllocated: 'x54001004',
  interpretation: 'x54001006',
  padding: 'x5400100a',
  data: 'x54001010',
  timeOffset: 'x00181068',
  annotations: 'x0040b020',
  annotationText: 'x00700006',
  conceptName: 'x0040a043',
  temporalRange: 'x0040a130',
  referencedSamples: 'x0040a132',
  referencedChannels: 'x0040a0b0',
  codeValue: 'x00080100',
  codeMeaning: 'x00080104',
} as const;

/** Whether the file's meta information names an ECG storage class. */
export function isDicomEcg(head: Uint8Array): boolean {
  if (new TextDecoder('latin1').decode(head.subarray(128, 132)) !== 'DICM') return false;
  const start = new TextDecoder('latin1').decode(head.subarray(132, 2048));
  const element = start.indexOf('\x02\0\x02\0UI');
  if (element === -1) return false;
  const length = start.charCodeAt(element + 6) | (start.charCodeAt(element + 7) << 8);
  return ECG_STORAGE.test(start.slice(element + 8, element + 8 + length).replace(/\0$/, ''));
}

/** (0008,0005) to the names that TextDecoder knows; of several, the first. */
const ENCODINGS: Readonly<Record<string, string>> = {
  ISO_IR_100: 'windows-1252',
  ISO_IR_101: 'iso-8859-2',
  ISO_IR_109: 'iso-8859-3',
  ISO_IR_110: 'iso-8859-4',
  ISO_IR_144: 'iso-8859-5',
  ISO_IR_127: 'iso-8859-6',
  ISO_IR_126: 'iso-8859-7',
  ISO_IR_138: 'iso-8859-8',
  ISO_IR_148: 'windows-1254',
  ISO_IR_166: 'windows-874',
  ISO_IR_13: 'shift_jis',
  ISO_IR_192: 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

function textReader(root: DataSet): (dataSet: DataSet, tag: string) => string {
  const set = (root.string('x00080005') ?? '').split('\\').find((name) => name.trim() !== '') ?? '';
  const key = set
    .trim()
    .replace(/^ISO 2022 IR /, 'ISO_IR_')
    .replace(/ /g, '_');
  const decoder = new TextDecoder(ENCODINGS[key] ?? 'windows-1252');
  return (dataSet, tag) => {
    const element = dataSet.elements[tag];
    if (element === undefined || element.items !== undefined) return '';
    const end = Math.min(dataSet.byteArray.length, element.dataOffset + element.length);
    return decoder
      .decode(dataSet.byteArray.subarray(element.dataOffset, end))
      .replace(/[\0 ]+$/, '')
      .trim();
  };
}

function itemsOf(dataSet: DataSet, tag: string): DataSet[] {
  const items = dataSet.elements[tag]?.items ?? [];
  return items.map((item) => item.dataSet).filter((each) => each !== undefined);
}

/** The object with what follows its meta information unfolded (PS3.5, A.5), piece by piece, so that it is bounded. */
function inflated(whole: Uint8Array, position: number): Uint8Array {
  const parts = [whole.subarray(0, position)];
  let length = position;
  const inflater = new Inflate((part) => {
    length += part.length;
    if (length > MAXIMUM_INFLATED_BYTES) throw new Error('it unfolds to more than 1 GB');
    parts.push(part);
  });
  for (let at = position; at < whole.length; at += DEFLATED_PIECE_BYTES) {
    inflater.push(whole.subarray(at, at + DEFLATED_PIECE_BYTES), at + DEFLATED_PIECE_BYTES >= whole.length);
  }
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function parse(fileName: string, bytes: Uint8Array): DataSet {
  try {
    return dicomParser.parseDicom(bytes, {
      inflater: inflated,
    } as dicomParser.ParseDicomOptions);
  } catch (thrown) {
    const why =
      thrown instanceof Error
        ? thrown.message
        : typeof thrown === 'string'
          ? thrown
          : 'its elements do not fit';
    throw new KirchhoffError('header-invalid', `This is no valid DICOM object (${why}).`, fileName);
  }
}

/** A number of a decimal or integer string; `otherwise` where the element is absent. */
function decimal(dataSet: DataSet, tag: string, what: string, otherwise: number, at: string): number {
  const text = dataSet.string(tag)?.trim() ?? '';
  if (text === '') return otherwise;
  const value = Number(text.split('\\')[0]);
  if (!Number.isFinite(value))
    throw new KirchhoffError('value-out-of-range', `The ${what} is not a number.`, at);
  return value;
}

interface Group {
  /** From 1. */
  number: number;
  dataSet: DataSet;
  at: string;
  samplingRateHz: number;
  offsetSeconds: number;
  original: boolean;
}

const BYTES_OF: Readonly<Record<string, number>> = { SB: 1, UB: 1, SS: 2, US: 2, SL: 4, UL: 4 };

/** Reads one sample at a byte of the group's data. */
function sampleReader(group: Group): { bytes: number; valueAt(byte: number): number } {
  const { dataSet, at } = group;
  const interpretation = dataSet.string(TAG.interpretation)?.trim() ?? '';
  const allocated = dataSet.uint16(TAG.bitsAllocated);
  const bytes = BYTES_OF[interpretation];
  if (bytes === undefined || allocated !== bytes * 8) {
    throw new KirchhoffError(
      'format-unsupported',
      `Samples of ${allocated ?? '?'} bits as "${interpretation}" are not read.`,
      at,
    );
  }
  const { byteArray, byteArrayParser: parser } = dataSet;
  switch (interpretation) {
    case 'SB':
      return { bytes, valueAt: (byte) => (byteArray[byte]! << 24) >> 24 };
    case 'UB':
      return { bytes, valueAt: (byte) => byteArray[byte]! };
    case 'SS':
      return { bytes, valueAt: (byte) => parser.readInt16(byteArray, byte) };
    case 'US':
      return { bytes, valueAt: (byte) => parser.readUint16(byteArray, byte) };
    case 'SL':
      return { bytes, valueAt: (byte) => parser.readInt32(byteArray, byte) };
    default:
      return { bytes, valueAt: (byte) => parser.readUint32(byteArray, byte) };
  }
}

/** `Lead II`, `MDC_ECG_LEAD_II` or `5.6.3-9-2` (the SCP-ECG codes of CID 3001) as a name. */
function channelName(channel: DataSet, text: (dataSet: DataSet, tag: string) => string): string {
  const source = itemsOf(channel, TAG.channelSource)[0];
  const meaning = source === undefined ? '' : text(source, TAG.codeMeaning);
  return (meaning || text(channel, TAG.channelLabel)).replace(
    /\s*\((einthoven|goldberger|wilson)\)\s*$/i,
    '',
  );
}

function leadsOf(
  group: Group,
  startOfRecording: number,
  text: (dataSet: DataSet, tag: string) => string,
  warnings: string[],
): DecodedLead[] {
  const { dataSet, at } = group;
  const channelCount = dataSet.uint16(TAG.channels) ?? 0;
  const sampleCount = dataSet.uint32(TAG.samples) ?? 0;
  const channels = itemsOf(dataSet, TAG.channelDefinitions);
  if (channelCount < 1 || channelCount > MAXIMUM_LEADS || channels.length !== channelCount) {
    throw new KirchhoffError(
      'header-invalid',
      `The group announces ${channelCount} channels and describes ${channels.length}.`,
      at,
    );
  }
  if (sampleCount * channelCount > MAXIMUM_VALUES) {
    throw new KirchhoffError(
      'file-too-large',
      `The group has ${sampleCount} samples of ${channelCount} channels.`,
      at,
    );
  }
  const { bytes, valueAt } = sampleReader(group);
  const data = dataSet.elements[TAG.data];
  const needed = sampleCount * channelCount * bytes;
  if (data === undefined || data.length < needed || data.dataOffset + needed > dataSet.byteArray.length) {
    throw new KirchhoffError(
      'file-truncated',
      `The group has ${data?.length ?? 0} bytes of samples, not ${needed}.`,
      at,
    );
  }
  const padding = dataSet.elements[TAG.padding];
  const invalid = padding === undefined || padding.length < bytes ? null : valueAt(padding.dataOffset);
  const leads: DecodedLead[] = [];
  for (const [place, channel] of channels.entries()) {
    const name = channelName(channel, text);
    const channelAt = `${at}, channel ${place + 1}`;
    const units = itemsOf(channel, TAG.sensitivityUnits)[0];
    const unit = units === undefined ? '' : text(units, TAG.codeValue);
    const scale = millivoltsPerUnit(unit);
    if (scale === null) {
      warnings.push(`Channel ${name || place + 1}: in ${unit || 'no unit'}, not volts; left out.`);
      continue;
    }
    const sensitivity = decimal(channel, TAG.sensitivity, 'sensitivity', Number.NaN, channelAt);
    const correction = decimal(channel, TAG.correction, 'correction of the sensitivity', 1, channelAt);
    const baseline = decimal(channel, TAG.baseline, 'baseline', 0, channelAt) * scale;
    const step = sensitivity * correction * scale;
    if (!Number.isFinite(step) || step === 0) {
      throw new KirchhoffError('value-out-of-range', `Channel ${name} has no valid sensitivity.`, channelAt);
    }
    const skew =
      decimal(channel, TAG.sampleSkew, 'skew', 0, channelAt) +
      decimal(channel, TAG.timeSkew, 'skew', 0, channelAt) * group.samplingRateHz;
    const startSample = Math.round(startOfRecording + skew);
    if (!(startSample >= 0 && startSample < 1e9)) {
      throw new KirchhoffError(
        'value-out-of-range',
        `The skew of channel ${name} is ${skew} samples.`,
        channelAt,
      );
    }
    const millivolts = new Float32Array(sampleCount);
    for (let i = 0; i < sampleCount; i++) {
      const value = valueAt(data.dataOffset + (i * channelCount + place) * bytes);
      millivolts[i] = value === invalid ? Number.NaN : value * step + baseline;
    }
    leads.push({ name, startSample, millivolts, resolutionMillivolts: Math.abs(step) });
  }
  return leads;
}

function groupsOf(root: DataSet, fileName: string): Group[] {
  return itemsOf(root, TAG.waveforms).map((dataSet, i) => {
    const at = `${fileName} multiplex group ${i + 1}`;
    const label = dataSet.string(TAG.groupLabel)?.trim().toUpperCase() ?? '';
    return {
      number: i + 1,
      dataSet,
      at,
      samplingRateHz: decimal(dataSet, TAG.rate, 'sampling rate', Number.NaN, at),
      offsetSeconds: decimal(dataSet, TAG.timeOffset, 'time offset', 0, at) / 1000,
      original:
        (dataSet.string(TAG.originality)?.trim() ?? 'ORIGINAL') === 'ORIGINAL' && !/MEDIAN|BEAT/.test(label),
    };
  });
}

/** Notes without a place go to the comments, those at samples of the group that is read become events. */
function annotationsOf(
  root: DataSet,
  group: Group,
  text: (dataSet: DataSet, tag: string) => string,
): { comments: string[]; events: RecordedEvent[] } {
  const comments: string[] = [];
  const events: RecordedEvent[] = [];
  for (const item of itemsOf(root, TAG.annotations)) {
    const concept = itemsOf(item, TAG.conceptName)[0];
    const note = text(item, TAG.annotationText);
    const written = note || (concept === undefined ? '' : text(concept, TAG.codeMeaning));
    const samples = item.elements[TAG.referencedSamples];
    if (samples === undefined) {
      if (note !== '') comments.push(note);
      continue;
    }
    if ((item.uint16(TAG.referencedChannels, 0) ?? 1) !== group.number || written === '') continue;
    const count = Math.min(samples.length >> 2, 1000);
    const positions = Array.from({ length: count }, (_, i) => item.uint32(TAG.referencedSamples, i) ?? 1);
    const segment = item.string(TAG.temporalRange)?.trim() === 'SEGMENT' && positions.length === 2;
    const seconds = positions.map((position) => (position - 1) / group.samplingRateHz);
    if (segment) {
      events.push({ atSeconds: seconds[0]!, durationSeconds: seconds[1]! - seconds[0]!, text: written });
    } else {
      for (const atSeconds of seconds) events.push({ atSeconds, durationSeconds: null, text: written });
    }
  }
  return { comments, events: events.sort((a, b) => a.atSeconds - b.atSeconds) };
}

function patientOf(
  root: DataSet,
  recordedAt: string | null,
  text: (dataSet: DataSet, tag: string) => string,
): EcgRecording['patient'] {
  // Family name, given name and middle name of the five components; the ideographic group where there is no alphabetic.
  const [alphabetic = '', ideographic = ''] = text(root, 'x00100010').split('=');
  const [family, given, middle] = alphabetic.split('^');
  const birthDate = isoFromDigits(text(root, 'x00100030')).date;
  const age = /^(\d{3})Y$/.exec(text(root, 'x00101010'));
  const sex = text(root, 'x00100040');
  return {
    name: writtenName({ family, given, middle }) || ideographic.replaceAll('^', ' ').trim(),
    id: text(root, 'x00100020'),
    birthDate,
    ageYears: age === null ? ageAt(birthDate, recordedAt) : Number(age[1]),
    sex: sex === 'F' ? 'female' : sex === 'M' ? 'male' : sex === 'O' ? 'other' : 'unknown',
  };
}

/**
 * Reads the original waveforms; derived ones (median beats) and groups of another rate are named in a warning.
 * @throws KirchhoffError naming the file and the multiplex group
 */
export function readDicomEcg(fileName: string, bytes: Uint8Array): EcgRecording {
  const root = parse(fileName, bytes);
  try {
    return recordingOf(fileName, root);
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new KirchhoffError(
      'header-invalid',
      `Its elements do not hold what they should (${why}).`,
      fileName,
    );
  }
}

function recordingOf(fileName: string, root: DataSet): EcgRecording {
  const text = textReader(root);
  const sopClass = root.string(TAG.sopClass)?.trim() ?? '';
  if (!ECG_STORAGE.test(sopClass)) {
    throw new KirchhoffError('format-unsupported', 'This DICOM object is no ECG waveform.', fileName);
  }
  const groups = groupsOf(root, fileName);
  const main = groups.find((group) => group.original);
  if (main === undefined)
    throw new KirchhoffError('no-signal', 'The object holds no original waveforms.', fileName);
  const warnings: string[] = [];
  const read = groups.filter((group) => {
    const same = group.original && group.samplingRateHz === main.samplingRateHz;
    if (!same)
      warnings.push(`Multiplex group ${group.number}: derived, or of another sampling rate; not read.`);
    return same;
  });
  const earliest = Math.min(...read.map((group) => group.offsetSeconds));
  const leads = read.flatMap((group) =>
    leadsOf(group, (group.offsetSeconds - earliest) * group.samplingRateHz, text, warnings),
  );
  const together = (date: string, time: string) =>
    isoFromDigits(text(root, date) + text(root, time)).dateTime;
  const recordedAt =
    isoFromDigits(text(root, 'x0008002a')).dateTime ??
    together('x00080022', 'x00080032') ??
    together('x00080023', 'x00080033') ??
    together('x00080020', 'x00080030');
  return recordingOfLeads(
    fileName,
    leads,
    {
      samplingRateHz: main.samplingRateHz,
      recordedAt,
      patient: patientOf(root, recordedAt, text),
      ...annotationsOf(root, main, text),
      warnings,
    },
    main.at,
  );
}
