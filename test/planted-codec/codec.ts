/** A codec that does as the comment in the JPEG says: `spin` for ever in WebAssembly, or `hoard` memory until refused. */

/** (module (memory (export "memory") 1) (func (export "spin") (loop (br 0)))) */
const MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x05, 0x03, 0x01, 0x00, 0x01],
  ...[0x07, 0x11, 0x02, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00],
  ...[0x04, 0x73, 0x70, 0x69, 0x6e, 0x00, 0x00],
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b],
);

const PAGES_A_STEP = 2 ** 12;

export default async function plantedCodec() {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE));
  const { memory, spin } = exports as unknown as { memory: WebAssembly.Memory; spin(): void };
  return {
    HEAPU8: new Uint8Array(memory.buffer),
    JPEGDecoder: class {
      code = new Uint8Array(0);
      getEncodedBuffer(length: number): Uint8Array {
        this.code = new Uint8Array(length);
        return this.code;
      }
      decode(): void {
        const told = new TextDecoder('latin1').decode(this.code);
        if (told.includes('spin')) spin();
        while (told.includes('hoard')) memory.grow(PAGES_A_STEP);
        throw new Error('nothing to do');
      }
      getFrameInfo(): never {
        throw new Error('nothing was decoded');
      }
      getDecodedBuffer(): never {
        throw new Error('nothing was decoded');
      }
      delete(): void {}
    },
  };
}
