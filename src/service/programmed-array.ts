/** The beat network on its array, as a user's device settings ask; programmed once a thread and kept. */
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';
import type { BeatModel } from '../diagnosis/ecg-beats/beat-model.ts';
import { type ArrayState, arrayAt } from '../imc/drift.ts';
import { type ProgrammedNetwork, programNetwork } from '../imc/program.ts';
import { tilesOf } from '../imc/utilisation.ts';
import { loadBeatModel } from './beat-model.ts';
import { loadDeviceProfile } from './device-profiles.ts';

interface ProgrammedArray {
  model: BeatModel;
  programmed: ProgrammedNetwork;
  state: ArrayState;
}

let kept: { key: string; array: ProgrammedArray } | undefined;

/** Deterministic: every thread and every machine programs the same devices to the same conductances. */
export function programmedArray(device: DeviceSettings): ProgrammedArray {
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
  const { model } = loadBeatModel();
  const programmed = programNetwork(model.network, loadedProfile.profile, {
    programmingSeed,
    ranges: model.ranges,
  });
  const state = arrayAt(programmed, { driftSeconds, driftCompensation });
  kept = { key, array: { model, programmed, state } };
  return kept.array;
}

/** The tiles that a network of these settings occupies. */
export function tilesInUse(device: DeviceSettings): Provenance['tiles'] {
  return tilesOf(programmedArray(device).programmed);
}
