/** The codecs in WebAssembly: CharLS, libjpeg-turbo, OpenJPEG, OpenJPH. Each is started once and at first use. */
import charls from '@cornerstonejs/codec-charls/decodewasmjs';
import libjpegTurbo from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import openjpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import openjph from '@cornerstonejs/codec-openjph';
import { KirchhoffError } from '../../contract/errors.ts';
import type { PixelArray } from '../../contract/imaging.ts';

export type WasmCodec = 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

/** What a codec makes of a frame. */
export interface CodedSamples {
  width: number;
  height: number;
  components: number;
  bits: number;
  signed: boolean;
  /** Components of a pixel together. */
  samples: PixelArray;
}

interface Running {
  module: CodecModule;
  start(): CodecDecoder;
}

const silent = { print: () => undefined, printErr: () => undefined };

const STARTERS: Record<WasmCodec, () => Promise<Running>> = {
  jpeg: async () => {
    const module = await libjpegTurbo({ ...silent });
    return { module, start: () => new module.JPEGDecoder() };
  },
  'jpeg-ls': async () => {
    const module = await charls({ ...silent });
    return { module, start: () => new module.JpegLSDecoder() };
  },
  'jpeg-2000': async () => {
    const module = await openjpeg({ ...silent });
    return { module, start: () => new module.J2KDecoder() };
  },
  htj2k: async () => {
    const module = await openjph({ ...silent });
    return { module, start: () => new module.HTJ2KDecoder() };
  },
};

const running = new Map<WasmCodec, Promise<Running>>();

/** WebAssembly memory never shrinks: a codec that grew beyond this is left to the collector and started anew. */
const LARGEST_IDLE_BYTES = 256 * 2 ** 20;

/**
 * Decodes one code stream whose size the caller has checked.
 * @throws KirchhoffError `value-out-of-range` where the codec gives up, with its own words where it has some
 */
export async function decodeWithCodec(codec: WasmCodec, code: Uint8Array, at: string): Promise<CodedSamples> {
  let started = running.get(codec);
  if (started === undefined) {
    started = STARTERS[codec]();
    running.set(codec, started);
  }
  const { module, start } = await started;
  let decoder: CodecDecoder | null = null;
  try {
    decoder = start();
    decoder.getEncodedBuffer(code.length).set(code);
    decoder.decode();
    const info = decoder.getFrameInfo();
    const decoded = samplesOf(decoder.getDecodedBuffer(), info);
    const planar = codec === 'jpeg-ls' && info.componentCount > 1 && decoder.getInterleaveMode?.() === 0;
    if (planar) decoded.samples = fromPlanes(decoded.samples, info.componentCount);
    decoder.delete();
    if (module.HEAPU8.length > LARGEST_IDLE_BYTES) running.delete(codec);
    return decoded;
  } catch (thrown) {
    // After a fault its memory is not trusted again.
    running.delete(codec);
    throw new KirchhoffError(
      'value-out-of-range',
      `The ${NAMES[codec]} data cannot be decoded (${reason(module, thrown)}).`,
      at,
    );
  }
}

const NAMES: Record<WasmCodec, string> = {
  jpeg: 'JPEG',
  'jpeg-ls': 'JPEG-LS',
  'jpeg-2000': 'JPEG 2000',
  htj2k: 'HTJ2K',
};

function reason(module: CodecModule, thrown: unknown): string {
  if (typeof thrown === 'number') {
    try {
      return module.getExceptionMessage?.(thrown) ?? 'the codec found an error';
    } catch {
      return 'the codec found an error';
    }
  }
  return thrown instanceof Error ? thrown.message : 'the codec found an error';
}

/** Copies the codec's output into an array of its kind. */
function samplesOf(raw: Uint8Array, info: CodecFrameInfo): CodedSamples {
  const { width, height, componentCount, bitsPerSample } = info;
  const count = width * height * componentCount;
  const bytes = bitsPerSample <= 8 ? 1 : bitsPerSample <= 16 ? 2 : 4;
  if (count === 0 || raw.length < count * bytes) throw new Error('it gives no whole image');
  const copy = raw.slice(0, count * bytes);
  const signed = info.isSigned === true;
  const form = { width, height, components: componentCount, bits: bitsPerSample, signed };
  if (bytes === 1) return { ...form, samples: signed ? new Int8Array(copy.buffer) : copy };
  if (bytes === 2) {
    return { ...form, samples: signed ? new Int16Array(copy.buffer) : new Uint16Array(copy.buffer) };
  }
  return { ...form, samples: signed ? new Int32Array(copy.buffer) : new Uint32Array(copy.buffer) };
}

function fromPlanes(planes: PixelArray, components: number): PixelArray {
  const pixels = planes.length / components;
  const out = planes.slice();
  for (let c = 0; c < components; c++) {
    for (let i = 0; i < pixels; i++) out[i * components + c] = planes[c * pixels + i] ?? 0;
  }
  return out;
}
