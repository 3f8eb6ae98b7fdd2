/** Finds recordings and images in what a user named; each file is one or the other. */
import { resolve, sep } from 'node:path';
import { findImages, type ImageSource } from './image-files.ts';
import { SMALLEST_FOUND_SIDE_PIXELS } from './image-reading.ts';
import { findRecords, type NotARecord, type RecordSource } from './record-files.ts';

export interface FoundStudies {
  records: RecordSource[];
  images: ImageSource[];
  /** Of `records`, those in DICOM files, which may belong to a study of images too. */
  waveforms: ImageSource[];
  rejected: NotARecord[];
  /** What was passed over without being opened, a sentence each. */
  passedOver: string[];
}

/**
 * A waveform in a DICOM file is a recording, and stands in a study of images where there is one; everything else in
 * such a file belongs to a study of images. What is neither is in `rejected`.
 */
export async function findStudies(
  paths: readonly string[],
  options: Parameters<typeof findRecords>[1] = {},
): Promise<FoundStudies> {
  const [{ records, rejected }, found] = await Promise.all([findRecords(paths, options), findImages(paths)]);
  const taken = new Set(records.map(({ path }) => path));
  const images = found.images.filter(({ path }) => !taken.has(path));
  const holdsImages = (named: string) =>
    images.some(({ path }) => path === named || path.startsWith(named + sep));
  return {
    records,
    images,
    waveforms: found.images.filter(({ path }) => taken.has(path)),
    rejected: rejected.filter(({ path }) => !holdsImages(resolve(path))),
    passedOver:
      found.tooSmall === 0
        ? []
        : [
            `${found.tooSmall} ${found.tooSmall === 1 ? 'picture' : 'pictures'} passed over: a side has fewer than ${SMALLEST_FOUND_SIDE_PIXELS} pixels, as previews and icons have.`,
          ],
  };
}
