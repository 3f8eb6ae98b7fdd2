/** `kirchhoff neurobench`: NeuroBench's metrics of a shipped network, as NeuroBench's own flat JSON. */
import { neuroBenchMetrics } from '../imc/neurobench.ts';
import { BEAT_MODEL, loadBeatModel } from '../service/beat-model.ts';
import { sampleBeats } from '../service/sample-beats.ts';
import { EXIT, UsageError } from './exit.ts';

/** @returns the exit code; throws UsageError or KirchhoffError */
export async function neurobench(args: readonly string[]): Promise<number> {
  if (args.length > 1 || (args[0] ?? BEAT_MODEL) !== BEAT_MODEL) {
    throw new UsageError(`neurobench takes the model that ships, ${BEAT_MODEL}, not "${args.join(' ')}".`);
  }
  const { model, input } = loadBeatModel();
  const { recordings, signals, auxiliary, labels, leftOut } = await sampleBeats(input);
  const metrics = neuroBenchMetrics(model.network, signals, auxiliary, labels);
  process.stderr.write(
    `${BEAT_MODEL}, the fp32 network, on ${labels.length} reference beats of ${recordings.join(', ')}; ` +
      `${leftOut} left out, class Q in the reference or by rule. Excerpts for demonstration: accuracy on the test set is in the model card.\n`,
  );
  process.stdout.write(`${JSON.stringify(metrics, null, 2)}\n`);
  return EXIT.done;
}
