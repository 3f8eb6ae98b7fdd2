/** Data elements of DICOM objects made for tests: explicit little endian (PS3.5, 7.1.2), sequences of stated length. */

const LONG_FORM = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

export function element(group: number, number: number, vr: string, value: Uint8Array): Uint8Array {
  const padded =
    value.length % 2 === 0 ? value : Uint8Array.of(...value, vr === 'UI' || vr === 'OB' ? 0 : 0x20);
  const header = new Uint8Array(LONG_FORM.has(vr) ? 12 : 8);
  const view = new DataView(header.buffer);
  view.setUint16(0, group, true);
  view.setUint16(2, number, true);
  header.set([vr.charCodeAt(0), vr.charCodeAt(1)], 4);
  if (LONG_FORM.has(vr)) view.setUint32(8, padded.length, true);
  else view.setUint16(6, padded.length, true);
  return joined([header, padded]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const text = (value: string): Uint8Array => Uint8Array.from(value, (c) => c.charCodeAt(0));
export const short = (value: number): Uint8Array => Uint8Array.of(value & 255, value >> 8);

/** Sequence of items, each a list of encoded elements (PS3.5, 7.5). */
export function sequence(
  group: number,
  number: number,
  items: readonly (readonly Uint8Array[])[],
): Uint8Array {
  const encoded = items.map((elements) => {
    const content = joined(elements);
    const header = new Uint8Array(8);
    const view = new DataView(header.buffer);
    view.setUint16(0, 0xfffe, true);
    view.setUint16(2, 0xe000, true);
    view.setUint32(4, content.length, true);
    return joined([header, content]);
  });
  return element(group, number, 'SQ', joined(encoded));
}

/** A file of PS3.10: preamble, meta information, data set. */
export function dicomFile(
  sopClassUid: string,
  sopInstanceUid: string,
  dataSet: readonly Uint8Array[],
): Uint8Array {
  const meta = [
    element(2, 1, 'OB', Uint8Array.of(0, 1)),
    element(2, 2, 'UI', text(sopClassUid)),
    element(2, 3, 'UI', text(sopInstanceUid)),
    element(2, 0x10, 'UI', text('1.2.840.10008.1.2.1')),
    element(2, 0x12, 'UI', text('2.25.1')),
  ];
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(
    0,
    meta.reduce((sum, part) => sum + part.length, 0),
    true,
  );
  return joined([new Uint8Array(128), text('DICM'), element(2, 0, 'UL', length), ...meta, ...dataSet]);
}
