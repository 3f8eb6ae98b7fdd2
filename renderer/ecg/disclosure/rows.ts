/** Full disclosure: the recording cut into rows of equal length, one below the other. */

export const ROW_SECONDS = [15, 30, 60, 120] as const;
export type RowSeconds = (typeof ROW_SECONDS)[number];
/** Millimetres a millivolt; rows are as high as their gain needs. */
export const ROW_GAINS = [1, 2.5, 5, 10] as const;
export type RowGain = (typeof ROW_GAINS)[number];

/** CSS pixels a millimetre of height: rows are an index, not a measurement. */
const PX_PER_MM = 4;
/** Above the trace: marks. */
export const ROW_MARKS_PX = 14;
/** Millivolts that a row shows above and below its baseline. */
const MILLIVOLTS_UP = 1.7;
const MILLIVOLTS_DOWN = 1.1;
const LOWEST_ROW_PX = 24;

export interface RowGeometry {
  rowSeconds: number;
  rows: number;
  rowPx: number;
  /** From the row's top to its baseline. */
  baselinePx: number;
  pxPerMillivolt: number;
}

export function rowGeometry(durationSeconds: number, rowSeconds: number, gain: number): RowGeometry {
  const pxPerMillivolt = gain * PX_PER_MM;
  const rowPx = Math.max(
    LOWEST_ROW_PX,
    Math.round(ROW_MARKS_PX + pxPerMillivolt * (MILLIVOLTS_UP + MILLIVOLTS_DOWN)),
  );
  const trace = rowPx - ROW_MARKS_PX;
  return {
    rowSeconds,
    rows: Math.max(1, Math.ceil(durationSeconds / rowSeconds)),
    rowPx,
    baselinePx: ROW_MARKS_PX + (trace * MILLIVOLTS_UP) / (MILLIVOLTS_UP + MILLIVOLTS_DOWN),
    pxPerMillivolt,
  };
}

/** First and last row (inclusive) of which some part is in view. */
export function rowsInView(geometry: RowGeometry, scrollTop: number, heightPx: number): [number, number] {
  const last = geometry.rows - 1;
  const first = Math.max(0, Math.min(last, Math.floor(scrollTop / geometry.rowPx)));
  return [first, Math.max(first, Math.min(last, Math.ceil((scrollTop + heightPx) / geometry.rowPx) - 1))];
}

/** The scroll position that is nearest and shows the whole row. */
export function scrollToShow(
  geometry: RowGeometry,
  row: number,
  scrollTop: number,
  heightPx: number,
): number {
  const top = row * geometry.rowPx;
  if (top < scrollTop) return top;
  return top + geometry.rowPx > scrollTop + heightPx ? top + geometry.rowPx - heightPx : scrollTop;
}
