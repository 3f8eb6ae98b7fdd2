/** The shipped network that a command's word names. */
import { SHIPPED_NETWORKS } from '../service/shipped-networks.ts';
import { UsageError } from './exit.ts';

/** @param name undefined: the beat network */
export function namedNetwork(name: string | undefined): (typeof SHIPPED_NETWORKS)[number] {
  const named = SHIPPED_NETWORKS.find((each) => each.name === (name ?? SHIPPED_NETWORKS[0]?.name));
  if (named === undefined) {
    const names = SHIPPED_NETWORKS.map((each) => each.name).join(', ');
    throw new UsageError(`No network "${name}" ships. There are: ${names}.`);
  }
  return named;
}
