/** EDF, EDF+ (continuous and interrupted) and BDF files, read as `EcgRecording`. */
import { KirchhoffError } from '../../../contract/errors.ts';
import { isEcgName, isOtherSignal, uniqueLeadNames } from '../../lead-names.ts';
import type { EcgRecording, RecordedEvent } from '../../recording.ts';
import { type ByteSource, byteSourceOf } from '../byte-source.ts';
import { checkSamplingRate, checkSize, MAXIMUM_LENGTH_SAMPLES } from '../limits.ts';
import {
  interpolatedWindow,
  chosen as leadsAt,
  type OpenedRecording,
  wholeRecording,
} from '../opened-recording.ts';
import { millivoltsPerUnit } from '../units.ts';
import { parseAnnotationLists } from './annotation-lists.ts';
import { type EdfHeader, type EdfSignal, parseEdfHeader } from './header.ts';

/** As many annotations as a file may have; what is more is left out with a warning. */
const MAXIMUM_EVENTS = 100_000;

/** ECG signals, and a warning for each that is none. */
function ecgSignals(header: EdfHeader, fileName: string): { chosen: EdfSignal[]; left: string[] } {
  const left: string[] = [];
  const inVolts = header.signals.filter((signal) => {
    if (signal.annotations || signal.samplesPerRecord === 0) return false;
    // BioSemi's trigger inputs.
    if (header.bytesPerSample === 3 && signal.label === 'Status') return false;
    if (millivoltsPerUnit(signal.dimension) !== null) return true;
    left.push(`Signal ${signal.label}: in ${signal.dimension || 'no unit'}, not volts; left out.`);
    return false;
  });
  // A polysomnogram names its ECG among other signals in volts; a Holter recorder may name nothing.
  const named = inVolts.some(({ label }) => isEcgName(label));
  const chosen = inVolts.filter(({ label }) => {
    if (named ? isEcgName(label) : !isOtherSignal(label)) return true;
    left.push(`Signal ${label}: not an ECG; left out.`);
    return false;
  });
  if (chosen.length === 0) {
    throw new KirchhoffError('no-signal', 'None of the signals is in volts; there is no ECG.', fileName);
  }
  for (const signal of chosen) {
    const { digitalMinimum, digitalMaximum, physicalMinimum, physicalMaximum } = signal;
    if (digitalMaximum <= digitalMinimum || physicalMaximum === physicalMinimum) {
      throw new KirchhoffError(
        'value-out-of-range',
        `Signal ${signal.label} has no valid range (${physicalMinimum} to ${physicalMaximum} for ${digitalMinimum} to ${digitalMaximum}).`,
        signal.at,
      );
    }
  }
  return { chosen, left };
}

interface Timeline {
  /** Seconds after the first at which each data record began; null where they follow each other without gap. */
  onsets: Float64Array | null;
  /** Fraction of a second by which the first sample is later than the header's start. */
  firstOnsetSeconds: number;
  events: RecordedEvent[];
  warnings: string[];
}

function timelineOf(header: EdfHeader, source: ByteSource): Timeline {
  const lists = header.signals.filter((signal) => signal.annotations);
  const discontinuous = header.kind === 'discontinuous';
  if (lists.length === 0) {
    if (discontinuous) {
      throw new KirchhoffError(
        'header-invalid',
        'An interrupted file needs annotations that keep time.',
        source.name,
      );
    }
    return { onsets: null, firstOnsetSeconds: 0, events: [], warnings: [] };
  }
  const onsets = new Float64Array(discontinuous ? header.records : 0);
  const events: RecordedEvent[] = [];
  let firstOnsetSeconds = 0;
  let dropped = 0;
  for (let record = 0; record < header.records; record++) {
    for (const [place, signal] of lists.entries()) {
      const byte = header.headerBytes + record * header.recordBytes + signal.byteInRecord;
      const bytes = source.read(byte, signal.samplesPerRecord * header.bytesPerSample);
      const found = parseAnnotationLists(bytes, source.name, byte);
      for (const event of found.events) {
        if (events.length < MAXIMUM_EVENTS) events.push(event);
        else dropped++;
      }
      if (place > 0) continue;
      const onset = found.recordOnsetSeconds;
      if (record === 0) firstOnsetSeconds = onset ?? 0;
      if (!discontinuous) continue;
      const sinceStart = (onset ?? Number.NaN) - firstOnsetSeconds;
      const before = record === 0 ? 0 : onsets[record - 1]! + header.recordSeconds;
      // Recorders round their onsets; half a millisecond is less than a sample of any rate that is read.
      if (!(sinceStart >= before - 5e-4)) {
        throw new KirchhoffError(
          'header-invalid',
          `Data record ${record + 1} does not say that it begins after the one before.`,
          `${source.name} byte ${byte}`,
        );
      }
      onsets[record] = sinceStart;
    }
  }
  events.sort((a, b) => a.atSeconds - b.atSeconds);
  return {
    onsets: discontinuous ? onsets : null,
    firstOnsetSeconds,
    events: events.map((event) => ({ ...event, atSeconds: event.atSeconds - firstOnsetSeconds })),
    warnings:
      dropped === 0 ? [] : [`${dropped} annotations after the first ${MAXIMUM_EVENTS} were left out.`],
  };
}

/** Place of each data record's first sample of a signal, in samples of its rate. */
function recordStarts(signal: EdfSignal, header: EdfHeader, onsets: Float64Array): Float64Array {
  const rate = signal.samplesPerRecord / header.recordSeconds;
  return onsets.map((onset) => Math.round(onset * rate));
}

/** Millivolts of a signal at its own rate; NaN between interrupted records. */
function signalWindow(
  signal: EdfSignal,
  header: EdfHeader,
  starts: Float64Array | null,
  source: ByteSource,
  start: number,
  length: number,
): Float32Array {
  const { samplesPerRecord, digitalMinimum, physicalMinimum } = signal;
  const scale = millivoltsPerUnit(signal.dimension)!;
  const step = (signal.physicalMaximum - physicalMinimum) / (signal.digitalMaximum - digitalMinimum);
  const millivolts = new Float32Array(length).fill(Number.NaN);
  const startOf = (record: number) => starts?.[record] ?? record * samplesPerRecord;
  let record = starts === null ? Math.floor(start / samplesPerRecord) : lastAtOrBefore(starts, start);
  for (; record < header.records && startOf(record) < start + length; record++) {
    const byte = header.headerBytes + record * header.recordBytes + signal.byteInRecord;
    const bytes = source.read(byte, samplesPerRecord * header.bytesPerSample);
    const shift = startOf(record) - start;
    const to = Math.min(samplesPerRecord, length - shift);
    for (let i = Math.max(0, -shift); i < to; i++) {
      const value =
        header.bytesPerSample === 2
          ? ((bytes[i * 2]! | (bytes[i * 2 + 1]! << 8)) << 16) >> 16
          : ((bytes[i * 3]! | (bytes[i * 3 + 1]! << 8) | (bytes[i * 3 + 2]! << 16)) << 8) >> 8;
      millivolts[i + shift] = ((value - digitalMinimum) * step + physicalMinimum) * scale;
    }
  }
  return millivolts;
}

function lastAtOrBefore(starts: Float64Array, sample: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= sample) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Opens an EDF, EDF+ or BDF file for reading windows of it. Signals that are no ECG are left out with a warning.
 * @throws KirchhoffError naming the file and the byte: `file-truncated`, `header-invalid`, `value-out-of-range`,
 * `no-signal`, `file-too-large`
 */
export function openEdf(source: ByteSource): OpenedRecording {
  const header = parseEdfHeader(source);
  const { chosen, left } = ecgSignals(header, source.name);
  if (!(header.recordSeconds > 0)) {
    throw new KirchhoffError(
      'value-out-of-range',
      `A data record of ${header.recordSeconds} s has no sampling rate.`,
      `${source.name} byte 244`,
    );
  }
  const fastest = chosen.reduce((a, b) => (b.samplesPerRecord > a.samplesPerRecord ? b : a));
  const samplingRateHz = fastest.samplesPerRecord / header.recordSeconds;
  checkSamplingRate(samplingRateHz, fastest.at);
  if (header.records === 0) {
    throw new KirchhoffError('no-signal', 'The file holds no data records.', `${source.name} byte 236`);
  }
  const timeline = timelineOf(header, source);
  const starts = timeline.onsets;
  const lengthOf = (signal: EdfSignal) =>
    starts === null
      ? header.records * signal.samplesPerRecord
      : Math.round((starts[header.records - 1]! * signal.samplesPerRecord) / header.recordSeconds) +
        signal.samplesPerRecord;
  const lengthSamples = lengthOf(fastest);
  if (lengthSamples > MAXIMUM_LENGTH_SAMPLES) checkSize(lengthSamples, chosen.length, source.name);

  const names = uniqueLeadNames(chosen.map(({ label }) => label));
  const warnings = [...left, ...timeline.warnings];
  for (const [i, signal] of chosen.entries()) {
    if (signal.samplesPerRecord === fastest.samplesPerRecord) continue;
    const own = signal.samplesPerRecord / header.recordSeconds;
    warnings.push(`Lead ${names[i]}: recorded at ${own} Hz, interpolated to ${samplingRateHz} Hz.`);
  }
  if (starts !== null) {
    const gaps = starts.filter((onset, i) => i > 0 && onset > starts[i - 1]! + header.recordSeconds + 5e-4);
    if (gaps.length > 0) warnings.push(`The recording is interrupted ${gaps.length} times.`);
  }
  const read = chosen.map((signal) => {
    const recordsAt = starts === null ? null : recordStarts(signal, header, starts);
    return (start: number, length: number) =>
      interpolatedWindow(
        (first, count) => signalWindow(signal, header, recordsAt, source, first, count),
        lengthOf(signal),
        fastest.samplesPerRecord / signal.samplesPerRecord,
        start,
        length,
      );
  });
  return {
    recordName: source.name.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, ''),
    samplingRateHz,
    lengthSamples,
    leads: chosen.map((signal, i) => {
      const scale = millivoltsPerUnit(signal.dimension)!;
      const [a, b] = [signal.physicalMinimum * scale, signal.physicalMaximum * scale];
      return {
        name: names[i]!,
        resolutionMillivolts: Math.abs(b - a) / (signal.digitalMaximum - signal.digitalMinimum),
        rangeMillivolts: { low: Math.min(a, b), high: Math.max(a, b) },
      };
    }),
    recordedAt: laterBy(header.startsAt, timeline.firstOnsetSeconds),
    patient: header.patient,
    comments: header.recording === '' ? [] : [header.recording],
    events: timeline.events,
    warnings,
    readWindow: (start, length, places) => leadsAt(read, places).map((lead) => lead(start, length)),
  };
}

/** EDF+ lets the first sample be less than a second after the header's whole second. */
function laterBy(startsAt: string | null, seconds: number): string | null {
  if (startsAt === null || !(seconds >= 0.001 && seconds < 1)) return startsAt;
  return `${startsAt}.${String(Math.floor(seconds * 1000)).padStart(3, '0')}`;
}

/** As `openEdf`, read as a whole. */
export function readEdf(fileName: string, bytes: Uint8Array): EcgRecording {
  return wholeRecording(openEdf(byteSourceOf(fileName, bytes)), fileName);
}
