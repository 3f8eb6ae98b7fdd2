/** The paediatric radiograph network that ships with the program, read, checked, hashed and put on its array. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { KirchhoffError } from '../contract/errors.ts';
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';
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
import { type ArrayState, arrayAt } from '../imc/drift.ts';
import { programNetwork } from '../imc/program.ts';
import { tilesOf } from '../imc/utilisation.ts';
import { loadDeviceProfile } from './device-profiles.ts';
import { resourcePath } from './resources.ts';

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
  const read = (name: string) => new Uint8Array(readFileSync(resourcePath('models', RADIOGRAPH_MODEL, name)));
  const [description, weights, calibration, appearance] = RADIOGRAPH_MODEL_FILES.map(read) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const [wholeFilm, wholeFilmWeights] = WHOLE_FILM_FILES.map(read) as [Uint8Array, Uint8Array];
  const hash = createHash('sha256');
  for (const bytes of [description, weights, calibration, appearance, wholeFilm, wholeFilmWeights]) {
    hash.update(bytes);
  }
  const model = parseRadiographModel(
    {
      modelJson: parseJson(description, RADIOGRAPH_MODEL_FILES[0]),
      weights,
      calibrationJson: parseJson(calibration, RADIOGRAPH_MODEL_FILES[2]),
      appearance,
    },
    RADIOGRAPH_MODEL,
  );
  const check = parseWholeFilm(parseJson(wholeFilm, WHOLE_FILM_FILES[0]), wholeFilmWeights, RADIOGRAPH_MODEL);
  loaded = { model, wholeFilm: check, sha256: hash.digest('hex') };
  return loaded;
}

function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new KirchhoffError('model-invalid', 'This is not JSON.', `${RADIOGRAPH_MODEL}/${name}`);
  }
}

interface RadiographArray {
  state: ArrayState;
  tiles: Provenance['tiles'];
}

let kept: { key: string; array: RadiographArray } | undefined;

/** Deterministic: every thread and every machine programs the same devices to the same conductances. */
export function radiographArray(device: DeviceSettings): RadiographArray {
  const { profile, driftSeconds, driftCompensation, programmingSeed } = device;
  const loadedProfile = loadDeviceProfile(profile);
  const key = JSON.stringify([loadedProfile.sha256, driftSeconds, driftCompensation, programmingSeed]);
  if (kept?.key === key) return kept.array;
  const { model } = loadRadiographModel();
  const programmed = programNetwork(model.network, loadedProfile.profile, {
    programmingSeed,
    ranges: model.ranges,
  });
  const state = arrayAt(programmed, { driftSeconds, driftCompensation });
  kept = { key, array: { state, tiles: tilesOf(programmed) } };
  return kept.array;
}
