/**
 * `npm run train:whole-film`: the network that tells whole films from parts of films, trained on the training films of
 * four fifths of the patients and on parts cut out of them; its limit is set on whole films of the other fifth.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { partOfFilm, WHOLE_FILM_CLASSES, wholeFilmFiles } from '../diagnosis/cxr-paediatric/whole-film.ts';
import { areaResample } from '../imaging/resample.ts';
import { RandomStream } from '../numeric/random.ts';
import { quantile } from './appearance-fit.ts';
import { requiredDataFolder } from './data-folder.ts';
import { type FilmPart, partOf, WHOLE } from './film-parts.ts';
import { untrainedImageNetwork } from './image-architecture.ts';
import { fitImages, type LabelledImages } from './image-fit.ts';
import { patientFolds } from './patient-folds.ts';
import { kermany, type RadiographSet } from './radiograph-dataset.ts';
import { rangesOn } from './radiograph-left-out.ts';
import { RADIOGRAPH_MODEL_FOLDER } from './radiograph-model-folder.ts';
import { FOLD_SEED, FOLDS } from './radiograph-splits.ts';
import { REFERENCE, readDeviceProfile } from './reference-condition.ts';

/** Of the patient folds, the one whose films set the limit. */
const LEFT_OUT_FOLD = 0;
const SIDE = 48;
const SEED = 1;
const EPOCHS = 8;
const BATCH = 32;
/** Parts that are cut out of each film. */
const PARTS_A_FILM = 3;
/** Share of left-out films that the limit lets pass; of a few films the borders are indeed cut tightly. */
const WITHIN_LIMIT = 0.985;
/** Films are moved little: a film that is moved far is one with a part missing. */
const FIT = {
  seed: SEED,
  batch: BATCH,
  learningRate: 3e-3,
  weightDecay: 0.02,
  weightLimitDeviations: 3,
  labelSmoothing: 0,
  mixing: 0,
  posterior: null,
  disturbance: {
    turnDegrees: 6,
    zoom: 0.03,
    stretch: 0.03,
    aspect: 0,
    shift: 0.02,
    mirror: 0.5,
    gamma: 0.35,
    shading: 0.3,
    blur: 0,
    noise: 0.04,
    blank: 0.2,
  },
};

/** Upper, lower, left or right 40 to 65 % with its other edges a little trimmed, or a rectangle from anywhere. */
function randomPart(random: RandomStream): FilmPart {
  const trimmed = () => 0.03 * random.uniform();
  const kept = 0.4 + 0.25 * random.uniform();
  switch (random.integer(5)) {
    case 0:
      return { top: trimmed(), bottom: kept, left: trimmed(), right: 1 - trimmed() };
    case 1:
      return { top: 1 - kept, bottom: 1 - trimmed(), left: trimmed(), right: 1 - trimmed() };
    case 2:
      return { top: trimmed(), bottom: 1 - trimmed(), left: trimmed(), right: kept };
    case 3:
      return { top: trimmed(), bottom: 1 - trimmed(), left: 1 - kept, right: 1 - trimmed() };
    default: {
      const [height, width] = [0.4 + 0.3 * random.uniform(), 0.4 + 0.3 * random.uniform()];
      const [top, left] = [(1 - height) * random.uniform(), (1 - width) * random.uniform()];
      return { top, bottom: top + height, left, right: left + width };
    }
  }
}

/** Whole films and `PARTS_A_FILM` parts of each, somewhat larger than what the network reads. */
function filmsAndParts(set: RadiographSet, rows: readonly number[]): LabelledImages {
  const random = new RandomStream({ seed: SEED, words: [0, 0, 0] });
  const side = Math.round((SIDE * 7) / 6);
  const count = rows.length * (1 + PARTS_A_FILM);
  const pixels = new Uint8Array(count * side * side);
  const labels = new Uint8Array(count);
  rows.forEach((row, film) => {
    for (let k = 0; k <= PARTS_A_FILM; k++) {
      const shown = partOf(filmAt(set, row), set.side, k === 0 ? WHOLE : randomPart(random));
      const at = film * (1 + PARTS_A_FILM) + k;
      pixels.set(
        areaResample(shown.pixels, shown.width, shown.height, side, side).map(Math.round),
        at * side * side,
      );
      labels[at] = k === 0 ? 0 : 1;
    }
  });
  return { side, pixels, labels };
}

function filmAt({ pixels, side }: RadiographSet, row: number): Uint8Array {
  return pixels.subarray(row * side * side, (row + 1) * side * side);
}

const set = await kermany(requiredDataFolder(), 'train');
const folds = patientFolds(set.entries, FOLDS, FOLD_SEED);
const rows = (left: boolean) =>
  Array.from(set.labels.keys()).filter((i) => (folds[i] === LEFT_OUT_FOLD) === left);
const images = filmsAndParts(set, rows(false));
const network = untrainedImageNetwork(
  {
    name: 'cxr-whole-film',
    classes: [...WHOLE_FILM_CLASSES],
    side: SIDE,
    stemChannels: 8,
    stemStride: 2,
    stages: [16, 32, 48],
  },
  SEED,
);
const steps = Math.round((EPOCHS * 2 * rows(false).length) / BATCH);
fitImages(network, images, { ...FIT, steps }, null, null, (step, loss) => {
  if (step % 100 === 0) console.error(`step ${step}, loss ${loss.toFixed(3)}`);
});
const ranges = rangesOn(network, images, SIDE, readDeviceProfile(REFERENCE.profile));
const logOdds = rows(true).map((row) => {
  const shades = Float32Array.from(filmAt(set, row), (shade) => shade / 255);
  return partOfFilm(
    { shades, width: set.side, height: set.side, colouredShare: 0 },
    { network, limit: Number.POSITIVE_INFINITY },
  );
});
const limit = Number(quantile(logOdds, WITHIN_LIMIT).toFixed(3));
const { json, weights } = wholeFilmFiles({
  network,
  ranges,
  limit,
  training: {
    data: 'Training films of Kermany, Zhang and Goldbaum 2018 (doi 10.17632/rscbjbr9sj), CC BY 4.0, whole and cut',
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
    method: `Four fifths of the training patients, ${PARTS_A_FILM} parts a film, ${EPOCHS} epochs; ${100 * WITHIN_LIMIT} % of the whole films of the other fifth lie within the limit.`,
  },
});
writeFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'whole-film.json'), `${JSON.stringify(json, null, 2)}\n`);
writeFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'whole-film.safetensors'), weights);
console.log(`limit ${limit}`);
