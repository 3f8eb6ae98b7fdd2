/** Clusters of the machine's beats with their median waveforms: all of a template that no correction changes. */
import { MOST_TEMPLATES, NO_TEMPLATE } from '../../contract/beat-templates.ts';
import { clusterBeats } from '../../ecg/beat-clusters.ts';
import { BEAT_INPUT_SPEC, chooseLeads } from '../../ecg/beats.ts';

const BEFORE_SECONDS = 0.25;
const AFTER_SECONDS = 0.5;
/** A median over more beats looks the same. */
const MEDIAN_BEATS = 101;

export interface TemplateShapes {
  /** Template of each of the machine's beats. */
  memberOf: Uint8Array;
  rPeak: number;
  templates: {
    likeness: number;
    exampleSample: number;
    waveforms: { lead: string; median: Float32Array; low10: Float32Array; high90: Float32Array }[];
  }[];
}

/** @param rPeaks of the machine's beats, ascending */
export function templateShapes(
  leads: readonly { name: string; millivolts: Float32Array }[],
  samplingRateHz: number,
  rPeaks: Int32Array,
): TemplateShapes {
  const choice = chooseLeads(
    leads.map(({ name }) => name),
    BEAT_INPUT_SPEC,
  );
  const used = choice === null ? [] : [choice.first, ...(choice.second === null ? [] : [choice.second])];
  const shown = used.map((lead) => leads[lead]!);
  const { memberOf, likeness, clusters } = clusterBeats(
    shown.map(({ millivolts }) => millivolts),
    samplingRateHz,
    rPeaks,
    MOST_TEMPLATES,
  );
  const rPeak = Math.round(BEFORE_SECONDS * samplingRateHz);
  const length = rPeak + Math.round(AFTER_SECONDS * samplingRateHz);
  const members = Array.from({ length: clusters }, () => [] as number[]);
  memberOf.forEach((cluster, beat) => {
    if (cluster !== NO_TEMPLATE) members[cluster]!.push(beat);
  });
  const templates = members.map((beats) => {
    let best = beats[0]!;
    let sum = 0;
    for (const beat of beats) {
      sum += likeness[beat]!;
      if (likeness[beat]! > likeness[best]!) best = beat;
    }
    const chosen = evenly(beats, MEDIAN_BEATS).map((beat) => rPeaks[beat]! - rPeak);
    return {
      likeness: sum / beats.length,
      exampleSample: rPeaks[best]!,
      waveforms: shown.map(({ name, millivolts }) => ({
        lead: name,
        ...quantiles(millivolts, chosen, length),
      })),
    };
  });
  return { memberOf, rPeak, templates };
}

function evenly(values: readonly number[], most: number): number[] {
  const length = Math.min(values.length, most);
  return Array.from({ length }, (_, k) => values[Math.floor((k * values.length) / length)]!);
}

/** Sample by sample over windows that begin at `starts`, each against its own median; NaN where there is no signal. */
function quantiles(millivolts: Float32Array, starts: readonly number[], length: number) {
  const windows = starts.map((start) => {
    const window = new Float32Array(length).fill(Number.NaN);
    const [from, to] = [Math.max(0, start), Math.min(millivolts.length, start + length)];
    if (to > from) window.set(millivolts.subarray(from, to), from - start);
    const known = window.filter((value) => !Number.isNaN(value)).sort();
    const level = known[known.length >> 1] ?? 0;
    return window.map((value) => value - level);
  });
  const result = {
    median: new Float32Array(length).fill(Number.NaN),
    low10: new Float32Array(length).fill(Number.NaN),
    high90: new Float32Array(length).fill(Number.NaN),
  };
  for (let j = 0; j < length; j++) {
    const column = Float32Array.from(windows, (window) => window[j]!)
      .filter((value) => !Number.isNaN(value))
      .sort();
    if (column.length === 0) continue;
    const at = (share: number) => column[Math.min(column.length - 1, Math.floor(share * column.length))]!;
    result.median[j] = at(0.5);
    result.low10[j] = at(0.1);
    result.high90[j] = at(0.9);
  }
  return result;
}
