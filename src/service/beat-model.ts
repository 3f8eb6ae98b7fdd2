/** The beat network that ships with the program, read, checked and hashed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { KirchhoffError } from '../contract/errors.ts';
import { type BeatModel, parseBeatModel } from '../diagnosis/ecg-beats/beat-model.ts';
import { resourcePath } from './resources.ts';

export const BEAT_MODEL = 'ecg-beats';

export interface LoadedModel {
  model: BeatModel;
  /** SHA-256 over model.json, weights.safetensors and calibration.json, in that order. */
  sha256: string;
}

let loaded: LoadedModel | undefined;

/** Throws `model-invalid` naming the file and field. Read once a process. */
export function loadBeatModel(): LoadedModel {
  if (loaded) return loaded;
  const file = (name: string) => readFileSync(resourcePath('models', BEAT_MODEL, name));
  const [description, weights, calibration] = ['model.json', 'weights.safetensors', 'calibration.json'].map(
    file,
  );
  const hash = createHash('sha256');
  for (const bytes of [description, weights, calibration]) hash.update(bytes);
  const model = parseBeatModel(
    parseJson(description, 'model.json'),
    weights,
    parseJson(calibration, 'calibration.json'),
    BEAT_MODEL,
  );
  loaded = { model, sha256: hash.digest('hex') };
  return loaded;
}

function parseJson(bytes: Uint8Array, at: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new KirchhoffError('model-invalid', 'This is not JSON.', at);
  }
}
