/** Shapes of the Emscripten codecs, which come without types. */
interface CodecFrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned?: boolean;
}

interface CodecDecoder {
  /** A buffer in the codec's memory that the code stream is written into. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  /** A view on the codec's memory: valid until the next call. */
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): CodecFrameInfo;
  /** JPEG-LS: 0 planes, 1 by line, 2 by sample. */
  getInterleaveMode?(): number;
  delete(): void;
}

interface CodecModule {
  HEAPU8: Uint8Array;
  getExceptionMessage?(pointer: number): string;
}

type CodecFactory<Decoders> = (settings: {
  print(text: string): void;
  printErr(text: string): void;
}) => Promise<CodecModule & Decoders>;

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: CodecFactory<{ JpegLSDecoder: new () => CodecDecoder }>;
  export default factory;
}
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const factory: CodecFactory<{ JPEGDecoder: new () => CodecDecoder }>;
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: CodecFactory<{ J2KDecoder: new () => CodecDecoder }>;
  export default factory;
}
declare module '@cornerstonejs/codec-openjph' {
  const factory: CodecFactory<{ HTJ2KDecoder: new () => CodecDecoder }>;
  export default factory;
}
