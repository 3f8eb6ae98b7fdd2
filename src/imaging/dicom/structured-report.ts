/** Structured reports (PS3.3 C.17): the tree of content items as text with codes. */
import { type DataSet, itemsOf } from './data-set.ts';
import type { DicomFile } from './parse.ts';
import { dateOf, numbersOf, personNameOf, textOf, textsOf, timeOf } from './values.ts';

/** A coded term (PS3.3 8.8). */
export interface CodedTerm {
  value: string;
  scheme: string;
  meaning: string;
}

/** One content item (PS3.3 C.17.3), a node of the tree. */
export interface ContentItem {
  /** CONTAINER, TEXT, NUM, CODE, PNAME, DATE, TIME, DATETIME, UIDREF, IMAGE, COMPOSITE, WAVEFORM, SCOORD, TCOORD. */
  valueType: string;
  /** How it belongs to its parent: CONTAINS, HAS PROPERTIES, INFERRED FROM; null at the root. */
  relationship: string | null;
  /** What it is about; null where the file does not say. */
  concept: CodedTerm | null;
  /** Its value as text: the number with its unit, the meaning of the code; empty for containers. */
  text: string;
  /** The code of a CODE item, the unit of a NUM item. */
  code: CodedTerm | null;
  /** SOP instances that an IMAGE, COMPOSITE or WAVEFORM item points at. */
  references: string[];
  children: ContentItem[];
}

export interface StructuredReport {
  root: ContentItem;
  /** COMPLETE or PARTIAL; VERIFIED or UNVERIFIED. */
  completion: string | null;
  verification: string | null;
}

const VALUE_TYPE = 0x0040a040;
const RELATIONSHIP = 0x0040a010;
const CONCEPT_NAME = 0x0040a043;
const CONTENT = 0x0040a730;
const TEXT_VALUE = 0x0040a160;
const DATE_TIME = 0x0040a120;
const DATE = 0x0040a121;
const TIME = 0x0040a122;
const PERSON_NAME = 0x0040a123;
const UID = 0x0040a124;
const CONCEPT_CODE = 0x0040a168;
const MEASURED_VALUE = 0x0040a300;
const NUMERIC_VALUE = 0x0040a30a;
const UNITS = 0x004008ea;
const NUMERIC_QUALIFIER = 0x0040a301;
const GRAPHIC_TYPE = 0x00700023;
const GRAPHIC_DATA = 0x00700022;
const TEMPORAL_RANGE_TYPE = 0x0040a130;
const REFERENCED_SOP = 0x00081199;
const REFERENCED_INSTANCE = 0x00081155;
const REFERENCED_ITEM = 0x0040db73;

/** The report of an object, or null where it holds none. Depth is bounded by the parser. */
export function structuredReportOf({ dataSet }: DicomFile): StructuredReport | null {
  if (textOf(dataSet, VALUE_TYPE) !== 'CONTAINER') return null;
  return {
    root: nodeOf(dataSet),
    completion: textOf(dataSet, 0x0040a491),
    verification: textOf(dataSet, 0x0040a493),
  };
}

function nodeOf(item: DataSet): ContentItem {
  const valueType = textOf(item, VALUE_TYPE) ?? (item.elements.has(REFERENCED_ITEM) ? 'REFERENCE' : '');
  const value = contentOf(item, valueType);
  return {
    valueType,
    relationship: textOf(item, RELATIONSHIP),
    concept: codeOf(itemsOf(item, CONCEPT_NAME)[0]),
    text: value.text,
    code: value.code,
    references: itemsOf(item, REFERENCED_SOP)
      .map((reference) => textOf(reference, REFERENCED_INSTANCE))
      .filter((uid) => uid !== null),
    children: itemsOf(item, CONTENT).map(nodeOf),
  };
}

function contentOf(item: DataSet, valueType: string): { text: string; code: CodedTerm | null } {
  switch (valueType) {
    case 'TEXT':
      return { text: textOf(item, TEXT_VALUE) ?? '', code: null };
    case 'NUM': {
      const [measured] = itemsOf(item, MEASURED_VALUE);
      if (measured === undefined) {
        return { text: codeOf(itemsOf(item, NUMERIC_QUALIFIER)[0])?.meaning ?? '', code: null };
      }
      const unit = codeOf(itemsOf(measured, UNITS)[0]);
      const number = textOf(measured, NUMERIC_VALUE) ?? '';
      // UCUM's "1" and annotations in braces stand for "no unit".
      const shown = unit === null || unit.value === '1' || unit.value.startsWith('{') ? '' : ` ${unit.value}`;
      return { text: number + shown, code: unit };
    }
    case 'CODE': {
      const code = codeOf(itemsOf(item, CONCEPT_CODE)[0]);
      return { text: code?.meaning ?? '', code };
    }
    case 'PNAME': {
      const name = personNameOf(item, PERSON_NAME);
      const parts = name === null ? [] : [name.prefix, name.given, name.middle, name.family, name.suffix];
      return { text: parts.filter((part) => part !== '').join(' '), code: null };
    }
    case 'DATE':
      return { text: dateOf(item, DATE) ?? '', code: null };
    case 'TIME':
      return { text: timeOf(item, TIME) ?? '', code: null };
    case 'DATETIME':
      return { text: textOf(item, DATE_TIME) ?? '', code: null };
    case 'UIDREF':
      return { text: textOf(item, UID) ?? '', code: null };
    case 'SCOORD':
    case 'SCOORD3D':
      return {
        text: `${textOf(item, GRAPHIC_TYPE) ?? ''} ${numbersOf(item, GRAPHIC_DATA).slice(0, 64).join(' ')}`.trim(),
        code: null,
      };
    case 'TCOORD':
      return { text: textOf(item, TEMPORAL_RANGE_TYPE) ?? '', code: null };
    case 'REFERENCE':
      return { text: numbersOf(item, REFERENCED_ITEM).join('.'), code: null };
    default:
      return { text: '', code: null };
  }
}

/** Code Value, Long Code Value or URN Code Value with scheme and meaning. */
function codeOf(item: DataSet | undefined): CodedTerm | null {
  if (item === undefined) return null;
  return {
    value: textOf(item, 0x00080100) ?? textOf(item, 0x00080119) ?? textOf(item, 0x00080120) ?? '',
    scheme: textOf(item, 0x00080102) ?? '',
    meaning: textsOf(item, 0x00080104).join('\\'),
  };
}
