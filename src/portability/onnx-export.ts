/**
 * A network as an ONNX file that any runtime of opset 17 computes: fp32, no array, batch dimension first.
 *
 * Inputs `signal` [batch][channels][length] and, where the network has auxiliary features, `auxiliary`
 * [batch][features]; output `logits` [batch][classes]. Names of classes are in the metadata `kirchhoff.classes`.
 * Source: ONNX 1.20, IR.md and Operators.md (Conv-11, MaxPool-12, AveragePool-11, Flatten-13, Concat-13, Gemm-13).
 */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { type Conv1dLayer, inputSizes, type Network } from '../imc/network.ts';
import { shapesOf } from '../imc/shapes.ts';

/** What onnxruntime has read since 1.11 (2022). */
const IR_VERSION = 8n;
const OPSET = 17n;

/** Where the names of the classes stand in the file's metadata, as a JSON list. */
export const CLASSES_KEY = 'kirchhoff.classes';
export const ONNX_SIGNAL = 'signal';
export const ONNX_AUXILIARY = 'auxiliary';
const LOGITS = 'logits';

/** @param producerVersion the program's version */
export function onnxFile(network: Network, producerVersion: string): Uint8Array {
  const { auxiliaryFeatures } = network.input;
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  /** Names of what the network's input and each layer give. */
  const outputs: string[] = [];
  let current = ONNX_SIGNAL;
  const add = (name: string, opType: string, inputs: string[], attributes: AttributeProto[] = []): void => {
    nodes.push(
      create(NodeProtoSchema, { name, opType, input: inputs, output: [name], attribute: attributes }),
    );
    current = name;
  };
  const tensor = (name: string, dims: number[], values: Float32Array): string => {
    initializers.push(floatTensor(name, dims, values));
    return name;
  };
  for (const { layer, sources } of shapesOf(network)) {
    const inputs = sources.map((source) => (source === -1 ? ONNX_SIGNAL : outputs[source]));
    if (layer.kind === 'conv1d' || layer.kind === 'conv2d') {
      const { kernel, stride, padding, dilation } = layer.kind === 'conv1d' ? ofOneDimension(layer) : layer;
      const dims = [layer.outChannels, layer.inChannels / layer.groups, ...kernel];
      const weight = tensor(`${layer.name}.weight`, dims, layer.weights);
      const bias = tensor(`${layer.name}.bias`, [layer.outChannels], layer.bias);
      const attributes = [
        integers('kernel_shape', kernel),
        integers('strides', stride),
        integers('pads', [...padding, ...padding]),
      ];
      if (dilation !== undefined) attributes.push(integers('dilations', dilation));
      if (layer.groups > 1) attributes.push(integer('group', layer.groups));
      add(layer.name, 'Conv', [...inputs, weight, bias], attributes);
    } else if (layer.kind === 'pool1d' || layer.kind === 'pool2d') {
      add(layer.name, layer.operation === 'max' ? 'MaxPool' : 'AveragePool', inputs, [
        integers('kernel_shape', [layer.size].flat()),
        integers('strides', [layer.stride].flat()),
      ]);
    } else if (layer.kind === 'add') {
      add(layer.name, 'Add', inputs);
    } else if (layer.kind === 'flatten') {
      add(layer.name, 'Flatten', inputs, [integer('axis', 1)]);
      if (auxiliaryFeatures > 0) {
        add(`${layer.name}-with-auxiliary`, 'Concat', [current, ONNX_AUXILIARY], [integer('axis', 1)]);
      }
    } else {
      const weight = tensor(`${layer.name}.weight`, [layer.outFeatures, layer.inFeatures], layer.weights);
      const bias = tensor(`${layer.name}.bias`, [layer.outFeatures], layer.bias);
      add(layer.name, 'Gemm', [...inputs, weight, bias], [integer('transB', 1)]);
    }
    if ('activation' in layer && layer.activation === 'relu') add(`${layer.name}-relu`, 'Relu', [current]);
    outputs.push(current);
  }
  nodes.at(-1)!.output = [LOGITS];
  const inputs = [floatValue(ONNX_SIGNAL, inputSizes(network.input))];
  if (auxiliaryFeatures > 0) inputs.push(floatValue(ONNX_AUXILIARY, [auxiliaryFeatures]));
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: 'kirchhoff',
    producerVersion,
    graph: {
      name: network.name,
      node: nodes,
      initializer: initializers,
      input: inputs,
      output: [floatValue(LOGITS, [network.classes.length])],
    },
    metadataProps: [{ key: CLASSES_KEY, value: JSON.stringify(network.classes) }],
  });
  return toBinary(ModelProtoSchema, model);
}

function ofOneDimension({ kernel, stride, padding, dilation }: Conv1dLayer) {
  return {
    kernel: [kernel],
    stride: [stride],
    padding: [padding],
    dilation: dilation === undefined ? undefined : [dilation],
  };
}

function integer(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
}

function integers(name: string, values: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INTS,
    ints: values.map(BigInt),
  });
}

function floatTensor(name: string, dims: number[], values: Float32Array): TensorProto {
  const rawData = new Uint8Array(4 * values.length);
  const view = new DataView(rawData.buffer);
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: TensorProto_DataType.FLOAT,
    rawData,
  });
}

/** A value of [batch][...sizes], the batch of any size. */
function floatValue(name: string, sizes: number[]): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: TensorProto_DataType.FLOAT,
          shape: {
            dim: [
              { value: { case: 'dimParam', value: 'batch' } },
              ...sizes.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })),
            ],
          },
        },
      },
    },
  });
}
