/**
 * The labelled beats that the network is trained on: each record as it is and in disturbed copies (another heart
 * rate, fiducials off by some milliseconds, noise, missed beats), so that what is learned holds for other
 * recorders and for positions that a detector finds.
 */
import { NETWORK_CLASSES } from '../contract/ecg.ts';
import { aamiClassOf } from '../ecg/beat-mapping.ts';
import { type BeatInputSpec, beatInputs } from '../ecg/beats.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { gaussians, RandomStream, type StreamAddress } from '../numeric/random.ts';
import type { AnnotatedRecording } from './data-folder.ts';
import {
  type MarkedBeat,
  type OperatedRecording,
  withDominantEctopy,
  withIrregularRhythm,
  withPrematureBeats,
  withSinusArrhythmia,
} from './rhythm-surgery.ts';

/** What a copy is made of: the record, or rhythms made by `rhythm-surgery.ts`. */
export type CopyKind = 'real' | keyof typeof SURGERY;

const SURGERY = {
  premature: withPrematureBeats,
  dominant: withDominantEctopy,
  arrhythmia: withSinusArrhythmia,
  irregular: withIrregularRhythm,
} as const satisfies Record<
  string,
  (recording: EcgRecording, beats: readonly MarkedBeat[], random: RandomStream) => OperatedRecording
>;

/** Kinds of the copies of each record, in order; the first is the record as it is. */
export const COPY_KINDS: readonly CopyKind[] = [
  'real',
  'real',
  'real',
  'premature',
  'premature',
  'dominant',
  'dominant',
  'arrhythmia',
  'irregular',
  'irregular',
  'irregular',
];

/** Beats of one record in one copy. */
export interface LabelledBeats {
  record: string;
  kind: CopyKind;
  /** [n][channels][length] */
  signals: Float32Array;
  /** [n][auxiliary features] */
  auxiliary: Float32Array;
  /** Index into NETWORK_CLASSES. */
  labels: Uint8Array;
  /** PhysioBank codes of the reference, one a beat: kinds of beats within a class. */
  codes: readonly string[];
}

/** How a disturbed copy differs from the record. */
interface Disturbance {
  /** Time runs this many times faster. */
  tempo: number;
  /** Standard deviation of the fiducial's shift, seconds. */
  fiducialSeconds: number;
  /** Standard deviation of white noise, as a share of the lead's own deviation. */
  noise: number;
  /** Share of beats that are missed. */
  missed: number;
}

const NONE: Disturbance = { tempo: 1, fiducialSeconds: 0, noise: 0, missed: 0 };

/** Stream of the disturbance of a copy of a record; the last word tells its uses apart. */
function address(seed: number, record: string, copy: number, use: number): StreamAddress {
  return { seed, words: [Number(record), copy, use] };
}

function disturbanceOf(seed: number, record: string, copy: number): Disturbance {
  if (copy === 0) return NONE;
  const random = new RandomStream(address(seed, record, copy, 0));
  return {
    tempo: 0.8 + 0.45 * random.uniform(),
    fiducialSeconds: 0.012 * random.uniform(),
    noise: 0.15 * random.uniform() * random.uniform(),
    missed: 0.01 * random.uniform(),
  };
}

/** One copy of a record; copy 0 is the record as it is. */
export function labelledBeats(
  { recording, annotations }: AnnotatedRecording,
  record: string,
  copy: number,
  seed: number,
  spec: BeatInputSpec,
): LabelledBeats {
  const disturbance = disturbanceOf(seed, record, copy);
  const disturbed = disturb(recording, disturbance, (lead) => address(seed, record, copy, 2 + lead));

  const random = new RandomStream(address(seed, record, copy, 1));
  const reference = annotations.filter(({ code }) => aamiClassOf(code) !== null);
  const marked = reference.map(({ sample, code }): MarkedBeat => {
    const label = (NETWORK_CLASSES as readonly string[]).indexOf(aamiClassOf(code)!);
    return { sample, label };
  });
  const kind = COPY_KINDS[copy]!;
  const operated =
    kind === 'real' ? { recording: disturbed, beats: marked } : SURGERY[kind](disturbed, marked, random);

  const shifts = gaussians(address(seed, record, copy, 100), marked.length);
  const beats = operated.beats
    .map(({ sample, label }, i) => ({
      sample: Math.round(sample + shifts[i]! * disturbance.fiducialSeconds * recording.samplingRateHz),
      label,
      code: reference[i]!.code,
      missed: random.uniform() < disturbance.missed,
    }))
    .filter((beat) => !beat.missed && beat.sample >= 0 && beat.sample < operated.recording.lengthSamples)
    .sort((a, b) => a.sample - b.sample);

  const inputs = beatInputs(
    operated.recording,
    null,
    Int32Array.from(beats, (beat) => beat.sample),
    spec,
  );
  const kept = beats.flatMap((beat, i) => (beat.label >= 0 && inputs.classifiable[i] === 1 ? [i] : []));
  return {
    record,
    kind,
    signals: rowsOf(inputs.signals, kept, inputs.signals.length / beats.length),
    auxiliary: rowsOf(inputs.auxiliary, kept, inputs.auxiliary.length / beats.length),
    labels: Uint8Array.from(kept, (i) => beats[i]!.label),
    codes: kept.map((i) => beats[i]!.code),
  };
}

function disturb(
  recording: EcgRecording,
  disturbance: Disturbance,
  streamOf: (lead: number) => StreamAddress,
): EcgRecording {
  if (disturbance === NONE) return recording;
  return {
    ...recording,
    samplingRateHz: recording.samplingRateHz * disturbance.tempo,
    leads: recording.leads.map((lead, index) => {
      const noise = gaussians(streamOf(index), lead.millivolts.length);
      let sum = 0;
      let squares = 0;
      for (const value of lead.millivolts) {
        sum += value;
        squares += value * value;
      }
      const n = lead.millivolts.length;
      const amplitude = disturbance.noise * Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
      return { ...lead, millivolts: lead.millivolts.map((value, i) => value + amplitude * noise[i]!) };
    }),
  };
}

export function rowsOf(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return taken;
}
