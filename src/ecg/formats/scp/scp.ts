/** SCP-ECG (EN 1064:2005, protocol versions 1 and 2), read as `EcgRecording`. */
import { KirchhoffError } from '../../../contract/errors.ts';
import { writtenName } from '../../../contract/patient-name.ts';
import type { EcgRecording } from '../../recording.ts';
import { ageAt, dateAndTime, isoDate, isoTimeOfDay } from '../dates.ts';
import { recordingOfLeads } from '../from-leads.ts';
import { MAXIMUM_LEADS, MAXIMUM_VALUES } from '../limits.ts';
import { huffmanTables, huffmanValues } from './huffman.ts';
import { type SectionReader, scpSections } from './sections.ts';

/** Clause 5.6, table of lead identification. */
const LEAD_NAMES: Readonly<Record<number, string>> = {
  1: 'I',
  2: 'II',
  3: 'V1',
  4: 'V2',
  5: 'V3',
  6: 'V4',
  7: 'V5',
  8: 'V6',
  9: 'V7',
  10: 'V2R',
  11: 'V3R',
  12: 'V4R',
  13: 'V5R',
  14: 'V6R',
  15: 'V7R',
  16: 'X',
  17: 'Y',
  18: 'Z',
  19: 'CC5',
  20: 'CM5',
  61: 'III',
  62: 'aVR',
  63: 'aVL',
  64: 'aVF',
  65: '-aVR',
  66: 'V8',
  67: 'V9',
  68: 'V8R',
  69: 'V9R',
};

interface LeadDefinition {
  name: string;
  /** From 1, both within. */
  firstSample: number;
  lastSample: number;
}

interface LeadDefinitions {
  referenceBeatSubtracted: boolean;
  leads: LeadDefinition[];
}

function leadDefinitions(section: SectionReader): LeadDefinitions {
  const count = section.u8();
  const flags = section.u8();
  if (count === 0) throw new KirchhoffError('no-signal', 'The file has no leads.', section.place());
  if (count > MAXIMUM_LEADS) {
    throw new KirchhoffError(
      'file-too-large',
      `The file has more than ${MAXIMUM_LEADS} leads.`,
      section.place(),
    );
  }
  const leads = Array.from({ length: count }, () => {
    const at = section.place();
    const firstSample = section.u32();
    const lastSample = section.u32();
    const id = section.u8();
    if (firstSample < 1 || lastSample < firstSample || lastSample > MAXIMUM_VALUES / count) {
      throw new KirchhoffError(
        'value-out-of-range',
        `A lead is said to have samples ${firstSample} to ${lastSample}.`,
        at,
      );
    }
    return { name: LEAD_NAMES[id] ?? `Lead ${id}`, firstSample, lastSample };
  });
  return { referenceBeatSubtracted: (flags & 1) !== 0, leads };
}

interface Beats {
  /** Sample of the reference beat, from 1, that lies on a beat's fiducial point. */
  fiducialInReference: number;
  /** Where the reference beat was subtracted; samples from 1. */
  subtracted: { first: number; fiducial: number; last: number }[];
  /** Kept at the full rate by bimodal compression; samples from 1, in order. */
  protectedAreas: { first: number; last: number }[];
}

function beatsOf(section: SectionReader | undefined): Beats {
  if (section === undefined) return { fiducialInReference: 1, subtracted: [], protectedAreas: [] };
  section.u16();
  const fiducialInReference = section.u16();
  const count = section.u16();
  const subtracted: Beats['subtracted'] = [];
  for (let i = 0; i < count; i++) {
    const type = section.u16();
    const zone = { first: section.u32(), fiducial: section.u32(), last: section.u32() };
    // Only beats of type 0 had the reference beat subtracted.
    if (type === 0) subtracted.push(zone);
  }
  const protectedAreas: Beats['protectedAreas'] = [];
  for (let i = 0; i < count && section.left() >= 8; i++)
    protectedAreas.push({ first: section.u32(), last: section.u32() });
  return {
    fiducialInReference,
    subtracted,
    protectedAreas: protectedAreas.sort((a, b) => a.first - b.first),
  };
}

/** The part that sections 5 and 6 share: amplitude, time and coding of the samples of each lead. */
interface CodedLeads {
  nanovoltsPerStep: number;
  microsecondsPerSample: number;
  bimodal: boolean;
  /** Values of a lead after differences are added up; at most `most`. */
  values(lead: number, most: number): Int32Array;
}

function codedLeads(
  section: SectionReader,
  leads: number,
  tables: ReturnType<typeof huffmanTables>,
): CodedLeads {
  const at = section.place();
  const nanovoltsPerStep = section.u16();
  const microsecondsPerSample = section.u16();
  const differences = section.u8();
  const bimodal = section.u8();
  if (nanovoltsPerStep === 0 || microsecondsPerSample === 0) {
    throw new KirchhoffError(
      'value-out-of-range',
      `Section ${section.id} has no amplitude or sampling interval.`,
      at,
    );
  }
  if (differences > 2) {
    throw new KirchhoffError('format-unsupported', `Differences of order ${differences} are not read.`, at);
  }
  const lengths = Array.from({ length: leads }, () => section.u16());
  const data = lengths.map((length) => ({ at: section.place(), bytes: section.take(length) }));
  return {
    nanovoltsPerStep,
    microsecondsPerSample,
    bimodal: bimodal === 1,
    values(lead, most) {
      const { bytes, at: place } = data[lead]!;
      const values = tables === null ? plainValues(bytes, most) : huffmanValues(bytes, tables, most, place);
      for (let i = differences; i < values.length && differences > 0; i++) {
        values[i] =
          differences === 1 ? values[i]! + values[i - 1]! : values[i]! + 2 * values[i - 1]! - values[i - 2]!;
      }
      return values;
    },
  };
}

function plainValues(bytes: Uint8Array, most: number): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: Math.min(most, bytes.length >> 1) }, (_, i) => view.getInt16(i * 2, true));
}

/** Samples of a lead at the full rate, where all but the protected areas were decimated (annex C.5). */
function expanded(
  values: Int32Array,
  length: number,
  areas: Beats['protectedAreas'],
  factor: number,
): { samples: Float64Array; used: number } {
  const samples = new Float64Array(length);
  let used = 0;
  let at = 0;
  const decimatedUntil = (end: number) => {
    const count = Math.ceil((end - at) / factor);
    const slow = values.subarray(used, used + count);
    for (let i = at; i < end; i++) {
      // A decimated sample stands for the middle of its stretch; between middles a line is drawn.
      const position = (i - at - (factor - 1) / 2) / factor;
      const before = Math.max(0, Math.min(slow.length - 1, Math.floor(position)));
      const after = Math.min(slow.length - 1, before + 1);
      const share = Math.max(0, Math.min(1, position - before));
      samples[i] = (slow[before] ?? 0) * (1 - share) + (slow[after] ?? 0) * share;
    }
    used += count;
    at = Math.max(at, end);
  };
  for (const { first, last } of areas) {
    const start = Math.min(length, Math.max(at, first - 1));
    const end = Math.min(length, last);
    if (end <= start) continue;
    decimatedUntil(start);
    for (; at < end; at++) samples[at] = values[used++] ?? 0;
  }
  decimatedUntil(length);
  return { samples, used };
}

const text = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  const written = end === -1 ? bytes : bytes.subarray(0, end);
  const utf8 = new TextDecoder().decode(written);
  return (utf8.includes('\uFFFD') ? new TextDecoder('windows-1252').decode(written) : utf8).trim();
};

const YEARS_PER_AGE_UNIT: Readonly<Record<number, number>> = {
  1: 1,
  2: 1 / 12,
  3: 7 / 365.25,
  4: 1 / 365.25,
};

/** Section 1, clause 5.4: tagged fields about patient and acquisition. */
function patientAndTime(
  section: SectionReader | undefined,
): Pick<EcgRecording, 'patient' | 'recordedAt' | 'comments'> {
  const fields = new Map<number, Uint8Array>();
  const comments: string[] = [];
  while (section !== undefined && section.left() >= 3) {
    const tag = section.u8();
    const length = section.u16();
    if (tag === 255) break;
    const value = section.take(length);
    if (tag === 30) comments.push(text(value));
    else if (!fields.has(tag)) fields.set(tag, value);
  }
  const string = (tag: number) => text(fields.get(tag) ?? new Uint8Array(0));
  const date = (tag: number) => {
    const [low, high, month, day] = fields.get(tag) ?? [];
    return day === undefined ? null : isoDate(low! | (high! << 8), month!, day);
  };
  const [hours, minutes, seconds] = fields.get(26) ?? [];
  const recordedAt = dateAndTime(
    date(25),
    seconds === undefined ? null : isoTimeOfDay(hours!, minutes!, seconds),
  );
  const birthDate = date(5);
  const [ageLow, ageHigh, ageUnit] = fields.get(4) ?? [];
  const perUnit = YEARS_PER_AGE_UNIT[ageUnit ?? 0];
  const years = perUnit === undefined ? Number.NaN : Math.floor((ageLow! | (ageHigh! << 8)) * perUnit);
  const sex = fields.get(8)?.[0];
  return {
    patient: {
      name: writtenName({ family: string(0), given: string(1) }),
      id: string(2),
      birthDate,
      ageYears: years >= 0 && years <= 130 ? years : ageAt(birthDate, recordedAt),
      sex: sex === 1 ? 'male' : sex === 2 ? 'female' : 'unknown',
    },
    recordedAt,
    comments: comments.filter((comment) => comment !== ''),
  };
}

/** Section 8, clause 5.11: the text of the latest interpretation. */
function statements(section: SectionReader | undefined): string[] {
  if (section === undefined || section.left() < 9) return [];
  section.take(8);
  const found: string[] = [];
  for (let count = section.u8(); count > 0 && section.left() >= 3; count--) {
    section.u8();
    found.push(text(section.take(section.u16())));
  }
  return found.filter((statement) => statement !== '');
}

/**
 * Reads the rhythm of a file: Huffman tables of the standard or its own, differences, reference beat subtraction
 * and bimodal compression. Measurements (sections 7, 9 to 11) are not read.
 * @throws KirchhoffError naming file and byte
 */
export function readScp(fileName: string, bytes: Uint8Array): EcgRecording {
  const { sections, warnings } = scpSections(bytes, fileName);
  const [defined, rhythm] = [sections.get(3), sections.get(6)];
  if (defined === undefined || rhythm === undefined) {
    throw new KirchhoffError('no-signal', 'The file holds no rhythm (sections 3 and 6).', fileName);
  }
  const { leads, referenceBeatSubtracted } = leadDefinitions(defined);
  const tables = huffmanTables(sections.get(2));
  const rateAt = rhythm.place();
  const coded = codedLeads(rhythm, leads.length, tables);
  const section5 = sections.get(5);
  const reference = section5 === undefined ? null : codedLeads(section5, leads.length, tables);
  if (referenceBeatSubtracted && (reference === null || !sections.has(4))) {
    throw new KirchhoffError(
      'header-invalid',
      'The reference beat that was subtracted is missing.',
      fileName,
    );
  }
  const beats = beatsOf(sections.get(4));
  // Where samples were decimated, section 5 tells the full rate.
  const full =
    coded.bimodal && reference !== null ? reference.microsecondsPerSample : coded.microsecondsPerSample;
  const factor = coded.bimodal ? Math.max(1, Math.round(coded.microsecondsPerSample / full)) : 1;
  if (coded.bimodal && factor === 1) {
    throw new KirchhoffError(
      'format-unsupported',
      'Bimodal compression without a slower rate is not read.',
      rateAt,
    );
  }

  const decoded = leads.map((lead, index) => {
    const length = lead.lastSample - lead.firstSample + 1;
    const values = coded.values(index, length);
    const { samples, used } = coded.bimodal
      ? expanded(values, length, beats.protectedAreas, factor)
      : { samples: Float64Array.from(values), used: length };
    if (values.length < used) {
      throw new KirchhoffError(
        'file-truncated',
        `Lead ${lead.name} has ${values.length} samples, not ${used}.`,
        `${fileName} byte ${rhythm.start}`,
      );
    }
    const nanovolts = samples.map((value) => value * coded.nanovoltsPerStep);
    if (referenceBeatSubtracted && reference !== null) {
      const beat = reference.values(index, 2 ** 16);
      for (const { first, fiducial, last } of beats.subtracted) {
        for (let sample = Math.max(1, first); sample <= Math.min(last, length); sample++) {
          const value = beat[beats.fiducialInReference + sample - fiducial - 1];
          if (value !== undefined) nanovolts[sample - 1]! += value * reference.nanovoltsPerStep;
        }
      }
    }
    const finest =
      referenceBeatSubtracted && reference !== null ? reference.nanovoltsPerStep : coded.nanovoltsPerStep;
    return {
      name: lead.name,
      startSample: lead.firstSample - 1,
      millivolts: Float32Array.from(nanovolts, (value) => value / 1e6),
      resolutionMillivolts: Math.min(finest, coded.nanovoltsPerStep) / 1e6,
    };
  });
  const { patient, recordedAt, comments } = patientAndTime(sections.get(1));
  return recordingOfLeads(
    fileName,
    decoded,
    {
      samplingRateHz: Number((1e6 / full).toPrecision(12)),
      recordedAt,
      patient,
      comments: [...comments, ...statements(sections.get(8))],
      warnings,
    },
    rateAt,
  );
}
