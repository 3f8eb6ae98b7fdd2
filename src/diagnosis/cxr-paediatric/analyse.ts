/** A radiograph through the checks and the programmed array to a finding with its uncertainty. */
import { conformalSet } from '../../bayes/conformal.ts';
import { itemUncertainty, sampleProbabilities } from '../../bayes/uncertainty.ts';
import type { Recommendation } from '../../contract/ecg.ts';
import type { DecodedImage } from '../../contract/imaging.ts';
import type { ImageAnalysis, ImagingFinding } from '../../contract/imaging-findings.ts';
import type { ArrayState } from '../../imc/drift.ts';
import { runSamples } from '../../imc/run.ts';
import { appearanceOf } from './appearance.ts';
import {
  checkApplicability,
  gravestOutcome,
  type ImageFacts,
  reasonsOf,
  type TechniqueFacts,
} from './applicability.ts';
import { hasBurnedInText } from './burned-in-text.ts';
import { embeddingOf } from './embedding.ts';
import { greyShades } from './grey-shades.ts';
import type { RadiographCalibration, RadiographModel } from './model.ts';
import { networkInput } from './network-input.ts';
import { occlusionMap, saliencyOver } from './saliency.ts';
import { partOfFilm, type WholeFilmCheck } from './whole-film.ts';

export const PAEDIATRIC_TASK = 'cxr-pneumonia-paediatric';

const NO_FEATURES = new Float32Array(0);
const PNEUMONIA = 1;

export interface AnalyseOptions {
  samples: number;
  seed: number;
  /** Monte-Carlo samples of the saliency map; 0 for no map. */
  saliencySamples: number;
}

/** Samples of a saliency map where nothing else is asked: its deviation is good to about a quarter. */
export const SALIENCY_SAMPLES = 8;

/** The network that answers, and the one that tells whether a film is whole. */
export interface ScreeningModel extends RadiographModel {
  wholeFilm: WholeFilmCheck;
}

/** What the checks ask of an image, whatever its file says. */
export function measureImage(
  image: DecodedImage,
  { network, input: { height: side }, appearance: fit, wholeFilm }: ScreeningModel,
): ImageFacts & { embedding: Float32Array } {
  const grey = greyShades(image);
  const input = networkInput(grey.shades, grey.width, grey.height, side);
  const embedding = embeddingOf(network, input);
  return {
    grey,
    input,
    side,
    fit,
    embedding,
    appearance: appearanceOf(input, side, embedding, fit),
    hasText: hasBurnedInText(grey),
    isPart: partOfFilm(grey, wholeFilm) > wholeFilm.limit,
  };
}

/**
 * Pure: same arguments, same bits. The network is not run where a check refuses.
 * @param technique what the file says; `NO_TECHNIQUE` for a PNG or JPEG
 * @param array the model's network on a programmed array
 */
export function analyseRadiograph(
  image: DecodedImage,
  technique: TechniqueFacts,
  model: ScreeningModel,
  array: ArrayState,
  options: AnalyseOptions,
): Omit<ImageAnalysis, 'provenance'> {
  const { network, calibration } = model;
  const facts = measureImage(image, model);
  const { grey, input, side, embedding } = facts;
  const applicability = checkApplicability(technique, facts);
  const outcome = gravestOutcome(applicability);
  const reasons = reasonsOf(applicability);
  if (outcome === 'refused') {
    return { finding: refusal(applicability, reasons), saliency: null, embedding: null };
  }
  const { samples, seed } = options;
  const logits = runSamples(array, { signals: input, auxiliary: NO_FEATURES, firstItem: 0, samples, seed });
  const probabilities = new Float64Array(samples * 2);
  sampleProbabilities(logits, 2, calibration.temperature, probabilities);
  const answer = itemUncertainty(probabilities, 2);
  const probability = answer.mean[PNEUMONIA]!;
  const thresholds = calibration.conformal.thresholds.map(
    (threshold) => threshold ?? Number.POSITIVE_INFINITY,
  );
  const set = conformalSet(answer.mean, thresholds);
  const present = probability >= calibration.operatingPoint;
  const doubts = doubtsOf(probability, answer.epistemic, set, calibration);
  const recommendation: Recommendation = outcome === 'review' || doubts.length > 0 ? 'review' : 'accept';
  const finding: ImagingFinding = {
    task: PAEDIATRIC_TASK,
    label: labelOf(probability, present),
    severity: present ? 'attention' : 'information',
    probability,
    credibleInterval90: { low: answer.low90[PNEUMONIA]!, high: answer.high90[PNEUMONIA]! },
    aleatoric: answer.aleatoric,
    epistemic: answer.epistemic,
    conformalSet: network.classes.filter((_, c) => (set & (1 << c)) !== 0),
    recommendation,
    applicability,
    why: [
      `Mean probability ${percent(probability)} is ${present ? 'at or above' : 'below'} the operating point of ${percent(calibration.operatingPoint)}.`,
      ...doubts,
      ...reasons,
    ],
  };
  const { temperature } = calibration;
  const saliency =
    options.saliencySamples === 0
      ? null
      : saliencyOver(
          occlusionMap(array, input, side, { samples: options.saliencySamples, seed, temperature }),
          grey.width,
          grey.height,
        );
  return { finding, saliency, embedding };
}

/** The operating point lies below one half, so that what it calls need not be likely. */
function labelOf(probability: number, present: boolean): string {
  if (!present) return 'No signs of pneumonia found';
  return probability >= 0.5 ? 'Signs of pneumonia likely' : 'Signs of pneumonia possible';
}

function refusal(applicability: ImagingFinding['applicability'], why: string[]): ImagingFinding {
  return {
    task: PAEDIATRIC_TASK,
    label: 'Not judged',
    severity: 'information',
    probability: null,
    credibleInterval90: null,
    aleatoric: null,
    epistemic: null,
    conformalSet: null,
    recommendation: 'refuse',
    applicability,
    why,
  };
}

function doubtsOf(
  probability: number,
  epistemic: number,
  set: number,
  { review, conformal }: RadiographCalibration,
): string[] {
  const doubts: string[] = [];
  if (probability > review.probabilityAbove && probability < review.probabilityBelow) {
    doubts.push(
      `The probability lies between ${percent(review.probabilityAbove)} and ${percent(review.probabilityBelow)}, where errors are common.`,
    );
  }
  if (epistemic > review.epistemicAbove) doubts.push('Reads of the array disagree more than on most films.');
  const coverage = percent(1 - conformal.alpha);
  if (set === 3) doubts.push(`At ${coverage} coverage neither answer can be excluded.`);
  if (set === 0) doubts.push(`At ${coverage} coverage neither answer fits.`);
  return doubts;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
