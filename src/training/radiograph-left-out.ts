/** Trains on some films of the training split and reads others on a programmed array. */
import type { Network } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { calibrateRanges, type LayerRange } from '../imc/ranges.ts';
import type { ImageArchitecture } from './image-architecture.ts';
import { inputsOf, type LabelledImages } from './image-fit.ts';
import { type Answers, arrayAnswers } from './radiograph-answers.ts';
import { trainedOnce } from './radiograph-networks.ts';
import { imagesAt, type RadiographFit } from './radiograph-training.ts';

/** Programming seed of the array that left-out patients are read on; none of those that the test is read on. */
export const VALIDATION_CHIP = 100;
/** Images that the converters' ranges are set on. */
const RANGE_IMAGES = 48;

export interface RadiographRecipe {
  architecture: ImageArchitecture;
  fit: RadiographFit;
  profile: DeviceProfile;
}

export interface LeftOutReading {
  network: Network;
  ranges: LayerRange[];
  labels: Uint8Array;
  /** As the network sees them, [n][side][side]. */
  inputs: Float32Array;
  answers: Answers;
}

/** @param what names the run in messages */
export function trainAndRead(
  set: LabelledImages,
  rows: { trained: readonly number[]; left: readonly number[] },
  { architecture, fit, profile }: RadiographRecipe,
  reading: { chip: number; samples: number },
  what: string,
): LeftOutReading {
  const training = imagesAt(set, rows.trained);
  const network = trainedOnce(architecture, training, profile, fit, (step, loss) => {
    if (step % 100 === 0) console.error(`${what}, step ${step}, loss ${loss.toFixed(3)}`);
  });
  const ranges = rangesOn(network, training, architecture.side, profile);
  const images = imagesAt(set, rows.left);
  const inputs = inputsOf(images, architecture.side);
  const answers = arrayAnswers({ network, ranges }, profile, reading.chip, inputs, reading.samples);
  return { network, ranges, labels: images.labels, inputs, answers };
}

/** Ranges of the converters, from evenly spaced images of a set. */
export function rangesOn(
  network: Network,
  { pixels, labels, side: from }: LabelledImages,
  side: number,
  profile: DeviceProfile,
): LayerRange[] {
  const count = Math.min(labels.length, RANGE_IMAGES);
  const rows = Array.from({ length: count }, (_, i) => Math.floor((i * labels.length) / count));
  const chosen = inputsOf(imagesAt({ pixels, labels, side: from }, rows), side);
  return calibrateRanges(network, profile, chosen, new Float32Array(0));
}
