/** The public radiographs that networks are trained on, decoded once and kept packed in the cache folder. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { areaResample } from '../imaging/resample.ts';

/** Radiographs of one kind: grey, 8 bit, all squashed to the same square. */
export interface RadiographSet {
  side: number;
  /** [n][side][side] */
  pixels: Uint8Array;
  /** 1 where the image's class is the disease. */
  labels: Uint8Array;
  entries: RadiographEntry[];
}

export interface RadiographEntry {
  file: string;
  split: string;
  /** Who it is, as far as the data tells. */
  patient: string;
  /** Kermany: normal, bacteria, virus; NIH: the finding. */
  subtype: string;
  ageYears: number | null;
  sex: string | null;
  view: string | null;
}

interface JpegDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; componentCount: number };
  decode(): void;
  delete(): void;
}
interface JpegModule {
  JPEGDecoder: new () => JpegDecoder;
}

let jpegModule: Promise<JpegModule> | undefined;

/** Grey shades of a baseline JPEG; colour by its luma (ITU-R BT.601). */
export async function decodeGreyJpeg(
  bytes: Uint8Array,
): Promise<{ width: number; height: number; shades: Uint8Array }> {
  jpegModule ??= (
    createRequire(import.meta.url)('@cornerstonejs/codec-libjpeg-turbo-8bit/decode') as (
      options: object,
    ) => Promise<JpegModule>
  )({ print: () => {}, printErr: () => {} });
  const { JPEGDecoder } = await jpegModule;
  const decoder = new JPEGDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const shades = new Uint8Array(width * height);
    for (let i = 0; i < shades.length; i++) {
      const at = i * componentCount;
      shades[i] =
        componentCount === 1
          ? decoded[at]!
          : Math.round(0.299 * decoded[at]! + 0.587 * decoded[at + 1]! + 0.114 * decoded[at + 2]!);
    }
    return { width, height, shades };
  } finally {
    decoder.delete();
  }
}

/** Rows of a comma-separated file without quotes, by the names in its first line. */
function rowsOf(path: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

async function packed(name: string, side: number, paths: readonly string[]): Promise<Uint8Array> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kirchhoff');
  const key = createHash('sha256')
    .update(`${side}\n${paths.join('\n')}`)
    .digest('hex')
    .slice(0, 12);
  const cached = join(folder, `${name}-${side}-${key}.bin`);
  if (existsSync(cached)) return new Uint8Array(readFileSync(cached));
  const pixels = new Uint8Array(paths.length * side * side);
  for (const [i, path] of paths.entries()) {
    const { width, height, shades } = await decodeGreyJpeg(new Uint8Array(readFileSync(path)));
    const square =
      width === side && height === side ? shades : areaResample(shades, width, height, side, side);
    for (let p = 0; p < side * side; p++) pixels[i * side * side + p] = Math.round(square[p]!);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${cached}.part`, pixels);
  renameSync(`${cached}.part`, cached);
  return pixels;
}

const KERMANY_SIDE = 224;

/**
 * Paediatric radiographs (Kermany, Zhang, Goldbaum 2018, CC BY 4.0) of the split named; 1 is pneumonia. Of training
 * images that are there twice, the first counts; the test is whole.
 */
export async function kermany(folder: string, split: 'train' | 'test'): Promise<RadiographSet> {
  const root = join(folder, 'cxr-kermany');
  const copies = new Set<string>();
  const groups = new Set<string>();
  for (const { group, file } of rowsOf(join(root, 'duplicates.csv')) as { group: string; file: string }[]) {
    if (groups.has(group)) copies.add(file);
    groups.add(group);
  }
  const rows = rowsOf(join(root, 'labels.csv')).filter(
    (row) => row.split === split && (split === 'test' || !copies.has(row.file!)),
  );
  const paths = rows.map((row) => join(root, split, row.label!, row.file!));
  return {
    side: KERMANY_SIDE,
    pixels: await packed(`kermany-${split}`, KERMANY_SIDE, paths),
    labels: Uint8Array.from(rows, (row) => (row.label === 'PNEUMONIA' ? 1 : 0)),
    entries: rows.map((row) => ({
      file: row.file!,
      split,
      // Bacterial and viral films number their persons alike: the same number may be the same child.
      patient: row.patient_key!.replace(/_(bacteria|virus)$/, ''),
      subtype: row.subtype!,
      ageYears: null,
      sex: null,
      view: null,
    })),
  };
}

/** Radiographs of NIH ChestX-ray14 (Wang et al., CVPR 2017), mostly of adults; 1 is pneumonia. */
export async function nih(folder: string): Promise<RadiographSet> {
  const root = join(folder, 'cxr-nih');
  const rows = rowsOf(join(root, 'labels.csv'));
  return {
    side: KERMANY_SIDE,
    pixels: await packed(
      'nih',
      KERMANY_SIDE,
      rows.map((row) => join(root, row.file!)),
    ),
    labels: Uint8Array.from(rows, (row) => (row.label === 'Pneumonia' ? 1 : 0)),
    entries: rows.map((row) => ({
      file: row.file!,
      split: 'all',
      patient: row.patient_id!,
      subtype: row.nih_findings!,
      ageYears: Number(row.age),
      sex: row.sex!,
      view: row.view!,
    })),
  };
}
