/**
 * ISHNE Holter standard output file (Badilini, "The ISHNE Holter Standard Output File Format", A.N.E. 3(3), 1998):
 * 10 bytes of magic and checksum, a header of 512 bytes, a block of variable length, then interleaved samples of
 * 16 bits. Offsets are those of the paper's table 1, counted from the start of the file.
 */
import { KirchhoffError } from '../../../contract/errors.ts';
import { writtenName } from '../../../contract/patient-name.ts';
import { uniqueLeadNames } from '../../lead-names.ts';
import type { EcgRecording } from '../../recording.ts';
import { type ByteSource, byteSourceOf } from '../byte-source.ts';
import { ageAt, dateAndTime, isoDate, isoTimeOfDay } from '../dates.ts';
import { checkSamplingRate, checkSize, MAXIMUM_LENGTH_SAMPLES } from '../limits.ts';
import { chosen, type OpenedRecording, wholeRecording } from '../opened-recording.ts';

const HEADER_END = 522;
const MAXIMUM_SIGNALS = 12;
const LEAD_NAMES = [
  '',
  '',
  'X',
  'Y',
  'Z',
  'I',
  'II',
  'III',
  'aVR',
  'aVL',
  'aVF',
  'V1',
  'V2',
  'V3',
  'V4',
  'V5',
  'V6',
  'ES',
  'AS',
  'AI',
];
const INVALID_SAMPLE = -(2 ** 15);

export function isIshne(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head.subarray(0, 8)) === 'ISHNE1.0';
}

/** CRC-CCITT, begun with 0xFFFF, over all that lies between the checksum and the samples. */
function crcCcitt(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

interface IshneHeader {
  samplesOffset: number;
  leadCount: number;
  lengthSamples: number;
  samplingRateHz: number;
  leads: { name: string; nanovolts: number }[];
  recordedAt: string | null;
  patient: EcgRecording['patient'];
  comments: string[];
  warnings: string[];
}

function parseHeader(source: ByteSource): IshneHeader {
  const at = (byte: number) => `${source.name} byte ${byte}`;
  if (source.length < HEADER_END) {
    throw new KirchhoffError('file-truncated', 'The header is cut off.', at(source.length));
  }
  const bytes = source.read(0, HEADER_END);
  if (!isIshne(bytes)) throw new KirchhoffError('format-unknown', 'This is no ISHNE file.', at(0));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const i16 = (byte: number) => view.getInt16(byte, true);
  const i32 = (byte: number) => view.getInt32(byte, true);
  const text = (byte: number, length: number) =>
    new TextDecoder('windows-1252')
      .decode(bytes.subarray(byte, byte + length))
      .split('\0')[0]!
      .trim();
  const date = (byte: number) => isoDate(i16(byte + 4), i16(byte + 2), i16(byte));

  const variableBytes = i32(10);
  const samplesOffset = i32(22);
  const leadCount = i16(156);
  const samplingRateHz = i16(272);
  if (leadCount < 1 || leadCount > MAXIMUM_SIGNALS) {
    throw new KirchhoffError(
      'value-out-of-range',
      `The number of leads is ${leadCount}; 1 to 12 are possible.`,
      at(156),
    );
  }
  checkSamplingRate(samplingRateHz, at(272));
  if (samplesOffset < HEADER_END || samplesOffset > source.length || variableBytes < 0) {
    throw new KirchhoffError(
      'value-out-of-range',
      `The samples are said to begin at byte ${samplesOffset}.`,
      at(22),
    );
  }
  const inFile = Math.floor((source.length - samplesOffset) / (2 * leadCount));
  const announced = i32(14);
  // The paper counts samples of a lead; some recorders count those of all leads.
  const lengthSamples = announced > inFile && announced === inFile * leadCount ? inFile : announced;
  if (announced < 0 || lengthSamples > inFile) {
    throw new KirchhoffError(
      'file-truncated',
      `The file ends here; the header announces ${announced} samples a lead.`,
      at(source.length),
    );
  }
  const warnings: string[] = [];
  if (lengthSamples < inFile) {
    warnings.push(
      `${(inFile - lengthSamples) * 2 * leadCount} bytes after the samples that the header announces were not read.`,
    );
  }
  if (
    (i16(8) & 0xffff) !==
    crcCcitt(source.read(10, Math.min(samplesOffset, HEADER_END + variableBytes) - 10))
  ) {
    warnings.push('The checksum of the header differs from the one that it holds.');
  }
  const leads = Array.from({ length: leadCount }, (_, i) => {
    const nanovolts = i16(206 + 2 * i);
    if (nanovolts <= 0) {
      throw new KirchhoffError(
        'value-out-of-range',
        `The resolution of lead ${i + 1} is ${nanovolts} nV.`,
        at(206 + 2 * i),
      );
    }
    return { name: LEAD_NAMES[i16(158 + 2 * i)] ?? '', nanovolts };
  });
  const recordedAt = dateAndTime(date(138), isoTimeOfDay(i16(150), i16(152), i16(154)));
  const birthDate = date(132);
  const sex = i16(128);
  return {
    samplesOffset,
    leadCount,
    lengthSamples,
    samplingRateHz,
    leads,
    recordedAt,
    patient: {
      name: writtenName({ family: text(68, 40), given: text(28, 40) }),
      id: text(108, 20),
      birthDate,
      ageYears: ageAt(birthDate, recordedAt),
      sex: sex === 1 ? 'male' : sex === 2 ? 'female' : 'unknown',
    },
    comments: [text(232, 40)].filter((comment) => comment !== ''),
    warnings,
  };
}

/**
 * Opens an ISHNE file for reading windows of it.
 * @throws KirchhoffError naming file and byte
 */
export function openIshne(source: ByteSource): OpenedRecording {
  const header = parseHeader(source);
  const { leadCount, leads, lengthSamples, samplesOffset } = header;
  if (lengthSamples === 0 || lengthSamples > MAXIMUM_LENGTH_SAMPLES)
    checkSize(lengthSamples, leadCount, source.name);
  const names = uniqueLeadNames(leads.map(({ name }) => name));
  return {
    recordName: source.name.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, ''),
    samplingRateHz: header.samplingRateHz,
    lengthSamples,
    leads: leads.map(({ nanovolts }, i) => ({
      name: names[i]!,
      resolutionMillivolts: nanovolts / 1e6,
      rangeMillivolts: null,
    })),
    recordedAt: header.recordedAt,
    patient: header.patient,
    comments: header.comments,
    warnings: header.warnings,
    readWindow(start, length, places) {
      const bytes = source.read(samplesOffset + start * leadCount * 2, length * leadCount * 2);
      return chosen([...leads.entries()], places).map(([lead, { nanovolts }]) => {
        const millivolts = new Float32Array(length);
        for (let i = 0; i < length; i++) {
          const place = (i * leadCount + lead) * 2;
          const value = ((bytes[place]! | (bytes[place + 1]! << 8)) << 16) >> 16;
          millivolts[i] = value === INVALID_SAMPLE ? Number.NaN : (value * nanovolts) / 1e6;
        }
        return millivolts;
      });
    },
  };
}

/** As `openIshne`, read as a whole. */
export function readIshne(fileName: string, bytes: Uint8Array): EcgRecording {
  return wholeRecording(openIshne(byteSourceOf(fileName, bytes)), fileName);
}
