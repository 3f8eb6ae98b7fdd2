/** Writes a recording as EDF+ (continuous, with annotations), records of one second. */
import { KirchhoffError } from '../../../contract/errors.ts';
import type { EcgLead, EcgRecording, RecordedEvent } from '../../recording.ts';

const DIGITAL_MINIMUM = -32_768;
const DIGITAL_MAXIMUM = 32_767;
/** Runs without signal that are told in annotations. */
const MOST_GAPS = 10_000;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** A number in at most eight characters, as near as those allow. */
function eightCharacters(value: number): string {
  for (let digits = 8; digits > 1; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 8 && !text.includes('e')) return text;
  }
  throw new KirchhoffError('value-out-of-range', `${value} cannot be written in an EDF header.`);
}

/** ASCII without accents, control characters and blanks. */
function word(text: string): string {
  const plain = text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .trim()
    .replace(/\s+/g, '_')
    .replace(/[^\x21-\x7e]/g, '?');
  return plain === '' ? 'X' : plain;
}

function edfDate(iso: string | null): string {
  if (iso === null) return 'X';
  return `${iso.slice(8, 10)}-${MONTHS[Number(iso.slice(5, 7)) - 1]}-${iso.slice(0, 4)}`;
}

interface WrittenSignal {
  label: string;
  dimension: 'uV' | 'mV';
  physicalMinimum: string;
  physicalMaximum: string;
  /** Converter units of a value in millivolts. */
  digital(millivolts: number): number;
}

/** Steps of the lead's own resolution where its values fit into 16 bits with them, else the span in 16 bits. */
function writtenSignal(lead: EcgLead): WrittenSignal {
  let [low, high] = [0, 0];
  for (const value of lead.millivolts) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const step = lead.resolutionMillivolts;
  const fits = high / step <= DIGITAL_MAXIMUM && low / step >= DIGITAL_MINIMUM;
  const [minimum, maximum] = fits ? [DIGITAL_MINIMUM * step, DIGITAL_MAXIMUM * step] : [low, high];
  const dimension = Math.max(-minimum, maximum) * 1000 < 9_999_999 ? 'uV' : 'mV';
  const scale = dimension === 'uV' ? 1000 : 1;
  const physicalMinimum = eightCharacters(minimum * scale);
  const physicalMaximum = eightCharacters(maximum * scale);
  const [from, to] = [Number(physicalMinimum), Number(physicalMaximum)];
  const perUnit = (DIGITAL_MAXIMUM - DIGITAL_MINIMUM) / (to - from);
  return {
    label: `ECG ${lead.name}`.slice(0, 16),
    dimension,
    physicalMinimum,
    physicalMaximum,
    digital: (millivolts) =>
      Math.min(
        DIGITAL_MAXIMUM,
        Math.max(DIGITAL_MINIMUM, Math.round((millivolts * scale - from) * perUnit) + DIGITAL_MINIMUM),
      ),
  };
}

/** EDF knows no missing samples: where a lead has none, an annotation says so. */
function gapsOf(recording: EcgRecording): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (const { name, millivolts } of recording.leads) {
    for (let i = 0; i < millivolts.length && events.length < MOST_GAPS; i++) {
      if (!Number.isNaN(millivolts[i]!)) continue;
      const start = i;
      while (i < millivolts.length && Number.isNaN(millivolts[i]!)) i++;
      events.push({
        atSeconds: start / recording.samplingRateHz,
        durationSeconds: (i - start) / recording.samplingRateHz,
        text: `no signal: ${name}`,
      });
    }
  }
  return events;
}

const seconds = (value: number) => String(Number(value.toFixed(6)));

function annotationList({ atSeconds, durationSeconds, text }: RecordedEvent, startSeconds: number): number[] {
  const onset = atSeconds + startSeconds;
  const duration = durationSeconds === null ? '' : `\x15${seconds(durationSeconds)}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would end the annotation
  const plain = text.replace(/[\x00-\x1f]+/g, ' ');
  return [
    ...new TextEncoder().encode(
      `${onset < 0 ? '-' : '+'}${seconds(Math.abs(onset))}${duration}\x14${plain}\x14\0`,
    ),
  ];
}

/**
 * The file's bytes. The last record is filled up with 0 mV, as are stretches without signal; annotations say so.
 * @throws KirchhoffError `value-out-of-range` where a lead cannot be written
 */
export function writeEdf(recording: EcgRecording): Uint8Array {
  const { leads, lengthSamples, samplingRateHz, recordedAt, patient } = recording;
  const samplesPerRecord = Math.max(1, Math.round(samplingRateHz));
  const duration = eightCharacters(samplesPerRecord / samplingRateHz);
  const records = Math.ceil(lengthSamples / samplesPerRecord);
  const signals = leads.map(writtenSignal);
  const fraction = Number(/\.\d+$/.exec(recordedAt ?? '')?.[0] ?? 0);

  const events = [...(recording.events ?? []), ...gapsOf(recording)];
  if (records * samplesPerRecord > lengthSamples) {
    events.push({ atSeconds: lengthSamples / samplingRateHz, durationSeconds: null, text: 'recording ends' });
  }
  const lists = Array.from({ length: records }, (_, record) => {
    const onset = fraction + record * Number(duration);
    return [...new TextEncoder().encode(`+${seconds(onset)}\x14\x14\0`)];
  });
  for (const event of events.sort((a, b) => a.atSeconds - b.atSeconds)) {
    const record = Math.min(records - 1, Math.max(0, Math.floor(event.atSeconds / Number(duration))));
    lists[record]!.push(...annotationList(event, fraction));
  }
  const listSamples = Math.ceil(Math.max(...lists.map((list) => list.length)) / 2);

  const count = signals.length + 1;
  const field = (values: readonly string[], width: number) =>
    values.map((value) => value.padEnd(width).slice(0, width)).join('');
  const each = (of: (signal: WrittenSignal) => string, annotations: string) => [
    ...signals.map(of),
    annotations,
  ];
  const known = recordedAt !== null && recordedAt >= '1985' && recordedAt < '2085';
  const [date, time] = known ? recordedAt.split('T') : ['1985-01-01', '00:00:00'];
  const sex = patient.sex === 'female' ? 'F' : patient.sex === 'male' ? 'M' : 'X';
  const header = [
    field(['0'], 8),
    field([`${word(patient.id)} ${sex} ${edfDate(patient.birthDate)} ${word(patient.name)}`], 80),
    field([`Startdate ${edfDate(known ? recordedAt : null)} X X X`], 80),
    `${date!.slice(8, 10)}.${date!.slice(5, 7)}.${date!.slice(2, 4)}`,
    time!.slice(0, 8).replaceAll(':', '.'),
    field([String(256 * (count + 1))], 8),
    field(['EDF+C'], 44),
    field([String(records)], 8),
    field([duration], 8),
    field([String(count)], 4),
    field(
      each(({ label }) => label, 'EDF Annotations'),
      16,
    ),
    field(
      each(() => '', ''),
      80,
    ),
    field(
      each(({ dimension }) => dimension, ''),
      8,
    ),
    field(
      each(({ physicalMinimum }) => physicalMinimum, '-1'),
      8,
    ),
    field(
      each(({ physicalMaximum }) => physicalMaximum, '1'),
      8,
    ),
    field(
      each(() => String(DIGITAL_MINIMUM), String(DIGITAL_MINIMUM)),
      8,
    ),
    field(
      each(() => String(DIGITAL_MAXIMUM), String(DIGITAL_MAXIMUM)),
      8,
    ),
    field(
      each(() => '', ''),
      80,
    ),
    field(
      each(() => String(samplesPerRecord), String(listSamples)),
      8,
    ),
    field(
      each(() => '', ''),
      32,
    ),
  ].join('');
  if (/[^\x20-\x7e]/.test(header)) {
    throw new KirchhoffError('value-out-of-range', 'A lead has a name that EDF cannot hold.');
  }

  const recordBytes = 2 * (signals.length * samplesPerRecord + listSamples);
  const bytes = new Uint8Array(header.length + records * recordBytes);
  bytes.set(new TextEncoder().encode(header));
  const view = new DataView(bytes.buffer);
  for (let record = 0; record < records; record++) {
    let at = header.length + record * recordBytes;
    for (const [i, signal] of signals.entries()) {
      const { millivolts } = leads[i]!;
      for (let sample = 0; sample < samplesPerRecord; sample++) {
        const value = millivolts[record * samplesPerRecord + sample] ?? 0;
        view.setInt16(at, signal.digital(Number.isNaN(value) ? 0 : value), true);
        at += 2;
      }
    }
    bytes.set(lists[record]!, at);
  }
  return bytes;
}
