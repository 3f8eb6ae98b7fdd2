/**
 * The safetensors file format (Hugging Face): an unsigned 64-bit little-endian header length, a JSON header
 * {name: {dtype, shape, data_offsets}}, then the tensors without gaps. Here F32 only.
 */

export interface Tensor {
  shape: number[];
  /** Row-major. */
  values: Float32Array;
}

/** What is wrong with a file; `tensor` is null where no tensor is to blame. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
  readonly tensor: string | null;

  constructor(message: string, tensor: string | null = null) {
    super(message);
    this.tensor = tensor;
  }
}

/** A header larger than this is an attack or an accident. */
const MAXIMUM_HEADER_BYTES = 1_000_000;

/**
 * Tensors by name.
 * @throws SafetensorsError where the header is cut off or no JSON, a tensor is not F32, lies outside the file,
 * overlaps another, leaves a gap or has a size that its shape does not explain, or a value is not finite
 */
export function readSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw new SafetensorsError('The file ends within its first 8 bytes.');
  const headerBytes = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || headerBytes > MAXIMUM_HEADER_BYTES) {
    throw new SafetensorsError('The header length is beyond 1 MB.');
  }
  const dataStart = 8 + headerBytes;
  if (dataStart > bytes.length) throw new SafetensorsError('The file ends within its header.');
  const header = parsedHeader(bytes.subarray(8, dataStart));

  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => ({ name, ...checkedEntry(name, entry) }))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, Tensor>();
  let expected = 0;
  for (const { name, shape, begin, end } of entries) {
    if (begin !== expected) throw new SafetensorsError('Tensors overlap or leave a gap.', name);
    if (dataStart + end > bytes.length) throw new SafetensorsError('The file ends within this tensor.', name);
    const count = shape.reduce((product, size) => product * size, 1);
    if (count * 4 !== end - begin) throw new SafetensorsError('The shape does not explain the size.', name);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const value = view.getFloat32(dataStart + begin + 4 * i, true);
      if (!Number.isFinite(value)) throw new SafetensorsError(`Value ${i} is not a finite number.`, name);
      values[i] = value;
    }
    tensors.set(name, { shape, values });
    expected = end;
  }
  if (dataStart + expected !== bytes.length) throw new SafetensorsError('Bytes follow the last tensor.');
  return tensors;
}

function parsedHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new SafetensorsError('The header is not JSON.');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new SafetensorsError('The header is not a JSON object.');
  }
  return header as Record<string, unknown>;
}

function checkedEntry(name: string, entry: unknown): { shape: number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (dtype !== 'F32') throw new SafetensorsError('The data type is not F32.', name);
  if (!isSizes(shape)) throw new SafetensorsError('The shape is not a list of sizes.', name);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw new SafetensorsError('The offsets are not a begin and an end.', name);
  }
  return { shape, begin: offsets[0]!, end: offsets[1]! };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The bytes of a file that holds the tensors in the order given; the header is padded to 8 bytes. */
export function writeSafetensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const header: Record<string, unknown> = {};
  let size = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [size, size + 4 * values.length] };
    size += 4 * values.length;
  }
  let text = JSON.stringify(header);
  const unpadded = new TextEncoder().encode(text).length;
  text += ' '.repeat((8 - (unpadded % 8)) % 8);
  const headerBytes = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + headerBytes.length + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, headerBytes.length, true);
  bytes.set(headerBytes, 8);
  let at = 8 + headerBytes.length;
  for (const { values } of tensors.values()) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}
