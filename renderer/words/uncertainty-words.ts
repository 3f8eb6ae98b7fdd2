/**
 * Uncertainty in words, said before the numbers. The thresholds only choose words and drawing; what is
 * recommended is decided by the analysis.
 */
import type { Recommendation } from '../../src/contract/ecg.ts';

export type Certainty = 'very likely' | 'likely' | 'unsure' | 'outside what the model knows';

/** Entropy of four equally likely classes, nats. */
export const MAX_ENTROPY_NATS = Math.log(4);

/** Mutual information from which the disagreement of the samples is drawn as hatching, nats. */
export const EPISTEMIC_SHOWN_NATS = 0.02;
/** Mutual information that is drawn at full strength, nats. */
export const EPISTEMIC_FULL_NATS = 0.2;

/** @param topProbability mean probability of the likeliest class, 0 to 1; NaN where no network spoke. */
export function certaintyWord(recommendation: Recommendation, topProbability: number): Certainty {
  if (recommendation === 'refuse') return 'outside what the model knows';
  if (recommendation === 'review' || !(topProbability >= 0.8)) return 'unsure';
  return topProbability >= 0.95 ? 'very likely' : 'likely';
}

/** @param nats expected entropy, 0 to ln 4. */
export function aleatoricWord(nats: number): string {
  const share = nats / MAX_ENTROPY_NATS;
  if (share < 0.1) return 'the signal is clear';
  if (share < 0.35) return 'the signal is somewhat ambiguous';
  return 'the signal is ambiguous';
}

/** @param nats mutual information, >= 0. */
export function epistemicWord(nats: number): string {
  if (nats < EPISTEMIC_SHOWN_NATS) return 'the samples agree';
  if (nats < 0.1) return 'the samples disagree a little';
  return 'the samples disagree';
}

/** 0 to 1: strength of the soft halo. */
export function haloStrength(aleatoricNats: number): number {
  if (Number.isNaN(aleatoricNats)) return 0;
  return Math.min(1, Math.max(0, aleatoricNats / MAX_ENTROPY_NATS) * 1.4);
}

/** 0 to 1: strength of the diagonal hatching. */
export function hatchStrength(epistemicNats: number): number {
  if (Number.isNaN(epistemicNats) || epistemicNats < EPISTEMIC_SHOWN_NATS) return 0;
  return Math.min(1, 0.35 + 0.65 * (epistemicNats / EPISTEMIC_FULL_NATS));
}

/** Opacity of a mark: certainty. Where no network spoke the label is a rule or a clinician's, drawn solid. */
export function markOpacity(topProbability: number): number {
  if (Number.isNaN(topProbability)) return 1;
  return 0.25 + 0.75 * Math.min(1, Math.max(0, (topProbability - 0.25) / 0.75));
}

const RECOMMENDATION_WORDS: Record<Recommendation, string> = {
  accept: 'Accept',
  review: 'Review',
  refuse: 'Do not use',
};

export function recommendationWord(recommendation: Recommendation): string {
  return RECOMMENDATION_WORDS[recommendation];
}

/** How much of a study needs eyes. @param reviewFraction share of beats for review, 0 to 1. */
export function reviewWord(reviewFraction: number): string {
  if (reviewFraction < 0.02) return 'little to review';
  if (reviewFraction < 0.1) return 'some to review';
  return 'much to review';
}
