/** HL7 annotated ECG (aECG, PORT_MT020001): the rhythm series of an `AnnotatedECG` document. */
import { KirchhoffError } from '../../../contract/errors.ts';
import { writtenName } from '../../../contract/patient-name.ts';
import { isEcgName } from '../../lead-names.ts';
import type { EcgRecording } from '../../recording.ts';
import { ageAt, isoFromDigits } from '../dates.ts';
import { type DecodedLead, recordingOfLeads } from '../from-leads.ts';
import { millivoltsPerUnit } from '../units.ts';
import {
  childAt,
  childrenOf,
  descendants,
  parseXml,
  textAt,
  type XmlElement,
  xmlNumber,
} from '../xml/xml-tree.ts';

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6 };
/** LOINC: reported age. */
const REPORTED_AGE = '21612-7';

interface TimeAxis {
  incrementSeconds: number;
  /** Seconds from an origin that the sequence sets of a series share. */
  headSeconds: number;
  startsAt: string | null;
  element: XmlElement;
}

function codeOf(element: XmlElement): string {
  return childAt(element, 'code')?.attributes.get('code') ?? '';
}

function timeAxisOf(set: XmlElement, fileName: string): TimeAxis {
  const sequence = childrenOf(set, 'component')
    .map((component) => childAt(component, 'sequence'))
    .find((each) => each !== undefined && /^TIME_(ABSOLUTE|RELATIVE)$/.test(codeOf(each)));
  const increment = childAt(sequence, 'value', 'increment');
  if (sequence === undefined || increment === undefined) {
    throw new KirchhoffError(
      'header-invalid',
      'A set of sequences has no time increment.',
      `${fileName} line ${set.line}`,
    );
  }
  const unit = SECONDS_PER_UNIT[increment.attributes.get('unit') ?? 's'];
  const value = xmlNumber(increment.attributes.get('value') ?? '', 'time increment', increment, fileName);
  if (unit === undefined || !(value > 0)) {
    throw new KirchhoffError(
      'value-out-of-range',
      'The time increment is not a positive time.',
      `${fileName} line ${increment.line}`,
    );
  }
  const head = childAt(sequence, 'value', 'head');
  const written = head?.attributes.get('value') ?? '';
  const absolute = codeOf(sequence) === 'TIME_ABSOLUTE';
  const startsAt = absolute ? isoFromDigits(written).dateTime : null;
  const relative = Number(written) * (SECONDS_PER_UNIT[head?.attributes.get('unit') ?? 's'] ?? 1);
  const headSeconds = startsAt === null ? relative : Date.parse(`${startsAt}Z`) / 1000;
  return {
    incrementSeconds: value * unit,
    headSeconds: Number.isFinite(headSeconds) ? headSeconds : 0,
    startsAt,
    element: increment,
  };
}

function quantity(
  element: XmlElement | undefined,
  what: string,
  parent: XmlElement,
  fileName: string,
): number {
  if (element === undefined) {
    throw new KirchhoffError(
      'header-invalid',
      `The ${what} of a lead is missing.`,
      `${fileName} line ${parent.line}`,
    );
  }
  const scale = millivoltsPerUnit(element.attributes.get('unit') ?? '');
  if (scale === null) {
    throw new KirchhoffError(
      'value-out-of-range',
      `The ${what} is in no unit of voltage.`,
      `${fileName} line ${element.line}`,
    );
  }
  return xmlNumber(element.attributes.get('value') ?? '', what, element, fileName) * scale;
}

function leadOf(sequence: XmlElement, name: string, startSample: number, fileName: string): DecodedLead {
  const value = childAt(sequence, 'value');
  const digits = childAt(value, 'digits');
  if (value === undefined || digits === undefined) {
    throw new KirchhoffError(
      'header-invalid',
      `Lead ${name} has no samples.`,
      `${fileName} line ${sequence.line}`,
    );
  }
  const origin = quantity(childAt(value, 'origin'), 'origin', value, fileName);
  const step = quantity(childAt(value, 'scale'), 'scale', value, fileName);
  if (step === 0) {
    throw new KirchhoffError('value-out-of-range', 'The scale is 0.', `${fileName} line ${value.line}`);
  }
  const words = digits.text.trim() === '' ? [] : digits.text.trim().split(/\s+/);
  const millivolts = new Float32Array(words.length);
  for (const [i, word] of words.entries())
    millivolts[i] = origin + step * xmlNumber(word, 'sample', digits, fileName);
  return { name, startSample, millivolts, resolutionMillivolts: Math.abs(step) };
}

/** Parts of a person's name of HL7 version 3, or its text where it has none. */
function personNameOf(name: XmlElement): string {
  const part = (tag: string) =>
    childrenOf(name, tag)
      .map(({ text }) => text.trim())
      .join(' ');
  return writtenName({ family: part('family'), given: part('given') }) || name.text.trim();
}

function patientOf(root: XmlElement, recordedAt: string | null): EcgRecording['patient'] {
  const subject = descendants(childAt(root, 'componentOf'), 'trialSubject')[0];
  const person = childAt(subject, 'subjectDemographicPerson');
  const name = childAt(person, 'name');
  const birthDate = isoFromDigits(childAt(person, 'birthTime')?.attributes.get('value') ?? '').date;
  const reported = childrenOf(root, 'controlVariable')
    .flatMap((variable) => descendants(variable, 'relatedObservation'))
    .find((observation) => codeOf(observation) === REPORTED_AGE);
  const age = childAt(reported, 'value');
  const reportedYears =
    age?.attributes.get('unit') === 'a' ? Number(age.attributes.get('value')) : Number.NaN;
  const sexCode = childAt(person, 'administrativeGenderCode')?.attributes.get('code');
  return {
    name: name === undefined ? '' : personNameOf(name),
    id: childAt(subject, 'id')?.attributes.get('extension') ?? '',
    birthDate,
    ageYears: reportedYears >= 0 && reportedYears <= 130 ? reportedYears : ageAt(birthDate, recordedAt),
    sex: sexCode === 'F' ? 'female' : sexCode === 'M' ? 'male' : sexCode === 'UN' ? 'other' : 'unknown',
  };
}

/**
 * Reads the rhythm series; representative beats and the document's annotations are not read.
 * @throws KirchhoffError naming file and line
 */
export function readAecg(fileName: string, bytes: Uint8Array): EcgRecording {
  const root = parseXml(bytes, fileName);
  if (root.name !== 'AnnotatedECG') {
    throw new KirchhoffError('format-unknown', 'This is no annotated ECG.', `${fileName} line ${root.line}`);
  }
  const series = childrenOf(root, 'component').flatMap((component) => childrenOf(component, 'series'));
  const chosen = series.find((each) => codeOf(each) === 'RHYTHM') ?? series[0];
  if (chosen === undefined) {
    throw new KirchhoffError('no-signal', 'The document holds no series of waveforms.', fileName);
  }
  const warnings: string[] = [];
  if (series.length > 1) warnings.push(`${series.length - 1} further series were not read.`);
  const sets = childrenOf(chosen, 'component')
    .flatMap((component) => childrenOf(component, 'sequenceSet'))
    .map((set) => ({ set, time: timeAxisOf(set, fileName) }));
  const first = sets[0]?.time;
  if (first === undefined) {
    throw new KirchhoffError(
      'no-signal',
      'The series holds no sequences.',
      `${fileName} line ${chosen.line}`,
    );
  }
  const earliest = sets.reduce((a, b) => (b.time.headSeconds < a.time.headSeconds ? b : a)).time;
  const leads: DecodedLead[] = [];
  for (const { set, time } of sets) {
    const at = `${fileName} line ${time.element.line}`;
    if (Math.abs(time.incrementSeconds - first.incrementSeconds) > 1e-9) {
      throw new KirchhoffError(
        'format-unsupported',
        'Sets of sequences with different sampling rates are not read.',
        at,
      );
    }
    const startSample = Math.round((time.headSeconds - earliest.headSeconds) / time.incrementSeconds);
    for (const component of childrenOf(set, 'component')) {
      const sequence = childAt(component, 'sequence');
      if (sequence === undefined) continue;
      const code = codeOf(sequence);
      if (/^TIME_/.test(code)) continue;
      // Some writers put the bare name of the lead where its code belongs.
      if (!code.startsWith('MDC_ECG_LEAD') && !isEcgName(code)) {
        warnings.push(`Sequence ${code || 'without a code'}: not an ECG lead; left out.`);
        continue;
      }
      // A pause of days between two sets would be a recording of days.
      const lead = leadOf(sequence, code.replace(/^MDC_ECG_LEAD_?/, ''), startSample, fileName);
      if (startSample > 1e9)
        throw new KirchhoffError('file-too-large', 'The sets of sequences lie too far apart.', at);
      leads.push(lead);
    }
  }
  const recordedAt =
    earliest.startsAt ??
    isoFromDigits(childAt(chosen, 'effectiveTime', 'low')?.attributes.get('value') ?? '').dateTime;
  return recordingOfLeads(
    fileName,
    leads,
    {
      samplingRateHz: rateOf(first.incrementSeconds),
      recordedAt,
      patient: patientOf(root, recordedAt),
      comments: descendants(root, 'subjectFindingComment')
        .map((comment) => textAt(comment, 'text'))
        .filter((text) => text !== ''),
      warnings,
    },
    `${fileName} line ${first.element.line}`,
  );
}

/** 0.002 s is 500 Hz, not 499.99999999999994. */
function rateOf(incrementSeconds: number): number {
  return Number((1 / incrementSeconds).toPrecision(12));
}
