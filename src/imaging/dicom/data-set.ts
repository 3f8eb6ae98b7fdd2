/** A parsed data set: elements by tag, with where they lie. Values are views on the file, never copies. */
import type { Vr } from './value-representation.ts';

/** Bytes of encapsulated pixel data between two item headers (PS3.5 A.4). */
export interface Fragment {
  /** Byte of the fragment's item header, from the header of the first fragment: what offset tables count in. */
  offset: number;
  bytes: Uint8Array;
}

export interface DicomElement {
  tag: number;
  vr: Vr;
  /** Where the value begins, in bytes from the start of the file (deflated: of the inflated data set). */
  byte: number;
  /** The value; empty for sequences and fragments. Shorter than declared where the file ends too early. */
  value: Uint8Array;
  /** Items of a sequence. */
  items: DataSet[] | null;
  /** Fragments of encapsulated data, without the offset table, which is `value`. */
  fragments: Fragment[] | null;
}

export interface DataSet {
  /** Where it begins: its item's header, or its first element; directories point at such places. */
  byte: number;
  elements: Map<number, DicomElement>;
  littleEndian: boolean;
  /** Specific Character Set in force: its own, else that of the enclosing data set (PS3.5 C.12.1.1.2). */
  characterSets: readonly string[];
}

/** A sequence's items; empty where it is absent. */
export function itemsOf(dataSet: DataSet, tag: number): readonly DataSet[] {
  return dataSet.elements.get(tag)?.items ?? [];
}
