/** Whether what computes here, or what other hardware gave, agrees with what a bundle expects. */
import { KirchhoffError } from '../contract/errors.ts';
import { runIdealFp32 } from '../imc/software.ts';
import { type Bundle, tensorOf, tensorsOf } from './bundle.ts';
import { chipLogits, distanceOf, meanProbabilities, otherChip } from './expected-outputs.ts';

export interface Comparison {
  /**
   * `software`: the fp32 forward pass; `array`: the simulated chip of the bundle; `other-chip`: a simulated chip
   * that is not among those whose statistics are in the bundle; `given-logits` and `given-probabilities`: outputs of
   * other hardware or software.
   */
  what: 'software' | 'array' | 'other-chip' | 'given-logits' | 'given-probabilities';
  agrees: boolean;
  /** Largest difference of a logit from what is expected; of probabilities the mean absolute difference. */
  difference: number;
  /** What is allowed. */
  tolerance: number;
  /** Where a single value differs most. */
  item: number;
  class: string;
}

/**
 * Computes the bundle's inputs here in software, on its chip and on others.
 * @param chips how many others
 */
export function checkBundle(bundle: Bundle, chips = 1): Comparison[] {
  const { description, model, profile, inputs, expected } = bundle;
  const { array, tolerances } = description;
  const software = runIdealFp32(model.network, inputs.signals, inputs.auxiliary);
  const chip = chipLogits(model, profile, array, inputs);
  return [
    logitsCompared(bundle, 'software', software, expected.softwareLogits, tolerances.softwareLogits, 1),
    logitsCompared(bundle, 'array', chip, expected.arrayLogits, tolerances.arrayLogits, array.samples),
    ...Array.from({ length: chips }, (_, i) => {
      const unseen = otherChip(array, tolerances.otherChip.chips + 1 + i);
      const logits = chipLogits(model, profile, unseen, inputs);
      return probabilitiesCompared(bundle, 'other-chip', meanProbabilities(model, logits, array.samples));
    }),
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
    const { softwareLogits } = description.tolerances;
    comparisons.push(
      logitsCompared(bundle, 'given-logits', given, expected.softwareLogits, softwareLogits, 1),
    );
  }
  if (tensors.has('probabilities')) {
    const given = tensorOf(tensors, 'probabilities', shape, file);
    comparisons.push(probabilitiesCompared(bundle, 'given-probabilities', given));
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

/** @param values [items][samples][classes], as `expected` */
function logitsCompared(
  bundle: Bundle,
  what: Comparison['what'],
  values: Float32Array,
  expected: Float32Array,
  tolerance: number,
  samples: number,
): Comparison {
  const { largest, ...place } = largestDifference(bundle, values, expected, samples);
  return { what, agrees: largest <= tolerance, difference: largest, tolerance, ...place };
}

/**
 * One distance over all items, since a single probability of a good chip may well be far off.
 * @param values [items][classes]
 */
function probabilitiesCompared(bundle: Bundle, what: Comparison['what'], values: Float32Array): Comparison {
  const expected = bundle.expected.meanProbabilities;
  const tolerance = bundle.description.tolerances.otherChip.distance;
  const difference = distanceOf(values, expected);
  const { item, class: name } = largestDifference(bundle, values, expected, 1);
  return { what, agrees: difference <= tolerance, difference, tolerance, item, class: name };
}

function largestDifference(
  { model: { network } }: Bundle,
  values: Float32Array,
  expected: Float32Array,
  samples: number,
): { largest: number; item: number; class: string } {
  const differences = values.map((value, i) => Math.abs(value - expected[i]));
  const worst = differences.reduce((at, difference, i) => (difference > differences[at] ? i : at), 0);
  const classes = network.classes.length;
  return {
    largest: differences[worst],
    item: Math.floor(worst / (samples * classes)),
    class: network.classes[worst % classes],
  };
}
