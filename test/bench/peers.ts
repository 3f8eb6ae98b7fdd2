/**
 * The runtimes that the array is compared with: onnxruntime for the browser and for Node, each on one thread,
 * all graph optimisations on, inputs and outputs allocated beforehand.
 *
 * They are no dependency of the product: the folders in `peers` have lockfiles of their own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, NodeProtoSchema, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';

/** A folder each: in one folder both would share a list of backends, and the first would answer for both. */
const PEERS = join(import.meta.dirname, 'peers');

interface Tensor {
  data: Float32Array;
}
interface Session {
  inputNames: readonly string[];
  outputNames: readonly string[];
  run(feeds: Record<string, Tensor>, fetches: Record<string, Tensor>): Promise<unknown>;
}
/** The part of onnxruntime's interface that is used here. */
interface Runtime {
  env: { wasm: { numThreads?: number } };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
  InferenceSession: { create(model: Uint8Array, options: Record<string, unknown>): Promise<Session> };
}

export interface Peer {
  name: 'onnxruntime-web' | 'onnxruntime-node';
  runtime: Runtime;
}

/** Both peers; installs them where they are not. */
export function loadPeers(): Promise<Peer[]> {
  return Promise.all((['onnxruntime-web', 'onnxruntime-node'] as const).map(loadPeer));
}

async function loadPeer(name: Peer['name']): Promise<Peer> {
  const folder = join(PEERS, name);
  if (!existsSync(join(folder, 'node_modules'))) {
    console.error(`Installing ${name} into test/bench/peers …`);
    // Install scripts fetch other builds; the one for the processor is in the package.
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const require = createRequire(join(folder, 'package.json'));
  const loaded = await import(pathToFileURL(require.resolve(name)).href);
  const runtime: Runtime = loaded.default ?? loaded;
  if (name === 'onnxruntime-web') runtime.env.wasm.numThreads = 1;
  return { name, runtime };
}

export interface PeerInput {
  name: string;
  values: Float32Array;
  dims: readonly number[];
}

/** A function that runs the model once on the inputs, and the array that its output goes to. */
export async function peerSession(
  { name: peer, runtime }: Peer,
  model: Uint8Array,
  inputs: readonly PeerInput[],
  outputDims: readonly number[],
): Promise<{ run: () => Promise<unknown>; output: Float32Array }> {
  const session = await runtime.InferenceSession.create(model, {
    executionProviders: [peer === 'onnxruntime-web' ? 'wasm' : 'cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    enableCpuMemArena: true,
    enableMemPattern: true,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const feeds = Object.fromEntries(
    inputs.map(({ name, values, dims }) => [name, new runtime.Tensor('float32', values, dims)]),
  );
  const output = new Float32Array(outputDims.reduce((product, size) => product * size, 1));
  const fetches = { [session.outputNames[0]]: new runtime.Tensor('float32', output, outputDims) };
  return { run: () => session.run(feeds, fetches), output };
}

/** y[n][columns] = x[n][rows] times constant weights [rows][columns], as ONNX. */
export function matrixProductModel(weights: Float32Array, rows: number, columns: number): Uint8Array {
  const value = (name: string, size: number) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: TensorProto_DataType.FLOAT,
          shape: {
            dim: [
              { value: { case: 'dimParam' as const, value: 'batch' } },
              { value: { case: 'dimValue' as const, value: BigInt(size) } },
            ],
          },
        },
      },
    },
  });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 17n }],
      graph: {
        name: 'product',
        node: [
          create(NodeProtoSchema, { name: 'product', opType: 'MatMul', input: ['x', 'w'], output: ['y'] }),
        ],
        initializer: [
          create(TensorProtoSchema, {
            name: 'w',
            dims: [BigInt(rows), BigInt(columns)],
            dataType: TensorProto_DataType.FLOAT,
            rawData: Uint8Array.from(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength)),
          }),
        ],
        input: [value('x', rows)],
        output: [value('y', columns)],
      },
    }),
  );
}
