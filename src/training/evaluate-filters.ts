/**
 * `npm run evaluate:filters`: what each display filter moves, on the median beats of LUDB's even records without pacing:
 * the ST level 60 ms after J, the QRS complex's height (peak to peak) and duration. Writes `models/ecg-filters/figures.json`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DISPLAY_FILTERS, type DisplayFilter } from '../contract/protocol.ts';
import { delineate } from '../ecg/delineation.ts';
import { displayed, humOf } from '../ecg/display-filter.ts';
import { medianOf } from '../ecg/filtering.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { requiredDataFolder } from './data-folder.ts';
import { LUDB_TEST_RECORDS, readLudb } from './ludb.ts';

const FOLDER = resolve(import.meta.dirname, '../../models/ecg-filters');

interface Moved {
  stMicrovolts: number[];
  heightPercent: number[];
  durationMs: number[];
}

/** Level after the complex, height and duration of one lead's beats at given limits, medians over beats. */
function measured(signal: Float32Array, limits: readonly { onset: number; end: number }[], rateHz: number) {
  const at = (from: number, seconds: number) => {
    const start = Math.max(0, from);
    return medianOf(signal.subarray(start, Math.max(start + 1, start + Math.round(seconds * rateHz))));
  };
  const levels: number[] = [];
  const heights: number[] = [];
  const durations: number[] = [];
  for (const { onset, end } of limits) {
    if (onset < 0.1 * rateHz || end + 0.1 * rateHz >= signal.length) continue;
    const base = at(onset - Math.round(0.02 * rateHz), 0.02);
    levels.push(at(end + Math.round(0.05 * rateHz), 0.02) - base);
    const complex = signal.subarray(onset, end + 1);
    const [low, high] = [Math.min(...complex), Math.max(...complex)];
    heights.push(high - low);
    // Time in which the complex is away from its base by a tenth of its height.
    const margin = Math.round(0.03 * rateHz);
    const away = [...signal.subarray(onset - margin, end + margin + 1).keys()].filter(
      (i) => Math.abs(signal[onset - margin + i]! - base) > 0.1 * (high - low),
    );
    durations.push((((away.at(-1) ?? 0) - (away[0] ?? 0)) * 1000) / rateHz);
  }
  return { level: medianOf(levels), height: medianOf(heights), duration: medianOf(durations) };
}

const folder = requiredDataFolder();
const moved = Object.fromEntries(
  DISPLAY_FILTERS.map((filter) => [filter, { stMicrovolts: [], heightPercent: [], durationMs: [] }]),
) as unknown as Record<DisplayFilter, Moved>;
for (const record of LUDB_TEST_RECORDS) {
  const { recording, paced } = readLudb(folder, record);
  if (paced) continue;
  const { samplingRateHz } = recording;
  const { beats } = delineate(recording, detectQrs(recording, assessQuality(recording)));
  for (const [lead, { millivolts }] of recording.leads.entries()) {
    const limits = beats
      .filter((beat) => beat.dominant)
      .map((beat) => beat.leads[lead]!.qrs)
      .filter((wave) => wave !== null);
    const before = measured(millivolts, limits, samplingRateHz);
    // Beside a tiny complex a percentage says nothing.
    if (!(before.height > 0.2)) continue;
    const hum = humOf(millivolts, samplingRateHz);
    for (const filter of DISPLAY_FILTERS) {
      const after = measured(displayed(millivolts, samplingRateHz, filter, hum), limits, samplingRateHz);
      moved[filter].stMicrovolts.push(Math.abs(after.level - before.level) * 1000);
      moved[filter].heightPercent.push(Math.abs(after.height / before.height - 1) * 100);
      moved[filter].durationMs.push(Math.abs(after.duration - before.duration));
    }
  }
}
const quantile = (values: readonly number[], share: number) =>
  Number([...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)]!.toFixed(2));
console.log('filter       leads   ST shift uV      QRS height %     QRS duration ms   (median, 95 %)');
const figures = Object.fromEntries(
  DISPLAY_FILTERS.map((filter) => {
    const of = (values: readonly number[]) => ({
      median: quantile(values, 0.5),
      p95: quantile(values, 0.95),
    });
    const { stMicrovolts, heightPercent, durationMs } = moved[filter];
    const row = {
      leads: stMicrovolts.length,
      stMicrovolts: of(stMicrovolts),
      heightPercent: of(heightPercent),
      durationMs: of(durationMs),
    };
    const cell = ({ median, p95 }: { median: number; p95: number }) => `${median} ${p95}`.padStart(16);
    console.log(
      `${filter.padEnd(11)} ${String(row.leads).padStart(6)} ${cell(row.stMicrovolts)} ${cell(row.heightPercent)} ${cell(row.durationMs)}`,
    );
    return [filter, row];
  }),
);
mkdirSync(FOLDER, { recursive: true });
writeFileSync(join(FOLDER, 'figures.json'), `${JSON.stringify(figures, null, 2)}\n`);
