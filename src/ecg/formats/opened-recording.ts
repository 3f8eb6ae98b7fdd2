/** A recording of which windows can be decoded one after the other. */
import type { EcgLead, EcgRecording } from '../recording.ts';
import { checkSize } from './limits.ts';

export interface OpenedRecording extends Omit<EcgRecording, 'leads'> {
  leads: Omit<EcgLead, 'millivolts'>[];
  /**
   * Millivolts from `startSample` on, NaN where the recording has no value; `startSample` and
   * `startSample + lengthSamples` lie in 0 to the recording's length.
   * @param leads indices of those that are wanted, in their order; all where it is absent
   */
  readWindow(startSample: number, lengthSamples: number, leads?: readonly number[]): Float32Array[];
}

/** Those of `all` at `places`, all where there are none. */
export function chosen<Item>(all: readonly Item[], places: readonly number[] | undefined): readonly Item[] {
  return places === undefined ? all : places.map((place) => all[place]!);
}

/** A recording in memory as windows of itself; they share its memory. */
export function openedInMemory(recording: EcgRecording): OpenedRecording {
  const { leads, ...rest } = recording;
  return {
    ...rest,
    leads: leads.map(({ millivolts, ...about }) => about),
    readWindow: (start, length, places) =>
      chosen(leads, places).map(({ millivolts }) => millivolts.subarray(start, start + length)),
  };
}

/** Decoded at once: what a reader holds besides the recording stays small. */
const WINDOW_SAMPLES = 1 << 20;

/** Decodes all of it. @throws KirchhoffError `file-too-large` naming `at` */
export function wholeRecording(opened: OpenedRecording, at: string): EcgRecording {
  const { readWindow, leads, ...rest } = opened;
  checkSize(opened.lengthSamples, leads.length, at);
  const { lengthSamples } = opened;
  // In memory that all threads see: a day of ECG exists once and not once a thread.
  const millivolts = leads.map(() => new Float32Array(new SharedArrayBuffer(lengthSamples * 4)));
  for (let start = 0; start < lengthSamples; start += WINDOW_SAMPLES) {
    const window = readWindow(start, Math.min(WINDOW_SAMPLES, lengthSamples - start));
    for (const [index, values] of window.entries()) millivolts[index]!.set(values, start);
  }
  return { ...rest, leads: leads.map((lead, index) => ({ ...lead, millivolts: millivolts[index]! })) };
}

/**
 * Samples `start` to `start + length` of a lead at `ratio` times its own rate, linearly interpolated between its
 * `sourceLength` samples; at its end the last value is held.
 * @param read samples of the lead at its own rate
 */
export function interpolatedWindow(
  read: (start: number, length: number) => Float32Array,
  sourceLength: number,
  ratio: number,
  start: number,
  length: number,
): Float32Array {
  if (ratio === 1) return read(start, length);
  const first = Math.min(sourceLength - 1, Math.floor(start / ratio));
  const last = Math.min(sourceLength - 1, Math.floor((start + length - 1) / ratio) + 1);
  const source = read(first, last - first + 1);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const position = (start + i) / ratio - first;
    const before = Math.min(source.length - 1, Math.floor(position));
    const share = position - before;
    const low = source[before]!;
    values[i] = share === 0 || before + 1 >= source.length ? low : low + share * (source[before + 1]! - low);
  }
  return values;
}
