/** The rhythm network that ships with the program, read, checked, hashed and programmed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { KirchhoffError } from '../contract/errors.ts';
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';
import { parseRhythmModel, type RhythmModel } from '../diagnosis/ecg-rhythm/rhythm-model.ts';
import { type ArrayState, arrayAt } from '../imc/drift.ts';
import { programNetwork } from '../imc/program.ts';
import { tilesOf } from '../imc/utilisation.ts';
import { loadDeviceProfile } from './device-profiles.ts';
import { resourcePath } from './resources.ts';

export const RHYTHM_MODEL = 'ecg-rhythm';

interface LoadedRhythmModel {
  model: RhythmModel;
  /** SHA-256 over model.json, weights.safetensors and calibration.json, in that order. */
  sha256: string;
}

let loaded: LoadedRhythmModel | undefined;

/** Throws `model-invalid` naming the file and field. Read once a process. */
export function loadRhythmModel(): LoadedRhythmModel {
  if (loaded) return loaded;
  const files = ['model.json', 'weights.safetensors', 'calibration.json'] as const;
  const [description, weights, calibration] = files.map((name) =>
    readFileSync(resourcePath('models', RHYTHM_MODEL, name)),
  ) as [Buffer, Buffer, Buffer];
  const hash = createHash('sha256');
  for (const bytes of [description, weights, calibration]) hash.update(bytes);
  const model = parseRhythmModel(
    parsed(description, 'model.json'),
    weights,
    parsed(calibration, 'calibration.json'),
    RHYTHM_MODEL,
  );
  loaded = { model, sha256: hash.digest('hex') };
  return loaded;
}

function parsed(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new KirchhoffError('model-invalid', 'This is not JSON.', `${RHYTHM_MODEL}/${name}`);
  }
}

interface ProgrammedRhythm {
  model: RhythmModel;
  state: ArrayState;
  tiles: Provenance['tiles'];
}

let kept: { key: string; array: ProgrammedRhythm } | undefined;

/** Deterministic: every thread and every machine programs the same devices to the same conductances. */
export function programmedRhythm(device: DeviceSettings): ProgrammedRhythm {
  const { profile, driftSeconds, driftCompensation, programmingSeed, samples } = device;
  const loadedProfile = loadDeviceProfile(profile);
  const key = JSON.stringify([
    loadedProfile.sha256,
    driftSeconds,
    driftCompensation,
    programmingSeed,
    samples,
  ]);
  if (kept?.key === key) return kept.array;
  const { model } = loadRhythmModel();
  const programmed = programNetwork(model.network, loadedProfile.profile, {
    programmingSeed,
    ranges: model.ranges,
  });
  const state = arrayAt(programmed, { driftSeconds, driftCompensation });
  kept = { key, array: { model, state, tiles: tilesOf(programmed) } };
  return kept.array;
}

/** What a result's provenance says of the rhythm network. */
export function rhythmProvenance(device: DeviceSettings): NonNullable<Provenance['rhythm']> {
  const { model, sha256 } = loadRhythmModel();
  return {
    model: RHYTHM_MODEL,
    modelSha256: sha256,
    calibrationId: model.calibration.id,
    tiles: programmedRhythm(device).tiles,
  };
}
