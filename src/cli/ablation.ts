/** `kirchhoff ablation`: what each imperfection of the array does to the beats of the recordings that ship. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { ablation } from '../diagnosis/ecg-beats/ablation.ts';
import { BEAT_MODEL, loadBeatModel, loadDeviceProfile } from '../service/beat-model.ts';
import { sampleBeats } from '../service/sample-beats.ts';
import { EXIT, UsageError } from './exit.ts';
import { table } from './table.ts';

const PROGRAMMING_SEEDS = [1, 2, 3, 4, 5];

/** @returns the exit code; throws UsageError or KirchhoffError */
export async function ablationCommand(args: readonly string[]): Promise<number> {
  const { device, out } = options(args);
  const { driftSeconds, samples, seed, profile: name } = deviceSettingsSchema.parse({ profile: device });
  const { model, input, sha256 } = loadBeatModel();
  const beats = await sampleBeats(input);
  const rows = ablation(model, loadDeviceProfile(name).profile, beats, {
    driftSeconds,
    samples,
    seed,
    programmingSeeds: PROGRAMMING_SEEDS,
  });
  const result = {
    format: 'kirchhoff-ablation',
    version: 1,
    model: BEAT_MODEL,
    modelSha256: sha256,
    deviceProfile: name,
    driftSeconds,
    samples,
    seed,
    programmingSeeds: PROGRAMMING_SEEDS,
    recordings: beats.recordings,
    beats: beats.labels.length,
    rows: rows.map(({ condition, arrays, ...figures }) => ({
      condition,
      arrays,
      ...Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, rounded(value)])),
    })),
  };
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  process.stdout.write(
    `${BEAT_MODEL} on ${name}, ${beats.labels.length} reference beats of ${beats.recordings.length} recordings\n\n${table(
      [
        ['', 'accuracy', 'worst array', 'V F1', 'S F1', 'ECE', 'epistemic, nats'],
        ...rows.map((row) => [
          row.condition,
          percent(row.accuracy),
          percent(row.accuracyWorst),
          row.vF1.toFixed(3),
          row.sF1.toFixed(3),
          row.calibrationError.toFixed(3),
          row.epistemic.toFixed(4),
        ]),
      ],
    )}`,
  );
  return EXIT.done;
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function options(args: readonly string[]): { device: string | undefined; out: string | undefined } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { device: { type: 'string' }, out: { type: 'string' } },
    });
    return { device: values.device, out: values.out };
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
