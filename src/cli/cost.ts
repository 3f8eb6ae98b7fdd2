/** `kirchhoff cost`: what one beat costs on the chip whose devices a profile describes, beside digital logic. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type DeviceSettings, deviceSettingsSchema } from '../contract/provenance.ts';
import { COST_SOURCES, type CostReport, type CostSource, costOf } from '../imc/cost.ts';
import { programNetwork } from '../imc/program.ts';
import { chipCostOfProfile, loadChipCost, loadDigitalCost } from '../service/chip-costs.ts';
import { countedReads } from '../service/counted-reads.ts';
import { loadDeviceProfile } from '../service/device-profiles.ts';
import { profileNamed } from './device-option.ts';
import { EXIT, UsageError } from './exit.ts';
import { namedNetwork } from './named-network.ts';
import { table } from './table.ts';

/** @returns the exit code; throws UsageError or KirchhoffError */
export async function cost(args: readonly string[]): Promise<number> {
  const options = parseCostOptions(args);
  const chip =
    options.chip === undefined ? chipCostOfProfile(options.device.profile) : loadChipCost(options.chip);
  const { network, ranges } = options.network.load();
  const programmed = programNetwork(network, loadDeviceProfile(options.device.profile).profile, {
    programmingSeed: options.device.programmingSeed,
    ranges,
  });
  const reads = await countedReads(programmed, options.device);
  const report = costOf(programmed, chip, loadDigitalCost(), options.device.samples, reads);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : costText(report));
  return EXIT.done;
}

function parseCostOptions(args: readonly string[]): {
  network: ReturnType<typeof namedNetwork>;
  device: DeviceSettings;
  chip: string | undefined;
  json: boolean;
} {
  const { values, positionals } = parse(args);
  if (positionals.length > 1) throw new UsageError(`cost takes one network, not "${positionals.join(' ')}".`);
  const network = namedNetwork(positionals[0]);
  const device = deviceSettingsSchema.safeParse({
    profile: profileNamed(values.device),
    samples: values.samples === undefined ? undefined : Number(values.samples || Number.NaN),
  });
  if (!device.success) throw new UsageError(z.prettifyError(device.error));
  return { network, device: device.data, chip: values.chip, json: values.json ?? false };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        device: { type: 'string' },
        chip: { type: 'string' },
        samples: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

const SOURCE_TITLES: Record<CostSource, string> = {
  core: 'core',
  array: 'array',
  dac: 'DAC',
  adc: 'ADC',
  digital: 'digital',
  dataMovement: 'movement',
};

function costText(report: CostReport): string {
  const { chip, oneSample, allSamples } = report;
  // A source that the chip's figures do not tell apart is left out, not shown as 0.
  const sources = COST_SOURCES.filter((source) => oneSample.energyPicojoules[source] > 0);
  const bounded = report.layers.some((layer) => layer.devicesAtMostPicojoules !== null);
  const energies = (energy: Record<CostSource, number>) =>
    sources.map((source) => nanojoules(energy[source]));
  const layers = table([
    [
      'layer',
      'matrix',
      'reads',
      'cores',
      'use %',
      'MACs',
      ...sources.map((s) => SOURCE_TITLES[s]),
      'sum nJ',
      ...(bounded ? ['of it devices'] : []),
      'us',
    ],
    ...report.layers.map((layer) => [
      layer.layer,
      `${layer.rows} x ${layer.columns}`,
      String(layer.positions),
      String(layer.cores),
      (100 * layer.utilisation).toFixed(2),
      String(layer.macs),
      ...energies(layer.energyPicojoules),
      nanojoules(layer.totalPicojoules),
      ...(layer.devicesAtMostPicojoules === null ? [] : [`<= ${nanojoules(layer.devicesAtMostPicojoules)}`]),
      microseconds(layer.latencyNanoseconds),
    ]),
    ...[
      { name: '1 sample', total: oneSample },
      { name: `${report.samples} samples`, total: allSamples },
    ].map(({ name, total }) => [
      name,
      '',
      '',
      String(report.cores),
      (100 * report.utilisation).toFixed(2),
      '',
      ...energies(total.energyPicojoules),
      nanojoules(total.totalPicojoules),
      ...(bounded ? [''] : []),
      microseconds(total.latencyNanoseconds),
    ]),
  ]);
  const digital = table([
    ['logic', 'weights from', 'node', 'arithmetic', 'weights', 'activations', 'sum nJ', 'us'],
    ...report.digital.map((baseline) => [
      baseline.arithmetic,
      baseline.weightsFrom,
      `${baseline.nodeNanometres} nm${baseline.scaled ? ', scaled' : ''}`,
      nanojoules(baseline.energyPicojoules.arithmetic),
      nanojoules(baseline.energyPicojoules.weights),
      nanojoules(baseline.energyPicojoules.activations),
      nanojoules(baseline.totalPicojoules),
      microseconds(baseline.latencyNanoseconds),
    ]),
  ]);
  const { programming } = report;
  const pulsesText = programming.pulses === null ? '' : `${Math.round(programming.pulses)} pulses, `;
  const programmingText =
    programming.picojoules === null
      ? `${pulsesText}energy not known. ${programming.remark}.`
      : `${pulsesText}${nanojoules(programming.picojoules)} nJ (${programming.remark}).`;
  const checks = table([
    ['published row', '', 'published', 'model', 'off by %'],
    ...report.checks.map((check) => [
      check.what,
      check.kind,
      `${fourDigits(check.published)} ${check.unit}`,
      `${fourDigits(check.modelled)} ${check.unit}`,
      (100 * check.relativeError).toFixed(1),
    ]),
  ]);
  const constants = report.constants
    .map(({ what, value, standing, source }) => `  ${what}: ${value} [${standing}]\n    ${source}`)
    .join('\n');
  return `${report.network}, one item, ${report.profile} on ${chip.title}, ${chip.nodeNanometres} nm
Figures of the ${chip.figures}. Energies in nJ, times in microseconds.

${layers}
Programming the ${programming.devices} devices, once: ${programmingText}

The same network in digital logic, one pass:
${digital}
${report.remarks.map((remark) => `- ${remark}`).join('\n')}

How far the model is from what is published:
${checks}
Constants:
${constants}
`;
}

function nanojoules(picojoules: number): string {
  return fourDigits(picojoules / 1e3);
}

function microseconds(nanoseconds: number): string {
  return fourDigits(nanoseconds / 1e3);
}

/** Four digits without an exponent. */
function fourDigits(value: number): string {
  return String(Number(value.toPrecision(4)));
}
