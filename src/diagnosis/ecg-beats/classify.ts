/** Beats through the programmed array: from network inputs to classes with their uncertainty. */
import { conformalSet } from '../../bayes/conformal.ts';
import { itemUncertainty, sampleProbabilities } from '../../bayes/uncertainty.ts';
import {
  BEAT_CLASSES,
  NETWORK_CLASS_COUNT,
  NO_CONFORMAL_SET,
  RECOMMENDATIONS,
  type Recommendation,
} from '../../contract/ecg.ts';
import type { ArrayState } from '../../imc/drift.ts';
import { runSamples } from '../../imc/run.ts';
import type { BeatCalibration } from './beat-model.ts';
import type { EnsembleRows } from './ensemble.ts';

/** A run of consecutive beats of one recording, ready for the network. */
export interface BeatBatch {
  /** Index of the first beat in the recording; keys the read noise, so that any split gives the same bits. */
  firstBeat: number;
  /** [n][channels][length] */
  signals: Float32Array;
  /** [n][auxiliary features] */
  auxiliary: Float32Array;
  /** 0: not to be judged (class Q by rule). */
  classifiable: Uint8Array;
}

/** Columns of n beats; see `BeatTable` for their meaning. */
export interface BeatColumns {
  label: Uint8Array;
  probabilities: Float32Array;
  probabilityLow: Float32Array;
  probabilityHigh: Float32Array;
  aleatoric: Float32Array;
  epistemic: Float32Array;
  recommendation: Uint8Array;
  conformalSet: Uint8Array;
}

export interface ClassifiedBeats extends BeatColumns {
  ensembleProbabilities: EnsembleRows;
}

const CLASS_Q = BEAT_CLASSES.indexOf('Q');

/** Runs a batch on the array and turns logits into calibrated classes. Pure: same arguments, same bits. */
export function classifyBatch(
  array: ArrayState,
  calibration: BeatCalibration,
  batch: BeatBatch,
  options: { samples: number; seed: number },
): ClassifiedBeats {
  const beats = batch.classifiable.length;
  const { samples } = options;
  const logits = runSamples(array, {
    signals: batch.signals,
    auxiliary: batch.auxiliary,
    firstItem: batch.firstBeat,
    samples,
    seed: options.seed,
  });
  const rowLength = samples * NETWORK_CLASS_COUNT;
  const result: ClassifiedBeats = {
    ...emptyColumns(beats),
    ensembleProbabilities: new Uint8Array(beats * rowLength),
  };
  const row = new Float64Array(rowLength);
  const thresholds = calibration.conformal?.thresholds.map((at) => at ?? Number.POSITIVE_INFINITY) ?? null;
  for (let beat = 0; beat < beats; beat++) {
    const at = beat * NETWORK_CLASS_COUNT;
    if (batch.classifiable[beat] === 0) {
      markNotJudged(result, beat);
      continue;
    }
    sampleProbabilities(
      logits.subarray(beat * rowLength, (beat + 1) * rowLength),
      NETWORK_CLASS_COUNT,
      calibration.temperature,
      row,
    );
    for (let i = 0; i < rowLength; i++) {
      result.ensembleProbabilities[beat * rowLength + i] = Math.round(row[i] * 255);
    }
    const uncertainty = itemUncertainty(row, NETWORK_CLASS_COUNT);
    result.probabilities.set(uncertainty.mean, at);
    result.probabilityLow.set(uncertainty.low90, at);
    result.probabilityHigh.set(uncertainty.high90, at);
    result.aleatoric[beat] = uncertainty.aleatoric;
    result.epistemic[beat] = uncertainty.epistemic;
    const label = indexOfLargest(uncertainty.mean);
    result.label[beat] = label;
    result.conformalSet[beat] =
      thresholds === null ? NO_CONFORMAL_SET : conformalSet(uncertainty.mean, thresholds);
    result.recommendation[beat] = RECOMMENDATIONS.indexOf(
      recommend(uncertainty.mean[label], uncertainty.epistemic, calibration),
    );
  }
  return result;
}

function recommend(largest: number, epistemic: number, calibration: BeatCalibration): Recommendation {
  const { probabilityBelow, epistemicAbove } = calibration.review;
  return largest < probabilityBelow || epistemic > epistemicAbove ? 'review' : 'accept';
}

/** @param memory of so many bytes; for a whole recording such as all threads see */
export function emptyColumns(
  beats: number,
  memory: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): BeatColumns {
  const bytes = (length: number) => new Uint8Array(memory(length));
  const floats = (length: number) => new Float32Array(memory(length * Float32Array.BYTES_PER_ELEMENT));
  return {
    label: bytes(beats),
    probabilities: floats(beats * NETWORK_CLASS_COUNT),
    probabilityLow: floats(beats * NETWORK_CLASS_COUNT),
    probabilityHigh: floats(beats * NETWORK_CLASS_COUNT),
    aleatoric: floats(beats),
    epistemic: floats(beats),
    recommendation: bytes(beats),
    conformalSet: bytes(beats),
  };
}

function markNotJudged(columns: BeatColumns, beat: number): void {
  const at = beat * NETWORK_CLASS_COUNT;
  columns.label[beat] = CLASS_Q;
  for (const column of [columns.probabilities, columns.probabilityLow, columns.probabilityHigh]) {
    column.fill(Number.NaN, at, at + NETWORK_CLASS_COUNT);
  }
  columns.aleatoric[beat] = Number.NaN;
  columns.epistemic[beat] = Number.NaN;
  columns.recommendation[beat] = RECOMMENDATIONS.indexOf('refuse');
  columns.conformalSet[beat] = NO_CONFORMAL_SET;
}

function indexOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** Puts the columns of a batch into those of its recording, from `firstBeat` on. */
export function placeColumns(whole: BeatColumns, part: BeatColumns, firstBeat: number): void {
  for (const name of Object.keys(whole) as (keyof BeatColumns)[]) {
    const width = part[name].length / part.label.length;
    whole[name].set(part[name], firstBeat * width);
  }
}

/** The machine's beat table of a recording. */
export function beatTableOf(rPeaks: Int32Array, { label, ...rest }: BeatColumns) {
  return {
    sample: rPeaks,
    label,
    machineLabel: label.slice(),
    origin: new Uint8Array(rPeaks.length),
    ...rest,
  };
}
