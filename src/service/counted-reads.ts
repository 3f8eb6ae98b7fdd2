/** How often the array reads again: of bound management, which the items decide, counted on items that ship. */
import type { DeviceSettings } from '../contract/provenance.ts';
import type { LayerReads } from '../imc/array-reader.ts';
import { arrayAt } from '../imc/drift.ts';
import type { ProgrammedNetwork } from '../imc/program.ts';
import { runSamplesCounted } from '../imc/run.ts';
import { evenlySpaced } from './sample-items.ts';
import { shippedNetwork } from './shipped-networks.ts';

/** Enough that a layer's mean is known to a few per cent. */
const MOST_ITEMS = 32;

/** @returns what `costOf` takes; null where a vector takes one read whatever it is */
export async function countedReads(
  programmed: ProgrammedNetwork,
  { driftSeconds, driftCompensation, samples, seed }: DeviceSettings,
): Promise<LayerReads[] | null> {
  const { network, profile } = programmed;
  if (profile.converters.boundManagement?.kind !== 'iterative') return null;
  const { signals, auxiliary } = evenlySpaced(
    await shippedNetwork(network.name).sampleItems(),
    network,
    MOST_ITEMS,
  );
  const state = arrayAt(programmed, { driftSeconds, driftCompensation });
  return runSamplesCounted(state, { signals, auxiliary, firstItem: 0, samples, seed }).reads;
}
