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
 * such a file belongs to a study of images. What is neither is in `rejected`. Text that does not tell what its columns
 * are is taken for a recording where the folder named by the user holds nothing else; beside something that is known
 * it is passed over.
 */
export async function findStudies(
  paths: readonly string[],
  options: Parameters<typeof findRecords>[1] = {},
): Promise<FoundStudies> {
  const [{ records: certain, unclear, rejected }, found] = await Promise.all([
    findRecords(paths, options),
    findImages(paths),
  ]);
  const barren = rejected
    .map(({ path }) => resolve(path) + sep)
    .filter((named) => !found.images.some(({ path }) => path.startsWith(named)));
  const asked = unclear.filter(({ path }) => barren.some((named) => path.startsWith(named)));
  const records = [...certain, ...asked];
  const taken = new Set(records.map(({ path }) => path));
  const images = found.images.filter(({ path }) => !taken.has(path));
  const holds = (named: string) =>
    [...images, ...asked].some(({ path }) => path === named || path.startsWith(named + sep));
  const passedOver = [tooSmall(found.tooSmall), unnamed(unclear.length - asked.length)];
  return {
    records,
    images,
    waveforms: found.images.filter(({ path }) => taken.has(path)),
    rejected: rejected.filter(({ path }) => !holds(resolve(path))),
    passedOver: passedOver.filter((why) => why !== null),
  };
}

function tooSmall(pictures: number): string | null {
  if (pictures === 0) return null;
  return `${pictures} ${pictures === 1 ? 'picture' : 'pictures'} passed over: a side has fewer than ${SMALLEST_FOUND_SIDE_PIXELS} pixels, as previews and icons have.`;
}

function unnamed(texts: number): string | null {
  if (texts === 0) return null;
  return texts === 1
    ? '1 text file passed over: it does not tell what its columns are. Open it by itself to name them.'
    : `${texts} text files passed over: they do not tell what their columns are. Open them by themselves to name them.`;
}
