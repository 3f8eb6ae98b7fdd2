/**
 * Lines of text burned into the pixels. Letters are strokes thinner than their height, all of one shade against their
 * ground, of like height, side by side; a side marker is a letter or two and is no line.
 */
import { areaResample } from '../../imaging/resample.ts';
import type { GreyShades } from './grey-shades.ts';

/** Larger images are made smaller: their letters are larger too. */
const LARGEST_SIDE = 640;
/** Letters that are looked for, in pixels. */
const LOWEST_LETTER = 5;
const HIGHEST_LETTER = 48;
/** Letters that may have run into one. */
const MOST_IN_ONE = 4;
/** Strokes of large letters are wider than a square that still shows small ones. */
const STROKE_WINDOWS = [5, 11] as const;
/** Contrast of a stroke with the ground it lies on, of the whole range of shades. */
const LEAST_CONTRAST = 0.22;
/** Letters in a row that are called a line; R, L, AP or a time of day by themselves are fewer. */
const LEAST_LETTERS = 6;

interface Box {
  top: number;
  bottom: number;
  left: number;
  right: number;
  pixels: number;
}

/** Letters of the longest line that is found, written along rows or columns; 0 where there is none. */
export function lettersInALine(grey: GreyShades): number {
  const { width, height, shades } = reduced(grey);
  const turnedOver = shades.map((shade) => 1 - shade);
  let most = 0;
  for (const ground of [shades, turnedOver]) {
    for (const window of STROKE_WINDOWS) {
      const strokes = thinAndBright(ground, width, height, window);
      const letters = componentsOf(strokes, width, height);
      most = Math.max(most, longestLine(letters), longestLine(letters.map(transposed)));
    }
  }
  return most;
}

export function hasBurnedInText(grey: GreyShades): boolean {
  return lettersInALine(grey) >= LEAST_LETTERS;
}

function reduced({ width, height, shades }: GreyShades): Omit<GreyShades, 'colouredShare'> {
  const scale = LARGEST_SIDE / Math.max(width, height);
  if (scale >= 1) return { width, height, shades };
  const [toWidth, toHeight] = [Math.round(width * scale), Math.round(height * scale)];
  if (toWidth < 1 || toHeight < 1) return { width, height, shades };
  return {
    width: toWidth,
    height: toHeight,
    shades: areaResample(shades, width, height, toWidth, toHeight),
  };
}

/** Pixels that rise over the opening of the image by a square: what is narrower than it (white top-hat). */
function thinAndBright(shades: Float32Array, width: number, height: number, window: number): Uint8Array {
  const turnedOver = (values: Float32Array) => values.map((value) => -value);
  const eroded = largestInSquares(turnedOver(shades), width, height, window);
  const opened = largestInSquares(turnedOver(eroded), width, height, window);
  const strokes = new Uint8Array(shades.length);
  for (let i = 0; i < shades.length; i++) if (shades[i]! - opened[i]! > LEAST_CONTRAST) strokes[i] = 1;
  return strokes;
}

/** Largest value in the square around each pixel, as far as it lies in the image. */
function largestInSquares(values: Float32Array, width: number, height: number, window: number): Float32Array {
  const down = turned(largestInRows(values, width, window), width, height);
  return turned(largestInRows(down, height, window), height, width);
}

/** Rows and columns in each other's place, so that both are walked through as they lie in memory. */
function turned(values: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[x * height + y] = values[y * width + x]!;
  }
  return out;
}

/** By windows of doubled length, of which two cover the whole one. */
function largestInRows(values: Float32Array, width: number, window: number): Float32Array {
  const half = window >> 1;
  const out = new Float32Array(values.length);
  const line = new Float32Array(width + 2 * half).fill(Number.NEGATIVE_INFINITY);
  for (let first = 0; first < values.length; first += width) {
    line.fill(Number.NEGATIVE_INFINITY, 0, half);
    line.fill(Number.NEGATIVE_INFINITY, half + width);
    line.set(values.subarray(first, first + width), half);
    let length = 1;
    for (; 2 * length <= window; length *= 2) {
      for (let i = 0; i + length < line.length; i++) {
        const further = line[i + length]!;
        if (further > line[i]!) line[i] = further;
      }
    }
    const rest = window - length;
    for (let i = 0; i < width; i++) {
      const one = line[i]!;
      const two = line[i + rest]!;
      out[first + i] = one > two ? one : two;
    }
  }
  return out;
}

/** Boxes around pixels that touch, corners included, of the size of letters. */
function componentsOf(marked: Uint8Array, width: number, height: number): Box[] {
  const left = marked.slice();
  const boxes: Box[] = [];
  const stack: number[] = [];
  for (let start = 0; start < left.length; start++) {
    if (left[start] === 0) continue;
    const box: Box = { top: height, bottom: 0, left: width, right: 0, pixels: 0 };
    left[start] = 0;
    stack.push(start);
    while (stack.length > 0) {
      const at = stack.pop()!;
      const y = Math.floor(at / width);
      const x = at - y * width;
      box.pixels++;
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++) {
        for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i++) {
          const next = j * width + i;
          if (left[next] === 0) continue;
          left[next] = 0;
          stack.push(next);
        }
      }
    }
    const rows = box.bottom - box.top;
    const columns = box.right - box.left;
    const longest = Math.max(rows, columns);
    if (longest >= LOWEST_LETTER && longest <= MOST_IN_ONE * HIGHEST_LETTER && box.pixels >= longest)
      boxes.push(box);
  }
  return boxes;
}

function transposed({ top, bottom, left, right, pixels }: Box): Box {
  return { top: left, bottom: right, left: top, right: bottom, pixels };
}

/** Letters that a box may hold: small ones run into one another. */
function lettersIn({ top, bottom, left, right }: Box): number {
  return Math.max(1, Math.floor((right - left) / (0.9 * (bottom - top))));
}

/** Most letters in a row of like height whose rows overlap and whose gaps are no wider than letters are high. */
function longestLine(boxes: readonly Box[]): number {
  const upright = boxes
    .filter((box) => {
      const rows = box.bottom - box.top;
      return rows >= LOWEST_LETTER && rows <= HIGHEST_LETTER && lettersIn(box) <= MOST_IN_ONE;
    })
    .sort((a, b) => a.left - b.left);
  let longest = 0;
  const lengthTo = upright.map(lettersIn);
  upright.forEach((box, i) => {
    const rows = box.bottom - box.top;
    for (let j = i - 1; j >= 0; j--) {
      const before = upright[j]!;
      const gap = box.left - before.right;
      if (box.left - before.left > (MOST_IN_ONE + 2) * HIGHEST_LETTER) break;
      const rowsBefore = before.bottom - before.top;
      const overlap = Math.min(box.bottom, before.bottom) - Math.max(box.top, before.top);
      const alike = Math.abs(rows - rowsBefore) <= 1 + 0.2 * Math.max(rows, rowsBefore);
      if (gap >= -1 && gap <= 1.3 * rows && alike && overlap >= 0.75 * Math.max(rows, rowsBefore)) {
        lengthTo[i] = Math.max(lengthTo[i]!, lengthTo[j]! + lettersIn(box));
      }
    }
    longest = Math.max(longest, lengthTo[i]!);
  });
  return longest;
}
