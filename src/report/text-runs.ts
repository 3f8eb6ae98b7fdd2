/**
 * Cuts a line of text into runs that a PDF writer without bidirectional layout can draw one after the other
 * from left to right (Unicode Standard Annex 9), and makes sure that nothing in it is silently blank: what no
 * font can show becomes a visible replacement character.
 */
import bidiFactory, { type Bidi } from 'bidi-js';

/** Says whether a font has a glyph for a Unicode code point. */
export type GlyphCoverage = (codePoint: number) => boolean;

export interface TextRun {
  /** As the font's shaper wants it: logical order where it shapes right-to-left script, else visual order. */
  text: string;
  /** Index into the fonts asked. */
  font: number;
  /** The shaper must lay it out from right to left. */
  rightToLeft: boolean;
}

export interface TextLine {
  /** In order from left to right. */
  runs: TextRun[];
  /** Characters that were replaced because no font has them or they are control characters. */
  replaced: number;
}

/** U+FFFD, which the fonts of the reports have. */
const REPLACEMENT = '\ufffd';

const bidi: Bidi = bidiFactory();

/** Signs that Noto Sans lacks and that plain characters say as well. */
const EQUIVALENTS: ReadonlyMap<string, string> = new Map([
  ['≥', '>='],
  ['≤', '<='],
  ['≈', '~'],
  ['→', '->'],
]);

const SPACE_LIKE = /[\t\n\v\f\r\u0085\u2028\u2029]/;
/** Joiners, direction marks, variation selectors, soft hyphen, byte order mark: they have no shape. */
const SHAPELESS = /[\u00ad\u061c\u200b-\u200f\u2060-\u2064\ufeff]|[\ufe00-\ufe0f]/;
/** Controls, and explicit direction overrides, which could make an identifier read as another one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]/;

/** One line in characters that may be laid out: white space made plain, controls made visible. */
export function printable(text: string): { text: string; replaced: number } {
  let replaced = 0;
  let clean = '';
  for (const character of text.normalize('NFC')) {
    const equivalent = EQUIVALENTS.get(character);
    if (equivalent !== undefined) {
      clean += equivalent;
    } else if (SPACE_LIKE.test(character)) {
      clean += ' ';
    } else if (character.length === 1 && FORBIDDEN.test(character)) {
      clean += REPLACEMENT;
      replaced++;
    } else {
      clean += character;
    }
  }
  return { text: clean, replaced };
}

interface Cell {
  text: string;
  font: number;
  level: number;
  strongRightToLeft: boolean;
}

export function layoutLine(text: string, fonts: readonly GlyphCoverage[]): TextLine {
  const clean = printable(text);
  let replaced = clean.replaced;
  const { levels } = bidi.getEmbeddingLevels(clean.text, 'auto');
  const cells: Cell[] = [];
  let index = 0;
  for (const character of clean.text) {
    const level = levels[index] ?? 0;
    const codePoint = character.codePointAt(0)!;
    const mirrored = (level & 1) === 1 ? bidi.getMirroredCharacter(character) : null;
    const wanted = mirrored ?? character;
    let font = fonts.findIndex((covers) => covers(wanted.codePointAt(0)!));
    index += character.length;
    let shown = wanted;
    if (font < 0) {
      if (SHAPELESS.test(character) || (codePoint >= 0xe0000 && codePoint <= 0xe0fff)) continue;
      shown = REPLACEMENT;
      font = 0;
      replaced++;
    }
    const type = bidi.getBidiCharTypeName(character);
    const strong = shown !== REPLACEMENT && (type === 'R' || type === 'AL');
    const last = cells.at(-1);
    if (last !== undefined && last.level === level && last.font === font) {
      last.text += shown;
      last.strongRightToLeft ||= strong;
    } else {
      cells.push({ text: shown, font, level, strongRightToLeft: strong });
    }
  }
  return { runs: visualOrder(cells), replaced };
}

/** Rule L2: from the highest level down, reverse every sequence of runs at that level or higher. */
function visualOrder(cells: readonly Cell[]): TextRun[] {
  const order = [...cells];
  const highest = order.reduce((level, cell) => Math.max(level, cell.level), 0);
  for (let level = highest; level >= 1; level--) {
    for (let start = 0; start < order.length; start++) {
      if (order[start]!.level < level) continue;
      let end = start;
      while (end + 1 < order.length && order[end + 1]!.level >= level) end++;
      const reversed = order.slice(start, end + 1).reverse();
      order.splice(start, reversed.length, ...reversed);
      start = end;
    }
  }
  return order.map((cell) => {
    const rightToLeft = cell.strongRightToLeft && (cell.level & 1) === 1;
    // A run of spaces, signs or replacements has no script: no shaper would turn it round.
    const turn = !rightToLeft && (cell.level & 1) === 1;
    return { text: turn ? [...cell.text].reverse().join('') : cell.text, font: cell.font, rightToLeft };
  });
}
