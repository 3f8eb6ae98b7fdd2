/** Time since programming on a slider: equal steps in its logarithm. */

export const SHORTEST_SECONDS = 20;
/** Ten years. */
export const LONGEST_SECONDS = 3.1536e8;
export const SLIDER_STEPS = 100;

export function secondsAt(step: number, longest = LONGEST_SECONDS): number {
  if (step >= SLIDER_STEPS) return longest;
  const share = Math.max(0, step / SLIDER_STEPS);
  const seconds = SHORTEST_SECONDS * (longest / SHORTEST_SECONDS) ** share;
  // Round numbers to two digits: nobody means 86,377 seconds.
  const digits = 10 ** (Math.floor(Math.log10(seconds)) - 1);
  return Math.min(longest, Math.max(SHORTEST_SECONDS, Math.round(seconds / digits) * digits));
}

export function stepOf(seconds: number, longest = LONGEST_SECONDS): number {
  const share = Math.log(seconds / SHORTEST_SECONDS) / Math.log(longest / SHORTEST_SECONDS);
  return Math.round(SLIDER_STEPS * Math.min(1, Math.max(0, share)));
}

const UNITS: readonly [number, string][] = [
  [3.1536e7, 'year'],
  [2.628e6, 'month'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** `3 hours`, `1 day`, `10 years`. */
export function timeWords(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds >= unit * 0.95) ?? [1, 'second'];
  const amount = seconds / size;
  const shown = amount < 9.95 ? Number(amount.toFixed(1)) : Math.round(amount);
  return `${shown} ${name}${shown === 1 ? '' : 's'}`;
}
