/** Dates and times as readers give them: ISO 8601, local. */

/** `1951-05-02`, or null where there is no such day. */
export function isoDate(year: number, month: number, day: number): string | null {
  if (!Number.isInteger(year) || year < 1000 || year > 9999) return null;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (days === undefined || !Number.isInteger(day) || day < 1 || day > days) return null;
  return `${year}-${two(month)}-${two(day)}`;
}

/** `10:05:59`, with milliseconds where there are any, or null where there is no such time. */
export function isoTimeOfDay(hours: number, minutes: number, seconds: number): string | null {
  const within = (value: number, below: number) => value >= 0 && value < below;
  if (!Number.isInteger(hours) || !Number.isInteger(minutes)) return null;
  if (!within(hours, 24) || !within(minutes, 60) || !within(seconds, 60)) return null;
  const whole = Math.floor(seconds);
  const milliseconds = Math.floor((seconds - whole) * 1000 + 1e-6);
  const fraction = milliseconds === 0 ? '' : `.${String(milliseconds).padStart(3, '0')}`;
  return `${two(hours)}:${two(minutes)}:${two(whole)}${fraction}`;
}

export function dateAndTime(date: string | null, time: string | null): string | null {
  return date === null || time === null ? null : `${date}T${time}`;
}

/** Digits `YYYYMMDD[HHMM[SS[.fff]]]` with anything behind, as ISO 8601; null where they are no date. */
export function isoFromDigits(digits: string): { date: string | null; dateTime: string | null } {
  const parts = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(?:(\d{2}(?:\.\d{1,9})?))?)?/.exec(digits.trim());
  if (parts === null) return { date: null, dateTime: null };
  const date = isoDate(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  if (parts[4] === undefined) return { date, dateTime: null };
  return {
    date,
    dateTime: dateAndTime(date, isoTimeOfDay(Number(parts[4]), Number(parts[5]), Number(parts[6] ?? 0))),
  };
}

/** Whole years from birth to the recording; null where either is unknown or they do not fit a life. */
export function ageAt(birthDate: string | null, recordedAt: string | null): number | null {
  if (birthDate === null || recordedAt === null) return null;
  const years = Number(recordedAt.slice(0, 4)) - Number(birthDate.slice(0, 4));
  const age = recordedAt.slice(5, 10) < birthDate.slice(5, 10) ? years - 1 : years;
  return age >= 0 && age <= 130 ? age : null;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
