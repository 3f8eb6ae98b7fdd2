/** The rhythm network that ships with the program, read, checked, hashed and put on its array. */
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';
import { parseRhythmModel, type RhythmModel } from '../diagnosis/ecg-rhythm/rhythm-model.ts';
import { MODEL_FILES, readModelFolder } from './model-folder.ts';
import { networkArrays } from './network-array.ts';

export const RHYTHM_MODEL = 'ecg-rhythm';

interface LoadedRhythmModel {
  model: RhythmModel;
  /** SHA-256 over `MODEL_FILES`, in that order. */
  sha256: string;
}

let loaded: LoadedRhythmModel | undefined;

/** Throws `model-invalid` naming the file and field. Read once a process. */
export function loadRhythmModel(): LoadedRhythmModel {
  if (loaded) return loaded;
  const { json, bytes, sha256 } = readModelFolder(RHYTHM_MODEL, MODEL_FILES);
  const model = parseRhythmModel(
    json('model.json'),
    bytes('weights.safetensors'),
    json('calibration.json'),
    RHYTHM_MODEL,
  );
  loaded = { model, sha256 };
  return loaded;
}

export const rhythmArray = networkArrays(loadRhythmModel);

/** What a result's provenance says of the rhythm network. */
export function rhythmProvenance(device: DeviceSettings): NonNullable<Provenance['rhythm']> {
  const { model, sha256 } = loadRhythmModel();
  return {
    model: RHYTHM_MODEL,
    modelSha256: sha256,
    calibrationId: model.calibration.id,
    tiles: rhythmArray(device).tiles,
  };
}
