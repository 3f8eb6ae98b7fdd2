/** The paediatric radiograph network that ships with the program, read, checked, hashed and put on its array. */
import {
  parseRadiographModel,
  RADIOGRAPH_MODEL_FILES,
  type RadiographModel,
} from '../diagnosis/cxr-paediatric/model.ts';
import {
  parseWholeFilm,
  WHOLE_FILM_FILES,
  type WholeFilmCheck,
} from '../diagnosis/cxr-paediatric/whole-film.ts';
import { readModelFolder } from './model-folder.ts';
import { networkArrays } from './network-array.ts';

export const RADIOGRAPH_MODEL = 'cxr-paediatric';

export interface LoadedRadiographModel {
  model: RadiographModel;
  wholeFilm: WholeFilmCheck;
  /** SHA-256 over `RADIOGRAPH_MODEL_FILES` and `WHOLE_FILM_FILES`, in that order. */
  sha256: string;
}

let loaded: LoadedRadiographModel | undefined;

/** Throws `model-invalid` naming the file and field. Read once a process. */
export function loadRadiographModel(): LoadedRadiographModel {
  if (loaded) return loaded;
  const { json, bytes, sha256 } = readModelFolder(RADIOGRAPH_MODEL, [
    ...RADIOGRAPH_MODEL_FILES,
    ...WHOLE_FILM_FILES,
  ]);
  const [description, weights, calibration, appearance] = RADIOGRAPH_MODEL_FILES;
  const model = parseRadiographModel(
    {
      modelJson: json(description),
      weights: bytes(weights),
      calibrationJson: json(calibration),
      appearance: bytes(appearance),
    },
    RADIOGRAPH_MODEL,
  );
  const [wholeFilm, wholeFilmWeights] = WHOLE_FILM_FILES;
  const check = parseWholeFilm(json(wholeFilm), bytes(wholeFilmWeights), RADIOGRAPH_MODEL);
  loaded = { model, wholeFilm: check, sha256 };
  return loaded;
}

export const radiographArray = networkArrays(loadRadiographModel);
