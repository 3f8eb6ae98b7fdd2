/**
 * Time and voltage on millimetre paper. Everything horizontal is tied to whole device pixels counted from
 * the recording's start, so that nothing shimmers while scrolling.
 */
export const SPEEDS_MM_PER_SECOND = [12.5, 25, 50] as const;
export const GAINS_MM_PER_MILLIVOLT = [5, 10, 20] as const;

/** CSS pixels a millimetre while the display has not been calibrated; whole, so that squares are even. */
export const NOMINAL_PX_PER_MM = 4;

export interface PaperScale {
  /** CSS pixels a millimetre. */
  pxPerMm: number;
  speedMmPerSecond: number;
  gainMmPerMillivolt: number;
}

export function pxPerSecond(scale: PaperScale): number {
  return scale.pxPerMm * scale.speedMmPerSecond;
}

export function pxPerMillivolt(scale: PaperScale): number {
  return scale.pxPerMm * scale.gainMmPerMillivolt;
}

/** CSS pixels right of the strip's left edge. */
export function xOfSeconds(scale: PaperScale, leftSeconds: number, seconds: number): number {
  return (seconds - leftSeconds) * pxPerSecond(scale);
}

export function secondsOfX(scale: PaperScale, leftSeconds: number, x: number): number {
  return leftSeconds + x / pxPerSecond(scale);
}

/** The left edge that is nearest to a whole device pixel. */
export function snapLeftSeconds(scale: PaperScale, leftSeconds: number, pixelRatio: number): number {
  const devicePxPerSecond = pxPerSecond(scale) * pixelRatio;
  return Math.round(leftSeconds * devicePxPerSecond) / devicePxPerSecond;
}

/** The left edge kept such that the strip shows recording, not void. */
export function clampLeftSeconds(
  leftSeconds: number,
  visibleSeconds: number,
  durationSeconds: number,
): number {
  return Math.max(0, Math.min(leftSeconds, durationSeconds - visibleSeconds));
}

/** The least move that brings a moment into the middle half of the strip. */
export function leftSecondsToShow(
  seconds: number,
  leftSeconds: number,
  visibleSeconds: number,
  durationSeconds: number,
): number {
  const margin = visibleSeconds / 4;
  const inside = seconds >= leftSeconds + margin && seconds <= leftSeconds + visibleSeconds - margin;
  const left = inside ? leftSeconds : seconds - visibleSeconds / 2;
  return clampLeftSeconds(left, visibleSeconds, durationSeconds);
}

/** Next entry of a list of steps in a direction; the value itself at the end. */
export function stepped<Step extends number>(steps: readonly Step[], now: Step, direction: 1 | -1): Step {
  return steps[steps.indexOf(now) + direction] ?? now;
}
