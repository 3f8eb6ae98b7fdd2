/** Reads image files in a worker thread, within the product's limits. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import type { DecodedImage, ImageInstance } from '../contract/imaging.ts';
import type { Provenance } from '../contract/provenance.ts';
import { openZip, type ZipArchive } from '../imaging/archive/zip.ts';
import { decodeDicom } from '../imaging/decode-dicom.ts';
import { LONGEST_READ_SECONDS } from '../imaging/dicom/limits.ts';
import { looksLikeDicom } from '../imaging/dicom/parse.ts';
import { decodeRaster, rasterKindOf, rasterSizeOf } from '../imaging/raster/decode-raster.ts';

/** A limit of the product: a file that is larger is refused with that reason. */
const LARGEST_FILE_BYTES = 1_000_000_000;

export interface OpenedImage {
  instance: ImageInstance;
  fileName: string;
  bytes: Uint8Array;
  contentSha256: string;
  inputs: Provenance['inputs'];
}

/** A file of images, parsed; frames are decoded when asked for. */
export interface ImageFile {
  instance: ImageInstance;
  frame(index: number): Promise<DecodedImage>;
}

/** What a reader asks to know that the time a file may take is over, from now on. */
export function untilReadTimeIsOver(): () => boolean {
  const until = performance.now() + 1000 * LONGEST_READ_SECONDS;
  return () => performance.now() > until;
}

/** Throws as `openImage`. */
export async function readImage(bytes: Uint8Array, fileName: string): Promise<ImageFile> {
  if (rasterKindOf(bytes) === null) return decodeDicom(bytes, fileName, untilReadTimeIsOver());
  const { instance, image } = await decodeRaster(bytes, fileName);
  return { instance, frame: async () => image };
}

/** The archive that this thread read last: its files are asked for one after the other. */
let lastArchive: { path: string; changedMs: number; archive: ZipArchive } | null = null;

function archiveAt(path: string): ZipArchive {
  const { mtimeMs } = checkedStatus(path);
  if (lastArchive?.path !== path || lastArchive.changedMs !== mtimeMs) {
    const bytes = new Uint8Array(readFileSync(path));
    lastArchive = { path, changedMs: mtimeMs, archive: openZip(bytes, basename(path)) };
  }
  return lastArchive.archive;
}

/** The images in a zip archive, by their content, and how many pictures in it are too small to be films. */
export function imagesInArchive(path: string): { names: string[]; tooSmall: number } {
  const archive = archiveAt(path);
  const names: string[] = [];
  let tooSmall = 0;
  for (const entry of archive.entries) {
    if (basename(entry.name).toUpperCase() === 'DICOMDIR') continue;
    const head = archive.peek(entry);
    if (looksLikeDicom(head)) names.push(entry.name);
    else if (rasterKindOf(head) !== null) {
      if (isTooSmallForFilm(entry.bytes, () => archive.read(entry))) tooSmall++;
      else names.push(entry.name);
    }
  }
  return { names, tooSmall };
}

/** Rows and columns that a picture found in a folder has at least: the checks of a film ask for no less. */
export const SMALLEST_FOUND_SIDE_PIXELS = 64;
/** A picture of fewer pixels takes less. */
const MOST_BYTES_OF_SMALL = 1 << 16;

/** Whether a picture is one of the small ones that programs lay beside others, for their lists. */
export function isTooSmallForFilm(bytes: number, read: () => Uint8Array): boolean {
  if (bytes > MOST_BYTES_OF_SMALL) return false;
  try {
    const size = rasterSizeOf(read());
    return size !== null && Math.min(size.width, size.height) < SMALLEST_FOUND_SIDE_PIXELS;
  } catch (thrown) {
    // It is told when it is opened.
    if (thrown instanceof KirchhoffError) return false;
    throw thrown;
  }
}

function checkedStatus(path: string) {
  const status = statSync(path);
  if (status.size > LARGEST_FILE_BYTES) {
    throw new KirchhoffError('file-too-large', 'The file is larger than 1 GB.', basename(path));
  }
  return status;
}

/** Content of a file, or of the file `entry` within a zip archive. */
function bytesOfImage(path: string, entry: string | null): Uint8Array {
  if (entry === null) {
    checkedStatus(path);
    return new Uint8Array(readFileSync(path));
  }
  const archive = archiveAt(path);
  const found = archive.entries.find(({ name }) => name === entry);
  if (found === undefined) throw new KirchhoffError('not-found', 'The archive has no such file.', entry);
  return archive.read(found, untilReadTimeIsOver());
}

/** A file, in a zip archive the file `entry`, ready to give its frames. */
export async function openImageFile(path: string, entry: string | null): Promise<ImageFile> {
  return readImage(bytesOfImage(path, entry), basename(entry ?? path));
}

/**
 * Reads a file, in a zip archive the file `entry`, and proves that its first frame, where it has one, can be decoded.
 * @throws KirchhoffError naming the file and the place in it; `file-too-large` beyond the limits
 */
export async function openImage(path: string, entry: string | null): Promise<OpenedImage> {
  const fileName = basename(entry ?? path);
  const bytes = bytesOfImage(path, entry);
  const file = await readImage(bytes, fileName);
  if (file.instance.frameCount > 0) await file.frame(0);
  const contentSha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    instance: file.instance,
    fileName,
    bytes,
    contentSha256,
    inputs: [{ name: fileName, sha256: contentSha256, bytes: bytes.length }],
  };
}

/** @throws KirchhoffError as `openImage`; `invalid-request` for a frame that is not there */
export async function readFrame(bytes: Uint8Array, fileName: string, frame: number): Promise<DecodedImage> {
  const file = await readImage(bytes, fileName);
  if (frame >= Math.max(1, file.instance.frameCount)) {
    throw new KirchhoffError('invalid-request', `The file has ${file.instance.frameCount} frames.`, fileName);
  }
  return file.frame(frame);
}
