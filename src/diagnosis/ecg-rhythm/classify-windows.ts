/** Windows of a recording through the programmed array: from network inputs to rhythm with its uncertainty. */
import { itemUncertainty, sampleProbabilities } from '../../bayes/uncertainty.ts';
import { RECOMMENDATIONS } from '../../contract/certainty.ts';
import { RHYTHM_CLASS_COUNT } from '../../contract/rhythm.ts';
import type { ArrayState } from '../../imc/drift.ts';
import { runSamples } from '../../imc/run.ts';
import type { RhythmCalibration } from './rhythm-model.ts';

/** A run of consecutive windows of one recording. */
export interface WindowBatch {
  /** Index of the first window in the recording; keys the read noise, so that any split gives the same bits. */
  firstWindow: number;
  /** [n][tracks][length] */
  signals: Float32Array;
  /** [n][auxiliary features] */
  auxiliary: Float32Array;
  /** 0: too little of the window can be analysed. */
  judged: Uint8Array;
}

/** Columns of n windows; see `rhythmWindowsSchema`. */
export interface ClassifiedWindows {
  judged: Uint8Array;
  probabilities: Float32Array;
  probabilityLow: Float32Array;
  probabilityHigh: Float32Array;
  aleatoric: Float32Array;
  epistemic: Float32Array;
  recommendation: Uint8Array;
  /** [n][samples][classes] */
  ensemble: Float32Array;
}

/** Pure: same arguments, same bits. */
export function classifyWindows(
  array: ArrayState,
  calibration: RhythmCalibration,
  batch: WindowBatch,
  options: { samples: number; seed: number },
): ClassifiedWindows {
  const windows = batch.judged.length;
  const { samples, seed } = options;
  const logits = runSamples(array, {
    signals: batch.signals,
    auxiliary: batch.auxiliary,
    firstItem: batch.firstWindow,
    samples,
    seed,
  });
  const rowLength = samples * RHYTHM_CLASS_COUNT;
  const columns: ClassifiedWindows = {
    judged: batch.judged.slice(),
    probabilities: new Float32Array(windows * RHYTHM_CLASS_COUNT).fill(Number.NaN),
    probabilityLow: new Float32Array(windows * RHYTHM_CLASS_COUNT).fill(Number.NaN),
    probabilityHigh: new Float32Array(windows * RHYTHM_CLASS_COUNT).fill(Number.NaN),
    aleatoric: new Float32Array(windows).fill(Number.NaN),
    epistemic: new Float32Array(windows).fill(Number.NaN),
    recommendation: new Uint8Array(windows).fill(RECOMMENDATIONS.indexOf('refuse')),
    ensemble: new Float32Array(windows * rowLength),
  };
  const row = new Float64Array(rowLength);
  for (let window = 0; window < windows; window++) {
    if (batch.judged[window] === 0) continue;
    sampleProbabilities(
      logits.subarray(window * rowLength, (window + 1) * rowLength),
      RHYTHM_CLASS_COUNT,
      calibration.temperature,
      row,
    );
    columns.ensemble.set(row, window * rowLength);
    const { mean, low90, high90, aleatoric, epistemic } = itemUncertainty(row, RHYTHM_CLASS_COUNT);
    columns.probabilities.set(mean, window * RHYTHM_CLASS_COUNT);
    columns.probabilityLow.set(low90, window * RHYTHM_CLASS_COUNT);
    columns.probabilityHigh.set(high90, window * RHYTHM_CLASS_COUNT);
    columns.aleatoric[window] = aleatoric;
    columns.epistemic[window] = epistemic;
    const { probabilityBelow, epistemicAbove } = calibration.review;
    const review = Math.max(...mean) < probabilityBelow || epistemic > epistemicAbove;
    columns.recommendation[window] = RECOMMENDATIONS.indexOf(review ? 'review' : 'accept');
  }
  return columns;
}
