/** Figures of the rhythm network on recordings with one label each, after the scoring of the challenge of 2017. */
import { itemUncertainty, sampleProbabilities } from '../bayes/uncertainty.ts';
import { RHYTHM_CLASS_COUNT as CLASSES } from '../contract/rhythm.ts';

/** What was read of one recording: logits of all its windows. */
export interface ReadRecording {
  label: number;
  windows: number;
  /** [windows][samples][classes] */
  logits: Float32Array;
}

export interface RecordingAnswer {
  label: number;
  /** Mean over windows and samples. */
  probabilities: Float64Array;
  /** Means over windows, nats. */
  aleatoric: number;
  epistemic: number;
}

/** A recording's answer is the mean of its windows'. */
export function answerOf(read: ReadRecording, samples: number, temperature: number): RecordingAnswer {
  const rowLength = samples * CLASSES;
  const row = new Float64Array(rowLength);
  const answer: RecordingAnswer = {
    label: read.label,
    probabilities: new Float64Array(CLASSES),
    aleatoric: 0,
    epistemic: 0,
  };
  for (let window = 0; window < read.windows; window++) {
    sampleProbabilities(
      read.logits.subarray(window * rowLength, (window + 1) * rowLength),
      CLASSES,
      temperature,
      row,
    );
    const { mean, aleatoric, epistemic } = itemUncertainty(row, CLASSES);
    for (let c = 0; c < CLASSES; c++) answer.probabilities[c]! += mean[c]! / read.windows;
    answer.aleatoric += aleatoric / read.windows;
    answer.epistemic += epistemic / read.windows;
  }
  return answer;
}

export function likeliest(probabilities: Float64Array): number {
  let best = 0;
  for (let c = 1; c < CLASSES; c++) if (probabilities[c]! > probabilities[best]!) best = c;
  return best;
}

export function confusionOf(answers: readonly RecordingAnswer[]): number[][] {
  const confusion = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  for (const { label, probabilities } of answers) confusion[label]![likeliest(probabilities)]!++;
  return confusion;
}

/** F1 of each class, and the challenge's score: their mean over N, A and O. */
export function f1Of(confusion: readonly number[][]): { byClass: number[]; mean: number } {
  const byClass = confusion.map((row, c) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    const called = confusion.reduce((sum, other) => sum + other[c]!, 0);
    return all + called > 0 ? (2 * row[c]!) / (all + called) : 0;
  });
  return { byClass, mean: (byClass[0]! + byClass[1]! + byClass[2]!) / 3 };
}

/** Mean negative log-likelihood, nats. */
export function nllOf(answers: readonly RecordingAnswer[]): number {
  return (
    answers.reduce(
      (sum, { label, probabilities }) => sum - Math.log(Math.max(1e-12, probabilities[label]!)),
      0,
    ) / answers.length
  );
}

/** Steps of 0.05 from 0.4 to 2. */
const TEMPERATURES = Array.from({ length: 33 }, (_, i) => Math.round((0.4 + 0.05 * i) * 100) / 100);

/** The temperature of least negative log-likelihood. */
export function fitTemperature(read: readonly ReadRecording[], samples: number): number {
  let [best, least] = [1, Number.POSITIVE_INFINITY];
  for (const temperature of TEMPERATURES) {
    const nll = nllOf(read.map((one) => answerOf(one, samples, temperature)));
    if (nll < least) [best, least] = [temperature, nll];
  }
  return best;
}
