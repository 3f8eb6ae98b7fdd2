/** A network on its array, as a user's device settings ask; programmed once a thread and kept. */
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';
import { type ArrayState, arrayAt } from '../imc/drift.ts';
import type { StoredNetwork } from '../imc/model-file.ts';
import { programNetwork } from '../imc/program.ts';
import { tilesOf } from '../imc/utilisation.ts';
import { loadDeviceProfile } from './device-profiles.ts';

interface NetworkArray<Model> {
  model: Model;
  state: ArrayState;
  /** The tiles that the network occupies. */
  tiles: Provenance['tiles'];
}

/**
 * Of one network, for whatever settings it is asked with; the latest array is kept. Deterministic: every thread and
 * every machine programs the same devices to the same conductances.
 */
export function networkArrays<Model extends StoredNetwork>(
  load: () => { model: Model },
): (device: DeviceSettings) => NetworkArray<Model> {
  let kept: { key: string; array: NetworkArray<Model> } | undefined;
  return ({ profile, driftSeconds, driftCompensation, programmingSeed }) => {
    const loadedProfile = loadDeviceProfile(profile);
    const key = JSON.stringify([loadedProfile.sha256, driftSeconds, driftCompensation, programmingSeed]);
    if (kept?.key === key) return kept.array;
    const { model } = load();
    const programmed = programNetwork(model.network, loadedProfile.profile, {
      programmingSeed,
      ranges: model.ranges,
    });
    const state = arrayAt(programmed, { driftSeconds, driftCompensation });
    kept = { key, array: { model, state, tiles: tilesOf(programmed) } };
    return kept.array;
  };
}
