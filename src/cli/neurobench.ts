/** `kirchhoff neurobench`: NeuroBench's metrics of a shipped network, as NeuroBench's own flat JSON. */
import { neuroBenchMetrics } from '../imc/neurobench.ts';
import { EXIT, UsageError } from './exit.ts';
import { namedNetwork } from './named-network.ts';

/** @returns the exit code; throws UsageError or KirchhoffError */
export async function neurobench(args: readonly string[]): Promise<number> {
  if (args.length > 1) throw new UsageError(`neurobench takes one network, not "${args.join(' ')}".`);
  const shipped = namedNetwork(args[0]);
  const { network } = shipped.load();
  const { signals, auxiliary, labels, what } = await shipped.sampleItems();
  const metrics = neuroBenchMetrics(network, signals, auxiliary, labels);
  process.stderr.write(
    `${shipped.name}, the fp32 network, on ${what}. Excerpts for demonstration: accuracy on the test set is in the model card.\n`,
  );
  process.stdout.write(`${JSON.stringify(metrics, null, 2)}\n`);
  return EXIT.done;
}
