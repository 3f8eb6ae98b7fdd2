/**
 * `npm run train`: leaves the patients of DS1 out in turn for the calibration, in groups and one by one, then trains
 * the shipped beat network on all of DS1 and writes its files, then asks how beats of kinds left out of training are
 * told. With `--keep <folder>` the answers of patients left out alone are kept there, and taken from there.
 */
import { storeBeatModel } from './beat-model-files.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT, trainBeatNetwork, trainingRecords } from './beat-training.ts';
import { crossValidate } from './cross-validate.ts';
import { requiredDataFolder } from './data-folder.ts';
import { keepOption } from './leave-one-out.ts';
import { outOfKnowledge } from './out-of-knowledge.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

function main(): void {
  const started = performance.now();
  const folder = requiredDataFolder();
  const records = trainingRecords(folder, BEAT_FIT.seed);
  crossValidate(records, keepOption());
  const trained = trainBeatNetwork(
    records,
    readDeviceProfile(REFERENCE.profile),
    BEAT_FIT,
    BEAT_ARCHITECTURE,
    (step, loss) => {
      if (step % 250 === 0) console.error(`step ${step} of ${BEAT_FIT.steps}, loss ${loss.toFixed(3)}`);
    },
  );
  storeBeatModel(
    trained,
    records.map(([beats]) => beats!.labels),
  );
  outOfKnowledge(folder, records);
  console.log(`Trained in ${Math.round((performance.now() - started) / 1000)} s.`);
}

main();
