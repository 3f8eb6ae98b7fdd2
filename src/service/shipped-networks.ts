/** The networks that ship with the program: what lab, costs, metrics and exports choose from. */
import type { DeviceChoices } from '../contract/device-lab.ts';
import { KirchhoffError } from '../contract/errors.ts';
import type { PortableModel, PortableTask } from '../portability/portable-model.ts';
import { BEAT_MODEL, loadBeatModel } from './beat-model.ts';
import { loadRadiographModel, RADIOGRAPH_MODEL } from './radiograph-model.ts';
import { loadRhythmModel, RHYTHM_MODEL } from './rhythm-model.ts';
import { beatItems, radiographItems, rhythmItems, type SampleItems } from './sample-items.ts';

interface ShippedNetwork {
  name: PortableTask;
  title: string;
  item: DeviceChoices['models'][number]['item'];
  load: () => PortableModel;
  sampleItems: () => Promise<SampleItems>;
}

export const SHIPPED_NETWORKS: readonly ShippedNetwork[] = [
  {
    name: BEAT_MODEL,
    title: 'Beat classes',
    item: 'beat',
    load: () => ({ task: BEAT_MODEL, ...loadBeatModel().model }),
    sampleItems: beatItems,
  },
  {
    name: RHYTHM_MODEL,
    title: 'Rhythm',
    item: 'window',
    load: () => ({ task: RHYTHM_MODEL, ...loadRhythmModel().model }),
    sampleItems: rhythmItems,
  },
  {
    name: RADIOGRAPH_MODEL,
    title: 'Chest films of children',
    item: 'image',
    load: () => ({ task: RADIOGRAPH_MODEL, ...loadRadiographModel().model }),
    sampleItems: radiographItems,
  },
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
