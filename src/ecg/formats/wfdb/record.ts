/** WFDB records: a header with its signal files, read as and written from an `EcgRecording`. */
import { KirchhoffError } from '../../../contract/errors.ts';
import { uniqueLeadNames } from '../../lead-names.ts';
import type { EcgLead, EcgRecording } from '../../recording.ts';
import { parseWfdbHeader, type WfdbHeader, type WfdbSignalHeader } from './header.ts';
import {
  packWfdbSamples,
  type WfdbSignalFormat,
  type WritableWfdbFormat,
  wfdbSignalFormat,
} from './signal-formats.ts';

/** Sampling rates outside are refused: the analysis has no meaning there. */
const MINIMUM_SAMPLING_RATE_HZ = 50;
const MAXIMUM_SAMPLING_RATE_HZ = 10_000;
/** 2 GB of millivolts: more than 24 hours of 12 leads at 500 Hz. */
const MAXIMUM_VALUES = 2 ** 29;

/** A signal and where its samples are, in a file that is known to be long enough. */
interface LocatedSignal {
  header: WfdbSignalHeader;
  format: WfdbSignalFormat;
  bytes: Uint8Array;
  /** Samples before the signal's first in a frame of its file, and samples of all signals in that frame. */
  placeInFrame: number;
  frameSamples: number;
}

/** Bytes at the end of a signal file that the header does not account for, by file name. */
type Surplus = ReadonlyMap<string, number>;

const MILLIVOLTS_PER_UNIT: Readonly<Record<string, number>> = {
  mV: 1,
  mv: 1,
  MV: 1,
  uV: 1e-3,
  uv: 1e-3,
  µV: 1e-3,
  μV: 1e-3,
  nV: 1e-6,
  V: 1e3,
};

function isInVolts(units: string): boolean {
  return Object.hasOwn(MILLIVOLTS_PER_UNIT, units);
}

/** Samples a frame, which all leads must share; signals that are not in volts may differ. */
function ecgSamplesPerFrame(header: WfdbHeader, headerName: string): number {
  const signals = header.signals.filter((signal) => isInVolts(signal.units));
  if (signals.length === 0) {
    throw new KirchhoffError('no-signal', 'None of the signals is in volts; there is no ECG.', headerName);
  }
  const { samplesPerFrame } = signals[0]!;
  const oddOne = signals.find((signal) => signal.samplesPerFrame !== samplesPerFrame);
  if (oddOne !== undefined) {
    throw new KirchhoffError(
      'format-unsupported',
      'Leads with different sampling rates in one record cannot be read yet.',
      `${headerName} line ${oddOne.line}`,
    );
  }
  return samplesPerFrame;
}

function groupsByFile(header: WfdbHeader, headerName: string): Map<string, WfdbSignalHeader[]> {
  const groups = new Map<string, WfdbSignalHeader[]>();
  for (const signal of header.signals) {
    const group = groups.get(signal.fileName);
    if (group === undefined) {
      groups.set(signal.fileName, [signal]);
      continue;
    }
    const first = group[0]!;
    if (signal.format !== first.format || signal.byteOffset !== first.byteOffset) {
      throw new KirchhoffError(
        'header-invalid',
        `Format or byte offset differs from line ${first.line} for the same file.`,
        `${headerName} line ${signal.line}`,
      );
    }
    group.push(signal);
  }
  return groups;
}

function formatOf(signal: WfdbSignalHeader, headerName: string): WfdbSignalFormat {
  const format = wfdbSignalFormat(signal.format);
  const at = `${headerName} line ${signal.line}`;
  if (format === 'unknown') {
    throw new KirchhoffError('format-unknown', `${signal.format} is not a WFDB signal format.`, at);
  }
  if (format === 'unsupported') {
    throw new KirchhoffError(
      'format-unsupported',
      `Compressed format ${signal.format} cannot be read yet.`,
      at,
    );
  }
  return format;
}

/** Finds every signal's samples and checks that all files hold as much as the header says. */
function locateSignals(
  header: WfdbHeader,
  headerName: string,
  readFile: (name: string) => Uint8Array | null,
): { located: LocatedSignal[]; lengthFrames: number; surplus: Surplus } {
  const files = [...groupsByFile(header, headerName)].map(([fileName, group]) => {
    const format = formatOf(group[0]!, headerName);
    const bytes = readFile(fileName);
    if (bytes === null) {
      throw new KirchhoffError(
        'file-missing',
        `The signal file that line ${group[0]!.line} of ${headerName} names is missing.`,
        fileName,
      );
    }
    const frameSamples = group.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
    return { fileName, group, format, bytes, frameSamples, payload: bytes.length - group[0]!.byteOffset };
  });

  let lengthFrames = header.lengthFrames;
  if (lengthFrames === null) {
    const framesIn = files.map(({ format, frameSamples, payload }) => {
      const perGroup = format.bytesOf(format.samplesPerGroup) / format.samplesPerGroup;
      let frames = Math.max(0, Math.floor(payload / perGroup / frameSamples));
      while (frames > 0 && format.bytesOf(frames * frameSamples) > payload) frames--;
      return frames;
    });
    lengthFrames = Math.min(...framesIn);
    if (lengthFrames === 0) {
      const empty = files[framesIn.indexOf(0)]!;
      throw new KirchhoffError(
        'file-truncated',
        'The signal file holds no samples.',
        `${empty.fileName} byte ${empty.bytes.length}`,
      );
    }
  }

  const surplus = new Map<string, number>();
  const located = new Map<WfdbSignalHeader, LocatedSignal>();
  for (const { fileName, group, format, bytes, frameSamples, payload } of files) {
    const needed = format.bytesOf(lengthFrames * frameSamples);
    if (payload < needed) {
      throw new KirchhoffError(
        'file-truncated',
        `The file ends here; ${headerName} announces ${needed + group[0]!.byteOffset} bytes.`,
        `${fileName} byte ${bytes.length}`,
      );
    }
    // The last group of a packed format may be padded.
    if (payload > needed + format.bytesOf(format.samplesPerGroup - 1))
      surplus.set(fileName, payload - needed);
    let placeInFrame = 0;
    for (const signal of group) {
      located.set(signal, { header: signal, format, bytes, placeInFrame, frameSamples });
      placeInFrame += signal.samplesPerFrame;
    }
  }
  return { located: header.signals.map((signal) => located.get(signal)!), lengthFrames, surplus };
}

/** Decodes one signal; `checksum` is over the samples as stored, modulo 2^16. */
function decodeLead(
  signal: LocatedSignal,
  name: string,
  lengthFrames: number,
): { lead: EcgLead; checksum: number } {
  const { header, format, bytes, placeInFrame, frameSamples } = signal;
  const millivoltsPerStep = MILLIVOLTS_PER_UNIT[header.units]! / header.gainPerUnit;
  const perFrame = header.samplesPerFrame;
  const lengthSamples = lengthFrames * perFrame;
  const skewSamples = header.skewFrames * perFrame;
  const millivolts = new Float32Array(lengthSamples).fill(Number.NaN);

  let checksum = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let before = header.initialValue;
  for (let i = 0; i < lengthSamples; i++) {
    const inFrame = i % perFrame;
    const place = ((i - inFrame) / perFrame) * frameSamples + placeInFrame + inFrame;
    let value = format.sampleAt(bytes, header.byteOffset, place);
    if (format.differences) {
      value = (before + value) | 0;
      before = value;
    }
    checksum = (checksum + value) & 0xffff;
    if (value === format.invalidValue) continue;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    if (i >= skewSamples) millivolts[i - skewSamples] = (value - header.baseline) * millivoltsPerStep;
  }

  let rangeMillivolts: EcgLead['rangeMillivolts'] = null;
  if (header.adcResolutionBits !== null) {
    const half = 2 ** (header.adcResolutionBits - 1);
    const [low, high] = [header.adcZero - half, header.adcZero + half - 1];
    // Samples outside show that the header's resolution is not the converter's.
    if (lowest >= low && highest <= high) {
      rangeMillivolts = {
        low: (low - header.baseline) * millivoltsPerStep,
        high: (high - header.baseline) * millivoltsPerStep,
      };
    }
  }
  return { lead: { name, millivolts, resolutionMillivolts: millivoltsPerStep, rangeMillivolts }, checksum };
}

/** Age and sex where the comments have them: `69 M 1085 ...` (MIT-BIH) or `Age: 69 Sex: Male` (with or without <>). */
function ageAndSex(comments: readonly string[]): Pick<EcgRecording['patient'], 'ageYears' | 'sex'> {
  const sexes = { m: 'male', f: 'female' } as const;
  let ageYears: number | null = null;
  let sex: EcgRecording['patient']['sex'] = 'unknown';
  const mitBih = /^(-?\d{1,3}) ([MF?])(?: |$)/.exec(comments[0] ?? '');
  if (mitBih !== null) {
    const age = Number(mitBih[1]);
    if (age > 0 && age <= 130) ageYears = age;
    if (mitBih[2] !== '?') sex = mitBih[2] === 'M' ? 'male' : 'female';
  }
  for (const comment of comments) {
    const age = /\bage>?\s*[:=]\s*(\d{1,3})(?:\D|$)/i.exec(comment);
    if (age !== null && Number(age[1]) <= 130) ageYears = Number(age[1]);
    const sexWord = /\b(?:sex|gender)>?\s*[:=]\s*([mf])(?:ale|emale)?\b/i.exec(comment);
    if (sexWord !== null) sex = sexes[sexWord[1]!.toLowerCase() as 'm' | 'f'];
  }
  return { ageYears, sex };
}

/**
 * Reads a WFDB record. Nothing but the files that the header names beside itself is asked for; annotation files
 * never are. Signals that are not in volts (respiration, pressure) are left out with a warning.
 * @param headerName file name of the header, for instance `100.hea`
 * @param readFile contents of a file in the header's folder, null where there is none
 * @throws KirchhoffError naming the file and the line or byte: `file-missing`, `file-truncated`,
 * `file-too-large`, `file-outside-folder`, `header-invalid`, `format-unknown`, `format-unsupported`,
 * `value-out-of-range`, `no-signal`
 */
export function readWfdb(headerName: string, readFile: (name: string) => Uint8Array | null): EcgRecording {
  const headerBytes = readFile(headerName);
  if (headerBytes === null)
    throw new KirchhoffError('file-missing', 'The header file is missing.', headerName);
  const header = parseWfdbHeader(headerBytes, headerName);
  const samplesPerFrame = ecgSamplesPerFrame(header, headerName);
  const samplingRateHz = header.frameRateHz * samplesPerFrame;
  if (samplingRateHz < MINIMUM_SAMPLING_RATE_HZ || samplingRateHz > MAXIMUM_SAMPLING_RATE_HZ) {
    throw new KirchhoffError(
      'value-out-of-range',
      `The sampling rate is ${samplingRateHz} Hz; ${MINIMUM_SAMPLING_RATE_HZ} to ${MAXIMUM_SAMPLING_RATE_HZ} Hz can be analysed.`,
      `${headerName} line ${header.recordLine}`,
    );
  }
  const { located, lengthFrames, surplus } = locateSignals(header, headerName, readFile);
  const warnings: string[] = [];
  const ecgSignals = located.filter(({ header: { units, description, line } }) => {
    if (isInVolts(units)) return true;
    warnings.push(`Line ${line}, ${description || 'no description'}: in ${units}, not volts; left out.`);
    return false;
  });
  const lengthSamples = lengthFrames * samplesPerFrame;
  if (lengthSamples * ecgSignals.length > MAXIMUM_VALUES || lengthSamples >= 2 ** 31) {
    throw new KirchhoffError(
      'file-too-large',
      `The record has ${lengthSamples} samples of ${ecgSignals.length} leads, more than can be kept in memory.`,
      headerName,
    );
  }

  const names = uniqueLeadNames(ecgSignals.map((signal) => signal.header.description));
  const leads = ecgSignals.map((signal, index) => {
    const { lead, checksum } = decodeLead(signal, names[index]!, lengthFrames);
    if (signal.header.gainAssumed) {
      warnings.push(`Lead ${lead.name}: the header gives no gain; 200 units per millivolt are assumed.`);
    }
    // 0 is what writers put that do not compute a checksum.
    const expected = signal.header.checksum;
    if (expected !== null && expected !== 0 && ((expected - checksum) & 0xffff) !== 0) {
      if (surplus.has(signal.header.fileName)) {
        throw new KirchhoffError(
          'header-invalid',
          `${signal.header.fileName} is longer than the header says and its checksum differs: format or length is wrong.`,
          `${headerName} line ${signal.header.line}`,
        );
      }
      warnings.push(`Lead ${lead.name}: the checksum of the samples differs from the header's.`);
    }
    return lead;
  });
  for (const [fileName, bytes] of surplus) {
    warnings.push(`${fileName}: ${bytes} bytes after the length that the header announces were not read.`);
  }

  return {
    recordName: headerName.replace(/^.*[\\/]/, '').replace(/\.hea$/i, ''),
    samplingRateHz,
    lengthSamples,
    leads,
    recordedAt: header.startsAt,
    patient: { name: '', id: header.recordName, birthDate: null, ...ageAndSex(header.comments) },
    comments: header.comments,
    warnings,
  };
}

/**
 * Writes a recording as a WFDB record in one signal file. Samples are rounded to the lead's resolution; what
 * the format cannot hold is clipped, NaN is written as the format's invalid value.
 * @param recordName letters, digits, `_` and `-`
 * @returns the contents of `<recordName>.hea` and `<recordName>.dat`
 */
export function writeWfdbRecord(
  recording: EcgRecording,
  recordName: string,
  format: WritableWfdbFormat,
): { header: Uint8Array; signals: Uint8Array } {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(recordName)) {
    throw new KirchhoffError('value-out-of-range', `"${recordName}" cannot be the name of a WFDB record.`);
  }
  const bits = format === 16 ? 16 : 12;
  const invalidValue = -(2 ** (bits - 1));
  const { leads, lengthSamples } = recording;
  const frames = new Int32Array(lengthSamples * leads.length);
  const signalLines = leads.map((lead, index) => {
    const gain = 1 / lead.resolutionMillivolts;
    // The converter's own zero, so that a copy's values are the original's.
    const range = lead.rangeMillivolts;
    const steps = range === null ? null : Math.round((range.high - range.low) * gain) + 1;
    const resolutionBits = steps === null ? 0 : Math.round(Math.log2(steps));
    const lowest = range === null ? 0 : Math.round(range.low * gain);
    const adcZero = resolutionBits === 0 ? 0 : lowest + 2 ** (resolutionBits - 1);
    let checksum = 0;
    for (let i = 0; i < lengthSamples; i++) {
      const millivolts = lead.millivolts[i]!;
      const value = Number.isNaN(millivolts)
        ? invalidValue
        : Math.min(-invalidValue - 1, Math.max(invalidValue + 1, Math.round(millivolts * gain)));
      frames[i * leads.length + index] = value;
      checksum = (checksum + value) & 0xffff;
    }
    const signedChecksum = (checksum << 16) >> 16;
    const gainText = Number(gain.toPrecision(9));
    return `${recordName}.dat ${format} ${gainText}(0)/mV ${resolutionBits} ${adcZero} ${frames[index] ?? 0} ${signedChecksum} 0 ${lead.name}`;
  });
  const start = recording.recordedAt === null ? '' : ` ${wfdbTime(recording.recordedAt)}`;
  const lines = [
    `${recordName} ${leads.length} ${recording.samplingRateHz} ${lengthSamples}${start}`,
    ...signalLines,
    ...recording.comments.map((comment) => `# ${comment.replace(/[\r\n\0]+/g, ' ')}`),
  ];
  return {
    header: new TextEncoder().encode(`${lines.join('\n')}\n`),
    signals: packWfdbSamples(frames, format),
  };
}

/** ISO 8601 local time as `HH:MM:SS DD/MM/YYYY`. */
function wfdbTime(iso: string): string {
  const [date, time] = iso.split('T');
  const [year, month, day] = date!.split('-');
  return `${time} ${day}/${month}/${year}`;
}
