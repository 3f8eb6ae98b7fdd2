/**
 * What left-out patients of DS1 say of one recipe on several programmed arrays: how good the answers are, how much
 * worse than those of the ideal array, and how far one chip is from the next.
 */
import { NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import { calibrationOf, spreadOf } from './evaluation.ts';
import { classFigures, confusionOf, type LeftOut } from './leave-out.ts';
import { ensembleOutput } from './reference-condition.ts';
import { decisionScaling, type Scaling, scaled } from './vector-scaling.ts';

/** Copies of the left-out records that are read: as recorded, and in a made rhythm of mostly ectopic beats. */
export const READ_KINDS = ['real', 'dominant'] as const;
type ReadKind = (typeof READ_KINDS)[number];

/** Answers for all left-out records, one list a programmed array and one of the ideal array. */
export interface ArrayAnswers {
  /** The first gives the scaling and is not scored. */
  arrays: LeftOut[][];
  ideal: LeftOut[];
}

interface ArrayFigures {
  /** F1. */
  S: number;
  V: number;
  accuracy: number;
  /** Nats a beat. */
  nll: number;
  ece: number;
}

function figuresOf(answers: readonly LeftOut[], kind: ReadKind, scaling: Scaling): ArrayFigures {
  const labels: number[] = [];
  const probabilities: number[] = [];
  for (const one of answers.filter((answer) => answer.kind === kind)) {
    const samples = one.logits.length / (one.labels.length * NETWORK_CLASS_COUNT);
    labels.push(...one.labels);
    for (const p of ensembleOutput(scaled(one.logits, scaling), samples, 1).probabilities) {
      probabilities.push(p);
    }
  }
  const confusion = confusionOf(Uint8Array.from(labels), Float64Array.from(probabilities));
  const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
  const { nll, ece } = calibrationOf(probabilities, labels);
  return {
    S: classFigures(confusion, NETWORK_CLASSES.indexOf('S')).f1,
    V: classFigures(confusion, NETWORK_CLASSES.indexOf('V')).f1,
    accuracy: right / labels.length,
    nll,
    ece,
  };
}

/** What settings are compared by: S F1, mean of both rhythms, plus V F1 as recorded. */
function scoreOf(byKind: Record<ReadKind, ArrayFigures>): number {
  return (byKind.real.S + byKind.dominant.S) / 2 + byKind.real.V;
}

const rounded = (value: number) => Number(value.toFixed(4));

/** Figures of a recipe; `array`, `score`: mean and standard deviation over the scored arrays. */
export function figuresOnArrays({ arrays, ideal }: ArrayAnswers) {
  const scaling = decisionScaling(arrays[0]!.filter(({ kind }) => kind === 'real'));
  const all = (answers: readonly LeftOut[]) =>
    Object.fromEntries(READ_KINDS.map((kind) => [kind, figuresOf(answers, kind, scaling)])) as Record<
      ReadKind,
      ArrayFigures
    >;
  const scored = arrays.slice(1).map(all);
  const onIdeal = all(ideal);
  const spread = (values: readonly number[]) => {
    const { mean, sd } = spreadOf(values);
    return [rounded(mean), rounded(sd)];
  };
  const ofKind = (kind: ReadKind) => {
    const figure = (name: keyof ArrayFigures) => ({
      array: spread(scored.map((one) => one[kind][name])),
      ideal: rounded(onIdeal[kind][name]),
    });
    return {
      S: figure('S'),
      V: figure('V'),
      accuracy: figure('accuracy'),
      nll: figure('nll'),
      ece: figure('ece'),
    };
  };
  return {
    scaling,
    scores: scored.map((one) => rounded(scoreOf(one))),
    score: spread(scored.map(scoreOf)),
    idealScore: rounded(scoreOf(onIdeal)),
    real: ofKind('real'),
    dominant: ofKind('dominant'),
  };
}
