/** Where an enhanced multi-frame object keeps what holds for one frame (PS3.3 C.7.6.16). */
import { type DataSet, itemsOf } from './data-set.ts';

const SHARED_GROUPS = 0x52009229;
const PER_FRAME_GROUPS = 0x52009230;

/**
 * The first item of a functional group for a frame: its own, else the shared one, else the data set itself, where
 * objects without functional groups keep the same attributes.
 */
export function functionalGroup(dataSet: DataSet, frame: number, sequence: number): DataSet {
  const own = itemsOf(dataSet, PER_FRAME_GROUPS)[frame];
  const shared = itemsOf(dataSet, SHARED_GROUPS)[0];
  return (own && itemsOf(own, sequence)[0]) ?? (shared && itemsOf(shared, sequence)[0]) ?? dataSet;
}
