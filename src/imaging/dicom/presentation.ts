/** How a file wants its values to be understood and shown: rescale, look-up tables, windows, padding. */
import type { DisplayWindow, ModalityTransform, WindowPreset } from '../../contract/imaging.ts';
import { readLookupTable } from '../pixels/lookup-table.ts';
import { type DataSet, itemsOf } from './data-set.ts';
import { functionalGroup } from './functional-groups.ts';
import { numberOf, numbersOf, textOf, textsOf } from './values.ts';

const MODALITY_LUT_SEQUENCE = 0x00283000;
const VOI_LUT_SEQUENCE = 0x00283010;
const LUT_DESCRIPTOR = 0x00283002;
const LUT_EXPLANATION = 0x00283003;
const MODALITY_LUT_TYPE = 0x00283004;
const LUT_DATA = 0x00283006;
const PIXEL_VALUE_TRANSFORMATION = 0x00289145;
const FRAME_VOI_LUT = 0x00289132;
const RESCALE_INTERCEPT = 0x00281052;
const RESCALE_SLOPE = 0x00281053;
const RESCALE_TYPE = 0x00281054;
const WINDOW_CENTRE = 0x00281050;
const WINDOW_WIDTH = 0x00281051;
const WINDOW_EXPLANATION = 0x00281055;
const VOI_LUT_FUNCTION = 0x00281056;
const PRESENTATION_LUT_SHAPE = 0x20500020;
const PADDING_VALUE = 0x00280120;
const PADDING_RANGE_LIMIT = 0x00280121;

/** @param signed whether stored values are (Pixel Representation) */
export function modalityTransformOf(
  dataSet: DataSet,
  frame: number,
  signed: boolean,
  fileName: string,
): ModalityTransform {
  const [item] = itemsOf(dataSet, MODALITY_LUT_SEQUENCE);
  if (item !== undefined) {
    const table = readLookupTable(item, LUT_DESCRIPTOR, LUT_DATA, signed, fileName);
    if (table !== null) {
      return {
        kind: 'table',
        firstStored: table.first,
        values: Float64Array.from(table.entries),
        unit: unitOf(textOf(item, MODALITY_LUT_TYPE)),
      };
    }
  }
  const group = functionalGroup(dataSet, frame, PIXEL_VALUE_TRANSFORMATION);
  const slope = numberOf(group, RESCALE_SLOPE);
  return {
    kind: 'linear',
    // A slope of 0 would make every value the same.
    slope: slope === null || slope === 0 ? 1 : slope,
    intercept: numberOf(group, RESCALE_INTERCEPT) ?? 0,
    unit: unitOf(textOf(group, RESCALE_TYPE)) ?? (textOf(dataSet, 0x00080060) === 'CT' ? 'HU' : null),
  };
}

/** US means unspecified (PS3.3 C.11.1.1.2). */
const unitOf = (type: string | null): string | null => (type === 'US' ? null : type);

/**
 * Windows and tables in the file's order, windows first.
 * @param signed whether modality values may be negative: then a table's first value is a signed number
 */
export function presetsOf(
  dataSet: DataSet,
  frame: number,
  signed: boolean,
  fileName: string,
): WindowPreset[] {
  const group = functionalGroup(dataSet, frame, FRAME_VOI_LUT);
  const centres = numbersOf(group, WINDOW_CENTRE);
  const widths = numbersOf(group, WINDOW_WIDTH);
  const names = textsOf(group, WINDOW_EXPLANATION);
  const shape = windowFunctionOf(textOf(group, VOI_LUT_FUNCTION));
  const presets: WindowPreset[] = [];
  centres.forEach((centre, index) => {
    const width = widths[index];
    if (width === undefined || !Number.isFinite(centre) || !(width > 0) || !Number.isFinite(width)) return;
    // A linear window narrower than 1 is not defined (PS3.3 C.11.2.1.2.1); values that are no integers need it.
    const used = shape === 'linear' && width < 1 ? 'linear-exact' : shape;
    presets.push({ kind: 'window', name: names[index] ?? '', window: { centre, width, function: used } });
  });
  for (const item of itemsOf(dataSet, VOI_LUT_SEQUENCE)) {
    const table = readLookupTable(item, LUT_DESCRIPTOR, LUT_DATA, signed, fileName);
    if (table === null) continue;
    const largest = 2 ** Math.min(16, Math.max(1, table.bits)) - 1;
    presets.push({
      kind: 'table',
      name: textOf(item, LUT_EXPLANATION) ?? '',
      table: {
        firstValue: table.first,
        shades: Float32Array.from(table.entries, (entry) => Math.min(1, entry / largest)),
      },
    });
  }
  return presets;
}

function windowFunctionOf(name: string | null): DisplayWindow['function'] {
  if (name === 'SIGMOID') return 'sigmoid';
  return name === 'LINEAR_EXACT' ? 'linear-exact' : 'linear';
}

export const isInverted = (dataSet: DataSet): boolean =>
  textOf(dataSet, PRESENTATION_LUT_SHAPE) === 'INVERSE';

/** Pixel Padding Value and Range Limit (PS3.3 C.7.5.1.1.2), as stored values. */
export function paddingOf(dataSet: DataSet, signed: boolean): { low: number; high: number } | null {
  const read = (tag: number): number | null => {
    const value = numberOf(dataSet, tag);
    if (value === null) return null;
    // The dictionary gives US or SS; an implicit file does not say which.
    const word = value & 0xffff;
    return signed ? (word << 16) >> 16 : word;
  };
  const value = read(PADDING_VALUE);
  if (value === null) return null;
  const limit = read(PADDING_RANGE_LIMIT) ?? value;
  return { low: Math.min(value, limit), high: Math.max(value, limit) };
}
