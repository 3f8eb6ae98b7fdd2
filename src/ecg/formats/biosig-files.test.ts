/**
 * Two seconds of record 100 of the MIT-BIH Arrhythmia Database (ODC-By 1.0) as biosig 2.5's `save2gdf` writes them.
 * The reference is what PyPI wfdb 4.3.1 put into the header of the same samples: first values and 16-bit checksums.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { EcgRecording } from '../recording.ts';
import { readAecg } from './aecg/aecg.ts';
import { readEdf } from './edf/edf.ts';
import { recogniseEcgFormat } from './recognise.ts';

const STEPS_A_MILLIVOLT = 200;
const SAMPLES = 720;
const WRITTEN = [
  { name: 'MLII', first: -29, checksum: 22382 },
  { name: 'V5', first: -13, checksum: 36892 },
];

const bytesOf = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '../../../test/fixtures/ecg', name)));

it.each([
  ['record-100-biosig.bdf', 'edf', readEdf],
  ['record-100-biosig.xml', 'aecg', readAecg],
] as const)('reads %s as it was written', (file, format, read) => {
  const bytes = bytesOf(file);
  expect(recogniseEcgFormat(bytes, bytes.length)).toBe(format);
  const recording: EcgRecording = read(file, bytes);
  expect(recording).toMatchObject({ lengthSamples: SAMPLES });
  // The BDF says 0.002778 s a data record of one sample.
  expect(recording.samplingRateHz).toBeCloseTo(360, 1);
  expect(recording.leads.map(({ name }) => name)).toEqual(WRITTEN.map(({ name }) => name));
  for (const [i, { first, checksum }] of WRITTEN.entries()) {
    const steps = Array.from(recording.leads[i]!.millivolts, (value) =>
      Math.round(value * STEPS_A_MILLIVOLT),
    );
    expect(steps[0]).toBe(first);
    const sum = steps.reduce((total, step) => total + step, 0);
    expect(sum & 0xffff).toBe(checksum);
  }
});
