/** Text in the repertoires of Specific Character Set (0008,0005): PS3.3 C.12.1.1.2, PS3.5 6.1. */

/** Encodings that fill all eight bits without code extension, as TextDecoder names them. */
const WHOLE: Record<string, string> = {
  '192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** What the upper half (G1) of an ISO 2022 set holds; ISO-IR registration number to TextDecoder's name. */
const UPPER: Record<string, string> = {
  '100': 'latin1',
  '101': 'iso-8859-2',
  '109': 'iso-8859-3',
  '110': 'iso-8859-4',
  '126': 'iso-8859-7',
  '127': 'iso-8859-6',
  '138': 'iso-8859-8',
  '144': 'iso-8859-5',
  '148': 'iso-8859-9',
  '203': 'iso-8859-15',
  '166': 'windows-874',
  '13': 'katakana',
  '149': 'euc-kr',
  '58': 'gbk',
};

/** Escape sequences (PS3.3 tables C.12-3 and C.12-4) as hexadecimal after ESC: which half, which repertoire. */
const ESCAPES: Record<string, { half: 'lower' | 'upper'; set: string }> = {
  '2842': { half: 'lower', set: 'ascii' },
  '284a': { half: 'lower', set: 'romaji' },
  '2442': { half: 'lower', set: 'jis-x-0208' },
  '242844': { half: 'lower', set: 'jis-x-0212' },
  '2949': { half: 'upper', set: '13' },
  '2d41': { half: 'upper', set: '100' },
  '2d42': { half: 'upper', set: '101' },
  '2d43': { half: 'upper', set: '109' },
  '2d44': { half: 'upper', set: '110' },
  '2d46': { half: 'upper', set: '126' },
  '2d47': { half: 'upper', set: '127' },
  '2d48': { half: 'upper', set: '138' },
  '2d4c': { half: 'upper', set: '144' },
  '2d4d': { half: 'upper', set: '148' },
  '2d54': { half: 'upper', set: '166' },
  '2d62': { half: 'upper', set: '203' },
  '242943': { half: 'upper', set: '149' },
  '242941': { half: 'upper', set: '58' },
};

const ESCAPE = 0x1b;
const BACKSLASH = 0x5c;

/** The terms of a Specific Character Set value: ISO-IR numbers, `GB18030`, `GBK`; '' is the default repertoire. */
export function characterSetsOf(value: Uint8Array): string[] {
  const text = String.fromCharCode(...value.subarray(0, 256));
  return text.split('\\').map((term) => {
    const plain = term.replace(/\0/g, '').trim().toUpperCase();
    // ISO_IR 100, ISO 2022 IR 100, and what is met instead: ISO-IR 100, ISO IR100, ISO2022IR100.
    const registered = /IR[\s_-]*(\d{1,3})$/.exec(plain)?.[1];
    if (registered !== undefined) return registered === '6' ? '' : registered;
    if (/^UTF-?8$/.test(plain)) return '192';
    return plain;
  });
}

const decoders = new Map<string, TextDecoder>();

function decoder(name: string): TextDecoder {
  let found = decoders.get(name);
  if (found === undefined) {
    found = new TextDecoder(name);
    decoders.set(name, found);
  }
  return found;
}

/** What splits a text: at these the code extension starts anew (PS3.5 6.1.2.5.3). */
export type TextKind = 'values' | 'person-names' | 'text';

/**
 * Decodes a value. Backslashes that part values stay `\`; in a `text` (one value: LT, ST, UT) they are characters.
 * Bytes that have no character become U+FFFD.
 */
export function decodeText(bytes: Uint8Array, characterSets: readonly string[], kind: TextKind): string {
  const first = characterSets[0] ?? '';
  const whole = WHOLE[first];
  if (whole !== undefined) return decoder(whole).decode(bytes);
  if (!isKnown(first)) return decodeUndeclared(bytes);
  const lower = first === '13' ? 'romaji' : 'ascii';
  const upper = UPPER[first] === undefined ? null : first;
  if (first === '' && !bytes.includes(ESCAPE)) return decodeUndeclared(bytes);
  return decodeExtended(bytes, { lower, upper }, kind);
}

function isKnown(term: string): boolean {
  return term === '' || UPPER[term] !== undefined || term === '87' || term === '159';
}

/** The default repertoire is ASCII; bytes beyond it are what the writer forgot to declare: UTF-8, else Latin-1. */
function decodeUndeclared(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

interface Halves {
  lower: string;
  upper: string | null;
}

/** ISO 2022: runs of bytes between escape sequences, each in the repertoire of its half. */
function decodeExtended(bytes: Uint8Array, initial: Halves, kind: TextKind): string {
  let text = '';
  let { lower, upper } = initial;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === ESCAPE) {
      const found = escapeAt(bytes, at + 1);
      if (found === null) {
        text += '\ufffd';
        at++;
      } else {
        if (found.half === 'lower') lower = found.set;
        else upper = found.set;
        at += 1 + found.length;
      }
      continue;
    }
    const isUpper = byte >= 0x80;
    let end = at + 1;
    while (end < bytes.length && bytes[end] !== ESCAPE && (bytes[end] ?? 0) >= 0x80 === isUpper) end++;
    if (isUpper) {
      text += decodeUpper(bytes.subarray(at, end), upper);
      at = end;
      continue;
    }
    const twoBytes = lower === 'jis-x-0208' || lower === 'jis-x-0212';
    // Control characters never belong to a character of two bytes.
    if (twoBytes && byte > 0x20) {
      while (end > at + 1 && (bytes[end - 1] ?? 0) <= 0x20) end--;
      const run = bytes.subarray(at, end - ((end - at) % 2));
      if (run.length === 0) {
        text += '\ufffd';
        at = end;
        continue;
      }
      text += decodeJapanese(run, lower);
      at += run.length;
      continue;
    }
    if (isDelimiter(byte, kind)) ({ lower, upper } = initial);
    text += byte === BACKSLASH && lower === 'romaji' && kind === 'text' ? '¥' : single(byte, lower);
    at++;
  }
  return text;
}

function isDelimiter(byte: number, kind: TextKind): boolean {
  if (byte === 0x0a || byte === 0x0c || byte === 0x0d || byte === 0x09) return true;
  if (kind === 'text') return false;
  if (byte === BACKSLASH) return true;
  return kind === 'person-names' && (byte === 0x5e || byte === 0x3d);
}

function single(byte: number, lower: string): string {
  if (lower === 'romaji' && byte === 0x7e) return '‾';
  return String.fromCharCode(byte);
}

function escapeAt(
  bytes: Uint8Array,
  at: number,
): { half: 'lower' | 'upper'; set: string; length: number } | null {
  for (const length of [2, 3]) {
    let key = '';
    for (const byte of bytes.subarray(at, at + length)) key += byte.toString(16).padStart(2, '0');
    const found = ESCAPES[key];
    if (found !== undefined) return { ...found, length };
  }
  return null;
}

function decodeUpper(bytes: Uint8Array, set: string | null): string {
  const name = set === null ? undefined : UPPER[set];
  if (name === undefined) return decodeUndeclared(bytes);
  if (name === 'latin1') return latin1(bytes);
  if (name === 'katakana') {
    let text = '';
    // JIS X 0201: the half-width katakana stand in Unicode in the same order.
    for (const byte of bytes) {
      text += byte >= 0xa1 && byte <= 0xdf ? String.fromCharCode(0xff61 + byte - 0xa1) : '\ufffd';
    }
    return text;
  }
  return decoder(name).decode(bytes);
}

/** EUC-JP holds both JIS sets in its upper half, JIS X 0212 behind a shift byte. */
function decodeJapanese(run: Uint8Array, set: string): string {
  const euc: number[] = [];
  for (let at = 0; at + 1 < run.length; at += 2) {
    if (set === 'jis-x-0212') euc.push(0x8f);
    euc.push((run[at] ?? 0) | 0x80, (run[at + 1] ?? 0) | 0x80);
  }
  return decoder('euc-jp').decode(new Uint8Array(euc));
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
