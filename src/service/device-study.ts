/** Measures what the array does to the beats of the recordings that ship with the program. */
import type { ArraySwitches, DeviceStudy } from '../contract/device-lab.ts';
import type { DeviceSettings } from '../contract/provenance.ts';
import { type AblationRow, ablation, ageing, switchedFigures } from '../diagnosis/ecg-beats/ablation.ts';
import { BEAT_MODEL, loadBeatModel } from './beat-model.ts';
import { loadDeviceProfile } from './device-profiles.ts';
import { sampleBeats } from './sample-beats.ts';

/** Seconds after programming: a minute to ten years. */
const AGES = [60, 3600, 86_400, 2_628_000, 31_536_000, 315_360_000];

const FIGURES = ['Accuracy', 'Worst array', 'V F1', 'S F1', 'ECE', 'Epistemic, nats'];

const EVALUATION_SET =
  'Reference beats of the recordings that ship with the program: short excerpts of the test set, chosen for what is ' +
  'hard in them. The rows may be compared with one another; how good the network is, its card says.';

/** Null for networks that no labelled items ship for. */
export async function measureDevice(
  model: string,
  device: DeviceSettings,
  programmingSeeds: readonly number[],
): Promise<DeviceStudy | null> {
  if (model !== BEAT_MODEL) return null;
  const { model: network, sha256 } = loadBeatModel();
  const { profile } = loadDeviceProfile(device.profile);
  const beats = await labelledBeats();
  const { driftSeconds, samples, seed } = device;
  const options = { driftSeconds, samples, seed, programmingSeeds };
  const reach =
    profile.drift.kind === 'widening' ? profile.drift.later.at(-1)!.seconds : Number.POSITIVE_INFINITY;
  const ages = AGES.filter((age) => age <= reach);
  return {
    format: 'kirchhoff-device-study',
    version: 1,
    model,
    modelSha256: sha256,
    deviceProfile: device.profile,
    driftSeconds,
    samples,
    seed,
    programmingSeeds: [...programmingSeeds],
    evaluationSet: EVALUATION_SET,
    items: beats.labels.length,
    figures: FIGURES,
    ablation: ablation(network, profile, beats, options).map((row) => ({
      condition: row.condition,
      values: valuesOf(row),
    })),
    overTime: ageing(network, profile, beats, ages, options).map((row) => ({
      seconds: row.driftSeconds,
      driftCompensation: row.driftCompensation,
      values: valuesOf(row),
    })),
  };
}

/** Null for networks that no labelled items ship for. */
export async function switchedDevice(
  model: string,
  device: DeviceSettings,
  switches: ArraySwitches,
): Promise<{ figures: string[]; values: number[] } | null> {
  if (model !== BEAT_MODEL) return null;
  const { model: network } = loadBeatModel();
  const { profile } = loadDeviceProfile(device.profile);
  const row = switchedFigures(network, profile, await labelledBeats(), switches, device);
  return { figures: FIGURES, values: valuesOf(row) };
}

let beats: ReturnType<typeof sampleBeats> | undefined;

/** Read and prepared once a thread. */
function labelledBeats(): ReturnType<typeof sampleBeats> {
  beats ??= sampleBeats(loadBeatModel().model.input);
  return beats;
}

function valuesOf(row: Omit<AblationRow, 'condition'>): number[] {
  const { accuracy, accuracyWorst, vF1, sF1, calibrationError, epistemic } = row;
  return [accuracy, accuracyWorst, vF1, sF1, calibrationError, epistemic].map((value) =>
    Number(value.toPrecision(6)),
  );
}
