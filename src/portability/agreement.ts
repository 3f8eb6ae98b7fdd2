/** Whether what computes here, or what other hardware gave, agrees with what a bundle expects. */
import { KirchhoffError } from '../contract/errors.ts';
import { runIdealFp32 } from '../imc/software.ts';
import { type Bundle, tensorOf, tensorsOf } from './bundle.ts';
import { chipLogits, meanProbabilities, otherChip } from './expected-outputs.ts';

export interface Comparison {
  /**
   * `software`: the fp32 forward pass; `array`: the simulated chip of the bundle; `other-chip`: a simulated chip
   * that is not among those whose statistics are in the bundle; `given-logits` and `given-probabilities`: outputs of
   * other hardware or software.
   */
  what: 'software' | 'array' | 'other-chip' | 'given-logits' | 'given-probabilities';
  agrees: boolean;
  /** Difference from what is expected where it goes furthest beyond its tolerance or comes nearest to it. */
  difference: number;
  item: number;
  class: string;
  /** What is allowed there. */
  tolerance: number;
}

/** Computes the bundle's inputs here in software, on its chip and on another one. */
export function checkBundle(bundle: Bundle): Comparison[] {
  const { description, model, profile, inputs, expected } = bundle;
  const { array, tolerances } = description;
  const software = runIdealFp32(model.network, inputs.signals, inputs.auxiliary);
  const chip = chipLogits(model, profile, array, inputs);
  const unseen = otherChip(array, tolerances.otherChip.chips + 1);
  const unseenMeans = meanProbabilities(model, chipLogits(model, profile, unseen, inputs), array.samples);
  return [
    compared(bundle, 'software', software, expected.softwareLogits, () => tolerances.softwareLogits, 1),
    compared(bundle, 'array', chip, expected.arrayLogits, () => tolerances.arrayLogits, array.samples),
    compared(bundle, 'other-chip', unseenMeans, expected.meanProbabilities, otherChipTolerance(bundle), 1),
  ];
}

/**
 * Compares outputs that others computed for the bundle's inputs: a safetensors file with `logits` of an fp32
 * pass, or `probabilities`, each item's mean over its reads of softmax(logits / temperature), or both; [items][classes].
 *
 * @throws {KirchhoffError} `model-invalid` naming file and tensor: neither tensor, a wrong shape, a value that
 * is not finite
 */
export function checkOutputs(bundle: Bundle, bytes: Uint8Array, file: string): Comparison[] {
  const tensors = tensorsOf(bytes, file);
  const shape = [bundle.description.inputs.items, bundle.model.network.classes.length];
  const { expected, description } = bundle;
  const comparisons: Comparison[] = [];
  if (tensors.has('logits')) {
    const given = tensorOf(tensors, 'logits', shape, file);
    const tolerance = () => description.tolerances.softwareLogits;
    comparisons.push(compared(bundle, 'given-logits', given, expected.softwareLogits, tolerance, 1));
  }
  if (tensors.has('probabilities')) {
    const given = tensorOf(tensors, 'probabilities', shape, file);
    const tolerance = otherChipTolerance(bundle);
    comparisons.push(
      compared(bundle, 'given-probabilities', given, expected.meanProbabilities, tolerance, 1),
    );
  }
  if (comparisons.length === 0) {
    throw new KirchhoffError(
      'model-invalid',
      'There is neither a tensor "logits" nor a tensor "probabilities".',
      file,
    );
  }
  return comparisons;
}

function otherChipTolerance({ description, expected }: Bundle): (index: number) => number {
  const { deviations, floor } = description.tolerances.otherChip;
  return (index) => deviations * expected.deviationOfProbabilities[index] + floor;
}

/** The value that is furthest out of its tolerance, or nearest to leaving it; [items][samples][classes]. */
function compared(
  { model: { network } }: Bundle,
  what: Comparison['what'],
  values: Float32Array,
  expected: Float32Array,
  tolerance: (index: number) => number,
  samples: number,
): Comparison {
  let worst = 0;
  let agrees = true;
  for (let i = 0; i < expected.length; i++) {
    const excess = Math.abs(values[i] - expected[i]) - tolerance(i);
    if (!(excess <= 0)) agrees = false;
    if (excess > Math.abs(values[worst] - expected[worst]) - tolerance(worst)) worst = i;
  }
  const classes = network.classes.length;
  return {
    what,
    agrees,
    difference: Math.abs(values[worst] - expected[worst]),
    item: Math.floor(worst / (samples * classes)),
    class: network.classes[worst % classes],
    tolerance: tolerance(worst),
  };
}
