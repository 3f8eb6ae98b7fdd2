/**
 * Other rhythms made of a record's own beats, by cutting out or stretching the pause before a P wave and by
 * changing the P wave: premature beats and runs of them (supraventricular), a rhythm of which they are the most,
 * sinus arrhythmia, or a rhythm as irregular as atrial fibrillation with P waves levelled. Patients of the
 * training set who never had such beats so give examples of them.
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
  /** What the P wave is multiplied with, from the straight line below it: 1 as it is, 0 none, -1 inverted. */
  pFactor: number;
  label: number;
}

/** The P wave of an ectopic focus: as the sinus node's (one near it), hidden, inverted, or of another size. */
function ectopicP(random: RandomStream): number {
  const kind = random.uniform();
  if (kind < 0.25) return 1;
  if (kind < 0.55) return 0;
  if (kind < 0.85) return -0.3 - random.uniform();
  return 1.6 + random.uniform();
}

/** Normal beats made premature: singles, pairs and runs, with another P wave in most of them. */
export function withPrematureBeats(
  recording: EcgRecording,
  beats: readonly MarkedBeat[],
  random: RandomStream,
): OperatedRecording {
  const operations = beats.map(({ label }): Operation => ({ factor: 1, pFactor: 1, label }));
  let i = 4;
  while (i < beats.length - 4) {
    if (random.uniform() < 0.04) {
      const run = random.uniform() < 0.7 ? 1 : 2 + random.integer(10);
      const neighbours = beats.slice(i - 2, i + run + 2);
      if (neighbours.every(({ label }) => label === NORMAL)) {
        const factor = 0.5 + 0.32 * random.uniform();
        const pFactor = ectopicP(random);
        for (let k = i; k < Math.min(i + run, beats.length); k++) {
          operations[k] = {
            factor: factor * (0.95 + 0.1 * random.uniform()),
            pFactor,
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

/**
 * Ectopic beats in runs that take up a third to nine tenths of the recording, between them one or more sinus beats
 * after a pause or at a slow rate, as in sick sinus syndrome and atrial bigeminy.
 */
export function withDominantEctopy(
  recording: EcgRecording,
  beats: readonly MarkedBeat[],
  random: RandomStream,
): OperatedRecording {
  const operations = beats.map(({ label }): Operation => ({ factor: 1, pFactor: 1, label }));
  const share = 0.33 + 0.57 * random.uniform();
  const sinusSlower = 1 + 0.5 * random.uniform();
  const factor = 0.5 + 0.35 * random.uniform();
  const irregular = 0.02 + 0.1 * random.uniform();
  const meanRun = 1 + 8 * random.uniform() * random.uniform();
  const pFactor = ectopicP(random);
  let i = 4;
  while (i < beats.length - 4) {
    const run = 1 + Math.floor(-meanRun * Math.log(1 - random.uniform()) * share);
    const sinus = Math.max(1, Math.round((run * (1 - share) * (0.5 + random.uniform())) / share));
    for (let k = i; k < Math.min(i + run + sinus, beats.length - 4); k++) {
      if (beats[k]!.label !== NORMAL) continue;
      const jitter = 1 + irregular * (random.uniform() + random.uniform() - 1);
      if (k >= i + run) {
        const pause = k === i + run ? 0.8 * random.uniform() * random.uniform() : 0;
        operations[k] = { factor: (sinusSlower + pause) * jitter, pFactor: 1, label: NORMAL };
      } else if (beats[k - 1]!.label === NORMAL) {
        operations[k] = { factor: factor * jitter, pFactor, label: SUPRAVENTRICULAR };
      }
    }
    i += run + sinus;
  }
  return operated(recording, beats, operations);
}

/** Intervals that swell and shrink by up to 35 % over some beats with P waves as they are; no label changes. */
export function withSinusArrhythmia(
  recording: EcgRecording,
  beats: readonly MarkedBeat[],
  random: RandomStream,
): OperatedRecording {
  const depth = 0.1 + 0.25 * random.uniform();
  const beatsACycle = 3.5 + 9 * random.uniform();
  let phase = 0;
  const operations = beats.map(({ label }): Operation => {
    phase += ((2 * Math.PI) / beatsACycle) * (0.7 + 0.6 * random.uniform());
    const late = random.uniform() < 0.01 ? 0.6 * random.uniform() : 0;
    return { factor: 1 + depth * Math.sin(phase) + late, pFactor: 1, label };
  });
  return operated(recording, beats, operations);
}

/**
 * As irregular as atrial fibrillation: intervals drawn anew around a mean rate, P waves levelled, fibrillatory
 * waves of 4 to 9 Hz in most copies. Real supraventricular beats are not learned from.
 */
export function withIrregularRhythm(
  recording: EcgRecording,
  beats: readonly MarkedBeat[],
  random: RandomStream,
): OperatedRecording {
  const spread = 0.1 + 0.2 * random.uniform();
  const faster = 0.75 + 0.4 * random.uniform();
  const operations = beats.map(({ label }): Operation => {
    // The sum of three uniform draws is near enough to a Gaussian.
    const z = 2 * (random.uniform() + random.uniform() + random.uniform() - 1.5);
    return {
      factor: faster * Math.exp(spread * z),
      pFactor: 0,
      label: label === SUPRAVENTRICULAR ? -1 : label,
    };
  });
  const made = operated(recording, beats, operations);
  const size = 0.12 * random.uniform() - 0.02;
  return size > 0 ? { ...made, recording: withFibrillatoryWaves(made.recording, size, random) } : made;
}

/** Adds an oscillation whose rate and size wander, `size` times the lead's 99 % range. */
function withFibrillatoryWaves(recording: EcgRecording, size: number, random: RandomStream): EcgRecording {
  const rate = recording.samplingRateHz;
  const baseHz = 4 + 4.5 * random.uniform();
  const wave = new Float32Array(recording.lengthSamples);
  let phase = 2 * Math.PI * random.uniform();
  let hz = baseHz;
  let height = 1;
  for (let i = 0; i < wave.length; i++) {
    if (i % 32 === 0) {
      hz += 0.15 * (baseHz - hz) + 0.6 * (random.uniform() - 0.5);
      height += 0.1 * (1 - height) + 0.25 * (random.uniform() - 0.5);
    }
    phase += (2 * Math.PI * hz) / rate;
    wave[i] = height * (Math.sin(phase) + 0.35 * Math.sin(2 * phase));
  }
  return {
    ...recording,
    leads: recording.leads.map((lead) => {
      const sorted = lead.millivolts.filter((_, i) => i % 37 === 0).sort();
      const range = sorted[Math.floor(0.995 * sorted.length)]! - sorted[Math.floor(0.005 * sorted.length)]!;
      const gain = size * (0.5 + random.uniform()) * (Number.isFinite(range) ? range : 0);
      return { ...lead, millivolts: lead.millivolts.map((value, i) => value + gain * wave[i]!) };
    }),
  };
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
    const { factor, pFactor, label } = operations[i]!;
    const interval = i > 0 ? beat.sample - beats[i - 1]!.sample : 0;
    const cut = Math.max(0, beat.sample - seconds(CUT_BEFORE_SECONDS));
    const mostRemoved = Math.max(0, interval - seconds(CUT_BEFORE_SECONDS + KEPT_AFTER_SECONDS));
    const wanted = Math.round((factor - 1) * interval);
    const added = Math.max(-mostRemoved, wanted);
    const becamePremature = label === SUPRAVENTRICULAR && beat.label !== SUPRAVENTRICULAR;
    const failed = becamePremature && added > -0.1 * interval;
    return { cut, added, pFactor, label: failed ? -1 : label };
  });
  const lengthSamples = recording.lengthSamples + plans.reduce((sum, plan) => sum + plan.added, 0);
  const leads = recording.leads.map((lead) => {
    const source = Float32Array.from(lead.millivolts);
    beats.forEach((beat, i) => {
      changeP(source, plans[i]!.cut, beat.sample - seconds(0.06), plans[i]!.pFactor);
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

/** Multiplies what stands above the straight line from one sample to another. */
function changeP(signal: Float32Array, from: number, to: number, factor: number): void {
  if (factor === 1 || from < 0 || to <= from || to >= signal.length) return;
  const start = signal[from]!;
  const slope = (signal[to]! - start) / (to - from);
  for (let i = from; i < to; i++) {
    const line = start + slope * (i - from);
    signal[i] = line + factor * (signal[i]! - line);
  }
}

/** Leads up to a jump that follows at `end`. */
function smooth(signal: Float32Array, end: number, samples: number, jump: number): void {
  const begin = Math.max(0, end - samples);
  for (let i = begin; i < end; i++) signal[i]! += (jump * (i - begin + 1)) / (end - begin);
}
