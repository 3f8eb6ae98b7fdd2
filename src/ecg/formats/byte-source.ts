/** Bytes of a file that a reader asks for piece by piece, so that a long recording need not be held whole. */
export interface ByteSource {
  /** File name, for messages. */
  readonly name: string;
  /** Bytes in the file. */
  readonly length: number;
  /** `length` bytes from `start` on; both lie within the file. The caller does not change them. */
  read(start: number, length: number): Uint8Array;
}

/** Contents of a file beside the one that was named, null where there is none. */
export type ReadFile = (name: string) => Uint8Array | null;

export function byteSourceOf(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    length: bytes.length,
    read: (start, length) => bytes.subarray(start, start + length),
  };
}
