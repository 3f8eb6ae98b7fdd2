/** The shipped paediatric radiograph model, read from the repository. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseRadiographModel, type RadiographModel } from '../diagnosis/cxr-paediatric/model.ts';

export const RADIOGRAPH_MODEL_FOLDER = resolve(import.meta.dirname, '../../models/cxr-paediatric');

export function readRadiographModel(): RadiographModel {
  const bytes = (name: string) => new Uint8Array(readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, name)));
  const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(bytes(name)));
  return parseRadiographModel(
    {
      modelJson: json('model.json'),
      weights: bytes('weights.safetensors'),
      calibrationJson: json('calibration.json'),
      appearance: bytes('appearance.safetensors'),
    },
    'cxr-paediatric',
  );
}
