/**
 * Headers of the European Data Format (Kemp et al. 1992), of EDF+ (Kemp and Olivan 2003) and of BioSemi's
 * 24-bit BDF: 256 bytes about the recording, then 256 a signal, all in ASCII.
 */
import { KirchhoffError } from '../../../contract/errors.ts';
import type { EcgRecording } from '../../recording.ts';
import type { ByteSource } from '../byte-source.ts';
import { ageAt, dateAndTime, isoDate, isoTimeOfDay } from '../dates.ts';
import { MAXIMUM_LENGTH_SAMPLES } from '../limits.ts';

const HEADER_BYTES = 256;
const MAXIMUM_SIGNALS = 512;

export interface EdfSignal {
  label: string;
  dimension: string;
  physicalMinimum: number;
  physicalMaximum: number;
  digitalMinimum: number;
  digitalMaximum: number;
  samplesPerRecord: number;
  /** Bytes before the signal in a data record. */
  byteInRecord: number;
  annotations: boolean;
  /** Where its label stands. */
  at: string;
}

export interface EdfHeader {
  bytesPerSample: 2 | 3;
  /** `discontinuous`: EDF+D or BDF+D, every data record says when it began. */
  kind: 'plain' | 'continuous' | 'discontinuous';
  headerBytes: number;
  recordBytes: number;
  /** Data records that are in the file. */
  records: number;
  recordSeconds: number;
  /** Local time, whole seconds; null where there is none. */
  startsAt: string | null;
  patient: EcgRecording['patient'];
  /** The field about the recording, empty where there is nothing in it. */
  recording: string;
  signals: EdfSignal[];
}

/** Whether the first bytes are those of an EDF or BDF header. */
export function isEdf(bytes: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 8));
  return text === '0       ' || text === '\xffBIOSEMI';
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** `02-MAY-1951` */
function edfPlusDate(text: string): string | null {
  const parts = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text);
  if (parts === null) return null;
  return isoDate(Number(parts[3]), MONTHS.indexOf(parts[2]!.toUpperCase()) + 1, Number(parts[1]));
}

function patientOf(field: string, plus: boolean, startsAt: string | null): EcgRecording['patient'] {
  if (!plus) return { name: '', id: field, birthDate: null, ageYears: null, sex: 'unknown' };
  const [code, sex, birth, name] = field
    .split(' ')
    .map((part) => (part === 'X' ? '' : part.replaceAll('_', ' ')));
  const birthDate = edfPlusDate(birth ?? '');
  return {
    name: name ?? '',
    id: code ?? '',
    birthDate,
    ageYears: ageAt(birthDate, startsAt),
    sex: sex === 'F' ? 'female' : sex === 'M' ? 'male' : 'unknown',
  };
}

/** @throws KirchhoffError `header-invalid`, `file-truncated`, `value-out-of-range` naming the byte */
export function parseEdfHeader(source: ByteSource): EdfHeader {
  const at = (byte: number) => `${source.name} byte ${byte}`;
  if (source.length < HEADER_BYTES) {
    throw new KirchhoffError('file-truncated', 'The header is cut off.', at(source.length));
  }
  let text = new TextDecoder('latin1').decode(source.read(0, HEADER_BYTES));
  const field = (start: number, length: number) => text.slice(start, start + length).trim();
  const number = (start: number, length: number, what: string): number => {
    const written = field(start, length);
    const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(written) ? Number(written) : Number.NaN;
    if (!Number.isFinite(value)) {
      throw new KirchhoffError('header-invalid', `The ${what} is not a number.`, at(start));
    }
    return value;
  };
  const integer = (start: number, length: number, what: string, low: number, high: number): number => {
    const value = number(start, length, what);
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new KirchhoffError(
        'value-out-of-range',
        `The ${what} is ${value}; ${low} to ${high} is possible.`,
        at(start),
      );
    }
    return value;
  };

  const bytesPerSample = text.charCodeAt(0) === 0xff ? 3 : 2;
  const reserved = field(192, 44);
  const plus = /^[EB]DF\+[CD]/.exec(reserved)?.[0];
  const kind = plus === undefined ? 'plain' : plus.endsWith('D') ? 'discontinuous' : 'continuous';
  const startsAt = startOf(field(168, 8), field(176, 8), plus === undefined ? '' : field(88, 80));
  const recordsWritten = integer(236, 8, 'number of data records', -1, MAXIMUM_LENGTH_SAMPLES);
  const recordSeconds = number(244, 8, 'duration of a data record');
  const signalCount = integer(252, 4, 'number of signals', 0, MAXIMUM_SIGNALS);
  if (signalCount === 0) throw new KirchhoffError('no-signal', 'The file has no signals.', at(252));
  const headerBytes = integer(184, 8, 'length of the header', 0, MAXIMUM_LENGTH_SAMPLES);
  if (headerBytes !== HEADER_BYTES * (signalCount + 1)) {
    throw new KirchhoffError(
      'header-invalid',
      `The header is said to have ${headerBytes} bytes; ${signalCount} signals take ${HEADER_BYTES * (signalCount + 1)}.`,
      at(184),
    );
  }
  if (source.length < headerBytes) {
    throw new KirchhoffError('file-truncated', 'The header is cut off.', at(source.length));
  }
  const patientField = field(8, 80);
  const recordingField = field(88, 80);

  text = new TextDecoder('latin1').decode(source.read(0, headerBytes));
  let byteInRecord = 0;
  const signals = Array.from({ length: signalCount }, (_, i): EdfSignal => {
    // The header has each field of all signals together.
    const place = (before: number, width: number) => HEADER_BYTES + before * signalCount + i * width;
    const label = field(place(0, 16), 16);
    const samplesPerRecord = integer(place(216, 8), 8, 'number of samples', 0, MAXIMUM_LENGTH_SAMPLES);
    const signal = {
      label,
      dimension: field(place(96, 8), 8),
      physicalMinimum: number(place(104, 8), 8, 'physical minimum'),
      physicalMaximum: number(place(112, 8), 8, 'physical maximum'),
      digitalMinimum: number(place(120, 8), 8, 'digital minimum'),
      digitalMaximum: number(place(128, 8), 8, 'digital maximum'),
      samplesPerRecord,
      byteInRecord,
      annotations: plus !== undefined && /^[EB]DF Annotations$/.test(label),
      at: at(place(0, 16)),
    };
    byteInRecord += samplesPerRecord * bytesPerSample;
    return signal;
  });
  const recordBytes = byteInRecord;
  if (recordBytes === 0)
    throw new KirchhoffError('no-signal', 'The signals have no samples.', at(headerBytes));
  const whole = Math.floor((source.length - headerBytes) / recordBytes);
  const records = recordsWritten === -1 ? whole : recordsWritten;
  if (records > whole) {
    throw new KirchhoffError(
      'file-truncated',
      `The file ends here; the header announces ${headerBytes + records * recordBytes} bytes.`,
      at(source.length),
    );
  }
  return {
    bytesPerSample,
    kind,
    headerBytes,
    recordBytes,
    records,
    recordSeconds,
    startsAt,
    patient: patientOf(patientField, plus !== undefined, startsAt),
    recording: recordingField,
    signals,
  };
}

/** `dd.mm.yy` and `hh.mm.ss`; years from 1985 on, or as EDF+ writes them out in its field about the recording. */
function startOf(date: string, time: string, edfPlusRecording: string): string | null {
  const [day, month, year] = (/^(\d\d)[.:/-](\d\d)[.:/-](\d\d)$/.exec(date) ?? []).slice(1).map(Number);
  const [hours, minutes, seconds] = (/^(\d\d)[.:](\d\d)[.:](\d\d)$/.exec(time) ?? []).slice(1).map(Number);
  if (day === undefined || hours === undefined) return null;
  const startDate = edfPlusDate(/^Startdate (\S+)/.exec(edfPlusRecording)?.[1] ?? '');
  // A date that is not to be known is X in the written one and 01.01.85 (EDF+, section 2.1.3.3).
  if (startDate === null && /^Startdate X( |$)/.test(edfPlusRecording)) return null;
  const clipped = isoDate(year! + (year! >= 85 ? 1900 : 2000), month!, day);
  if (startDate === null && clipped === '1985-01-01') return null;
  return dateAndTime(startDate ?? clipped, isoTimeOfDay(hours, minutes!, seconds!));
}
