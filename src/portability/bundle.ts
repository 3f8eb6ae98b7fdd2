/**
 * A portable bundle: a folder from which another team can load a network, put it on its own hardware and know
 * whether that agrees. Bytes in, bytes out; docs/portable-models.md describes the files for a reader without this code.
 */
import { createHash } from 'node:crypto';
import { KirchhoffError } from '../contract/errors.ts';
import { checkNetworkMemory } from '../imc/memory-limit.ts';
import { checkedDescription } from '../imc/model-file.ts';
import { inputSize, inputSizes } from '../imc/network.ts';
import { type DeviceProfile, parseDeviceProfile } from '../imc/profile.ts';
import { programNetwork } from '../imc/program.ts';
import { tierPlaces } from '../imc/tiers.ts';
import { readSafetensors, SafetensorsError, type Tensor, writeSafetensors } from '../numeric/safetensors.ts';
import {
  BUNDLE_FILE,
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleDescription,
  type BundleMapping,
  bundleSchema,
  LARGEST_PART_BYTES,
  mappingSchema,
} from './bundle-parts.ts';
import { type BundleInputs, type ExpectedOutputs, expectedOutputs } from './expected-outputs.ts';
import {
  jsonBytes,
  type PortableModel,
  parsedJson,
  parsePortableModel,
  portableModelFiles,
} from './portable-model.ts';

/** fp32 sums of a few hundred products in another order; what onnxruntime differs by, with room. */
const SOFTWARE_TOLERANCE = 1e-4;
/** Enough that the spread of their distances is known to about an eighth. */
const OTHER_CHIPS = 32;

export interface Bundle {
  description: BundleDescription;
  model: PortableModel;
  profile: DeviceProfile;
  mapping: BundleMapping;
  inputs: BundleInputs;
  expected: ExpectedOutputs;
}

export interface BundleContent {
  model: PortableModel;
  profile: DeviceProfile;
  array: BundleDescription['array'];
  inputs: BundleInputs & { source: string; licence: string };
  softwareVersion: string;
}

/** Every file of a bundle by name; runs the network in software and on 33 simulated chips. */
export function bundleFiles(content: BundleContent): Map<string, Uint8Array> {
  const { model, profile, array, inputs } = content;
  const { auxiliaryFeatures } = model.network.input;
  const items = inputs.signals.length / inputSize(model.network.input);
  const classes = model.network.classes.length;
  const { expected, otherChipDistance } = expectedOutputs(model, profile, array, inputs, OTHER_CHIPS);
  const tensors = new Map<string, Tensor>([
    ['signals', { shape: [items, ...inputSizes(model.network.input)], values: inputs.signals }],
    ['auxiliary', { shape: [items, auxiliaryFeatures], values: inputs.auxiliary }],
    ['logits.software', { shape: [items, classes], values: expected.softwareLogits }],
    ['logits.array', { shape: [items, array.samples, classes], values: expected.arrayLogits }],
    ['probabilities.mean', { shape: [items, classes], values: expected.meanProbabilities }],
    ['probabilities.deviation', { shape: [items, classes], values: expected.deviationOfProbabilities }],
  ]);
  const parts: Record<string, Uint8Array> = {
    ...portableModelFiles(model),
    'device.json': jsonBytes(profile),
    'mapping.json': jsonBytes(mappingOf(model, profile)),
    'expected.safetensors': writeSafetensors(tensors),
  };
  const description = checkedDescription(
    bundleSchema,
    {
      format: BUNDLE_FORMAT,
      version: BUNDLE_VERSION,
      name: model.network.name,
      task: model.task,
      softwareVersion: content.softwareVersion,
      array,
      inputs: { items, source: inputs.source, licence: inputs.licence },
      tolerances: {
        softwareLogits: SOFTWARE_TOLERANCE,
        arrayLogits: 0,
        otherChip: { chips: OTHER_CHIPS, distance: otherChipDistance },
      },
      parts: Object.fromEntries(
        Object.entries(parts).map(([name, bytes]) => [
          name,
          { sha256: sha256Of(bytes), bytes: bytes.length },
        ]),
      ),
    },
    BUNDLE_FILE,
  );
  return new Map<string, Uint8Array>([[BUNDLE_FILE, jsonBytes(description)], ...Object.entries(parts)]);
}

/**
 * @param readFile bytes of a file of the bundle, null where it is missing; called once for each
 * @throws {KirchhoffError} naming file and field: `file-missing`; `format-unsupported` for a bundle of another
 * version; `model-invalid` or `profile-invalid` for what breaks its schema, is not the file that was hashed, has
 * values that are not finite or shapes that do not fit; `file-too-large` for a part beyond 256 MiB;
 * `value-out-of-range` for a network that wants more memory than the limit
 */
export function parseBundle(readFile: (name: string) => Uint8Array | null): Bundle {
  const read = (name: string): Uint8Array => {
    const bytes = readFile(name);
    if (bytes === null) throw new KirchhoffError('file-missing', 'The bundle lacks this file.', name);
    if (bytes.length > LARGEST_PART_BYTES) {
      throw new KirchhoffError('file-too-large', 'A file of a bundle may have 256 MiB.', name);
    }
    return bytes;
  };
  const json = parsedJson(read(BUNDLE_FILE), BUNDLE_FILE);
  checkVersion(json);
  const description = checkedDescription(bundleSchema, json, BUNDLE_FILE);
  const parts = new Map(
    Object.entries(description.parts).map(([name, listed]) => {
      const bytes = read(name);
      if (bytes.length !== listed.bytes || sha256Of(bytes) !== listed.sha256) {
        throw new KirchhoffError(
          'model-invalid',
          'The file is not the one that bundle.json lists: its length or SHA-256 differs.',
          name,
        );
      }
      return [name, bytes];
    }),
  );
  const part = (name: string): Uint8Array => parts.get(name)!;
  const profile = parseDeviceProfile(parsedJson(part('device.json'), 'device.json'), 'device.json');
  const model = parsePortableModel(description.task, part, description.name);
  checkNetworkMemory(model.network, 'model.json');
  const mapping = checkedDescription(
    mappingSchema,
    parsedJson(part('mapping.json'), 'mapping.json'),
    'mapping.json',
  );
  checkMapping(mapping, mappingOf(model, profile));
  return {
    description,
    model,
    profile,
    mapping,
    ...expectedOf(description, model, part('expected.safetensors')),
  };
}

function mappingOf(model: PortableModel, profile: DeviceProfile): BundleMapping {
  const { layers } = programNetwork(model.network, profile, { programmingSeed: 0, ranges: model.ranges });
  const { tiers } = profile.tile;
  const places = tierPlaces(
    layers.map(({ tiles }) => tiles.length),
    tiers ?? 1,
  );
  return {
    format: 'kirchhoff-mapping',
    version: 1,
    layers: layers.map(({ name, rows, columns, positions, groups, rowOrder, columnScale, tiles }, index) => ({
      layer: name,
      rows,
      columns,
      positions,
      ...(groups > 1 ? { groups } : {}),
      rowOrder: Array.from(rowOrder),
      columnScale: Array.from(columnScale),
      tiles: tiles.map((tile, i) => ({
        tile: tile.index,
        ...(groups > 1 ? { group: tile.group } : {}),
        rowStart: tile.rowStart,
        rows: tile.rows,
        columnStart: tile.columnStart,
        columns: tile.columns,
        ...(tiers === undefined ? {} : places[index][i]),
      })),
    })),
  };
}

/** The mapping follows from network and profile; one that says otherwise describes another chip. */
function checkMapping(given: BundleMapping, ours: BundleMapping): void {
  const field = firstDifference(given, ours, '');
  if (field !== null) {
    throw new KirchhoffError(
      'model-invalid',
      'The mapping is not the one of this network on this device profile.',
      `mapping.json ${field}`,
    );
  }
}

/** Path of the first value in which two JSON values differ; null where they are the same. */
function firstDifference(a: unknown, b: unknown, path: string): string | null {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
    return Object.is(a, b) ? null : path;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const at = path === '' ? key : `${path}.${key}`;
    const found = firstDifference(
      (a as Record<string, unknown>)[key],
      (b as Record<string, unknown>)[key],
      at,
    );
    if (found !== null) return found;
  }
  return null;
}

function expectedOf(
  { inputs: { items }, array }: BundleDescription,
  { network }: PortableModel,
  bytes: Uint8Array,
): { inputs: BundleInputs; expected: ExpectedOutputs } {
  const tensors = tensorsOf(bytes, 'expected.safetensors');
  const { auxiliaryFeatures } = network.input;
  const classes = network.classes.length;
  const take = (name: string, shape: number[]): Float32Array =>
    tensorOf(tensors, name, shape, 'expected.safetensors');
  return {
    inputs: {
      signals: take('signals', [items, ...inputSizes(network.input)]),
      auxiliary: take('auxiliary', [items, auxiliaryFeatures]),
    },
    expected: {
      softwareLogits: take('logits.software', [items, classes]),
      arrayLogits: take('logits.array', [items, array.samples, classes]),
      meanProbabilities: take('probabilities.mean', [items, classes]),
      deviationOfProbabilities: take('probabilities.deviation', [items, classes]),
    },
  };
}

/** @throws {KirchhoffError} `model-invalid` naming file and tensor */
export function tensorsOf(bytes: Uint8Array, file: string): Map<string, Tensor> {
  try {
    return readSafetensors(bytes);
  } catch (thrown) {
    if (!(thrown instanceof SafetensorsError)) throw thrown;
    const at = thrown.tensor === null ? file : `${file} ${thrown.tensor}`;
    throw new KirchhoffError('model-invalid', thrown.message, at);
  }
}

/** @throws {KirchhoffError} `model-invalid` where the tensor is missing or has another shape */
export function tensorOf(
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
  shape: readonly number[],
  file: string,
): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) {
    throw new KirchhoffError('model-invalid', 'The tensor is missing.', `${file} ${name}`);
  }
  if (tensor.shape.join() !== shape.join()) {
    throw new KirchhoffError(
      'model-invalid',
      `The shape is [${tensor.shape.join(', ')}], not [${shape.join(', ')}].`,
      `${file} ${name}`,
    );
  }
  return tensor.values;
}

/** Before the schema: another version differs in more than its number. */
function checkVersion(json: unknown): void {
  const { format, version } = (typeof json === 'object' && json !== null ? json : {}) as Record<
    string,
    unknown
  >;
  if (format !== BUNDLE_FORMAT) {
    throw new KirchhoffError('model-invalid', 'This is no portable bundle.', `${BUNDLE_FILE} format`);
  }
  if (version !== BUNDLE_VERSION) {
    throw new KirchhoffError(
      'format-unsupported',
      `The bundle has version ${JSON.stringify(version)}; this program reads version ${BUNDLE_VERSION}.`,
      `${BUNDLE_FILE} version`,
    );
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
