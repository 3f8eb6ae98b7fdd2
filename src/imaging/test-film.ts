/** DICOM files around pixels that are at hand, for tests: Part 10, explicit little endian, as PS3.5 and PS3.10 say. */

type Element = [group: number, element: number, vr: string, value: string | number | Uint8Array];

function bytesOf([group, element, vr, value]: Element): Uint8Array {
  let body: Uint8Array;
  if (typeof value === 'number') body = Uint8Array.of(value & 0xff, value >> 8);
  else if (typeof value === 'string') body = new TextEncoder().encode(value);
  else body = value;
  if (body.length % 2 === 1) {
    const even = new Uint8Array(body.length + 1).fill(vr === 'UI' ? 0 : 32);
    even.set(body);
    body = even;
  }
  const long = vr === 'OB' || vr === 'OW';
  const head = new DataView(new ArrayBuffer(long ? 12 : 8));
  head.setUint16(0, group, true);
  head.setUint16(2, element, true);
  head.setUint8(4, vr.charCodeAt(0));
  head.setUint8(5, vr.charCodeAt(1));
  if (long) head.setUint32(8, body.length, true);
  else head.setUint16(6, body.length, true);
  return joined([new Uint8Array(head.buffer), body]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export interface WrappedFilm {
  width: number;
  height: number;
  /** 8-bit grey pixels, or a baseline JPEG of three components. */
  pixels: { kind: 'grey'; values: Uint8Array } | { kind: 'jpeg'; bytes: Uint8Array };
  photometric: 'MONOCHROME1' | 'MONOCHROME2' | 'YBR_FULL_422';
  /** As DICOM has it, for instance `003Y`; null where the file says nothing. */
  age: string | null;
  modality?: string;
  bodyPart?: string;
  view?: string;
}

/** A digital radiograph of the chest. */
export function wrappedAsDicom(film: WrappedFilm): Uint8Array {
  const { width, height, pixels, photometric, age, modality = 'DX', bodyPart = 'CHEST', view = 'AP' } = film;
  const jpeg = pixels.kind === 'jpeg';
  const syntax = jpeg ? '1.2.840.10008.1.2.4.50' : '1.2.840.10008.1.2.1';
  const meta = joined(
    (
      [
        [2, 2, 'UI', '1.2.840.10008.5.1.4.1.1.1.1'],
        [2, 3, 'UI', '1.2.3.4.5'],
        [2, 0x10, 'UI', syntax],
      ] as Element[]
    ).map(bytesOf),
  );
  const elements: Element[] = [
    [8, 0x16, 'UI', '1.2.840.10008.5.1.4.1.1.1.1'],
    [8, 0x18, 'UI', '1.2.3.4.5'],
    [8, 0x60, 'CS', modality],
    ...(age === null ? [] : [[0x10, 0x1010, 'AS', age] as Element]),
    [0x18, 0x15, 'CS', bodyPart],
    [0x18, 0x5101, 'CS', view],
    [0x28, 2, 'US', jpeg ? 3 : 1],
    [0x28, 4, 'CS', photometric],
    ...(jpeg ? [[0x28, 6, 'US', 0] as Element] : []),
    [0x28, 0x10, 'US', height],
    [0x28, 0x11, 'US', width],
    [0x28, 0x100, 'US', 8],
    [0x28, 0x101, 'US', 8],
    [0x28, 0x102, 'US', 7],
    [0x28, 0x103, 'US', 0],
  ];
  const preamble = new Uint8Array(132);
  preamble.set(new TextEncoder().encode('DICM'), 128);
  const length = new Uint8Array(12);
  new DataView(length.buffer).setUint32(8, meta.length, true);
  length.set([2, 0, 0, 0, 0x55, 0x4c, 4, 0]); // (0002,0000) UL of 4 bytes
  const image = jpeg ? encapsulated(pixels.bytes) : bytesOf([0x7fe0, 0x10, 'OW', pixels.values]);
  return joined([preamble, length, meta, ...elements.map(bytesOf), image]);
}

/** One fragment behind an empty offset table (PS3.5 A.4). */
function encapsulated(jpeg: Uint8Array): Uint8Array {
  const even = new Uint8Array(jpeg.length + (jpeg.length % 2));
  even.set(jpeg);
  const item = new Uint8Array([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  new DataView(item.buffer).setUint32(4, even.length, true);
  return joined([
    new Uint8Array([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]),
    new Uint8Array([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]),
    item,
    even,
    new Uint8Array([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
  ]);
}
