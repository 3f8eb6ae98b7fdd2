/**
 * What stands before a QRS complex of one lead: the P wave with the T wave of the beat before taken away, against
 * the P wave of the latest beats. Beats after the longest intervals are of the sinus node (or escape beats), also
 * where ectopic beats outnumber them, so that their P wave is what a supraventricular beat lacks. In atrial
 * fibrillation the late beats have no P wave in common. Only + - * / and square roots are used.
 */
import { BEAT_LENGTH, BEAT_SAMPLES_BEFORE, correlation, energy, P_WAVE } from './beat-window.ts';

/** Names of the features, in order. */
export const P_WAVE_FEATURES = [
  'pLateCorrelation',
  'pLateGain',
  'pLateNovelty',
  'pLateAgreement',
  'pLateAgreementLocal',
  'pLateAmplitude',
  'pWithoutT',
  'pUsualCorrelation',
] as const;

const P_LENGTH = P_WAVE.to - P_WAVE.from;
const WHOLE = { from: 0, to: P_LENGTH };
/** Late beats are those whose interval ranks in the top seventh of the intervals around. */
const LATE = 0.85;
/** Beats on each side among which an interval's rank is taken. */
const RANKED_BEATS = 64;
/** Beats before and after those asked for that `latenessOf` looks at. */
export const LATENESS_REACH = RANKED_BEATS + 1;
const MOST_LATE_BEATS = 200;
const FEWEST_LATE_BEATS = 5;
/** Beats on each side that say whether P waves are as usual just here. */
const LOCAL_BEATS = 10;
/** Correlation of QRS complexes from which a beat counts as one of the usual shape. */
const USUAL_SHAPE = 0.9;
/** The T wave of the beat before is taken away from here to the end of the template, samples after its QRS. */
const T_FROM = 16;
/** A T wave ends before the next P wave begins. */
const T_ENDS_BEFORE_QRS = 32;

/**
 * Share of the intervals around a beat that are shorter than the one before it, ties halved, 0 to 1.
 * @param times of all beats, or of LATENESS_REACH beats around those asked for
 * @returns of the beats `from <= i < to`
 */
export function latenessOf(times: Float64Array, from: number, to: number): Float64Array {
  const lateness = new Float64Array(to - from);
  for (let i = Math.max(1, from); i < to; i++) {
    const pre = times[i]! - times[i - 1]!;
    const last = Math.min(times.length - 1, i + RANKED_BEATS);
    let below = 0;
    let compared = 0;
    for (let k = Math.max(1, i - RANKED_BEATS); k <= last; k++) {
      const other = times[k]! - times[k - 1]!;
      below += other < pre ? 1 : other === pre ? 0.5 : 0;
      compared++;
    }
    lateness[i - from] = below / compared;
  }
  return lateness;
}

/**
 * @param beats [n][BEAT_LENGTH], aligned
 * @param centres of the aligned beats, samples of the lead
 * @param template the usual beat
 * @param qrsCorrelations with it, [n]
 * @param lateness of `latenessOf`, [n]
 * @returns [n][P_WAVE_FEATURES.length]
 */
export function describePWaves(
  beats: Float32Array,
  centres: Int32Array,
  template: Float32Array,
  qrsCorrelations: Float64Array,
  lateness: Float64Array,
  height: number,
): Float32Array {
  const count = centres.length;
  const waves = withoutT(beats, centres, template, qrsCorrelations);
  const usualShape = (i: number): boolean => qrsCorrelations[i]! > USUAL_SHAPE;
  const everyBeat = Array.from(centres.keys());
  const late = everyBeat.filter((i) => usualShape(i) && lateness[i]! >= LATE);
  const latest =
    late.length >= FEWEST_LATE_BEATS ? late : everyBeat.filter((i) => usualShape(i) && lateness[i]! >= 0.4);
  const lateWave = medianWave(waves, thinned(latest.length > 0 ? latest : everyBeat));
  const usualWave = template.subarray(P_WAVE.from, P_WAVE.to);
  const lateEnergy = energy(lateWave, 0, WHOLE);
  const lateAmplitude = Math.sqrt(lateEnergy);

  const agreement = new Float64Array(count);
  const distance = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    agreement[i] = correlation(waves, i * P_LENGTH, lateWave, 0, WHOLE);
    distance[i] = distanceOf(waves, i * P_LENGTH, lateWave);
  }
  const usualAgreement = medianOf(latest.map((i) => agreement[i]!));
  const usualDistance = medianOf(latest.map((i) => distance[i]!)) + 0.01 * height;

  const features = new Float32Array(count * P_WAVE_FEATURES.length);
  for (let i = 0; i < count; i++) {
    const around: number[] = [];
    for (let k = Math.max(0, i - LOCAL_BEATS); k < Math.min(count, i + LOCAL_BEATS + 1); k++) {
      if (k !== i && usualShape(k)) around.push(agreement[k]!);
    }
    const amplitude = Math.sqrt(energy(waves, i * P_LENGTH, WHOLE));
    const gain = lateAmplitude > 0 ? (agreement[i]! * amplitude) / lateAmplitude : 0;
    const novelty = distance[i]! + 0.01 * height;
    features.set(
      [
        agreement[i]!,
        gain / 2,
        (2 * (novelty - usualDistance)) / (novelty + usualDistance),
        usualAgreement,
        medianOf(around),
        lateAmplitude / (lateAmplitude + 0.05 * height),
        amplitude / (amplitude + 0.05 * height),
        correlation(usualWave, 0, lateWave, 0, WHOLE),
      ],
      i * P_WAVE_FEATURES.length,
    );
  }
  return features;
}

/** The stretch before each QRS complex, [n][P_LENGTH], less what the T wave of the beat before leaves there. */
function withoutT(
  beats: Float32Array,
  centres: Int32Array,
  template: Float32Array,
  qrsCorrelations: Float64Array,
): Float32Array {
  const count = centres.length;
  const waves = new Float32Array(count * P_LENGTH);
  const distances = Float64Array.from(
    { length: Math.max(0, count - 1) },
    (_, k) => centres[k + 1]! - centres[k]!,
  );
  const tEnd = Math.min(BEAT_LENGTH - BEAT_SAMPLES_BEFORE, medianOf([...distances]) - T_ENDS_BEFORE_QRS);
  for (let i = 0; i < count; i++) {
    const subtract = i > 0 && qrsCorrelations[i - 1]! > USUAL_SHAPE;
    const sincePrevious = i > 0 ? centres[i]! - centres[i - 1]! : 0;
    for (let j = P_WAVE.from; j < P_WAVE.to; j++) {
      const after = sincePrevious + j - BEAT_SAMPLES_BEFORE;
      const tWave = subtract && after >= T_FROM && after < tEnd ? template[BEAT_SAMPLES_BEFORE + after]! : 0;
      waves[i * P_LENGTH + j - P_WAVE.from] = beats[i * BEAT_LENGTH + j]! - tWave;
    }
  }
  return waves;
}

function thinned(indices: readonly number[]): number[] {
  const length = Math.min(indices.length, MOST_LATE_BEATS);
  return Array.from({ length }, (_, k) => indices[Math.floor((k * indices.length) / length)]!);
}

function medianWave(waves: Float32Array, chosen: readonly number[]): Float32Array {
  const column = new Float32Array(chosen.length);
  return Float32Array.from({ length: P_LENGTH }, (_, j) => {
    chosen.forEach((i, k) => {
      column[k] = waves[i * P_LENGTH + j]!;
    });
    return column.sort()[chosen.length >> 1]!;
  });
}

/** Root mean square of the difference from a wave, its mean removed. */
function distanceOf(waves: Float32Array, at: number, wave: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < P_LENGTH; j++) sum += waves[at + j]! - wave[j]!;
  const mean = sum / P_LENGTH;
  let squares = 0;
  for (let j = 0; j < P_LENGTH; j++) {
    const d = waves[at + j]! - wave[j]! - mean;
    squares += d * d;
  }
  return Math.sqrt(squares / P_LENGTH);
}

function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1]!;
}
