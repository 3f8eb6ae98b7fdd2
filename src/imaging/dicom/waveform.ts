/** Waveform objects (PS3.3 C.10.9): multiplex groups with their channels in the unit of the file. */
import { KirchhoffError } from '../../contract/errors.ts';
import { type DataSet, itemsOf } from './data-set.ts';
import type { DicomFile } from './parse.ts';
import { tagText } from './tag.ts';
import { numberOf, textOf } from './values.ts';

export interface WaveformChannel {
  /** Meaning of the channel's source, for instance `Lead II`; its label where there is none. */
  name: string;
  /** Code and scheme of the source, for instance `2:2` in MDC; null where absent. */
  sourceCode: { value: string; scheme: string } | null;
  /** UCUM code of the unit, for instance `uV`; null where the file gives none. */
  unit: string | null;
  /** In that unit, or plain numbers without one; NaN where the padding value stands. */
  values: Float32Array;
}

export interface WaveformGroup {
  label: string;
  samplingRateHz: number;
  channels: WaveformChannel[];
}

const WAVEFORMS = 0x54000100;
const SAMPLES = 0x003a0010;
const CHANNEL_COUNT = 0x003a0005;
const SAMPLING_FREQUENCY = 0x003a001a;
const GROUP_LABEL = 0x003a0020;
const CHANNELS = 0x003a0200;
const CHANNEL_LABEL = 0x003a0203;
const SOURCE = 0x003a0208;
const SENSITIVITY = 0x003a0210;
const SENSITIVITY_UNITS = 0x003a0211;
const CORRECTION = 0x003a0212;
const BASELINE = 0x003a0213;
const BITS_ALLOCATED = 0x54001004;
const INTERPRETATION = 0x54001006;
const PADDING = 0x5400100a;
const DATA = 0x54001010;
const MOST_CHANNELS = 512;

/**
 * The multiplex groups of an object; empty where it holds none.
 * @throws KirchhoffError `value-out-of-range` for counts and rates that cannot be, `format-unsupported` for µ-law and
 *   A-law, `file-truncated` where samples are missing
 */
export function waveformsOf({ dataSet, fileName }: DicomFile): WaveformGroup[] {
  return itemsOf(dataSet, WAVEFORMS).map((group, index) =>
    groupOf(group, `${fileName} waveform ${index + 1}`),
  );
}

function groupOf(group: DataSet, at: string): WaveformGroup {
  const count = numberOf(group, CHANNEL_COUNT) ?? 0;
  const samples = numberOf(group, SAMPLES) ?? 0;
  const samplingRateHz = numberOf(group, SAMPLING_FREQUENCY) ?? 0;
  if (count < 1 || count > MOST_CHANNELS || samples < 1 || !(samplingRateHz > 0)) {
    throw new KirchhoffError(
      'value-out-of-range',
      `${count} channels of ${samples} samples at ${samplingRateHz} Hz are no waveform.`,
      `${at} ${tagText(CHANNEL_COUNT)}`,
    );
  }
  const data = group.elements.get(DATA);
  const interpretation = textOf(group, INTERPRETATION) ?? 'SS';
  const bytes = (numberOf(group, BITS_ALLOCATED) ?? 16) / 8;
  const read = readerOf(interpretation, bytes);
  if (read === null) {
    throw new KirchhoffError(
      'format-unsupported',
      `Samples of ${8 * bytes} bits interpreted as ${interpretation} are not read.`,
      `${at} ${tagText(INTERPRETATION)}`,
    );
  }
  if (data === undefined || data.value.length < count * samples * bytes) {
    throw new KirchhoffError(
      'file-truncated',
      `The waveform should have ${count * samples * bytes} bytes, ${data?.value.length ?? 0} are there.`,
      `${at} ${tagText(DATA)}`,
    );
  }
  const view = new DataView(data.value.buffer, data.value.byteOffset, data.value.byteLength);
  const padding = paddingOf(group, read, bytes);
  const definitions = itemsOf(group, CHANNELS);
  const channels = Array.from({ length: count }, (_, c) => {
    const definition = definitions[c];
    const scale = scaleOf(definition);
    const values = Float32Array.from({ length: samples }, (_, i) => {
      const stored = read(view, (i * count + c) * bytes, group.littleEndian);
      return stored === padding ? Number.NaN : stored * scale.factor + scale.baseline;
    });
    return { ...namesOf(definition, c), unit: scale.unit, values };
  });
  return { label: textOf(group, GROUP_LABEL) ?? '', samplingRateHz, channels };
}

type SampleReader = (view: DataView, at: number, littleEndian: boolean) => number;

function readerOf(interpretation: string, bytes: number): SampleReader | null {
  switch (`${interpretation}${bytes}`) {
    case 'SB1':
      return (view, at) => view.getInt8(at);
    case 'UB1':
      return (view, at) => view.getUint8(at);
    case 'SS2':
      return (view, at, littleEndian) => view.getInt16(at, littleEndian);
    case 'US2':
      return (view, at, littleEndian) => view.getUint16(at, littleEndian);
    case 'SL4':
      return (view, at, littleEndian) => view.getInt32(at, littleEndian);
    case 'UL4':
      return (view, at, littleEndian) => view.getUint32(at, littleEndian);
    default:
      return null;
  }
}

function paddingOf(group: DataSet, read: SampleReader, bytes: number): number | null {
  const value = group.elements.get(PADDING)?.value;
  if (value === undefined || value.length < bytes) return null;
  return read(new DataView(value.buffer, value.byteOffset, value.byteLength), 0, group.littleEndian);
}

/** PS3.3 C.10.9.1.4: value = stored × sensitivity × correction factor + baseline, all in the unit. */
function scaleOf(definition: DataSet | undefined): { factor: number; baseline: number; unit: string | null } {
  const sensitivity = definition && numberOf(definition, SENSITIVITY);
  if (definition === undefined || sensitivity === null || sensitivity === undefined) {
    return { factor: 1, baseline: 0, unit: null };
  }
  const [units] = itemsOf(definition, SENSITIVITY_UNITS);
  return {
    factor: sensitivity * (numberOf(definition, CORRECTION) ?? 1),
    baseline: numberOf(definition, BASELINE) ?? 0,
    unit: units === undefined ? null : textOf(units, 0x00080100),
  };
}

function namesOf(
  definition: DataSet | undefined,
  index: number,
): Pick<WaveformChannel, 'name' | 'sourceCode'> {
  const source = definition && itemsOf(definition, SOURCE)[0];
  const value = source && textOf(source, 0x00080100);
  const scheme = source && textOf(source, 0x00080102);
  return {
    name:
      (source && textOf(source, 0x00080104)) ??
      (definition && textOf(definition, CHANNEL_LABEL)) ??
      `Channel ${index + 1}`,
    sourceCode: value && scheme ? { value, scheme } : null,
  };
}
