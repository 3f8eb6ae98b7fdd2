/** The networks that ship with the program, as the device lab shows them. */
import type { DeviceOverview } from '../contract/device-lab.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { Network } from '../imc/network.ts';
import type { LayerRange } from '../imc/ranges.ts';
import { BEAT_MODEL, loadBeatModel } from './beat-model.ts';

interface ShippedNetwork {
  name: string;
  title: string;
  item: DeviceOverview['models'][number]['item'];
  load: () => { network: Network; ranges: readonly LayerRange[] };
}

export const SHIPPED_NETWORKS: readonly ShippedNetwork[] = [
  { name: BEAT_MODEL, title: 'Beat classes', item: 'beat', load: () => loadBeatModel().model },
];

/** @throws KirchhoffError `not-found` with the names that exist */
export function shippedNetwork(name: string): ShippedNetwork {
  const found = SHIPPED_NETWORKS.find((each) => each.name === name);
  if (found === undefined) {
    const names = SHIPPED_NETWORKS.map((each) => each.name).join(', ');
    throw new KirchhoffError('not-found', `There is no network "${name}". There are: ${names}.`);
  }
  return found;
}
