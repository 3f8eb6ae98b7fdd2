/** Days of three leads at 250 Hz on disk, made of the recordings that ship with the program, over and over. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { RATE_HZ, STEPS_A_MILLIVOLT, samplesAtRate } from './day-recording.ts';

const LEADS = ['MLII', 'V1', 'V5'];

/** Writes `long.hea` and `long.dat` (format 16) into a folder, piece by piece; gives the header's path. */
export async function writeLongRecording(folder: string, days: number): Promise<string> {
  const parts = await samplesAtRate();
  const once = Int16Array.from(
    parts.flatMap(([first, second]) =>
      Array.from(first, (value, i) => [value, second[i], value - second[i]]).flat(),
    ),
    (millivolts) => Math.round(millivolts * STEPS_A_MILLIVOLT),
  );
  const frames = days * 86_400 * RATE_HZ;
  const bytes = new Uint8Array(once.buffer);
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, 'long.dat'), 'w');
  for (let left = frames * LEADS.length * 2; left > 0; ) {
    left -= writeSync(file, bytes.subarray(0, Math.min(left, bytes.length)));
  }
  closeSync(file);
  const signals = LEADS.map((lead) => `long.dat 16 ${STEPS_A_MILLIVOLT}(0)/mV 12 0 0 0 0 ${lead}`);
  const header = join(folder, 'long.hea');
  writeFileSync(header, [`long ${LEADS.length} ${RATE_HZ} ${frames}`, ...signals, ''].join('\n'));
  return header;
}
