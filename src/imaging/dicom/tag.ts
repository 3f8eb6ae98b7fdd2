/** Tags of DICOM attributes as numbers: group in the upper 16 bits, element in the lower. */

/** Written as the standard does: `(0010,0020)`. */
export function tagText(tag: number): string {
  const hex = (tag >>> 0).toString(16).toUpperCase().padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

export const groupOf = (tag: number): number => tag >>> 16;
export const elementOf = (tag: number): number => tag & 0xffff;

/** Odd groups belong to manufacturers (PS3.5 7.8). */
export const isPrivate = (tag: number): boolean => (groupOf(tag) & 1) === 1;
