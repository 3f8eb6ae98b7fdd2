/** The samples of one WFDB header's signal files, in converter units as they are stored. */
import { KirchhoffError } from '../../../contract/errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { decodeFlac } from '../flac/decode-flac.ts';
import { checkSize } from '../limits.ts';
import type { WfdbHeader, WfdbSignalHeader } from './header.ts';
import { compressedWfdbBits, type WfdbSignalFormat, wfdbSignalFormat } from './signal-formats.ts';

/** Samples that a compressed file may unfold to where the header does not say how many there are. */
const MAXIMUM_UNFOLDED = 2 ** 27;

/** Opens a file beside the header, null where there is none. */
export type OpenFile = (name: string) => ByteSource | null;

export interface WfdbSegmentSamples {
  lengthFrames: number;
  /** Bytes at the end of a signal file that the header does not account for, by file name. */
  surplus: ReadonlyMap<string, number>;
  /** The value that stands for "no sample here" in a signal; null where its format has none. */
  invalidValue(signal: WfdbSignalHeader): number | null;
  /** Converter units of a signal in frames `firstFrame` to `firstFrame + frames`, or null where it has no file. */
  read(signal: WfdbSignalHeader, firstFrame: number, frames: number): Int32Array | null;
}

/** Signals of one file and how they are read. */
interface SignalFile {
  name: string;
  signals: WfdbSignalHeader[];
  /** Samples of all signals in a frame. */
  frameSamples: number;
  /** Frames in the file. */
  framesIn: number;
  invalidValue: number | null;
  read(signal: WfdbSignalHeader, firstFrame: number, frames: number): Int32Array;
}

function groupsByFile(header: WfdbHeader, headerName: string): Map<string, WfdbSignalHeader[]> {
  const groups = new Map<string, WfdbSignalHeader[]>();
  for (const signal of header.signals) {
    if (signal.fileName === '~') continue;
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

function packedFile(
  source: ByteSource,
  signals: WfdbSignalHeader[],
  format: WfdbSignalFormat,
  frameSamples: number,
): SignalFile {
  const start = signals[0]!.byteOffset;
  const payload = source.length - start;
  const places = new Map<WfdbSignalHeader, number>();
  let place = 0;
  for (const signal of signals) {
    places.set(signal, place);
    place += signal.samplesPerFrame;
  }
  const perGroup = format.bytesOf(format.samplesPerGroup) / format.samplesPerGroup;
  let framesIn = Math.max(0, Math.floor(payload / perGroup / frameSamples));
  while (framesIn > 0 && format.bytesOf(framesIn * frameSamples) > payload) framesIn--;

  const samples = (signal: WfdbSignalHeader, firstFrame: number, frames: number): Int32Array => {
    const perFrame = signal.samplesPerFrame;
    const first = firstFrame * frameSamples;
    const aligned = first - (first % format.samplesPerGroup);
    const from = format.bytesOf(aligned);
    const bytes = source.read(start + from, format.bytesOf((firstFrame + frames) * frameSamples) - from);
    const values = new Int32Array(frames * perFrame);
    let at = 0;
    for (let frame = 0; frame < frames; frame++) {
      const inFile = first - aligned + frame * frameSamples + places.get(signal)!;
      for (let i = 0; i < perFrame; i++) values[at++] = format.sampleAt(bytes, 0, inFile + i);
    }
    return values;
  };

  // Differences add up from the first sample on; reading on continues where the last window ended.
  const reached = new Map<WfdbSignalHeader, { frame: number; value: number }>();
  const summed = (signal: WfdbSignalHeader, firstFrame: number, frames: number): Int32Array => {
    let { frame, value } = reached.get(signal) ?? { frame: 0, value: signal.initialValue };
    if (frame > firstFrame) {
      frame = 0;
      value = signal.initialValue;
    }
    const differences = samples(signal, frame, firstFrame + frames - frame);
    for (let i = 0; i < differences.length; i++) {
      value = (value + differences[i]!) | 0;
      differences[i] = value;
    }
    reached.set(signal, { frame: firstFrame + frames, value });
    return differences.subarray((firstFrame - frame) * signal.samplesPerFrame);
  };
  return {
    name: source.name,
    signals,
    frameSamples,
    framesIn,
    invalidValue: format.invalidValue,
    read: format.differences ? summed : samples,
  };
}

function compressedFile(
  source: ByteSource,
  signals: WfdbSignalHeader[],
  bits: number,
  lengthFrames: number | null,
  headerName: string,
): SignalFile {
  const { samplesPerFrame, byteOffset, line } = signals[0]!;
  const at = `${headerName} line ${line}`;
  if (signals.some((signal) => signal.samplesPerFrame !== samplesPerFrame)) {
    throw new KirchhoffError('header-invalid', 'Signals of a compressed file must share their rate.', at);
  }
  // Compressed samples are unfolded as a whole.
  if (lengthFrames !== null && lengthFrames > 0)
    checkSize(lengthFrames * samplesPerFrame, signals.length, at);
  let channels: Int32Array[] | null = null;
  const decoded = (): Int32Array[] => {
    if (channels !== null) return channels;
    const most =
      lengthFrames === null ? Math.floor(MAXIMUM_UNFOLDED / signals.length) : lengthFrames * samplesPerFrame;
    const samples = decodeFlac(source.read(0, source.length), byteOffset, most, source.name);
    if (samples.channels.length !== signals.length || samples.bitsPerSample !== bits) {
      throw new KirchhoffError(
        'header-invalid',
        `The stream holds ${samples.channels.length} signals of ${samples.bitsPerSample} bits, not ${signals.length} of ${bits}.`,
        at,
      );
    }
    channels = samples.channels;
    return channels;
  };
  return {
    name: source.name,
    signals,
    frameSamples: signals.length * samplesPerFrame,
    framesIn: Math.floor(decoded()[0]!.length / samplesPerFrame),
    invalidValue: -(2 ** (bits - 1)),
    read: (signal, firstFrame, frames) =>
      decoded()[signals.indexOf(signal)]!.slice(
        firstFrame * samplesPerFrame,
        (firstFrame + frames) * samplesPerFrame,
      ),
  };
}

function signalFile(
  fileName: string,
  signals: WfdbSignalHeader[],
  lengthFrames: number | null,
  headerName: string,
  openFile: OpenFile,
): { file: SignalFile; bytes: number; neededFor: (frames: number) => number; padding: number } {
  const { format: number, line, byteOffset } = signals[0]!;
  const format = wfdbSignalFormat(number);
  const bits = compressedWfdbBits(number);
  if (format === null && bits === null) {
    throw new KirchhoffError(
      'format-unknown',
      `${number} is not a WFDB signal format.`,
      `${headerName} line ${line}`,
    );
  }
  const source = openFile(fileName);
  if (source === null) {
    throw new KirchhoffError(
      'file-missing',
      `The signal file that line ${line} of ${headerName} names is missing.`,
      fileName,
    );
  }
  if (byteOffset > source.length) {
    throw new KirchhoffError(
      'file-truncated',
      `The file ends before the first sample, at byte ${byteOffset}.`,
      `${fileName} byte ${source.length}`,
    );
  }
  const frameSamples = signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
  if (format === null) {
    const file = compressedFile(source, signals, bits!, lengthFrames, headerName);
    return { file, bytes: source.length, neededFor: () => source.length, padding: 0 };
  }
  return {
    file: packedFile(source, signals, format, frameSamples),
    bytes: source.length,
    neededFor: (frames) => byteOffset + format.bytesOf(frames * frameSamples),
    // The last group of a packed format may be padded.
    padding: format.bytesOf(format.samplesPerGroup - 1),
  };
}

/**
 * Finds every signal's samples and checks that all files hold as much as the header says.
 * @param header of a record that is not cut into segments
 */
export function openWfdbSegment(
  header: WfdbHeader,
  headerName: string,
  openFile: OpenFile,
): WfdbSegmentSamples {
  const files = [...groupsByFile(header, headerName)].map(([fileName, signals]) =>
    signalFile(fileName, signals, header.lengthFrames, headerName, openFile),
  );
  if (files.length === 0) {
    throw new KirchhoffError('no-signal', 'No signal has a file; there is nothing to read.', headerName);
  }
  let lengthFrames = header.lengthFrames;
  if (lengthFrames === null) {
    const shortest = files.reduce((a, b) => (b.file.framesIn < a.file.framesIn ? b : a));
    lengthFrames = shortest.file.framesIn;
    if (lengthFrames === 0) {
      throw new KirchhoffError(
        'file-truncated',
        'The signal file holds no samples.',
        `${shortest.file.name} byte ${shortest.bytes}`,
      );
    }
  }
  const surplus = new Map<string, number>();
  const fileOf = new Map<WfdbSignalHeader, SignalFile>();
  for (const { file, bytes, neededFor, padding } of files) {
    if (file.framesIn < lengthFrames) {
      throw new KirchhoffError(
        'file-truncated',
        `The file ends here; ${headerName} announces ${lengthFrames} samples a signal (${neededFor(lengthFrames)} bytes).`,
        `${file.name} byte ${bytes}`,
      );
    }
    if (bytes > neededFor(lengthFrames) + padding) surplus.set(file.name, bytes - neededFor(lengthFrames));
    for (const signal of file.signals) fileOf.set(signal, file);
  }
  return {
    lengthFrames,
    surplus,
    invalidValue: (signal) => fileOf.get(signal)?.invalidValue ?? null,
    read: (signal, firstFrame, frames) => fileOf.get(signal)?.read(signal, firstFrame, frames) ?? null,
  };
}
