/** Clusters of the machine's beats with their median waveforms: all of a template that no correction changes. */
import { MOST_TEMPLATES, NO_TEMPLATE } from '../../contract/beat-templates.ts';
import { clusterStages } from '../../ecg/beat-clusters.ts';
import { BEAT_INPUT_SPEC, chooseLeads } from '../../ecg/beats.ts';
import { round, type SignalSource, type Stage, type Staged } from '../../ecg/stretches.ts';

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

/** Median and spread of each lead over pieces of one length, of which some begin or end outside of the recording. */
export const waveformsStage: Stage<
  { length: number; offsets: number[] },
  { lead: string; median: Float32Array; low10: Float32Array; high90: Float32Array }[]
> = {
  name: 'template-waveforms',
  run: ({ length, offsets }, signals) =>
    signals[0]!.leads.map(({ name }, lead) => ({
      lead: name,
      ...quantiles(
        signals.map(({ leads }, i) => {
          const window = new Float32Array(length).fill(Number.NaN);
          window.set(leads[lead]!.millivolts, offsets[i]!);
          return window;
        }),
      ),
    })),
};

/** @param rPeaks of the machine's beats, ascending */
export function* templateStages(
  recording: Omit<SignalSource, 'readWindow'>,
  rPeaks: Int32Array,
): Staged<TemplateShapes> {
  const { samplingRateHz, lengthSamples } = recording;
  const choice = chooseLeads(
    recording.leads.map(({ name }) => name),
    BEAT_INPUT_SPEC,
  );
  const leads = choice === null ? [] : [choice.first, ...(choice.second === null ? [] : [choice.second])];
  const { memberOf, likeness, clusters } = yield* clusterStages(recording, rPeaks, leads, MOST_TEMPLATES);
  const rPeak = Math.round(BEFORE_SECONDS * samplingRateHz);
  const length = rPeak + Math.round(AFTER_SECONDS * samplingRateHz);
  const members = Array.from({ length: clusters }, () => [] as number[]);
  memberOf.forEach((cluster, beat) => {
    if (cluster !== NO_TEMPLATE) members[cluster]!.push(beat);
  });
  const waveforms = yield* round(
    waveformsStage,
    members.map((beats) => {
      const starts = evenly(beats, MEDIAN_BEATS).map((beat) => rPeaks[beat]! - rPeak);
      return {
        input: { length, offsets: starts.map((start) => Math.max(0, -start)) },
        pieces: starts.map((start) => {
          const startSample = Math.max(0, start);
          return { startSample, lengthSamples: Math.min(lengthSamples, start + length) - startSample, leads };
        }),
      };
    }),
  );
  const templates = members.map((beats, cluster) => {
    let best = beats[0]!;
    let sum = 0;
    for (const beat of beats) {
      sum += likeness[beat]!;
      if (likeness[beat]! > likeness[best]!) best = beat;
    }
    return {
      likeness: sum / beats.length,
      exampleSample: rPeaks[best]!,
      waveforms: waveforms[cluster]!,
    };
  });
  return { memberOf, rPeak, templates };
}

function evenly(values: readonly number[], most: number): number[] {
  const length = Math.min(values.length, most);
  return Array.from({ length }, (_, k) => values[Math.floor((k * values.length) / length)]!);
}

/** Sample by sample over windows of one length, each against its own median; NaN where there is no signal. */
function quantiles(whole: readonly Float32Array[]) {
  const length = whole[0]!.length;
  const windows = whole.map((window) => {
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
