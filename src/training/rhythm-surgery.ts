/**
 * Other rhythms made of a record's own beats, by cutting out or stretching the pause before a P wave: premature
 * beats and runs of them (supraventricular), or a rhythm as irregular as atrial fibrillation with P waves
 * levelled. Patients of the training set who never had such beats so give examples of them.
 */
import { NETWORK_CLASSES } from '../contract/ecg.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import type { RandomStream } from '../numeric/random.ts';

export interface MarkedBeat {
  sample: number;
  /** Index into NETWORK_CLASSES, -1 for a beat that is not to be learned from. */
  label: number;
}

export interface OperatedRecording {
  recording: EcgRecording;
  beats: MarkedBeat[];
}

const NORMAL = NETWORK_CLASSES.indexOf('N');
const SUPRAVENTRICULAR = NETWORK_CLASSES.indexOf('S');

/** The cut lies this long before the R peak, before the P wave. */
const CUT_BEFORE_SECONDS = 0.24;
/** What follows an R peak for this long (QRS, ST, most of T) is never cut. */
const KEPT_AFTER_SECONDS = 0.3;
/** The jump in level at a cut is spread over this long before it. */
const SMOOTHED_SECONDS = 0.08;

/** What happens to the interval before a beat. */
interface Operation {
  /** The new interval over the old one. */
  factor: number;
  levelP: boolean;
  label: number;
}

/** Normal beats made premature: singles, pairs and runs, with the P wave levelled in half of them. */
export function withPrematureBeats(
  recording: EcgRecording,
  beats: readonly MarkedBeat[],
  random: RandomStream,
): OperatedRecording {
  const operations = beats.map(({ label }): Operation => ({ factor: 1, levelP: false, label }));
  let i = 4;
  while (i < beats.length - 4) {
    if (random.uniform() < 0.04) {
      const run = random.uniform() < 0.7 ? 1 : 2 + random.integer(10);
      const neighbours = beats.slice(i - 2, i + run + 2);
      if (neighbours.every(({ label }) => label === NORMAL)) {
        const factor = 0.5 + 0.32 * random.uniform();
        for (let k = i; k < Math.min(i + run, beats.length); k++) {
          operations[k] = {
            factor: factor * (0.95 + 0.1 * random.uniform()),
            levelP: random.uniform() < 0.5,
            label: SUPRAVENTRICULAR,
          };
        }
        // The pause after: the sinus node reset or a little late.
        const after = operations[i + run];
        if (after !== undefined) after.factor = 1 + 0.5 * random.uniform() * random.uniform();
      }
      i += run;
    }
    i++;
  }
  return operated(recording, beats, operations);
}

/** Every interval changed at random and every P wave levelled; real supraventricular beats are not learned from. */
export function withIrregularRhythm(
  recording: EcgRecording,
  beats: readonly MarkedBeat[],
  random: RandomStream,
): OperatedRecording {
  const width = 0.2 + 0.5 * random.uniform();
  const operations = beats.map(
    ({ label }): Operation => ({
      factor: 1 + width * (random.uniform() + random.uniform() - 1),
      levelP: true,
      label: label === SUPRAVENTRICULAR ? -1 : label,
    }),
  );
  return operated(recording, beats, operations);
}

/**
 * Carries the operations out. A cut that would reach into the beat before is shortened; a beat meant to be
 * premature that then comes less than a tenth early is not learned from.
 */
function operated(
  recording: EcgRecording,
  beats: readonly MarkedBeat[],
  operations: readonly Operation[],
): OperatedRecording {
  const rate = recording.samplingRateHz;
  const seconds = (duration: number) => Math.round(duration * rate);
  const plans = beats.map((beat, i) => {
    const { factor, levelP, label } = operations[i]!;
    const interval = i > 0 ? beat.sample - beats[i - 1]!.sample : 0;
    const cut = Math.max(0, beat.sample - seconds(CUT_BEFORE_SECONDS));
    const mostRemoved = Math.max(0, interval - seconds(CUT_BEFORE_SECONDS + KEPT_AFTER_SECONDS));
    const wanted = Math.round((factor - 1) * interval);
    const added = Math.max(-mostRemoved, wanted);
    const becamePremature = label === SUPRAVENTRICULAR && beat.label !== SUPRAVENTRICULAR;
    const failed = becamePremature && added > -0.1 * interval;
    return { cut, added, levelP, label: failed ? -1 : label };
  });
  const lengthSamples = recording.lengthSamples + plans.reduce((sum, plan) => sum + plan.added, 0);
  const leads = recording.leads.map((lead) => {
    const source = Float32Array.from(lead.millivolts);
    beats.forEach((beat, i) => {
      if (plans[i]!.levelP) level(source, plans[i]!.cut, beat.sample - seconds(0.06));
    });
    const made = new Float32Array(lengthSamples);
    let from = 0;
    let to = 0;
    for (const { cut, added } of plans) {
      if (added === 0 || cut < from) continue;
      const kept = cut + Math.min(0, added);
      if (kept < from) continue;
      made.set(source.subarray(from, kept), to);
      to += kept - from;
      if (added < 0) smooth(made, to, seconds(SMOOTHED_SECONDS), source[cut]! - source[kept - 1]!);
      for (let k = 0; k < added; k++) made[to++] = source[cut]!;
      from = cut;
    }
    const rest = source.subarray(from, from + made.length - to);
    made.set(rest, to);
    if (rest.length > 0) made.fill(rest[rest.length - 1]!, to + rest.length);
    return { ...lead, millivolts: made };
  });
  let shift = 0;
  const moved = beats.map((beat, i) => {
    const { added, label } = plans[i]!;
    shift += added;
    return { sample: beat.sample + shift, label };
  });
  return { recording: { ...recording, lengthSamples, leads }, beats: moved };
}

/** A straight line from one sample to another. */
function level(signal: Float32Array, from: number, to: number): void {
  if (from < 0 || to <= from || to >= signal.length) return;
  const start = signal[from]!;
  const slope = (signal[to]! - start) / (to - from);
  for (let i = from; i < to; i++) signal[i] = start + slope * (i - from);
}

/** Leads up to a jump that follows at `end`. */
function smooth(signal: Float32Array, end: number, samples: number, jump: number): void {
  const begin = Math.max(0, end - samples);
  for (let i = begin; i < end; i++) signal[i]! += (jump * (i - begin + 1)) / (end - begin);
}
