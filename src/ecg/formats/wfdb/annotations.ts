/** WFDB annotation files in MIT format (WFDB Applications Guide, "annot(5)"), for instance `<record>.atr`. */
import { KirchhoffError } from '../../../contract/errors.ts';
import type { EcgAnnotation } from '../../recording.ts';

/** PhysioBank codes by annotation type number (ecgcodes.h). */
const CODES: Readonly<Record<number, string>> = {
  1: 'N',
  2: 'L',
  3: 'R',
  4: 'a',
  5: 'V',
  6: 'F',
  7: 'J',
  8: 'A',
  9: 'S',
  10: 'E',
  11: 'j',
  12: '/',
  13: 'Q',
  14: '~',
  16: '|',
  18: 's',
  19: 'T',
  20: '*',
  21: 'D',
  22: '"',
  23: '=',
  24: 'p',
  25: 'B',
  26: '^',
  27: 't',
  28: '+',
  29: 'u',
  30: '?',
  31: '!',
  32: '[',
  33: ']',
  34: 'e',
  35: 'n',
  36: '@',
  37: 'x',
  38: 'f',
  39: '(',
  40: ')',
  41: 'r',
};
const NUMBER_OF_CODE: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES).map(([number, code]) => [code, Number(number)]),
);

const SKIP = 59;
const NUM = 60;
const SUB = 61;
const CHN = 62;
const AUX = 63;
const LARGEST_INTERVAL = 1023;

function signedByte(value: number): number {
  return (value << 24) >> 24;
}

const DEFINITIONS_BEGIN = '## annotation type definitions';
const DEFINITIONS_END = '## end of definitions';

/** The codes that a file defines for itself, in notes at its start ("annot(5)"), and what is left without those. */
function withoutDefinitions(annotations: EcgAnnotation[]): EcgAnnotation[] {
  const own = new Map<string, string>();
  let defining = false;
  const left = annotations.filter(({ sample, code, text }) => {
    if (code !== '"' || sample !== 0) return true;
    if (text === DEFINITIONS_BEGIN) defining = true;
    if (text.startsWith('## ')) {
      if (text === DEFINITIONS_END) defining = false;
      return false;
    }
    const definition = defining ? /^(\d{1,2}) (\S+)/.exec(text) : null;
    if (definition !== null) own.set(`#${definition[1]}`, definition[2]!);
    return definition === null;
  });
  for (const annotation of left) annotation.code = own.get(annotation.code) ?? annotation.code;
  return left;
}

/**
 * Ticks a second of the file's positions where it tells them itself ("annot(5)"); null where they are samples of
 * the record's frame rate.
 */
export function wfdbAnnotationResolutionHz(bytes: Uint8Array): number | null {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 256));
  const told = /## time resolution: (\d{1,6}(?:\.\d{1,9})?)/.exec(start);
  return told === null || Number(told[1]) === 0 ? null : Number(told[1]);
}

/**
 * Reads annotations in the order of the file, positions in samples from 0. Types without a PhysioBank code get the
 * one that the file defines, else `#<number>`. Notes at the start that describe the file itself are left out.
 * @param fileName for messages
 * @throws KirchhoffError `file-truncated` naming the byte where an annotation is cut off, `value-out-of-range`
 * where a position is negative or beyond 2^31 - 1
 */
export function readWfdbAnnotations(bytes: Uint8Array, fileName = 'annotations'): EcgAnnotation[] {
  const annotations: EcgAnnotation[] = [];
  let at = 0;
  let sample = 0;
  let channel = 0;
  let number = 0;

  const word = (): number => {
    if (at + 2 > bytes.length) {
      throw new KirchhoffError('file-truncated', 'The annotations are cut off.', `${fileName} byte ${at}`);
    }
    const value = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    return value;
  };

  // A file without its end mark is taken as complete where it ends between two annotations.
  while (at < bytes.length) {
    const start = at;
    const value = word();
    if (value === 0) break;
    const type = value >> 10;
    const field = value & 0x3ff;
    const last = annotations[annotations.length - 1];
    if (type === SKIP) {
      const high = word();
      sample += (high << 16) | word();
    } else if (type === NUM) {
      number = signedByte(field & 0xff);
      if (last !== undefined) last.number = number;
    } else if (type === SUB) {
      if (last !== undefined) last.subtype = signedByte(field & 0xff);
    } else if (type === CHN) {
      channel = field & 0xff;
      if (last !== undefined) last.channel = channel;
    } else if (type === AUX) {
      const end = at + field + (field & 1);
      if (at + field > bytes.length) {
        throw new KirchhoffError('file-truncated', 'The annotations are cut off.', `${fileName} byte ${at}`);
      }
      const text = new TextDecoder().decode(bytes.subarray(at, at + field));
      if (last !== undefined) last.text = text.replace(/\0+$/, '');
      at = end;
    } else {
      sample += field;
      if (sample < 0 || sample > 2 ** 31 - 1) {
        throw new KirchhoffError(
          'value-out-of-range',
          'An annotation lies outside any recording.',
          `${fileName} byte ${start}`,
        );
      }
      // Type 0 with an interval only moves on.
      if (type === 0) continue;
      annotations.push({ sample, code: CODES[type] ?? `#${type}`, subtype: 0, channel, number, text: '' });
    }
  }
  return withoutDefinitions(annotations);
}

/** Annotations that lie within a recording, and how many were left out because they do not. */
export function annotationsWithinRecord(
  annotations: readonly EcgAnnotation[],
  lengthSamples: number,
): { kept: EcgAnnotation[]; dropped: number } {
  const kept = annotations.filter(
    (annotation) => annotation.sample >= 0 && annotation.sample < lengthSamples,
  );
  return { kept, dropped: annotations.length - kept.length };
}

/**
 * Writes annotations as a MIT-format file. They need not be sorted.
 * @throws KirchhoffError `value-out-of-range` for a position below 0 or a code that PhysioBank does not have
 */
export function writeWfdbAnnotations(annotations: readonly EcgAnnotation[]): Uint8Array {
  const out: number[] = [];
  const word = (value: number) => out.push(value & 0xff, (value >> 8) & 0xff);
  let sample = 0;
  let channel = 0;
  let number = 0;
  for (const annotation of [...annotations].sort((a, b) => a.sample - b.sample || a.channel - b.channel)) {
    const type = NUMBER_OF_CODE.get(annotation.code);
    if (type === undefined || !Number.isInteger(annotation.sample) || annotation.sample < 0) {
      throw new KirchhoffError(
        'value-out-of-range',
        `An annotation "${annotation.code}" at sample ${annotation.sample} cannot be written.`,
      );
    }
    let interval = annotation.sample - sample;
    sample = annotation.sample;
    if (interval > LARGEST_INTERVAL) {
      word(SKIP << 10);
      word(interval >>> 16);
      word(interval & 0xffff);
      interval = 0;
    }
    word((type << 10) | interval);
    if (annotation.subtype !== 0) word((SUB << 10) | (annotation.subtype & 0xff));
    if (annotation.channel !== channel) word((CHN << 10) | (annotation.channel & 0xff));
    if (annotation.number !== number) word((NUM << 10) | (annotation.number & 0xff));
    channel = annotation.channel;
    number = annotation.number;
    if (annotation.text !== '') {
      const text = new TextEncoder().encode(annotation.text).subarray(0, 255);
      word((AUX << 10) | text.length);
      out.push(...text);
      if (text.length % 2 === 1) out.push(0);
    }
  }
  word(0);
  return Uint8Array.from(out);
}
