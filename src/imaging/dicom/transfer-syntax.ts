/** Transfer syntaxes (PS3.5 annex A, PS3.6 annex A): how a data set is written and its pixels are coded. */

export type PixelCoding =
  | 'native'
  | 'rle'
  | 'jpeg'
  | 'jpeg-lossless'
  | 'jpeg-ls'
  | 'jpeg-2000'
  | 'htj2k'
  | 'video'
  | 'unknown';

export interface TransferSyntax {
  uid: string;
  explicitVr: boolean;
  littleEndian: boolean;
  deflated: boolean;
  coding: PixelCoding;
}

export const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const DEFLATED = '1.2.840.10008.1.2.1.99';
export const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';
/** GE's private form: data set as implicit little endian, pixels big endian. */
const GE_IMPLICIT_BIG_ENDIAN_PIXELS = '1.2.840.113619.5.2';

const CODINGS: Record<string, PixelCoding> = {
  '1.2.840.10008.1.2.5': 'rle',
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.4.51': 'jpeg',
  '1.2.840.10008.1.2.4.53': 'jpeg',
  '1.2.840.10008.1.2.4.55': 'jpeg',
  '1.2.840.10008.1.2.4.57': 'jpeg-lossless',
  '1.2.840.10008.1.2.4.70': 'jpeg-lossless',
  '1.2.840.10008.1.2.4.80': 'jpeg-ls',
  '1.2.840.10008.1.2.4.81': 'jpeg-ls',
  '1.2.840.10008.1.2.4.90': 'jpeg-2000',
  '1.2.840.10008.1.2.4.91': 'jpeg-2000',
  '1.2.840.10008.1.2.4.92': 'jpeg-2000',
  '1.2.840.10008.1.2.4.93': 'jpeg-2000',
  '1.2.840.10008.1.2.4.201': 'htj2k',
  '1.2.840.10008.1.2.4.202': 'htj2k',
  '1.2.840.10008.1.2.4.203': 'htj2k',
};

/** Reads a UID; one that is not known is taken as explicit little endian with pixels of an unknown coding. */
export function transferSyntaxOf(uid: string): TransferSyntax {
  const plain = { uid, explicitVr: true, littleEndian: true, deflated: false };
  switch (uid) {
    case IMPLICIT_LITTLE_ENDIAN:
      return { ...plain, explicitVr: false, coding: 'native' };
    case EXPLICIT_LITTLE_ENDIAN:
      return { ...plain, coding: 'native' };
    case DEFLATED:
      return { ...plain, deflated: true, coding: 'native' };
    case EXPLICIT_BIG_ENDIAN:
      return { ...plain, littleEndian: false, coding: 'native' };
    case GE_IMPLICIT_BIG_ENDIAN_PIXELS:
      return { ...plain, explicitVr: false, coding: 'native' };
    default:
      return {
        ...plain,
        coding: CODINGS[uid] ?? (uid.startsWith('1.2.840.10008.1.2.4.10') ? 'video' : 'unknown'),
      };
  }
}
