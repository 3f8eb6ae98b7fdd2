/** The words of `kirchhoff models`, parsed and checked. */
import { parseArgs } from 'node:util';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { SHIPPED_NETWORKS } from '../service/shipped-networks.ts';
import { profileNamed } from './device-option.ts';
import { UsageError } from './exit.ts';
import { namedNetwork } from './named-network.ts';

const MOST_CHIPS = 1000;
const FORMATS = ['bundle', 'onnx', 'nir'] as const;

export type ModelsOptions =
  | { action: 'export'; network: string; out: string; format: (typeof FORMATS)[number]; profile: string }
  | { action: 'check'; path: string; outputs: string | null; chips: number };

/** @throws UsageError saying which word is off */
export function parseModelsOptions(args: readonly string[]): ModelsOptions {
  const [action, ...rest] = args;
  if (action === 'export') {
    const { values, positionals } = parse(rest, ['out', 'format', 'device']);
    if (positionals.length !== 1) {
      throw new UsageError(
        `Name the model to export: ${SHIPPED_NETWORKS.map(({ name }) => name).join(', ')}.`,
      );
    }
    const network = namedNetwork(positionals[0]);
    if (values.out === undefined) throw new UsageError('Say where the model goes: --out FILE or DIR.');
    const format = FORMATS.find((name) => name === (values.format ?? 'bundle'));
    if (format === undefined) {
      throw new UsageError(`--format takes ${FORMATS.join(', ')}, not "${values.format}".`);
    }
    if (format !== 'bundle' && values.device !== undefined) {
      throw new UsageError(`--device belongs to a bundle; ${format} holds the network alone.`);
    }
    const profile = profileNamed(values.device) ?? deviceSettingsSchema.parse({}).profile;
    return { action, network: network.name, out: values.out, format, profile };
  }
  if (action === 'check') {
    const { values, positionals } = parse(rest, ['outputs', 'chips']);
    if (positionals.length !== 1) throw new UsageError('Name one bundle or one ONNX file to check.');
    const chips = Number(values.chips ?? 1);
    if (!(Number.isInteger(chips) && chips >= 1 && chips <= MOST_CHIPS)) {
      throw new UsageError(`--chips takes a whole number from 1 to ${MOST_CHIPS}.`);
    }
    if (values.chips !== undefined && values.outputs !== undefined) {
      throw new UsageError(
        '--chips computes others here, --outputs compares what was computed: one of them.',
      );
    }
    return { action, path: positionals[0], outputs: values.outputs ?? null, chips };
  }
  throw new UsageError('kirchhoff models takes export or check.');
}

function parse(args: readonly string[], names: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
