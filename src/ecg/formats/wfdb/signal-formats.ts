/**
 * Storage formats of WFDB signal files (WFDB Applications Guide, "signal(5)"): how samples are packed into bytes.
 * Samples are converter units, signed integers.
 */

export interface WfdbSignalFormat {
  /** Smallest group of samples that starts and ends on a byte boundary. */
  samplesPerGroup: number;
  /** Bytes taken by `sampleCount` samples from the start of a group. */
  bytesOf(sampleCount: number): number;
  /** The `index`-th sample after byte `start`. */
  sampleAt(bytes: Uint8Array, start: number, index: number): number;
  /** The value that stands for "no sample here"; null where the format has none. */
  invalidValue: number | null;
  /** Samples are stored as differences to the one before, from the header's initial value on. */
  differences: boolean;
}

function signExtended(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

function wholeBytes(
  bytesPerSample: number,
  invalidValue: number | null,
  sampleAtByte: (bytes: Uint8Array, at: number) => number,
): WfdbSignalFormat {
  return {
    samplesPerGroup: 1,
    bytesOf: (sampleCount) => sampleCount * bytesPerSample,
    sampleAt: (bytes, start, index) => sampleAtByte(bytes, start + index * bytesPerSample),
    invalidValue,
    differences: false,
  };
}

const FORMATS: ReadonlyMap<number, WfdbSignalFormat> = new Map([
  [8, { ...wholeBytes(1, null, (bytes, at) => signExtended(bytes[at]!, 8)), differences: true }],
  [16, wholeBytes(2, -(2 ** 15), (bytes, at) => signExtended(bytes[at]! | (bytes[at + 1]! << 8), 16))],
  [
    24,
    wholeBytes(3, -(2 ** 23), (bytes, at) =>
      signExtended(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16), 24),
    ),
  ],
  [
    32,
    wholeBytes(
      4,
      -(2 ** 31),
      (bytes, at) => bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24),
    ),
  ],
  [61, wholeBytes(2, -(2 ** 15), (bytes, at) => signExtended((bytes[at]! << 8) | bytes[at + 1]!, 16))],
  [80, wholeBytes(1, -128, (bytes, at) => bytes[at]! - 128)],
  [160, wholeBytes(2, -(2 ** 15), (bytes, at) => (bytes[at]! | (bytes[at + 1]! << 8)) - 2 ** 15)],
  [
    212,
    {
      samplesPerGroup: 2,
      bytesOf: (sampleCount) => Math.ceil((sampleCount * 3) / 2),
      sampleAt: (bytes, start, index) => {
        const at = start + (index >> 1) * 3;
        return (index & 1) === 0
          ? signExtended(bytes[at]! | ((bytes[at + 1]! & 0x0f) << 8), 12)
          : signExtended(bytes[at + 2]! | ((bytes[at + 1]! & 0xf0) << 4), 12);
      },
      invalidValue: -(2 ** 11),
      differences: false,
    },
  ],
  [
    310,
    {
      samplesPerGroup: 3,
      bytesOf: (sampleCount) => Math.floor(sampleCount / 3) * 4 + (sampleCount % 3) * 2,
      sampleAt: (bytes, start, index) => {
        const place = index % 3;
        const at = start + ((index - place) / 3) * 4;
        if (place < 2) {
          const word = bytes[at + place * 2]! | (bytes[at + place * 2 + 1]! << 8);
          return signExtended((word >> 1) & 0x3ff, 10);
        }
        // The third sample is what the other two leave: the top five bits of each 16-bit word.
        return signExtended((bytes[at + 1]! >> 3) | ((bytes[at + 3]! >> 3) << 5), 10);
      },
      invalidValue: -(2 ** 9),
      differences: false,
    },
  ],
  [
    311,
    {
      samplesPerGroup: 3,
      bytesOf: (sampleCount) => Math.floor(sampleCount / 3) * 4 + [0, 2, 3][sampleCount % 3]!,
      sampleAt: (bytes, start, index) => {
        const place = index % 3;
        const at = start + ((index - place) / 3) * 4;
        if (place === 0) return signExtended(bytes[at]! | ((bytes[at + 1]! & 0x03) << 8), 10);
        if (place === 1) return signExtended((bytes[at + 1]! >> 2) | ((bytes[at + 2]! & 0x0f) << 6), 10);
        return signExtended((bytes[at + 2]! >> 4) | ((bytes[at + 3]! & 0x3f) << 4), 10);
      },
      invalidValue: -(2 ** 9),
      differences: false,
    },
  ],
]);

/** Bits a sample of the formats that hold FLAC streams. */
const COMPRESSED_BITS: Readonly<Record<number, number>> = { 508: 8, 516: 16, 524: 24 };

/** Null where the format with this number is not a compressed one. */
export function compressedWfdbBits(number: number): number | null {
  return COMPRESSED_BITS[number] ?? null;
}

/** The uncompressed format with this number, null where there is none. */
export function wfdbSignalFormat(number: number): WfdbSignalFormat | null {
  return FORMATS.get(number) ?? null;
}

/** The formats that records are written in. */
export type WritableWfdbFormat = 16 | 212;

/** Packs samples, which must be within the format's range. */
export function packWfdbSamples(samples: Int32Array, format: WritableWfdbFormat): Uint8Array {
  if (format === 16) {
    const bytes = new Uint8Array(samples.length * 2);
    for (let i = 0; i < samples.length; i++) {
      bytes[i * 2] = samples[i]! & 0xff;
      bytes[i * 2 + 1] = (samples[i]! >> 8) & 0xff;
    }
    return bytes;
  }
  const bytes = new Uint8Array(Math.ceil((samples.length * 3) / 2));
  for (let i = 0; i < samples.length; i += 2) {
    const first = samples[i]!;
    const second = samples[i + 1] ?? 0;
    const at = (i / 2) * 3;
    bytes[at] = first & 0xff;
    bytes[at + 1] = ((first >> 8) & 0x0f) | ((second >> 4) & 0xf0);
    bytes[at + 2] = second & 0xff;
  }
  return bytes;
}
