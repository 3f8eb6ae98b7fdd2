/** A day of two leads at 250 Hz, made of the recordings that ship with the program, one after the other. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../../src/service/read-record.ts';
import { findRecords } from '../../src/service/record-files.ts';
import { resourcePath } from '../../src/service/resources.ts';

export const RATE_HZ = 250;
export const STEPS_A_MILLIVOLT = 200;
const LEADS = ['MLII', 'V1'];

/** Straight lines between the samples. */
function resampled(signal: Float32Array, fromHz: number): Float32Array {
  const length = Math.floor(((signal.length - 1) * RATE_HZ) / fromHz);
  return Float32Array.from({ length }, (_, i) => {
    const at = (i * fromHz) / RATE_HZ;
    const before = Math.floor(at);
    return signal[before] + (at - before) * (signal[before + 1] - signal[before]);
  });
}

/** Two leads of every recording that ships with the program, millivolts at RATE_HZ. */
export async function samplesAtRate(): Promise<Float32Array[][]> {
  const { records } = await findRecords([resourcePath('samples')]);
  return records.map((source) => {
    const { recording } = readRecord(source);
    return recording.leads.slice(0, 2).map((lead) => resampled(lead.millivolts, recording.samplingRateHz));
  });
}

/** Writes `day.hea` and `day.dat` (format 16) into a folder. */
export async function writeDayRecording(folder: string, hours = 24): Promise<string> {
  const parts = await samplesAtRate();
  const frames = hours * 3600 * RATE_HZ;
  const samples = new Int16Array(frames * 2);
  let frame = 0;
  for (let part = 0; frame < frames; part = (part + 1) % parts.length) {
    const [first, second] = parts[part];
    for (let i = 0; i < first.length && frame < frames; i++, frame++) {
      samples[2 * frame] = Math.round(first[i] * STEPS_A_MILLIVOLT);
      samples[2 * frame + 1] = Math.round(second[i] * STEPS_A_MILLIVOLT);
    }
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'day.dat'), new Uint8Array(samples.buffer));
  const signals = LEADS.map((lead) => `day.dat 16 ${STEPS_A_MILLIVOLT}(0)/mV 12 0 0 0 0 ${lead}`);
  const header = join(folder, 'day.hea');
  writeFileSync(header, [`day 2 ${RATE_HZ} ${frames}`, ...signals, ''].join('\n'));
  return header;
}
