/**
 * What the beat network is given of each beat: windows of up to two leads, and features of shape and rhythm
 * relative to the recording's own usual beat. Unsupervised: no label is used. Pure and bit-identical everywhere.
 */
import { z } from 'zod';
import {
  conditionedLead,
  describeBeats,
  LEAD_FEATURE_COUNT,
  LEAD_FEATURES,
  type LeadBeats,
} from './beat-lead.ts';
import { LATENESS_REACH, latenessOf } from './beat-p-wave.ts';
import { describeRhythm, RHYTHM_FEATURE_COUNT, RHYTHM_FEATURES, RHYTHM_REACH } from './beat-rhythm.ts';
import { BEAT_LENGTH, BEAT_RATE_HZ, BEAT_SAMPLES_BEFORE } from './beat-window.ts';
import type { EcgRecording } from './recording.ts';
import { round, runStages, type Signal, type SignalSource, type Stage, type StageWork } from './stretches.ts';

/** Correlation with the usual QRS below which a beat is of another shape. */
const ODD_SHAPE = 0.7;
const QRS_CORRELATION = LEAD_FEATURES.indexOf('qrsCorrelation');

/** A beat and its difference from the template, for each of two leads. */
const CHANNELS = 4;

/** Names of the auxiliary features that this code makes, in order. */
export const AUXILIARY_FEATURES: readonly string[] = [
  ...RHYTHM_FEATURES,
  ...LEAD_FEATURES.map((name) => `first.${name}`),
  ...LEAD_FEATURES.map((name) => `second.${name}`),
  'secondLead',
];

/** What a model says of the inputs it was trained on; anything but what this code makes is refused. */
export const beatInputSpecSchema = z.strictObject({
  kind: z.literal('beat-windows-2'),
  samplingRateHz: z.literal(BEAT_RATE_HZ),
  samplesBefore: z.literal(BEAT_SAMPLES_BEFORE),
  length: z.literal(BEAT_LENGTH),
  channels: z.literal(CHANNELS),
  /** Beats within a stretch of this length share one template and one usual interval. */
  contextSeconds: z.number().min(60).max(86_400),
  /** Leads from the best to the worst for each place; leads not named come after, in the recording's order. */
  firstLead: z.array(z.string()),
  secondLead: z.array(z.string()),
  auxiliaryFeatures: z
    .array(z.string())
    .refine(
      (names) =>
        names.length === AUXILIARY_FEATURES.length &&
        names.every((name, i) => name === AUXILIARY_FEATURES[i]),
      { message: 'not the features that this version computes' },
    ),
});
export type BeatInputSpec = z.infer<typeof beatInputSpecSchema>;

export const BEAT_INPUT_SPEC: BeatInputSpec = {
  kind: 'beat-windows-2',
  samplingRateHz: BEAT_RATE_HZ,
  samplesBefore: BEAT_SAMPLES_BEFORE,
  length: BEAT_LENGTH,
  channels: CHANNELS,
  contextSeconds: 1800,
  firstLead: ['MLII', 'II', 'I', 'V5', 'V6', 'V4', 'aVF', 'III'],
  secondLead: ['V1', 'MCL1', 'V2', 'V5', 'V4', 'V3', 'V6', 'I', 'III'],
  auxiliaryFeatures: [...AUXILIARY_FEATURES],
};

/** The part of a quality assessment that beats need. */
export interface BeatQuality {
  leads: readonly {
    lead: string;
    /** Per whole second: 0 analysable, anything else not. */
    secondState: Uint8Array;
  }[];
}

export interface BeatInputs {
  /** [n][4][BEAT_LENGTH], each value in (-1, 1). */
  signals: Float32Array;
  /** [n][AUXILIARY_FEATURES.length], each value in [-1, 1]. */
  auxiliary: Float32Array;
  /** 0: class Q by rule, for no lead is analysable around the beat or its QRS is cut off by an end. */
  classifiable: Uint8Array;
}

export interface LeadChoice {
  first: number;
  /** Null for a recording of one lead. */
  second: number | null;
}

/** Indices of the leads that beats are classified from, by name; null for a recording without leads. */
export function chooseLeads(names: readonly string[], spec: BeatInputSpec): LeadChoice | null {
  if (names.length === 0) return null;
  const best = (preference: readonly string[], but: number): number | null => {
    for (const name of preference) {
      const index = names.indexOf(name);
      if (index >= 0 && index !== but) return index;
    }
    const index = names.findIndex((_, i) => i !== but);
    return index >= 0 ? index : null;
  };
  const first = best(spec.firstLead, -1)!;
  return { first, second: best(spec.secondLead, first) };
}

/** A stretch of consecutive beats that share one template and one usual interval. */
export interface BeatStretch {
  from: number;
  to: number;
}

/** What the inputs of the beats of a stretch are made from besides the signal. */
interface DescribeInput {
  /** Seconds and positions at BEAT_RATE_HZ of R peaks: of the beats `from` to `to`, and of those around them. */
  times: Float64Array;
  fiducials: Int32Array;
  from: number;
  to: number;
  /** Of each lead of the piece; null: analysable throughout. */
  secondStates: (Uint8Array | null)[];
  /** The second that the states begin with. */
  firstSecond: number;
  /** First sample of the piece. */
  startSample: number;
  /** Samples of the recording. */
  totalSamples: number;
}

/** Beats before and after a stretch whose times count in it. */
const BEATS_AROUND = Math.max(RHYTHM_REACH, LATENESS_REACH) + 1;
/** Signal before and after a stretch's beats, for gaps to be bridged and baselines to be found. */
const AROUND_SECONDS = 60;

/** The work that gives the network inputs of all beats of a recording, stretch by stretch. */
export interface BeatWork {
  stretches: BeatStretch[];
  workOf(stretch: BeatStretch): StageWork<DescribeInput>;
}

/**
 * @param quality null: every lead counts as analysable throughout
 * @param rPeaks sample indices of the R peaks, ascending
 * @param leads other leads than those chosen by name, for training on one lead or on leads changed about
 */
export function beatWork(
  recording: Omit<SignalSource, 'readWindow'>,
  quality: BeatQuality | null,
  rPeaks: Int32Array,
  spec: BeatInputSpec,
  leads: LeadChoice | null = chooseLeads(
    recording.leads.map((lead) => lead.name),
    spec,
  ),
): BeatWork {
  const { samplingRateHz, lengthSamples } = recording;
  const times = Float64Array.from(rPeaks, (sample) => sample / samplingRateHz);
  const chosen = (leads === null ? [] : [leads.first, leads.second]).filter((index) => index !== null);
  const states = chosen.map(
    (index) => quality?.leads.find(({ lead }) => lead === recording.leads[index]!.name)?.secondState ?? null,
  );
  return {
    stretches: contextStretches(times, spec.contextSeconds),
    workOf: ({ from, to }) => {
      const first = Math.max(0, from - BEATS_AROUND);
      const around = times.slice(first, to + BEATS_AROUND);
      const margin = Math.round(AROUND_SECONDS * samplingRateHz);
      const startSample = Math.max(0, rPeaks[from]! - margin);
      const endSample = Math.min(lengthSamples, rPeaks[to - 1]! + margin);
      const firstSecond = Math.floor(startSample / samplingRateHz);
      return {
        input: {
          times: around,
          fiducials: Int32Array.from(around, (seconds) => Math.round(seconds * BEAT_RATE_HZ)),
          from: from - first,
          to: to - first,
          secondStates: states.map(
            (state) => state?.slice(firstSecond, Math.ceil(endSample / samplingRateHz)) ?? null,
          ),
          firstSecond,
          startSample,
          totalSamples: lengthSamples,
        },
        pieces: [{ startSample, lengthSamples: endSample - startSample, leads: chosen }],
      };
    },
  };
}

/** Network inputs of the beats of one stretch. */
export const describeStage: Stage<DescribeInput, BeatInputs> = {
  name: 'beat-inputs',
  run: (input, [signal]) => stretchInputs(input, signal!),
};

function stretchInputs(
  { times, fiducials, from, to, secondStates, firstSecond, startSample, totalSamples }: DescribeInput,
  { leads, samplingRateHz }: Signal,
): BeatInputs {
  const n = to - from;
  const inputs = noInputs(n);
  if (leads.length === 0) return inputs;

  const lateness = latenessOf(times, from, to);
  let usualBeats: Int32Array | null = null;
  const described = leads.map(({ millivolts }, index) => {
    const beats: LeadBeats = {
      windows: new Float32Array(n * 2 * BEAT_LENGTH),
      features: new Float32Array(n * LEAD_FEATURE_COUNT),
    };
    const { values, first } = conditionedLead(millivolts, samplingRateHz, startSample, totalSamples);
    const places = fiducials.map((fiducial) => fiducial - first);
    usualBeats = describeBeats(values, places, from, to, usualBeats, lateness, beats);
    return {
      beats,
      analysableAt: (seconds: number) => analysable(secondStates[index]!, firstSecond, seconds),
    };
  });

  // Beats around the stretch count for their times alone.
  const first = Math.max(0, from - RHYTHM_REACH);
  const around = times.subarray(first, to + RHYTHM_REACH);
  const odd = new Uint8Array(around.length);
  for (let i = 0; i < n; i++) {
    const correlation = described[0]!.beats.features[i * LEAD_FEATURE_COUNT + QRS_CORRELATION]!;
    if (correlation < ODD_SHAPE) odd[from - first + i] = 1;
  }
  const rhythm = new Float32Array(n * RHYTHM_FEATURE_COUNT);
  describeRhythm(around, odd, from - first, to - first, rhythm);

  const durationSeconds = totalSamples / samplingRateHz;
  for (let i = 0; i < n; i++) {
    const time = times[from + i]!;
    inputs.auxiliary.set(
      rhythm.subarray(i * RHYTHM_FEATURE_COUNT, (i + 1) * RHYTHM_FEATURE_COUNT),
      i * AUXILIARY_FEATURES.length,
    );
    // A lead that cannot be read gives its place to the other one.
    const usable = described.filter((entry) => entry.analysableAt(time));
    usable.slice(0, 2).forEach((entry, place) => {
      inputs.signals.set(
        entry.beats.windows.subarray(i * 2 * BEAT_LENGTH, (i + 1) * 2 * BEAT_LENGTH),
        (i * CHANNELS + place * 2) * BEAT_LENGTH,
      );
      inputs.auxiliary.set(
        entry.beats.features.subarray(i * LEAD_FEATURE_COUNT, (i + 1) * LEAD_FEATURE_COUNT),
        i * AUXILIARY_FEATURES.length + RHYTHM_FEATURE_COUNT + place * LEAD_FEATURE_COUNT,
      );
    });
    if (usable.length === 2) inputs.auxiliary[(i + 1) * AUXILIARY_FEATURES.length - 1] = 1;
    const whole = time >= 0.08 && time <= durationSeconds - 0.08;
    if (usable.length > 0 && whole) inputs.classifiable[i] = 1;
  }
  return inputs;
}

function noInputs(beats: number): BeatInputs {
  return {
    signals: new Float32Array(beats * CHANNELS * BEAT_LENGTH),
    auxiliary: new Float32Array(beats * AUXILIARY_FEATURES.length),
    classifiable: new Uint8Array(beats),
  };
}

/** Network inputs of all beats of a recording in memory; parameters as of `beatWork`. */
export function beatInputs(
  recording: EcgRecording,
  quality: BeatQuality | null,
  rPeaks: Int32Array,
  spec: BeatInputSpec,
  leads?: LeadChoice | null,
): BeatInputs {
  const work = beatWork(recording, quality, rPeaks, spec, leads);
  const inputs = noInputs(rPeaks.length);
  for (const stretch of work.stretches) {
    const [part] = runStages(recording, round(describeStage, [work.workOf(stretch)]));
    inputs.signals.set(part!.signals, stretch.from * CHANNELS * BEAT_LENGTH);
    inputs.auxiliary.set(part!.auxiliary, stretch.from * AUXILIARY_FEATURES.length);
    inputs.classifiable.set(part!.classifiable, stretch.from);
  }
  return inputs;
}

/** Consecutive stretches of beats; a last stretch shorter than half joins the one before. */
function contextStretches(times: Float64Array, contextSeconds: number): BeatStretch[] {
  const stretches: BeatStretch[] = [];
  const last = times[times.length - 1]!;
  let from = 0;
  while (from < times.length) {
    const end = times[from]! + contextSeconds;
    let to = from + 1;
    while (to < times.length && (times[to]! < end || last - end < contextSeconds / 2)) to++;
    stretches.push({ from, to });
    from = to;
  }
  return stretches;
}

/** Whether the seconds that hold the QRS complex (0.1 s around the R peak) are analysable. */
function analysable(secondState: Uint8Array | null, firstSecond: number, seconds: number): boolean {
  if (secondState === null) return true;
  const first = Math.max(0, Math.floor(seconds - 0.1) - firstSecond);
  const last = Math.min(secondState.length - 1, Math.floor(seconds + 0.1) - firstSecond);
  for (let second = first; second <= last; second++) if (secondState[second] !== 0) return false;
  return true;
}
