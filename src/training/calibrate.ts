/**
 * `npm run calibrate -- --keep <folder>`: the conformal thresholds of the shipped network from every patient of DS1 left
 * out alone, without training it again. Scaling and weights stay as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { storeBeatCalibration } from './beat-model-files.ts';
import { BEAT_FIT, trainingRecords } from './beat-training.ts';
import { CROSS_VALIDATION, conformalOf } from './cross-validate.ts';
import { requiredDataFolder } from './data-folder.ts';
import { keepOption, leaveOneOut } from './leave-one-out.ts';
import { scalingSchema } from './vector-scaling.ts';

const validation = z
  .looseObject({ scaling: scalingSchema, conformal: z.unknown() })
  .parse(JSON.parse(readFileSync(CROSS_VALIDATION, 'utf8')));
const alone = leaveOneOut(trainingRecords(requiredDataFolder(), BEAT_FIT.seed), keepOption());
validation.conformal = conformalOf(alone, validation.scaling);
writeFileSync(CROSS_VALIDATION, `${JSON.stringify(validation, null, 1)}\n`);
storeBeatCalibration();
