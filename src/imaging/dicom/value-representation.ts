/** Value representations (PS3.5 6.2) and the dictionary's choice for an attribute. */
import { ATTRIBUTES } from './dictionary.generated.ts';
import { elementOf, groupOf, isPrivate } from './tag.ts';

/** Representations whose explicit form has two reserved bytes and a 32-bit length (PS3.5 table 7.1-1). */
const LONG_FORM = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'] as const;
const SHORT_FORM = [
  'AE',
  'AS',
  'AT',
  'CS',
  'DA',
  'DS',
  'DT',
  'FD',
  'FL',
  'IS',
  'LO',
  'LT',
  'PN',
  'SH',
  'SL',
  'SS',
  'ST',
  'TM',
  'UI',
  'UL',
  'US',
] as const;

export type Vr = (typeof LONG_FORM)[number] | (typeof SHORT_FORM)[number];

const LONG = new Set<string>(LONG_FORM);
const ALL = new Set<string>([...LONG_FORM, ...SHORT_FORM]);

export const isVr = (letters: string): letters is Vr => ALL.has(letters);
export const hasLongForm = (vr: Vr): boolean => LONG.has(vr);

interface Attribute {
  vr: Vr;
  keyword: string;
}

let attributes: Map<number, Attribute> | null = null;

function dictionary(): Map<number, Attribute> {
  if (attributes === null) {
    attributes = new Map();
    for (const line of ATTRIBUTES.trim().split('\n')) {
      const [tag, vr, keyword] = line.split(' ');
      if (tag === undefined || vr === undefined || !isVr(vr)) continue;
      attributes.set(Number.parseInt(tag, 16), { vr, keyword: keyword ?? '' });
    }
  }
  return attributes;
}

/** The entry of a standard attribute; curves and overlays (50xx, 60xx) share one for all their groups. */
function attributeOf(tag: number): Attribute | undefined {
  const group = groupOf(tag);
  const repeats = (group & 0xff00) === 0x5000 || (group & 0xff00) === 0x6000;
  return dictionary().get(repeats ? (tag & 0xff00ffff) >>> 0 : tag);
}

/** What a tag holds where the file does not say (implicit VR, PS3.5 7.1.2 and 7.8). */
export function vrOf(tag: number): Vr {
  if (elementOf(tag) === 0) return 'UL';
  if (isPrivate(tag)) return elementOf(tag) >= 0x10 && elementOf(tag) <= 0xff ? 'LO' : 'UN';
  return attributeOf(tag)?.vr ?? 'UN';
}
