/** The networks that a bundle can hold, each by the task that it was trained for, with the files of that task. */
import { KirchhoffError } from '../contract/errors.ts';
import {
  parseRadiographModel,
  type RadiographModel,
  radiographModelFiles,
} from '../diagnosis/cxr-paediatric/model.ts';
import { type BeatModel, beatModelFiles, parseBeatModel } from '../diagnosis/ecg-beats/beat-model.ts';
import {
  parseRhythmModel,
  type RhythmModel,
  rhythmModelFiles,
} from '../diagnosis/ecg-rhythm/rhythm-model.ts';

/** A task says what the inputs are, what provenance counts and which thresholds the calibration has. */
export type PortableModel =
  | ({ task: 'ecg-beats' } & BeatModel)
  | ({ task: 'ecg-rhythm' } & RhythmModel)
  | ({ task: 'cxr-paediatric' } & RadiographModel);

export type PortableTask = PortableModel['task'];

/** @returns bytes of `model.json`, `weights.safetensors`, `calibration.json` and what the task adds, by name */
export function portableModelFiles(model: PortableModel): Record<string, Uint8Array> {
  const { modelJson, weights, calibrationJson, appearance } = filesOf(model);
  return {
    'model.json': jsonBytes(modelJson),
    'weights.safetensors': weights,
    'calibration.json': jsonBytes(calibrationJson),
    ...(appearance === undefined ? {} : { 'appearance.safetensors': appearance }),
  };
}

function filesOf(model: PortableModel): ReturnType<typeof beatModelFiles> & { appearance?: Uint8Array } {
  switch (model.task) {
    case 'ecg-beats':
      return beatModelFiles(model);
    case 'ecg-rhythm':
      return rhythmModelFiles(model);
    case 'cxr-paediatric':
      return radiographModelFiles(model);
  }
}

/**
 * @param read bytes of a file that the task has
 * @param at the model's name, for messages
 * @throws {KirchhoffError} `model-invalid` naming file and field
 */
export function parsePortableModel(
  task: PortableTask,
  read: (name: string) => Uint8Array,
  at: string,
): PortableModel {
  const modelJson = parsedJson(read('model.json'), 'model.json');
  const weights = read('weights.safetensors');
  const calibrationJson = parsedJson(read('calibration.json'), 'calibration.json');
  switch (task) {
    case 'ecg-beats':
      return { task, ...parseBeatModel(modelJson, weights, calibrationJson, at) };
    case 'ecg-rhythm':
      return { task, ...parseRhythmModel(modelJson, weights, calibrationJson, at) };
    case 'cxr-paediatric': {
      const appearance = read('appearance.safetensors');
      return { task, ...parseRadiographModel({ modelJson, weights, calibrationJson, appearance }, at) };
    }
  }
}

/** @throws {KirchhoffError} `model-invalid` naming the file */
export function parsedJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new KirchhoffError('model-invalid', 'This is not JSON.', file);
  }
}

export function jsonBytes(json: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}
