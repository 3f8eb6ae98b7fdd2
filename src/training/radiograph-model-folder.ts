/** The shipped paediatric radiograph model, read from the repository. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ScreeningModel } from '../diagnosis/cxr-paediatric/analyse.ts';
import { parseRadiographModel } from '../diagnosis/cxr-paediatric/model.ts';
import { parseWholeFilm } from '../diagnosis/cxr-paediatric/whole-film.ts';

export const RADIOGRAPH_MODEL_FOLDER = resolve(import.meta.dirname, '../../models/cxr-paediatric');

export function readRadiographModel(): ScreeningModel {
  const bytes = (name: string) => new Uint8Array(readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, name)));
  const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(bytes(name)));
  const model = parseRadiographModel(
    {
      modelJson: json('model.json'),
      weights: bytes('weights.safetensors'),
      calibrationJson: json('calibration.json'),
      appearance: bytes('appearance.safetensors'),
    },
    'cxr-paediatric',
  );
  const wholeFilm = parseWholeFilm(
    json('whole-film.json'),
    bytes('whole-film.safetensors'),
    'cxr-paediatric',
  );
  return { ...model, wholeFilm };
}
