/** Reads image files in a worker thread, within the product's limits. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import type { DecodedImage, ImageInstance } from '../contract/imaging.ts';
import type { Provenance } from '../contract/provenance.ts';
import { decodeDicom } from '../imaging/decode-dicom.ts';

/** Limits of the product: a file that takes longer or is larger is refused with that reason. */
const LARGEST_FILE_BYTES = 1_000_000_000;
const LONGEST_MILLISECONDS = 10_000;

export interface OpenedImage {
  instance: ImageInstance;
  fileName: string;
  bytes: Uint8Array;
  contentSha256: string;
  inputs: Provenance['inputs'];
}

/** A file of images, parsed; frames are decoded when asked for. */
interface ImageFile {
  instance: ImageInstance;
  frame(index: number): Promise<DecodedImage>;
}

function parseImage(bytes: Uint8Array, fileName: string): ImageFile {
  const until = performance.now() + LONGEST_MILLISECONDS;
  return decodeDicom(bytes, fileName, () => performance.now() > until);
}

/**
 * Reads a file and proves that its first frame, where it has one, can be decoded.
 * @throws KirchhoffError naming the file and the place in it; `file-too-large` beyond the limits
 */
export async function openImage(path: string): Promise<OpenedImage> {
  const fileName = basename(path);
  if (statSync(path).size > LARGEST_FILE_BYTES) {
    throw new KirchhoffError('file-too-large', 'The file is larger than 1 GB.', fileName);
  }
  const bytes = new Uint8Array(readFileSync(path));
  const file = parseImage(bytes, fileName);
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
export function readFrame(bytes: Uint8Array, fileName: string, frame: number): Promise<DecodedImage> {
  const file = parseImage(bytes, fileName);
  if (frame >= Math.max(1, file.instance.frameCount)) {
    throw new KirchhoffError('invalid-request', `The file has ${file.instance.frameCount} frames.`, fileName);
  }
  return file.frame(frame);
}
