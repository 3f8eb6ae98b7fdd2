/** Lines of text drawn into films, in fonts made here: dot letters of 5 x 7, thin, bold, slanted, sharp or smooth. */
import { RandomStream } from '../numeric/random.ts';

/** Rows from top to bottom, the leftmost of five dots the highest bit. */
const DOTS: Record<string, readonly number[]> = {
  A: [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11],
  B: [0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e],
  C: [0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e],
  D: [0x1c, 0x12, 0x11, 0x11, 0x11, 0x12, 0x1c],
  E: [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f],
  F: [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10],
  G: [0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0f],
  H: [0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11],
  I: [0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e],
  J: [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0c],
  K: [0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11],
  L: [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f],
  M: [0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11],
  N: [0x11, 0x11, 0x19, 0x15, 0x13, 0x11, 0x11],
  O: [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e],
  P: [0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10],
  Q: [0x0e, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0d],
  R: [0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11],
  S: [0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e],
  T: [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04],
  U: [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e],
  V: [0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04],
  W: [0x11, 0x11, 0x11, 0x15, 0x15, 0x15, 0x0a],
  X: [0x11, 0x11, 0x0a, 0x04, 0x0a, 0x11, 0x11],
  Y: [0x11, 0x11, 0x11, 0x0a, 0x04, 0x04, 0x04],
  Z: [0x1f, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1f],
  '0': [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
  '1': [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
  '2': [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f],
  '3': [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e],
  '4': [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
  '5': [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
  '6': [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
  '7': [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
  '8': [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
  '9': [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
  '.': [0, 0, 0, 0, 0, 0x0c, 0x0c],
  ':': [0, 0x0c, 0x0c, 0, 0x0c, 0x0c, 0],
  '-': [0, 0, 0, 0x1f, 0, 0, 0],
  '/': [0, 0x01, 0x02, 0x04, 0x08, 0x10, 0],
  ' ': [0, 0, 0, 0, 0, 0, 0],
};
const DOT_ROWS = 7;
const DOT_COLUMNS = 6;

export interface Font {
  /** Half the width of a stroke, of a dot's side; 0.5 is the dots as they are. */
  weight: number;
  /** Columns that the top leans to the right of the bottom, of a letter's height. */
  slant: number;
  /** Edges run over a pixel where true, else each pixel is ink or not. */
  smooth: boolean;
}

export const FONTS: Record<string, Font> = {
  dots: { weight: 0.5, slant: 0, smooth: false },
  'smooth dots': { weight: 0.5, slant: 0, smooth: true },
  bold: { weight: 0.8, slant: 0, smooth: true },
  slanted: { weight: 0.5, slant: 0.2, smooth: true },
};

/**
 * How much ink lies on each pixel, 0 to 1.
 * @param heightPixels of a capital letter
 */
export function inkOf(text: string, font: Font, heightPixels: number): Float32Array & { width?: number } {
  const dot = heightPixels / DOT_ROWS;
  const width = Math.ceil((DOT_COLUMNS * text.length + DOT_ROWS * font.slant) * dot) + 2;
  const height = Math.ceil(heightPixels) + 2;
  const ink = new Float32Array(width * height);
  const step = font.smooth ? 4 : 1;
  const inked = (y: number, x: number): boolean => {
    const v = y / dot;
    const u = x / dot - font.slant * (DOT_ROWS - v);
    const reach = font.weight - 0.5;
    for (let row = Math.floor(v - reach); row <= Math.floor(v + reach); row++) {
      for (let column = Math.floor(u - reach); column <= Math.floor(u + reach); column++) {
        const letter = DOTS[text[Math.floor(column / DOT_COLUMNS)] ?? ' '] ?? DOTS[' ']!;
        const at = column - DOT_COLUMNS * Math.floor(column / DOT_COLUMNS);
        if (at >= 5 || row < 0 || row >= DOT_ROWS) continue;
        if ((letter[row]! & (0x10 >> at)) !== 0) return true;
      }
    }
    return false;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let hits = 0;
      for (let j = 0; j < step; j++) {
        for (let i = 0; i < step; i++) {
          if (inked(y - 1 + (j + 0.5) / step, x - 1 + (i + 0.5) / step)) hits++;
        }
      }
      ink[y * width + x] = hits / (step * step);
    }
  }
  return Object.assign(ink, { width });
}

const SURNAMES = ['MILLER', 'GARCIA', 'OKAFOR', 'SCHULZE', 'NOVAK', 'ROSSI', 'TANAKA', 'PETERSEN'];
const FORENAMES = ['ANNA', 'JONAS', 'LEILA', 'TOM', 'MIRA', 'PAUL', 'ZOE', 'DAVID'];

/** A line as devices write it: a name, a number with a date, or where and when. */
export function lineOfText(random: RandomStream): string {
  const digits = (count: number) => Array.from({ length: count }, () => random.integer(10)).join('');
  const date = `${1 + random.integer(28)}.${1 + random.integer(12)}.20${digits(2)}`;
  const name = `${SURNAMES[random.integer(SURNAMES.length)]} ${FORENAMES[random.integer(FORENAMES.length)]}`;
  return [`${name} ${date}`, `ID ${digits(7)} ${date}`, `${name}`, `PORTABLE AP ${digits(2)}:${digits(2)}`][
    random.integer(4)
  ]!;
}

/**
 * The film with one line of text in a corner, white, or black where the ground is bright.
 * @param heightPixels of a capital letter
 * @param index which text and corner
 */
export function withText(
  film: Uint8Array,
  width: number,
  height: number,
  font: Font,
  heightPixels: number,
  index: number,
  text?: string,
): Uint8Array {
  const random = new RandomStream({ seed: 21, words: [index, 0, 0] });
  const drawn = film.slice();
  const ink = inkOf(text ?? lineOfText(random), font, heightPixels);
  const inkWidth = ink.width!;
  const inkHeight = ink.length / inkWidth;
  const margin = Math.round(0.02 * height) + 1;
  const left = random.uniform() < 0.5 ? margin : Math.max(margin, width - margin - inkWidth);
  const top = random.uniform() < 0.5 ? margin : height - margin - inkHeight;
  let ground = 0;
  let count = 0;
  for (let y = 0; y < inkHeight; y++) {
    for (let x = 0; x < inkWidth && left + x < width; x++, count++)
      ground += film[(top + y) * width + left + x]!;
  }
  const shade = ground / count > 160 ? 0 : 255;
  for (let y = 0; y < inkHeight; y++) {
    for (let x = 0; x < inkWidth && left + x < width; x++) {
      const at = (top + y) * width + left + x;
      const share = ink[y * inkWidth + x]!;
      drawn[at] = Math.round(share * shade + (1 - share) * film[at]!);
    }
  }
  return drawn;
}
