/** `kirchhoff ablation`: what each imperfection of the array, and its age, do to the beats that ship. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { DeviceStudy } from '../contract/device-lab.ts';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { BEAT_MODEL } from '../service/beat-model.ts';
import { measureDevice } from '../service/device-study.ts';
import { profileNamed } from './device-option.ts';
import { EXIT, UsageError } from './exit.ts';
import { table } from './table.ts';

const PROGRAMMING_SEEDS = [1, 2, 3, 4, 5];

/** @returns the exit code; throws UsageError or KirchhoffError */
export async function ablationCommand(args: readonly string[]): Promise<number> {
  const { device, out } = options(args);
  const settings = deviceSettingsSchema.parse({ profile: profileNamed(device) });
  const study = await measureDevice(BEAT_MODEL, settings, PROGRAMMING_SEEDS);
  if (study === null) throw new UsageError(`No labelled items ship for ${BEAT_MODEL}.`);
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(study, null, 2)}\n`);
  process.stdout.write(textOf(study));
  return EXIT.done;
}

function textOf(study: DeviceStudy): string {
  const head = `${study.model} on ${study.deviceProfile}, ${study.items} items, ${study.programmingSeeds.length} arrays\n${study.evaluationSet}`;
  const shown = (values: readonly number[]) => values.map((value) => value.toFixed(3));
  const ablation = study.ablation.map(({ condition, values }) => [condition, ...shown(values)]);
  const ages = study.overTime.map(({ seconds, driftCompensation, values }) => [
    `${seconds} s${driftCompensation ? '' : ', not compensated'}`,
    ...shown(values),
  ]);
  return `${head}\n\n${table([['', ...study.figures], ...ablation])}\n${table([['', ...study.figures], ...ages])}`;
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
