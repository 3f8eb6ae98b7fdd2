/** Limits of the product for one file, and the way a caller's deadline reaches the decoders. */
import { KirchhoffError } from '../../contract/errors.ts';

/** Largest file, largest inflated content and most bytes that the pixels of one frame may take. */
export const LARGEST_FILE_BYTES = 2 ** 30;
/** The longest that one file may take, in whatever thread reads it. The clock is the caller's. */
export const LONGEST_READ_SECONDS = 10;
export const MOST_ELEMENTS = 500_000;
/** PS3.3 has no object that nests deeper than a structured report; those seen stay below 20. */
export const DEEPEST_SEQUENCE = 48;
export const MOST_FRAMES = 1_000_000;

/** Asked now and then while reading; true once the time of this file is over. */
export type ShouldStop = () => boolean;

export const neverStop: ShouldStop = () => false;

/** Throws where the file's time is over. */
export function checkTime(shouldStop: ShouldStop, fileName: string): void {
  if (shouldStop()) {
    throw new KirchhoffError(
      'file-too-large',
      `Reading takes longer than the ${LONGEST_READ_SECONDS} s that a file may take; it is refused.`,
      fileName,
    );
  }
}
