/** Templates with the labels that count now. */
import { type BeatTemplates, NO_TEMPLATE } from '../../contract/beat-templates.ts';
import { BEAT_CLASSES } from '../../contract/ecg.ts';
import type { CorrectedBeats } from '../ecg-beats/corrections.ts';
import type { TemplateShapes } from './template-shapes.ts';

/** Templates whose beats were all deleted are left out; the numbers of the others stay. */
export function templatesNow(
  shapes: TemplateShapes,
  { beats, machineRow }: CorrectedBeats,
  samplingRateHz: number,
): BeatTemplates {
  const tally = shapes.templates.map(() => ({
    beats: 0,
    classes: new Int32Array(BEAT_CLASSES.length),
    judged: 0,
    aleatoric: 0,
    epistemic: 0,
    forReview: 0,
  }));
  const memberOf = Uint8Array.from(machineRow, (row) => (row < 0 ? NO_TEMPLATE : shapes.memberOf[row]!));
  memberOf.forEach((template, i) => {
    const sum = tally[template];
    if (sum === undefined) return;
    sum.beats++;
    sum.classes[beats.label[i]!]!++;
    if (beats.recommendation[i] !== 0) sum.forReview++;
    if (Number.isNaN(beats.aleatoric[i]!)) return;
    sum.judged++;
    sum.aleatoric += beats.aleatoric[i]!;
    sum.epistemic += beats.epistemic[i]!;
  });
  return {
    templates: shapes.templates.flatMap((shape, id) => {
      const sum = tally[id]!;
      if (sum.beats === 0) return [];
      const most = sum.classes.indexOf(Math.max(...sum.classes));
      return [
        {
          id,
          beats: sum.beats,
          share: sum.beats / beats.sample.length,
          classes: BEAT_CLASSES.map((label, c) => ({ label, beats: sum.classes[c]! })),
          label: BEAT_CLASSES[most]!,
          aleatoric: sum.judged === 0 ? null : sum.aleatoric / sum.judged,
          epistemic: sum.judged === 0 ? null : sum.epistemic / sum.judged,
          reviewFraction: sum.forReview / sum.beats,
          likeness: shape.likeness,
          exampleSample: shape.exampleSample,
          waveforms: shape.waveforms,
        },
      ];
    }),
    memberOf,
    samplingRateHz,
    rPeak: shapes.rPeak,
  };
}
