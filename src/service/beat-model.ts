/** The beat network that ships with the program, read, checked, hashed and put on its array. */
import { type BeatModel, parseBeatModel } from '../diagnosis/ecg-beats/beat-model.ts';
import { MODEL_FILES, readModelFolder } from './model-folder.ts';
import { networkArrays } from './network-array.ts';

export const BEAT_MODEL = 'ecg-beats';

export interface LoadedModel {
  model: BeatModel;
  /** SHA-256 over `MODEL_FILES`, in that order. */
  sha256: string;
}

let loaded: LoadedModel | undefined;

/** Throws `model-invalid` naming the file and field. Read once a process. */
export function loadBeatModel(): LoadedModel {
  if (loaded) return loaded;
  const { json, bytes, sha256 } = readModelFolder(BEAT_MODEL, MODEL_FILES);
  const model = parseBeatModel(
    json('model.json'),
    bytes('weights.safetensors'),
    json('calibration.json'),
    BEAT_MODEL,
  );
  loaded = { model, sha256 };
  return loaded;
}

export const beatArray = networkArrays(loadBeatModel);
