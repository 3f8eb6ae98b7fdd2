/** Numbers, times and shares in the words of a report. English, the same on every machine (no locale). */
import type { Interval90 } from '../contract/ecg.ts';

/** Between digit groups and before units: narrow, never broken. */
const THIN = '\u202f';

/** `12345` as `12 345`. */
export function wholeNumber(value: number): string {
  const digits = Math.abs(Math.round(value)).toString();
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, THIN);
  return value < 0 && digits !== '0' ? `−${grouped}` : grouped;
}

/** A share of 1 as percent: two places below 1 %, else one; `0 %` and `100 %` only where exact. */
export function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return 'unknown';
  if (fraction === 0 || fraction === 1) return `${fraction * 100}${THIN}%`;
  const value = fraction * 100;
  if (value < 0.01) return `< 0.01${THIN}%`;
  if (value > 99.9 && value < 100) return `> 99.9${THIN}%`;
  return `${value.toFixed(value < 1 ? 2 : 1)}${THIN}%`;
}

export function interval(
  value: Interval90 | null,
  show: (amount: number) => string,
  without = 'no interval',
): string {
  return value === null ? without : `${show(value.low)} to ${show(value.high)}`;
}

export function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)}${THIN}s`;
}

export function beatsPerMinute(value: number): string {
  return `${Math.round(value)}/min`;
}

/** Position in a recording, `h:mm:ss` or with tenths `h:mm:ss.s`. */
export function elapsed(positionSeconds: number, tenths = false): string {
  const units = tenths ? Math.floor(positionSeconds * 10 + 1e-6) : Math.floor(positionSeconds + 1e-6);
  const whole = tenths ? Math.floor(units / 10) : units;
  const two = (part: number) => String(part).padStart(2, '0');
  const clock = `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return tenths ? `${clock}.${units % 10}` : clock;
}

/** Clock time of a position, `hh:mm:ss`; null where the recording's start is unknown or unreadable. */
export function clockTime(recordedAt: string | null, positionSeconds: number): string | null {
  if (recordedAt === null) return null;
  const local = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)/.exec(recordedAt)?.[1];
  // Local time without a zone is reckoned as if it were UTC, so that no zone of this machine shifts it.
  const start = local === undefined ? Number.NaN : Date.parse(`${local}Z`);
  if (!Number.isFinite(start)) return null;
  return new Date(start + Math.floor(positionSeconds * 1000)).toISOString().slice(11, 19);
}

const SPANS = [
  { name: 'year', seconds: 365.25 * 86_400 },
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3600 },
  { name: 'minute', seconds: 60 },
  { name: 'second', seconds: 1 },
] as const;

/** The two largest units, for instance `30 minutes 6 seconds`, `1 day`. */
export function durationWords(value: number): string {
  let rest = Math.round(value);
  const words: string[] = [];
  for (const span of SPANS) {
    const units = Math.floor(rest / span.seconds);
    if (units > 0 && words.length < 2) {
      words.push(`${wholeNumber(units)} ${span.name}${units === 1 ? '' : 's'}`);
      rest -= units * span.seconds;
    } else if (words.length > 0) {
      break;
    }
  }
  if (words.length > 0) return words.join(' ');
  return value > 0 && value < 1 ? `${value.toFixed(2)} seconds` : '0 seconds';
}

/** `2 beats`, `1 beat`. */
export function counted(count: number, noun: string): string {
  return `${wholeNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}
