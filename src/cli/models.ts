/** `kirchhoff models`: a shipped network as a portable bundle, ONNX or NIR; checks of bundles and of ONNX files. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import { macsByLayer } from '../imc/shapes.ts';
import { type Comparison, checkBundle, checkOutputs } from '../portability/agreement.ts';
import { nirFile } from '../portability/nir-export.ts';
import { onnxFile } from '../portability/onnx-export.ts';
import { readOnnx } from '../portability/onnx-import.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import {
  modelBundle,
  readBundleFolder,
  readPortableFile,
  writeBundleFolder,
} from '../service/portable-model.ts';
import { shippedNetwork } from '../service/shipped-networks.ts';
import { SOFTWARE_VERSION } from '../service/version.ts';
import { EXIT } from './exit.ts';
import { type ModelsOptions, parseModelsOptions } from './models-options.ts';

/** @returns the exit code; throws UsageError or KirchhoffError */
export async function models(args: readonly string[]): Promise<number> {
  const options = parseModelsOptions(args);
  if (options.action === 'export') return exportModel(options);
  const path = resolve(options.path);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder) return checkFolder(path, options);
  if (options.outputs !== null) {
    throw new KirchhoffError('invalid-request', '--outputs are compared with a bundle.', options.path);
  }
  return checkOnnx(path);
}

async function exportModel(options: Extract<ModelsOptions, { action: 'export' }>): Promise<number> {
  const out = resolve(options.out);
  if (options.format === 'bundle') {
    writeBundleFolder(out, await modelBundle(options.network, options.profile));
  } else {
    const { network } = shippedNetwork(options.network).load();
    const bytes = options.format === 'onnx' ? onnxFile(network, SOFTWARE_VERSION) : await nirFile(network);
    writeFileAtomically(out, bytes);
  }
  process.stdout.write(`${out}\n`);
  return EXIT.done;
}

/** One JSON line a comparison. */
function checkFolder(path: string, { outputs, chips }: Extract<ModelsOptions, { action: 'check' }>): number {
  const bundle = readBundleFolder(path);
  let comparisons: Comparison[];
  if (outputs === null) comparisons = checkBundle(bundle, chips);
  else comparisons = checkOutputs(bundle, requiredFile(outputs), basename(outputs));
  for (const comparison of comparisons) process.stdout.write(`${JSON.stringify(comparison)}\n`);
  const agrees = comparisons.every((comparison) => comparison.agrees);
  const { name, softwareVersion } = bundle.description;
  process.stderr.write(
    `${name}, made by version ${softwareVersion}: ${agrees ? 'agrees' : 'does not agree'} on ${bundle.description.inputs.items} items.\n`,
  );
  return agrees ? EXIT.done : EXIT.someFailed;
}

/** One JSON line: the layers, or what of the file is not read. */
function checkOnnx(path: string): number {
  const read = readOnnx(requiredFile(path), basename(path));
  if (read.kind === 'unsupported') {
    process.stdout.write(`${JSON.stringify(read)}\n`);
    process.stderr.write(`${basename(path)}: ${read.unsupported.length} things in it are not read.\n`);
    return EXIT.someFailed;
  }
  const { name, input, classes, layers } = read.network;
  const line = {
    kind: read.kind,
    name,
    input,
    classes,
    layers: layers.map((layer) => ({ kind: layer.kind, name: layer.name })),
    macs: macsByLayer(read.network),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.stderr.write(`${basename(path)}: every layer is one that the array computes.\n`);
  return EXIT.done;
}

function requiredFile(path: string): Uint8Array {
  const bytes = readPortableFile(path, basename(path));
  if (bytes === null) {
    throw new KirchhoffError('file-missing', 'There is no such file.', path);
  }
  return bytes;
}
