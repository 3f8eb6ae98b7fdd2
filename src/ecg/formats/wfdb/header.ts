/**
 * WFDB header files, `<record>.hea` (WFDB Applications Guide, "header(5)"). The text is taken as hostile: every
 * number is checked before anything is sized by it.
 */
import { KirchhoffError } from '../../../contract/errors.ts';
import { MAXIMUM_LEADS, MAXIMUM_LENGTH_SAMPLES } from '../limits.ts';

const MAXIMUM_HEADER_BYTES = 1 << 20;
/** A day of segments of five seconds. */
const MAXIMUM_SEGMENTS = 20_000;
const MAXIMUM_SAMPLES_PER_FRAME = 1024;
const DEFAULT_SAMPLING_RATE_HZ = 250;
/** header(5): the gain to assume where none is given. */
const DEFAULT_GAIN_PER_UNIT = 200;

/** Part of a record that lies in a record of its own. */
export interface WfdbSegment {
  /** Record name of the segment; `~` where there are no samples. */
  name: string;
  lengthFrames: number;
  /** Line of the header file, from 1. */
  line: number;
}

export interface WfdbSignalHeader {
  /** `~` where the signal has no file: a layout, or format 0. */
  fileName: string;
  /** Storage format number, for instance 212; not yet known to be one that can be read. */
  format: number;
  samplesPerFrame: number;
  /** Frames by which this signal's samples are stored late. */
  skewFrames: number;
  /** Bytes before the first sample. */
  byteOffset: number;
  /** Converter units per physical unit, finite and not 0; negative where the converter inverts. */
  gainPerUnit: number;
  /** The header gives no gain: amplitudes are assumed, not measured. */
  gainAssumed: boolean;
  /** Converter value that corresponds to 0 physical units. */
  baseline: number;
  units: string;
  /** Bits; null where the header does not tell. */
  adcResolutionBits: number | null;
  adcZero: number;
  initialValue: number;
  /** Sum of all samples modulo 2^16, signed or unsigned as written; null where the header does not tell. */
  checksum: number | null;
  description: string;
  /** Line of the header file, from 1. */
  line: number;
}

export interface WfdbHeader {
  recordName: string;
  /** Frames per second. */
  frameRateHz: number;
  /** Frames; null where the header does not tell. */
  lengthFrames: number | null;
  /** Line of the header file that gives rate and length, from 1. */
  recordLine: number;
  /** ISO 8601 local time; null unless both date and time are given. */
  startsAt: string | null;
  signals: WfdbSignalHeader[];
  /** Of a multi-segment record, in order; it describes no signals of its own. */
  segments: WfdbSegment[] | null;
  /** Comment lines without the leading `#`, trimmed. */
  comments: string[];
}

function invalid(message: string, at: string): KirchhoffError {
  return new KirchhoffError('header-invalid', message, at);
}

const INTEGER = /^[+-]?\d{1,15}$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

function integerField(text: string, what: string, low: number, high: number, at: string): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw invalid(`The ${what} is not a whole number.`, at);
  if (value < low || value > high) {
    throw new KirchhoffError(
      'value-out-of-range',
      `The ${what} is ${value}; ${low} to ${high} is possible.`,
      at,
    );
  }
  return value;
}

function decimalField(text: string, what: string, at: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw invalid(`The ${what} is not a number.`, at);
  return value;
}

function frameRateField(text: string, at: string): number {
  // Counter frequency and base counter value after the slash only serve to print times.
  const value = decimalField(text.split('/')[0]!, 'sampling rate', at);
  if (!(value > 0)) {
    throw new KirchhoffError('value-out-of-range', `The sampling rate is ${value} Hz.`, at);
  }
  return value;
}

/** `[[HH:]MM:]SS[.sss]` and `DD/MM/YYYY` as ISO 8601; null where they are no time and date. */
function isoTime(time: string, date: string): string | null {
  const dateParts = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(date);
  const timeParts = /^(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,2})(\.\d{1,9})?$/.exec(time);
  if (dateParts === null || timeParts === null) return null;
  const [day, month, year] = [Number(dateParts[1]), Number(dateParts[2]), dateParts[3]!];
  const [hours, minutes, seconds] = [timeParts[1], timeParts[2], timeParts[3]].map((part) =>
    Number(part ?? 0),
  );
  const daysInMonth = [31, Number(year) % 4 === 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][
    month - 1
  ];
  if (daysInMonth === undefined || day < 1 || day > daysInMonth) return null;
  if (hours! > 23 || minutes! > 59 || seconds! > 59) return null;
  const two = (value: number | undefined) => String(value).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hours)}:${two(minutes)}:${two(seconds)}${timeParts[4] ?? ''}`;
}

/** A header may only name files that lie beside it. */
function checkSignalFileName(fileName: string, at: string): void {
  if (fileName === '~') return;
  if (fileName === '-') {
    throw new KirchhoffError('format-unsupported', 'The signal is read from standard input.', at);
  }
  if (/[\\/:]/.test(fileName) || fileName === '.' || fileName === '..' || fileName.includes('..')) {
    throw new KirchhoffError(
      'file-outside-folder',
      `The header names "${fileName}", which is not a file beside it. Nothing was read.`,
      at,
    );
  }
  if (!/^[A-Za-z0-9_.~+() -]{1,255}$/.test(fileName)) throw invalid('The signal file has no valid name.', at);
}

function parseSignalLine(text: string, line: number, at: string): WfdbSignalHeader {
  const fields = text.trim().split(/[ \t]+/);
  const [fileName, formatField, gainField, resolutionField, zeroField, initialField, checksumField] = fields;
  if (fileName === undefined || formatField === undefined) {
    throw invalid('A signal line needs a file name and a format.', at);
  }
  checkSignalFileName(fileName, at);

  const format = /^(\d{1,6})(?:x(\d{1,9}))?(?::(\d{1,9}))?(?:\+(\d{1,15}))?$/.exec(formatField);
  if (format === null) throw invalid(`"${formatField}" is not a signal format.`, at);
  const samplesPerFrame = integerField(
    format[2] ?? '1',
    'number of samples per frame',
    1,
    MAXIMUM_SAMPLES_PER_FRAME,
    at,
  );

  const gain = /^([^(/]+)(?:\(([^)]*)\))?(?:\/(\S+))?$/.exec(gainField ?? String(DEFAULT_GAIN_PER_UNIT));
  if (gain === null) throw invalid(`"${gainField}" is not a gain.`, at);
  const gainPerUnit = decimalField(gain[1]!, 'gain', at);
  if (Math.abs(gainPerUnit) > 1e12 || Math.abs(gainPerUnit) < 1e-12) {
    throw new KirchhoffError('value-out-of-range', `The gain is ${gainPerUnit}.`, at);
  }
  const converterLimit = 2 ** 31;
  const integerOr = (field: string | undefined, what: string, otherwise: number) =>
    field === undefined ? otherwise : integerField(field, what, -converterLimit, converterLimit - 1, at);
  const adcZero = integerOr(zeroField, 'ADC zero', 0);

  return {
    fileName: format[1] === '0' ? '~' : fileName,
    format: Number(format[1]),
    samplesPerFrame,
    skewFrames: integerField(format[3] ?? '0', 'skew', 0, 1_000_000, at),
    byteOffset: integerField(format[4] ?? '0', 'byte offset', 0, Number.MAX_SAFE_INTEGER, at),
    gainPerUnit,
    gainAssumed: gainField === undefined,
    baseline: integerOr(gain[2], 'baseline', adcZero),
    units: gain[3] ?? 'mV',
    adcResolutionBits:
      resolutionField === undefined || resolutionField === '0'
        ? null
        : integerField(resolutionField, 'ADC resolution', 1, 32, at),
    adcZero,
    initialValue: integerOr(initialField, 'initial value', adcZero),
    checksum:
      checksumField === undefined
        ? null
        : integerField(checksumField, 'checksum', -(2 ** 31), 2 ** 32 - 1, at),
    description: fields.slice(8).join(' '),
    line,
  };
}

const RECORD_NAME = /^[A-Za-z0-9_.-]{1,64}$/;

function parseSegmentLine(text: string, line: number, at: string): WfdbSegment {
  const [name, length] = text.trim().split(/[ \t]+/);
  if (name !== '~') {
    if (/[\\/:]/.test(name!) || name!.includes('..')) {
      throw new KirchhoffError(
        'file-outside-folder',
        `The header names "${name}", which is not a record beside it. Nothing was read.`,
        at,
      );
    }
    if (!RECORD_NAME.test(name!)) throw invalid('The segment has no valid name.', at);
  }
  if (length === undefined) throw invalid('The length of the segment is missing.', at);
  return {
    name: name!,
    lengthFrames: integerField(length, 'number of samples', 0, MAXIMUM_LENGTH_SAMPLES, at),
    line,
  };
}

/**
 * @param bytes contents of the header file
 * @param fileName its name, for messages
 * @throws KirchhoffError naming the file and line: `header-invalid`, `value-out-of-range`, `file-outside-folder`,
 * `no-signal`, `format-unsupported`, `file-too-large`
 */
export function parseWfdbHeader(bytes: Uint8Array, fileName: string): WfdbHeader {
  if (bytes.length === 0) throw new KirchhoffError('file-truncated', 'The header is empty.', fileName);
  if (bytes.length > MAXIMUM_HEADER_BYTES) {
    throw new KirchhoffError('file-too-large', 'A header of more than 1 MB is not read.', fileName);
  }
  const zeroByte = bytes.indexOf(0);
  if (zeroByte >= 0)
    throw invalid('The header holds a zero byte; it is not text.', `${fileName} byte ${zeroByte}`);

  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/);
  const comments: string[] = [];
  const signals: WfdbSignalHeader[] = [];
  const segments: WfdbSegment[] = [];
  let record: {
    name: string;
    /** Null where the record is not cut into segments. */
    segmentCount: number | null;
    signalCount: number;
    frameRateHz: number;
    lengthFrames: number | null;
    startsAt: string | null;
    line: number;
  } | null = null;

  for (const [index, text] of lines.entries()) {
    const at = `${fileName} line ${index + 1}`;
    if (text.trim() === '') continue;
    if (text.startsWith('#')) {
      comments.push(text.slice(1).trim());
    } else if (record === null) {
      const [name, count, rate, length, time, date] = text.trim().split(/[ \t]+/);
      const [recordName, segmentCount, ...more] = name!.split('/');
      if (!RECORD_NAME.test(recordName!) || more.length > 0)
        throw invalid('The record has no valid name.', at);
      if (count === undefined) throw invalid('The number of signals is missing.', at);
      const signalCount = integerField(count, 'number of signals', 0, MAXIMUM_LEADS, at);
      if (signalCount === 0) throw new KirchhoffError('no-signal', 'The record has no leads.', at);
      const lengthFrames =
        length === undefined ? 0 : integerField(length, 'number of samples', 0, MAXIMUM_LENGTH_SAMPLES, at);
      record = {
        name: recordName!,
        segmentCount:
          segmentCount === undefined
            ? null
            : integerField(segmentCount, 'number of segments', 1, MAXIMUM_SEGMENTS, at),
        signalCount,
        frameRateHz: rate === undefined ? DEFAULT_SAMPLING_RATE_HZ : frameRateField(rate, at),
        lengthFrames: lengthFrames === 0 ? null : lengthFrames,
        startsAt: time === undefined || date === undefined ? null : isoTime(time, date),
        line: index + 1,
      };
    } else if (record.segmentCount !== null) {
      if (segments.length === record.segmentCount) {
        throw invalid(`More segments than the ${record.segmentCount} that line 1 announces.`, at);
      }
      segments.push(parseSegmentLine(text, index + 1, at));
    } else if (signals.length < record.signalCount) {
      signals.push(parseSignalLine(text, index + 1, at));
    } else {
      throw invalid(`More signal lines than the ${record.signalCount} that line 1 announces.`, at);
    }
  }

  if (record === null) throw invalid('The header has no record line.', fileName);
  if (record.segmentCount !== null && segments.length < record.segmentCount) {
    throw invalid(
      `The header announces ${record.segmentCount} segments but names ${segments.length}.`,
      `${fileName} line ${lines.length}`,
    );
  }
  if (record.segmentCount === null && signals.length < record.signalCount) {
    throw invalid(
      `The header announces ${record.signalCount} signals but describes ${signals.length}.`,
      `${fileName} line ${lines.length}`,
    );
  }
  return {
    recordName: record.name,
    frameRateHz: record.frameRateHz,
    lengthFrames: record.lengthFrames,
    recordLine: record.line,
    startsAt: record.startsAt,
    signals,
    segments: record.segmentCount === null ? null : segments,
    comments,
  };
}

/**
 * Whether a file begins like a WFDB header: its first line that is no comment has a record name, the number of
 * signals and then numbers.
 */
export function looksLikeWfdbHeader(head: Uint8Array): boolean {
  if (head.includes(0)) return false;
  const text = new TextDecoder('latin1').decode(head);
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [record, next] = lines;
  if (
    record === undefined ||
    !/^[\w.-]+(\/\d+)?[ \t]+\d+([ \t]+[\d.]+(\/[\d.]+(\([-\d.]+\))?)?([ \t]+\d+)?)?/.test(record)
  ) {
    return false;
  }
  // Columns of numbers are no header: what follows names a file or a segment.
  return next === undefined || /^(~|\S*[A-Za-z_]\S*)[ \t]+\d/.test(next);
}

/** Names of the records that the segments of a multi-segment header lie in; empty where it has none. */
export function segmentNames(bytes: Uint8Array, fileName: string): string[] {
  try {
    return (parseWfdbHeader(bytes, fileName).segments ?? []).map(({ name }) => name);
  } catch {
    return [];
  }
}
