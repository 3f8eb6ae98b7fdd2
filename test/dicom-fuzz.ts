/**
 * Mutated DICOM files against the reader: whatever a file says, reading it ends in an answer or a typed error. The
 * same seed gives the same mutations. At least half of them are in lengths, sequences or fragments.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorBodyOf } from '../src/contract/errors.ts';
import { decodedImageSchema, imageInstanceSchema } from '../src/contract/imaging.ts';
import { decodeDicom } from '../src/imaging/decode-dicom.ts';
import type { DataSet } from '../src/imaging/dicom/data-set.ts';
import { directoryFiles } from '../src/imaging/dicom/directory.ts';
import { encapsulatedDocumentOf } from '../src/imaging/dicom/encapsulated-document.ts';
import { parseDicom } from '../src/imaging/dicom/parse.ts';
import { structuredReportOf } from '../src/imaging/dicom/structured-report.ts';
import { hasLongForm } from '../src/imaging/dicom/value-representation.ts';
import { waveformsOf } from '../src/imaging/dicom/waveform.ts';
import { prepareForDisplay } from '../src/imaging/display.ts';
import { RandomStream } from '../src/numeric/random.ts';
import { imageElements, type WrittenElement, writeDicom } from './dicom-writer.ts';

/** Where a length stands in a file, and how wide it is. */
interface LengthField {
  byte: number;
  width: 2 | 4;
  kind: 'length' | 'sequence' | 'fragment';
}

export interface Seed {
  name: string;
  bytes: Uint8Array;
  lengths: LengthField[];
}

export interface FuzzTotals {
  files: number;
  structural: number;
  read: number;
  refused: Record<string, number>;
  /** What must never be: anything but an answer or a typed error, or a file beyond its time. */
  faults: string[];
  longestMs: number;
}

/** The files in test/fixtures/dicom, and others made here for what those lack. */
export function seeds(): Seed[] {
  const folder = join(import.meta.dirname, 'fixtures', 'dicom');
  const files = readdirSync(folder)
    .filter((name) => !name.endsWith('.md'))
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
  return [...files, ...madeFiles()].map(({ name, bytes }) => ({
    name,
    bytes,
    lengths: lengthsOf(bytes, name),
  }));
}

function madeFiles(): { name: string; bytes: Uint8Array }[] {
  const pixels: WrittenElement = { tag: 0x7fe00010, vr: 'OW', value: new Uint8Array(128) };
  const nested = (depth: number): WrittenElement => ({
    tag: 0x0040a730,
    vr: 'SQ',
    value: { items: depth === 0 ? [] : [[nested(depth - 1)], []] },
  });
  const table: WrittenElement[] = [
    { tag: 0x00283002, vr: 'US', value: [16, 0, 8] },
    { tag: 0x00283006, vr: 'US', value: Array.from({ length: 16 }, (_, i) => 16 * i) },
  ];
  const palette: WrittenElement[] = [0, 1, 2].flatMap((c): WrittenElement[] => [
    { tag: 0x00281101 + c, vr: 'US', value: [8, 0, 16] },
    { tag: 0x00281221 + c, vr: 'OW', value: [0, 2, 0, 100, 1, 6, 65535] },
  ]);
  const overlay: WrittenElement[] = [
    { tag: 0x60000010, vr: 'US', value: [8] },
    { tag: 0x60000011, vr: 'US', value: [8] },
    { tag: 0x60000050, vr: 'SS', value: [1, 1] },
    { tag: 0x60003000, vr: 'OW', value: new Uint8Array(8) },
  ];
  const size = { rows: 8, columns: 8, bitsAllocated: 16, bitsStored: 12 };
  return [
    { name: 'nested', bytes: writeDicom([nested(20)]) },
    {
      name: 'tables',
      bytes: writeDicom(
        imageElements(
          size,
          pixels,
          { tag: 0x00283000, vr: 'SQ', value: { items: [table] } },
          { tag: 0x00283010, vr: 'SQ', value: { items: [table] } },
          { tag: 0x00280120, vr: 'US', value: [0] },
          ...overlay,
        ),
      ),
    },
    {
      name: 'palette',
      bytes: writeDicom(imageElements({ ...size, photometric: 'PALETTE COLOR' }, pixels, ...palette)),
    },
    {
      name: 'float',
      bytes: writeDicom(
        imageElements(
          { rows: 4, columns: 4, bitsAllocated: 32 },
          {
            tag: 0x7fe00008,
            vr: 'OF',
            value: new Uint8Array(64),
          },
        ),
      ),
    },
    {
      name: 'bits',
      bytes: writeDicom(imageElements({ rows: 16, columns: 16, bitsAllocated: 1, frames: 4 }, pixels)),
    },
    {
      name: 'colour differences',
      bytes: writeDicom(
        imageElements(
          { rows: 4, columns: 4, bitsAllocated: 8, samples: 3, photometric: 'YBR_FULL_422', frames: 2 },
          { tag: 0x7fe00010, vr: 'OB', value: new Uint8Array(64) },
        ),
      ),
    },
    {
      name: 'fragments',
      bytes: writeDicom(
        imageElements(
          { rows: 4, columns: 4, bitsAllocated: 8, frames: 2, photometric: 'MONOCHROME1' },
          {
            tag: 0x7fe00010,
            vr: 'OB',
            value: { fragments: [rleOf(16), rleOf(16)] },
          },
        ),
        '1.2.840.10008.1.2.5',
      ),
    },
    {
      name: 'document',
      bytes: writeDicom([
        { tag: 0x00420011, vr: 'OB', value: '%PDF-1.7 made' },
        { tag: 0x00420012, vr: 'LO', value: 'application/pdf' },
        { tag: 0x00420015, vr: 'UL', value: [13] },
      ]),
    },
    {
      name: 'waveform',
      bytes: writeDicom([
        {
          tag: 0x54000100,
          vr: 'SQ',
          value: {
            items: [
              [
                { tag: 0x003a0005, vr: 'US', value: [2] },
                { tag: 0x003a0010, vr: 'UL', value: [16] },
                { tag: 0x003a001a, vr: 'DS', value: '500' },
                { tag: 0x54001004, vr: 'US', value: [16] },
                { tag: 0x54001006, vr: 'CS', value: 'SS' },
                { tag: 0x54001010, vr: 'OW', value: new Uint8Array(64) },
              ],
            ],
          },
        },
      ]),
    },
  ];
}

/** An RLE frame of one segment, all pixels the same. */
function rleOf(pixels: number): Uint8Array {
  const frame = new Uint8Array(66);
  frame[0] = 1;
  frame[4] = 64;
  frame[64] = 257 - pixels;
  frame[65] = 7;
  return frame;
}

function lengthsOf(bytes: Uint8Array, name: string): LengthField[] {
  const file = parseDicom(bytes, name);
  const fields: LengthField[] = [];
  if (file.transferSyntax.deflated) return fields;
  const walk = (dataSet: DataSet, explicitVr: boolean): void => {
    for (const element of dataSet.elements.values()) {
      const short = explicitVr && !hasLongForm(element.vr);
      const kind = element.items !== null ? 'sequence' : element.fragments !== null ? 'fragment' : 'length';
      fields.push({ byte: element.byte - (short ? 2 : 4), width: short ? 2 : 4, kind });
      for (const item of element.items ?? []) {
        fields.push({ byte: item.byte + 4, width: 4, kind: 'sequence' });
        walk(item, explicitVr);
      }
      // The offset table's header is the first item; fragments count from the one after it.
      const first = element.byte + 8 + element.value.length;
      if (element.fragments !== null) fields.push({ byte: element.byte + 4, width: 4, kind: 'fragment' });
      for (const { offset } of element.fragments ?? []) {
        fields.push({ byte: first + offset + 4, width: 4, kind: 'fragment' });
      }
    }
  };
  walk(file.meta, true);
  walk(file.dataSet, file.transferSyntax.explicitVr);
  return fields.filter(({ byte, width }) => byte >= 0 && byte + width <= bytes.length);
}

const EDGES = [
  0, 1, 2, 3, 7, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

/** One to three mutations of one seed. */
export function mutated(
  seed: Seed,
  draw: (below: number) => number,
): { bytes: Uint8Array; structural: boolean } {
  let bytes: Uint8Array = seed.bytes.slice();
  const structural = seed.lengths.length > 0 && draw(100) < 70;
  const times = 1 + draw(3);
  for (let t = 0; t < times; t++) {
    if (structural) bytes = structureMutated(bytes, seed, draw);
    else bytes = contentMutated(bytes, draw);
  }
  return { bytes, structural };
}

function structureMutated(bytes: Uint8Array, seed: Seed, draw: (below: number) => number): Uint8Array {
  const nested = seed.lengths.filter(({ kind }) => kind !== 'length');
  const pool = nested.length > 0 && draw(2) === 0 ? nested : seed.lengths;
  const field = pool[draw(pool.length)];
  if (field === undefined || field.byte + field.width > bytes.length) return bytes;
  const view = new DataView(bytes.buffer);
  const write = (value: number): void => {
    if (field.width === 2) view.setUint16(field.byte, value & 0xffff, draw(8) !== 0);
    else view.setUint32(field.byte, value >>> 0, draw(8) !== 0);
  };
  switch (draw(6)) {
    case 0:
      write(EDGES[draw(EDGES.length)] ?? 0);
      return bytes;
    case 1:
      write(
        (field.width === 2 ? view.getUint16(field.byte, true) : view.getUint32(field.byte, true)) +
          draw(33) -
          16,
      );
      return bytes;
    case 2:
      write(draw(2 * bytes.length));
      return bytes;
    case 3: {
      // The head of another element, sequence or fragment over this one.
      const other = seed.lengths[draw(seed.lengths.length)];
      if (other !== undefined && other.byte >= 8) {
        const from = Math.max(0, other.byte - 8);
        bytes.copyWithin(Math.max(0, field.byte - 8), from, Math.min(bytes.length, from + 12));
      }
      return bytes;
    }
    case 4: {
      // A delimiter or an item where none belongs.
      const tag = [0xfffee000, 0xfffee00d, 0xfffee0dd][draw(3)] ?? 0;
      const at = Math.max(0, field.byte - 4);
      view.setUint16(at, tag >>> 16, true);
      if (at + 4 <= bytes.length) view.setUint16(at + 2, tag & 0xffff, true);
      return bytes;
    }
    default: {
      // A piece cut out or doubled from here on.
      const length = 1 + draw(64);
      const out = new Uint8Array(draw(2) === 0 ? bytes.length + length : Math.max(1, bytes.length - length));
      out.set(bytes.subarray(0, Math.min(out.length, field.byte)));
      if (out.length > bytes.length) out.set(bytes.subarray(field.byte), field.byte + length);
      else if (field.byte < out.length) {
        out.set(
          bytes.subarray(field.byte + length, field.byte + length + out.length - field.byte),
          field.byte,
        );
      }
      return out;
    }
  }
}

function contentMutated(bytes: Uint8Array, draw: (below: number) => number): Uint8Array {
  const at = draw(bytes.length);
  switch (draw(4)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(8));
      return bytes;
    case 1:
      for (let i = 0; i < 1 + draw(16); i++) bytes[draw(bytes.length)] = draw(256);
      return bytes;
    case 2:
      return bytes.slice(0, Math.max(1, at));
    default:
      bytes.fill(draw(256), at, at + draw(32));
      return bytes;
  }
}

const MOST_FRAMES_READ = 3;

/** Reads all that a file offers. */
async function readAll(bytes: Uint8Array, name: string, shouldStop: () => boolean): Promise<void> {
  const decoded = decodeDicom(bytes, name, shouldStop);
  imageInstanceSchema.parse(decoded.instance);
  directoryFiles(decoded.file);
  structuredReportOf(decoded.file);
  encapsulatedDocumentOf(decoded.file);
  waveformsOf(decoded.file);
  for (let i = 0; i < Math.min(decoded.frameCount, MOST_FRAMES_READ); i++) {
    const image = await decoded.frame(i);
    decodedImageSchema.parse(image);
    prepareForDisplay(image);
  }
}

/** Runs `count` mutated files; `allowedMs` is the time one file may take. */
export async function fuzz(count: number, seed: number, allowedMs: number): Promise<FuzzTotals> {
  const all = seeds();
  const random = new RandomStream({ seed, words: [0, 0, 0] });
  const draw = (below: number): number => random.integer(below);
  const totals: FuzzTotals = { files: 0, structural: 0, read: 0, refused: {}, faults: [], longestMs: 0 };
  for (let i = 0; i < count; i++) {
    const chosen = all[i % all.length] as Seed;
    const { bytes, structural } = mutated(chosen, draw);
    totals.files++;
    if (structural) totals.structural++;
    const started = performance.now();
    try {
      await readAll(bytes, chosen.name, () => performance.now() - started > allowedMs);
      totals.read++;
    } catch (thrown) {
      const { code, message } = errorBodyOf(thrown);
      totals.refused[code] = (totals.refused[code] ?? 0) + 1;
      if (code === 'internal') {
        const stack = thrown instanceof Error ? thrown.stack : '';
        totals.faults.push(`${chosen.name} (file ${i}): ${message}\n${stack}`);
      }
    }
    const took = performance.now() - started;
    totals.longestMs = Math.max(totals.longestMs, took);
    if (took > allowedMs) totals.faults.push(`${chosen.name} (file ${i}) took ${Math.round(took)} ms`);
  }
  return totals;
}
