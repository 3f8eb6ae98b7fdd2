/** Numbers, times and people as text. Non-breaking spaces join a number to its unit. */
import type { Interval90 } from '../../src/contract/ecg.ts';
import type { Patient, StudyRow } from '../../src/contract/study.ts';

const NBSP = '\u00a0';

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Elapsed time of a recording: `0:07.5`, `12:03`, `1:02:03`. */
export function elapsed(seconds: number, decimals = 0): string {
  const scale = 10 ** decimals;
  const total = Math.floor(Math.max(0, seconds) * scale + 1e-6) / scale;
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const rest = total - hours * 3600 - minutes * 60;
  const tail = rest.toFixed(decimals).padStart(decimals > 0 ? 3 + decimals : 2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** Length of a recording or of a wait in its two largest units: `30 min 6 s`, `24 h`; up to `72 h`, as such recordings are named. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const days = whole > 72 * 3600 ? Math.floor(whole / 86_400) : 0;
  const units: [number, string][] = [
    [days, 'd'],
    [Math.floor(whole / 3600) - 24 * days, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = units.findIndex(([amount]) => amount > 0);
  if (first < 0) return `0${NBSP}s`;
  return units
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${NBSP}${unit}`)
    .join(' ');
}

/** A share from 0 to 1; never shows 0 % or 100 % for what is not exactly so. */
export function percent(fraction: number, decimals = 1): string {
  const step = 10 ** -decimals;
  const value = fraction * 100;
  if (value > 0 && value < step) return `<${NBSP}${step}${NBSP}%`;
  if (value < 100 && value > 100 - step) return `>${NBSP}${(100 - step).toFixed(decimals)}${NBSP}%`;
  return `${value.toFixed(value === 0 || value === 100 ? 0 : decimals)}${NBSP}%`;
}

export function percentInterval(interval: Interval90, decimals = 1): string {
  return `${(interval.low * 100).toFixed(decimals)}–${(interval.high * 100).toFixed(decimals)}${NBSP}%`;
}

export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

/** Probability with two decimals, without claiming 0 or 1. */
export function probability(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (value < 0.01) return '< 0.01';
  if (value > 0.99) return '> 0.99';
  return value.toFixed(2);
}

/** A 90 % interval of a probability with two decimals, without claiming 0 or 1. */
export function probabilityInterval({ low, high }: Interval90): string {
  if (high < 0.01) return '< 0.01';
  if (low > 0.99) return '> 0.99';
  return `${low.toFixed(2)}–${high.toFixed(2)}`;
}

/** ISO 8601 local time as `2026-03-01 14:05`. */
export function moment(iso: string | null): string {
  if (iso === null) return '–';
  return iso.slice(0, 16).replace('T', ' ');
}

/** `Patient, born 1951`, or the record's name where the file has no patient. */
export function patientName(patient: Patient): string {
  return patient.name === '' ? 'No name' : patient.name;
}

const SEX: Record<Patient['sex'], string> = {
  female: 'F',
  male: 'M',
  other: 'other',
  unknown: 'sex unknown',
};

/** Age or birth date, sex and patient id, as known. */
export function patientParticulars(patient: Patient): string[] {
  const parts: string[] = [];
  if (patient.birthDate !== null) parts.push(`born ${patient.birthDate}`);
  if (patient.ageYears !== null) parts.push(`${patient.ageYears} years`);
  parts.push(SEX[patient.sex]);
  if (patient.id !== '') parts.push(`ID ${patient.id}`);
  return parts;
}

/** `patientParticulars` beside the record's name, which is not said twice where a file has no other id. */
export function studyParticulars({
  patient,
  recordName,
}: Pick<StudyRow, 'patient' | 'recordName'>): string[] {
  return patientParticulars(patient.id === recordName ? { ...patient, id: '' } : patient);
}
