import { describe, expect, it } from 'vitest';
import { readSafetensors, SafetensorsError, type Tensor, writeSafetensors } from './safetensors.ts';

const TENSORS = new Map<string, Tensor>([
  ['a.weight', { shape: [2, 3], values: Float32Array.from([1, -2, 3.5, 0, 1e-30, -7]) }],
  ['a.bias', { shape: [2], values: Float32Array.from([0.25, -0.5]) }],
]);

/** A file with any header and data. */
function file(header: string, data = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

describe('safetensors', () => {
  it('reads what it wrote, from any offset in a buffer', () => {
    const bytes = writeSafetensors(TENSORS);
    const within = new Uint8Array(bytes.length + 3);
    within.set(bytes, 3);
    expect(readSafetensors(within.subarray(3))).toEqual(TENSORS);
  });

  it('reads a file laid out as the format is specified, metadata aside', () => {
    const data = new Uint8Array(Float32Array.from([1.5, -2]).buffer);
    const header =
      '{"__metadata__":{"made":"by hand"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}';
    expect(readSafetensors(file(header, data))).toEqual(
      new Map([['x', { shape: [2, 1], values: Float32Array.from([1.5, -2]) }]]),
    );
  });

  const four = new Uint8Array(4);
  it.each([
    ['empty', new Uint8Array(0)],
    ['a header length beyond the file', new Uint8Array([255, 0, 0, 0, 0, 0, 0, 0, 123])],
    ['a header length of 2^56', new Uint8Array([2, 0, 0, 0, 0, 0, 0, 1, 123, 125])],
    ['no JSON', file('{{')],
    ['a JSON list', file('[]')],
    ['another data type', file('{"x":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}', new Uint8Array(8))],
    ['null for a tensor', file('{"x":null}')],
    ['a negative size', file('{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', four)],
    ['a size that is no integer', file('{"x":{"dtype":"F32","shape":[0.5],"data_offsets":[0,4]}}', four)],
    ['offsets the wrong way round', file('{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', four)],
    ['a shape that does not fit', file('{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}', four)],
    ['data that is cut off', file('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', four)],
    ['a gap', file('{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', new Uint8Array(8))],
    [
      'an overlap',
      file(
        '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        four,
      ),
    ],
    ['bytes left over', file('{}', four)],
    [
      'a value that is not a number',
      file(
        '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        new Uint8Array(Float32Array.from([Number.NaN]).buffer),
      ),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow(SafetensorsError);
  });
});
