/**
 * Runs the ONNX export of a shipped network in onnxruntime and compares its logits with our own fp32 pass.
 *
 *   npm install --prefix FOLDER --ignore-scripts onnxruntime-web      once; no dependency of the product
 *   npx node scripts/check-onnx.ts FOLDER
 *
 * FOLDER may hold onnxruntime-node instead. Exit code 1 where a logit differs by more than 1e-4.
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inputSize, inputSizes } from '../src/imc/network.ts';
import { runIdealFp32 } from '../src/imc/software.ts';
import { gaussians } from '../src/numeric/random.ts';
import { onnxFile } from '../src/portability/onnx-export.ts';
import { loadBeatModel } from '../src/service/beat-model.ts';
import { SOFTWARE_VERSION } from '../src/service/version.ts';

const ITEMS = 256;
const LARGEST_DIFFERENCE = 1e-4;

/** The part of onnxruntime's interface that is used here. */
interface Runtime {
  Tensor: new (type: 'float32', data: Float32Array, dims: number[]) => { data: Float32Array };
  InferenceSession: {
    create(model: Uint8Array): Promise<{
      run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array; dims: number[] }>>;
    }>;
  };
}

async function runtimeIn(folder: string): Promise<{ name: string; runtime: Runtime }> {
  const require = createRequire(join(resolve(folder), 'package.json'));
  for (const name of ['onnxruntime-node', 'onnxruntime-web']) {
    try {
      const loaded = await import(pathToFileURL(require.resolve(name)).href);
      return { name, runtime: loaded.default ?? loaded };
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw thrown;
    }
  }
  throw new Error(
    `There is no onnxruntime in ${folder}: npm install --prefix ${folder} --ignore-scripts onnxruntime-web`,
  );
}

const folder = process.argv[2];
if (folder === undefined) {
  console.error('Usage: npx node scripts/check-onnx.ts FOLDER   (a folder with onnxruntime-web installed)');
  process.exit(2);
}
const { network } = loadBeatModel().model;
const { auxiliaryFeatures } = network.input;
const signals = gaussians({ seed: 1, words: [1, 0, 0] }, ITEMS * inputSize(network.input));
const auxiliary = gaussians({ seed: 1, words: [2, 0, 0] }, ITEMS * auxiliaryFeatures);
const expected = runIdealFp32(network, signals, auxiliary);

const { name, runtime } = await runtimeIn(folder);
const session = await runtime.InferenceSession.create(onnxFile(network, SOFTWARE_VERSION));
const { logits } = await session.run({
  signal: new runtime.Tensor('float32', signals, [ITEMS, ...inputSizes(network.input)]),
  auxiliary: new runtime.Tensor('float32', auxiliary, [ITEMS, auxiliaryFeatures]),
});
const differences = Array.from(expected, (value, i) => Math.abs(value - logits.data[i]));
const largest = logits.data.length === expected.length ? Math.max(...differences) : Number.POSITIVE_INFINITY;
const magnitude = Math.max(...expected.map(Math.abs));
const agrees = largest <= LARGEST_DIFFERENCE;
console.log(
  `${name}: ${ITEMS} items, largest difference ${largest.toExponential(2)} on logits up to ${magnitude.toFixed(1)}: ${agrees ? 'agrees' : 'DIFFERS'}`,
);
process.exit(agrees ? 0 : 1);
