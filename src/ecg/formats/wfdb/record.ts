/** WFDB records: a header with its signal files, read as and written from an `EcgRecording`. */
import { KirchhoffError } from '../../../contract/errors.ts';
import { isOtherSignal, uniqueLeadNames } from '../../lead-names.ts';
import type { EcgLead, EcgRecording } from '../../recording.ts';
import { byteSourceOf, type ReadFile } from '../byte-source.ts';
import { checkSamplingRate, checkSize, MAXIMUM_LENGTH_SAMPLES } from '../limits.ts';
import { chosen, interpolatedWindow, type OpenedRecording, wholeRecording } from '../opened-recording.ts';
import { millivoltsPerUnit } from '../units.ts';
import { parseWfdbHeader, type WfdbHeader, type WfdbSegment, type WfdbSignalHeader } from './header.ts';
import { type OpenFile, openWfdbSegment, type WfdbSegmentSamples } from './segment.ts';
import { packWfdbSamples, type WritableWfdbFormat } from './signal-formats.ts';

/** Frames decoded at once while checksums are made. */
const CHUNK_FRAMES = 1 << 16;

/** A stretch of the record; `samples` is null where nothing was recorded. */
interface Part {
  startFrame: number;
  lengthFrames: number;
  headerName: string;
  header: WfdbHeader | null;
  samples: WfdbSegmentSamples | null;
}

/** A signal through all parts of the record. */
interface WfdbLead {
  name: string;
  header: WfdbSignalHeader;
  /** The signal in each part, null where that part does not have it. */
  inPart: (WfdbSignalHeader | null)[];
}

interface Parts {
  /** Signals that the record as a whole has. */
  signals: WfdbSignalHeader[];
  /** Header that describes them, for messages. */
  signalsIn: string;
  parts: Part[];
  lengthFrames: number;
  /** Signals keep their place in every part; else they are found by their description. */
  fixedLayout: boolean;
}

function headerOf(name: string, openFile: OpenFile, namedAt: string | null): WfdbHeader {
  const source = openFile(name);
  if (source === null) {
    throw new KirchhoffError(
      'file-missing',
      namedAt === null
        ? 'The header file is missing.'
        : `The segment header that ${namedAt} names is missing.`,
      name,
    );
  }
  return parseWfdbHeader(source.read(0, source.length), name);
}

function segmentHeader(
  segment: WfdbSegment,
  master: WfdbHeader,
  masterName: string,
  openFile: OpenFile,
): { header: WfdbHeader; headerName: string } {
  const at = `${masterName} line ${segment.line}`;
  const headerName = `${segment.name}.hea`;
  const header = headerOf(headerName, openFile, at);
  if (header.segments !== null) {
    throw new KirchhoffError('format-unsupported', 'A segment is itself cut into segments.', at);
  }
  if (header.frameRateHz !== master.frameRateHz) {
    throw new KirchhoffError(
      'header-invalid',
      `The segment is at ${header.frameRateHz} frames a second, the record at ${master.frameRateHz}.`,
      `${headerName} line ${header.recordLine}`,
    );
  }
  return { header, headerName };
}

function partsOf(header: WfdbHeader, headerName: string, openFile: OpenFile): Parts {
  if (header.segments === null) {
    const samples = openWfdbSegment(header, headerName, openFile);
    const { lengthFrames } = samples;
    const parts = [{ startFrame: 0, lengthFrames, headerName, header, samples }];
    return { signals: header.signals, signalsIn: headerName, parts, lengthFrames, fixedLayout: true };
  }
  const [first, ...others] = header.segments;
  const fixedLayout = first!.lengthFrames > 0;
  const layout = fixedLayout ? null : segmentHeader(first!, header, headerName, openFile);
  const parts: Part[] = [];
  let startFrame = 0;
  for (const segment of fixedLayout ? header.segments : others) {
    const { lengthFrames } = segment;
    if (segment.name === '~') {
      parts.push({ startFrame, lengthFrames, headerName, header: null, samples: null });
    } else {
      const opened = segmentHeader(segment, header, headerName, openFile);
      const samples = openWfdbSegment(opened.header, opened.headerName, openFile);
      if (samples.lengthFrames < lengthFrames) {
        throw new KirchhoffError(
          'header-invalid',
          `The segment has ${samples.lengthFrames} samples, not ${lengthFrames}.`,
          `${headerName} line ${segment.line}`,
        );
      }
      parts.push({ startFrame, lengthFrames, ...opened, samples });
    }
    startFrame += lengthFrames;
  }
  if (header.lengthFrames !== null && header.lengthFrames !== startFrame) {
    throw new KirchhoffError(
      'header-invalid',
      `The segments have ${startFrame} samples together, not ${header.lengthFrames}.`,
      `${headerName} line ${header.recordLine}`,
    );
  }
  const described = layout ?? parts.find((part) => part.header !== null);
  if (described === undefined) {
    throw new KirchhoffError('no-signal', 'No segment holds a signal.', headerName);
  }
  return {
    signals: described.header!.signals,
    signalsIn: described.headerName,
    parts,
    lengthFrames: startFrame,
    fixedLayout,
  };
}

/** @returns the leads, and a warning for each signal that is none */
function leadsOf({ signals, signalsIn, parts, fixedLayout }: Parts): { leads: WfdbLead[]; left: string[] } {
  const left: string[] = [];
  const chosen = [...signals.entries()].filter(([, { units, description, line }]) => {
    if (millivoltsPerUnit(units) === null) {
      left.push(`Line ${line}, ${description || 'no description'}: in ${units}, not volts; left out.`);
      return false;
    }
    if (isOtherSignal(description)) {
      left.push(`Line ${line}, ${description}: not an ECG; left out.`);
      return false;
    }
    return true;
  });
  if (chosen.length === 0) {
    throw new KirchhoffError('no-signal', 'None of the signals is in volts; there is no ECG.', signalsIn);
  }
  const names = uniqueLeadNames(chosen.map(([, { description }]) => description));
  const leads = chosen.map(([index, header], place) => ({
    name: names[place]!,
    header,
    inPart: parts.map((part) => {
      if (part.header === null) return null;
      const signal = fixedLayout
        ? part.header.signals[index]
        : part.header.signals.find((each) => each.description === header.description);
      if (signal === undefined || signal.fileName === '~') return null;
      const at = `${part.headerName} line ${signal.line}`;
      if (signal.samplesPerFrame !== header.samplesPerFrame) {
        throw new KirchhoffError(
          'format-unsupported',
          'A lead changes its sampling rate between segments.',
          at,
        );
      }
      if (millivoltsPerUnit(signal.units) === null) {
        throw new KirchhoffError('header-invalid', `The lead is in ${signal.units} here, not in volts.`, at);
      }
      return signal;
    }),
  }));
  return { leads, left };
}

function millivoltsPerStep(signal: WfdbSignalHeader): number {
  return millivoltsPerUnit(signal.units)! / signal.gainPerUnit;
}

/** Millivolts of a lead at its own rate. */
function leadWindow(lead: WfdbLead, parts: readonly Part[], start: number, length: number): Float32Array {
  const perFrame = lead.header.samplesPerFrame;
  const millivolts = new Float32Array(length).fill(Number.NaN);
  for (const [index, part] of parts.entries()) {
    const signal = lead.inPart[index];
    if (signal === null || signal === undefined || part.samples === null) continue;
    // Samples of the part that are asked for, by their place after the skew is undone.
    const partStart = part.startFrame * perFrame;
    const skew = signal.skewFrames * perFrame;
    const partLength = part.lengthFrames * perFrame;
    const from = Math.max(0, start - partStart) + skew;
    const to = Math.min(partLength, start + length - partStart + skew);
    if (from >= to) continue;
    const firstFrame = Math.floor(from / perFrame);
    const values = part.samples.read(signal, firstFrame, Math.ceil(to / perFrame) - firstFrame);
    if (values === null) continue;
    const invalid = part.samples.invalidValue(signal);
    const scale = millivoltsPerStep(signal);
    const shift = partStart - skew - start;
    for (let i = from; i < to; i++) {
      const value = values[i - firstFrame * perFrame]!;
      if (value !== invalid) millivolts[i + shift] = (value - signal.baseline) * scale;
    }
  }
  return millivolts;
}

/** Converter limits of a signal, or null where the header has none. */
function converterLimits(signal: WfdbSignalHeader): { low: number; high: number } | null {
  if (signal.adcResolutionBits === null) return null;
  const half = 2 ** (signal.adcResolutionBits - 1);
  return { low: signal.adcZero - half, high: signal.adcZero + half - 1 };
}

/** Reads a lead once through: whether the checksums hold and the samples are within the converter's limits. */
function inspectLead(lead: WfdbLead, parts: readonly Part[]): { warnings: string[]; withinLimits: boolean } {
  const warnings: string[] = [];
  let withinLimits = true;
  for (const [index, part] of parts.entries()) {
    const signal = lead.inPart[index];
    if (signal === null || signal === undefined || part.samples === null) continue;
    const limits = converterLimits(signal);
    const invalid = part.samples.invalidValue(signal);
    let checksum = 0;
    for (let frame = 0; frame < part.samples.lengthFrames; frame += CHUNK_FRAMES) {
      const frames = Math.min(CHUNK_FRAMES, part.samples.lengthFrames - frame);
      const values = part.samples.read(signal, frame, frames);
      if (values === null) break;
      for (const value of values) {
        checksum = (checksum + value) & 0xffff;
        // Samples outside show that the header's resolution is not the converter's.
        if (limits !== null && value !== invalid && (value < limits.low || value > limits.high))
          withinLimits = false;
      }
    }
    // 0 is what writers put that do not compute a checksum.
    const expected = signal.checksum;
    if (expected === null || expected === 0 || ((expected - checksum) & 0xffff) === 0) continue;
    if (part.samples.surplus.has(signal.fileName)) {
      throw new KirchhoffError(
        'header-invalid',
        `${signal.fileName} is longer than the header says and its checksum differs: format or length is wrong.`,
        `${part.headerName} line ${signal.line}`,
      );
    }
    const where = parts.length === 1 ? '' : ` (${part.headerName})`;
    warnings.push(`Lead ${lead.name}: the checksum of the samples differs from the header's${where}.`);
  }
  return { warnings, withinLimits };
}

function rangeOf(lead: WfdbLead): EcgLead['rangeMillivolts'] {
  const ranges = lead.inPart
    .filter((signal) => signal !== null)
    .map((signal) => {
      const limits = converterLimits(signal);
      if (limits === null) return null;
      const scale = millivoltsPerStep(signal);
      const ends = [(limits.low - signal.baseline) * scale, (limits.high - signal.baseline) * scale];
      return { low: Math.min(...ends), high: Math.max(...ends) };
    });
  const first = ranges[0] ?? null;
  const same = ranges.every((range) => range?.low === first?.low && range?.high === first?.high);
  return same ? first : null;
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

interface OpenedWfdb {
  opened: OpenedRecording;
  wfdbLeads: WfdbLead[];
  parts: Part[];
}

function open(headerName: string, openFile: OpenFile): OpenedWfdb {
  const header = headerOf(headerName, openFile, null);
  const recordAt = `${headerName} line ${header.recordLine}`;
  // Before any signal file is opened, so that a wrong rate is told as such.
  if (header.segments === null) leadRate(header, leadsOf(layoutOnly(header, headerName)).leads, recordAt);
  const found = partsOf(header, headerName, openFile);
  const { leads: wfdbLeads, left: warnings } = leadsOf(found);
  const { samplesPerFrame, samplingRateHz } = leadRate(header, wfdbLeads, recordAt);
  const lengthSamples = found.lengthFrames * samplesPerFrame;
  if (lengthSamples > MAXIMUM_LENGTH_SAMPLES) checkSize(lengthSamples, wfdbLeads.length, headerName);

  for (const { name, header: signal } of wfdbLeads) {
    if (signal.gainAssumed) {
      warnings.push(`Lead ${name}: the header gives no gain; 200 units per millivolt are assumed.`);
    }
    if (signal.samplesPerFrame !== samplesPerFrame) {
      const own = header.frameRateHz * signal.samplesPerFrame;
      warnings.push(`Lead ${name}: recorded at ${own} Hz, interpolated to ${samplingRateHz} Hz.`);
    }
  }
  for (const part of found.parts) {
    for (const [fileName, bytes] of part.samples?.surplus ?? []) {
      warnings.push(`${fileName}: ${bytes} bytes after the length that the header announces were not read.`);
    }
  }
  const opened: OpenedRecording = {
    recordName: headerName.replace(/^.*[\\/]/, '').replace(/\.hea$/i, ''),
    samplingRateHz,
    lengthSamples,
    leads: wfdbLeads.map((lead) => ({
      name: lead.name,
      resolutionMillivolts: Math.abs(
        millivoltsPerStep(lead.inPart.find((signal) => signal !== null) ?? lead.header),
      ),
      rangeMillivolts: rangeOf(lead),
    })),
    recordedAt: header.startsAt,
    patient: { name: '', id: header.recordName, birthDate: null, ...ageAndSex(header.comments) },
    comments: header.comments,
    warnings,
    readWindow: (start, length, places) =>
      chosen(wfdbLeads, places).map((lead) => {
        const perFrame = lead.header.samplesPerFrame;
        return interpolatedWindow(
          (first, count) => leadWindow(lead, found.parts, first, count),
          found.lengthFrames * perFrame,
          samplesPerFrame / perFrame,
          start,
          length,
        );
      }),
  };
  return { opened, wfdbLeads, parts: found.parts };
}

function layoutOnly(header: WfdbHeader, headerName: string): Parts {
  return { signals: header.signals, signalsIn: headerName, parts: [], lengthFrames: 0, fixedLayout: true };
}

/** The fastest lead's rate, to which the others are interpolated. */
function leadRate(
  header: WfdbHeader,
  leads: readonly WfdbLead[],
  at: string,
): { samplesPerFrame: number; samplingRateHz: number } {
  const samplesPerFrame = Math.max(...leads.map((lead) => lead.header.samplesPerFrame));
  const samplingRateHz = header.frameRateHz * samplesPerFrame;
  checkSamplingRate(samplingRateHz, at);
  return { samplesPerFrame, samplingRateHz };
}

/**
 * Opens a WFDB record for reading windows of it; checksums are not compared. Nothing but the files that the
 * header and its segments name beside it is asked for; annotation files never are. Signals that are no ECG
 * (respiration, pressure) are left out with a warning.
 * @param headerName file name of the header, for instance `100.hea`
 * @throws KirchhoffError naming the file and the line or byte: `file-missing`, `file-truncated`,
 * `file-too-large`, `file-outside-folder`, `header-invalid`, `format-unknown`, `format-unsupported`,
 * `value-out-of-range`, `no-signal`
 */
export function openWfdb(headerName: string, openFile: OpenFile): OpenedRecording {
  return open(headerName, openFile).opened;
}

/**
 * As `openWfdb`, with its checksums compared.
 * @returns null where header and segments announce no more than `moreThan` values
 */
export function openLongWfdb(
  headerName: string,
  openFile: OpenFile,
  moreThan: number,
  checksums: boolean,
): OpenedRecording | null {
  const { lengthFrames, signals, segments } = headerOf(headerName, openFile, null);
  // Told before anything is opened: a compressed signal file is decoded as a whole for it.
  const perFrame = signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
  if (segments === null && lengthFrames !== null && lengthFrames * perFrame <= moreThan) return null;
  const found = open(headerName, openFile);
  if (found.opened.lengthSamples * found.opened.leads.length <= moreThan) return null;
  return checksums ? compared(found) : found.opened;
}

/** As `openWfdb`, read as a whole and its checksums compared. */
export function readWfdb(headerName: string, readFile: ReadFile): EcgRecording {
  const found = open(headerName, (name) => {
    const bytes = readFile(name);
    return bytes === null ? null : byteSourceOf(name, bytes);
  });
  checkSize(found.opened.lengthSamples, found.opened.leads.length, headerName);
  return wholeRecording(compared(found), headerName);
}

/** Compares the checksums, which reads all samples; a difference is a warning. */
function compared({ opened, wfdbLeads, parts }: OpenedWfdb): OpenedRecording {
  for (const [index, lead] of wfdbLeads.entries()) {
    const { warnings, withinLimits } = inspectLead(lead, parts);
    opened.warnings.push(...warnings);
    if (!withinLimits) opened.leads[index]!.rangeMillivolts = null;
  }
  return opened;
}

/**
 * Gain and baseline under which a lead's values are whole numbers of the format: its own steps from its own zero
 * where they fit, shifted by its middle where that helps, else steps of its span.
 */
function scaleOf(lead: EcgLead, most: number): { gain: number; baseline: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of lead.millivolts) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // Nine digits are what the header is given of it.
  const own = Number((1 / lead.resolutionMillivolts).toPrecision(9));
  if (!(Math.max(-low, high) * own > most)) return { gain: own, baseline: 0 };
  const half = (high - low) / 2;
  const gain = half * own <= most - 1 ? own : Number((((most - 1) / half) * 0.999_999).toPrecision(9));
  return { gain, baseline: Math.round(-((high + low) / 2) * gain) };
}

/**
 * Writes a recording as a WFDB record in one signal file. Samples are rounded to the lead's resolution or, where
 * the format has too few bits for that, to steps that it can hold; NaN is written as the format's invalid value.
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
    const { gain, baseline } = scaleOf(lead, -invalidValue - 1);
    // The converter's own zero, so that a copy's values are the original's.
    const range = lead.rangeMillivolts;
    const steps = range === null ? null : Math.round((range.high - range.low) * gain) + 1;
    const bitsOfRange = steps === null ? 0 : Math.round(Math.log2(steps));
    const resolutionBits = bitsOfRange > 32 ? 0 : bitsOfRange;
    const lowest = range === null ? 0 : Math.round(range.low * gain) + baseline;
    const adcZero = resolutionBits === 0 ? 0 : lowest + 2 ** (resolutionBits - 1);
    let checksum = 0;
    for (let i = 0; i < lengthSamples; i++) {
      const millivolts = lead.millivolts[i]!;
      const value = Number.isNaN(millivolts)
        ? invalidValue
        : Math.min(-invalidValue - 1, Math.max(invalidValue + 1, Math.round(millivolts * gain) + baseline));
      frames[i * leads.length + index] = value;
      checksum = (checksum + value) & 0xffff;
    }
    const signedChecksum = (checksum << 16) >> 16;
    return `${recordName}.dat ${format} ${gain}(${baseline})/mV ${resolutionBits} ${adcZero} ${frames[index] ?? 0} ${signedChecksum} 0 ${lead.name}`;
  });
  const start = recording.recordedAt === null ? '' : ` ${wfdbTime(recording.recordedAt)}`;
  const lines = [
    `${recordName} ${leads.length} ${recording.samplingRateHz} ${lengthSamples}${start}`,
    ...signalLines,
    ...ageAndSexComment(recording),
    ...recording.comments.map((comment) => `# ${comment.replace(/[\r\n\0]+/g, ' ')}`),
  ];
  return {
    header: new TextEncoder().encode(`${lines.join('\n')}\n`),
    signals: packWfdbSamples(frames, format),
  };
}

/** Age and sex where the comments do not have them already. */
function ageAndSexComment({ patient, comments }: EcgRecording): string[] {
  const told = ageAndSex(comments);
  const age = patient.ageYears === told.ageYears ? null : patient.ageYears;
  const sex = patient.sex === told.sex || patient.sex === 'other' ? 'unknown' : patient.sex;
  if (age === null && sex === 'unknown') return [];
  return [`# Age: ${age ?? '?'} Sex: ${sex === 'unknown' ? '?' : sex === 'female' ? 'Female' : 'Male'}`];
}

/** ISO 8601 local time as `HH:MM:SS DD/MM/YYYY`. */
function wfdbTime(iso: string): string {
  const [date, time] = iso.split('T');
  const [year, month, day] = date!.split('-');
  return `${time} ${day}/${month}/${year}`;
}
