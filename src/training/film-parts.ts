/** Films of which a part is missing, as rectangles of whole ones. */

/** Shares of height and width, ends exclusive. */
export interface FilmPart {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export const WHOLE: FilmPart = { top: 0, bottom: 1, left: 0, right: 1 };

/** Cut-offs that are tested; training draws others, `train-whole-film.ts`. */
export const CUT_OFFS: Record<string, FilmPart> = {
  'upper half only': { ...WHOLE, bottom: 0.5 },
  'lower half only': { ...WHOLE, top: 0.5 },
  'left half only': { ...WHOLE, right: 0.5 },
  'right half only': { ...WHOLE, left: 0.5 },
  'upper 60 % only': { ...WHOLE, bottom: 0.6 },
  'lower 60 % only': { ...WHOLE, top: 0.4 },
  'left 60 % only': { ...WHOLE, right: 0.6 },
  'right 60 % only': { ...WHOLE, left: 0.4 },
  'upper left quarter only': { ...WHOLE, bottom: 0.5, right: 0.5 },
};

/** @param pixels [side][side] */
export function partOf(
  pixels: Uint8Array,
  side: number,
  part: FilmPart,
): { pixels: Uint8Array; width: number; height: number } {
  const [top, bottom, left, right] = [part.top, part.bottom, part.left, part.right].map((share) =>
    Math.round(share * side),
  ) as [number, number, number, number];
  const width = right - left;
  const height = bottom - top;
  const cut = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * side + left;
    cut.set(pixels.subarray(from, from + width), y * width);
  }
  return { pixels: cut, width, height };
}
