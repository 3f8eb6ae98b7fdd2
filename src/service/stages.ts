/** The stages of analyses by name, for threads that are sent the name of one. */
import { waveformsStage } from '../diagnosis/ecg-templates/template-shapes.ts';
import { assignStage, gatherStage } from '../ecg/beat-clusters.ts';
import { describeStage } from '../ecg/beats.ts';
import { intervalsStage } from '../ecg/intervals.ts';
import { pacingStage } from '../ecg/pacing.ts';
import { candidatesStage, deflectionsStage, evidenceStage } from '../ecg/qrs.ts';
import { extremesStage, secondsStage } from '../ecg/quality.ts';
import type { Stage } from '../ecg/stretches.ts';

const ALL: readonly Stage<never, unknown>[] = [
  extremesStage,
  secondsStage,
  evidenceStage,
  candidatesStage,
  deflectionsStage,
  pacingStage,
  intervalsStage,
  describeStage,
  gatherStage,
  assignStage,
  waveformsStage,
];

export const STAGES: ReadonlyMap<string, Stage<never, unknown>> = new Map(
  ALL.map((stage) => [stage.name, stage]),
);
