/** Computes, in a worker thread, what the device lab shows. */
import { existsSync, readFileSync } from 'node:fs';
import {
  type DeviceChoices,
  type DeviceOverview,
  type DeviceProfileShown,
  type DeviceStudy,
  type DeviceTile,
  deviceStudySchema,
} from '../contract/device-lab.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { DeviceSettings } from '../contract/provenance.ts';
import { costOf } from '../imc/cost.ts';
import { meanConductanceLeft, programmingErrors, tileConductances } from '../imc/device-view.ts';
import { type ArrayState, arrayAt } from '../imc/drift.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { type ProgrammedNetwork, programNetwork } from '../imc/program.ts';
import { tilesOf } from '../imc/utilisation.ts';
import { chipCostOfProfile, loadDigitalCost } from './chip-costs.ts';
import { countedReads } from './counted-reads.ts';
import { listDeviceProfiles, loadDeviceProfile } from './device-profiles.ts';
import { resourcePath } from './resources.ts';
import { SHIPPED_NETWORKS, shippedNetwork } from './shipped-networks.ts';

interface LabArray {
  programmed: ProgrammedNetwork;
  state: ArrayState;
}

let kept:
  | { key: string; programmed: ProgrammedNetwork; state: { key: string; state: ArrayState } | null }
  | undefined;

/** The network on its devices; programming is kept while only time and compensation change. */
function arrayOf(model: string, device: DeviceSettings): LabArray {
  // A profile of the user's may be another one tomorrow under the same name.
  const { profile, sha256 } = loadDeviceProfile(device.profile);
  const programmingKey = JSON.stringify([model, sha256, device.programmingSeed]);
  if (kept?.key !== programmingKey) {
    const { network, ranges } = shippedNetwork(model).load();
    const programmed = programNetwork(network, profile, {
      programmingSeed: device.programmingSeed,
      ranges,
    });
    kept = { key: programmingKey, programmed, state: null };
  }
  const stateKey = JSON.stringify([device.driftSeconds, device.driftCompensation]);
  if (kept.state?.key !== stateKey) {
    const { driftSeconds, driftCompensation } = device;
    kept.state = { key: stateKey, state: arrayAt(kept.programmed, { driftSeconds, driftCompensation }) };
  }
  return { programmed: kept.programmed, state: kept.state.state };
}

/** What the lab may be asked about; a file that cannot be used is named and keeps nobody from the others. */
export function deviceChoices(): DeviceChoices {
  const listed = listDeviceProfiles();
  return {
    models: SHIPPED_NETWORKS.map(({ name, title, item }) => ({ name, title, item })),
    profiles: listed.flatMap(({ profile, own }) => (profile === null ? [] : [shownProfile(profile, own)])),
    damaged: listed.flatMap(({ name, profile, error }) =>
      error === null ? [] : [{ name, error, usedAsImported: profile !== null }],
    ),
  };
}

/** @throws KirchhoffError `not-found`, `value-out-of-range` where the profile's model does not reach the time */
export async function deviceOverview(model: string, device: DeviceSettings): Promise<DeviceOverview> {
  const { programmed, state } = arrayOf(model, device);
  return {
    tiles: tilesOf(programmed),
    programmingError: programmingErrors(programmed),
    meanConductanceLeft: meanConductanceLeft(state),
    cost: await costShown(programmed, device),
  };
}

/** @throws KirchhoffError `not-found` where the network has no such tile, and as `deviceOverview` */
export function deviceTile(
  model: string,
  device: DeviceSettings,
  place: { layer: string; tile: number },
): DeviceTile {
  const { programmed, state } = arrayOf(model, device);
  const layerIndex = programmed.layers.findIndex(({ name }) => name === place.layer);
  const tile = programmed.layers[layerIndex]?.tiles[place.tile];
  if (tile === undefined) {
    throw new KirchhoffError('not-found', `The network has no tile ${place.tile} in layer "${place.layer}".`);
  }
  return { rows: tile.rows, columns: tile.columns, ...tileConductances(state, layerIndex, place.tile) };
}

/** @throws KirchhoffError `model-invalid` where the study's file is damaged */
export function deviceStudy(model: string): DeviceStudy | null {
  const { name } = shippedNetwork(model);
  const path = resourcePath('models', name, 'device-study.json');
  if (!existsSync(path)) return null;
  try {
    return deviceStudySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new KirchhoffError(
      'model-invalid',
      'The study of the devices is damaged.',
      `${name}/device-study.json`,
    );
  }
}

/** No chip of these devices has published costs, or its figures do not reach to these converters. */
async function costShown(
  programmed: ProgrammedNetwork,
  device: DeviceSettings,
): Promise<DeviceOverview['cost']> {
  try {
    const chip = chipCostOfProfile(device.profile);
    const reads = await countedReads(programmed, device);
    return costOf(programmed, chip, loadDigitalCost(), device.samples, reads);
  } catch (thrown) {
    if (thrown instanceof KirchhoffError && ['not-found', 'value-out-of-range'].includes(thrown.code))
      return null;
    throw thrown;
  }
}

function shownProfile(profile: DeviceProfile, own: boolean): DeviceProfileShown {
  const { name, title, description, gMaxMicroSiemens, tile, drift } = profile;
  return {
    name,
    title,
    own,
    description,
    gMaxMicroSiemens,
    tileRows: tile.rows,
    tileColumns: tile.columns,
    reachSeconds: drift.kind === 'widening' ? (drift.later.at(-1)?.seconds ?? drift.firstSeconds) : null,
    sources: sourcesOf(profile),
  };
}

const PARTS: readonly [keyof DeviceProfile, string][] = [
  ['tile', 'Tile'],
  ['mapping', 'Mapping'],
  ['programming', 'Programming'],
  ['drift', 'Drift'],
  ['readNoise', 'Read noise'],
  ['converters', 'Converters'],
];

function sourcesOf(profile: DeviceProfile): DeviceProfileShown['sources'] {
  return PARTS.flatMap(([part, what]) => {
    const value: unknown = profile[part];
    const source =
      typeof value === 'object' && value !== null && 'source' in value ? value.source : undefined;
    return typeof source === 'string' ? [{ what, source }] : [];
  });
}
