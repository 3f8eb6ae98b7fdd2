/** The files of a model that ships with the program. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { KirchhoffError } from '../contract/errors.ts';
import { resourcePath } from './resources.ts';

/** Every model has these; some have more. */
export const MODEL_FILES = ['model.json', 'weights.safetensors', 'calibration.json'] as const;

export interface ModelFolder<Name extends string> {
  bytes(name: Name): Uint8Array;
  /** @throws KirchhoffError `model-invalid` naming model and file where it is not JSON */
  json(name: Name): unknown;
  /** SHA-256 over the files in the order of their names here. */
  sha256: string;
}

export function readModelFolder<Name extends string>(
  model: string,
  names: readonly Name[],
): ModelFolder<Name> {
  const hash = createHash('sha256');
  const files = new Map<Name, Uint8Array>();
  for (const name of names) {
    const bytes = new Uint8Array(readFileSync(resourcePath('models', model, name)));
    hash.update(bytes);
    files.set(name, bytes);
  }
  const bytes = (name: Name) => files.get(name)!;
  return {
    bytes,
    json: (name) => {
      try {
        return JSON.parse(new TextDecoder().decode(bytes(name)));
      } catch {
        throw new KirchhoffError('model-invalid', 'This is not JSON.', `${model}/${name}`);
      }
    },
    sha256: hash.digest('hex'),
  };
}
