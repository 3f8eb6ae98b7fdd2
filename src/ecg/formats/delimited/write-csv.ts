/** Writes a recording as comma-separated text that tells its units: a row a sample, seconds and millivolts. */
import type { EcgRecording } from '../../recording.ts';

const ROWS_A_PART = 1 << 14;

/** The file's bytes; a sample that is missing is an empty field. */
export function writeCsv({ leads, samplingRateHz, lengthSamples }: EcgRecording): Uint8Array {
  const encoder = new TextEncoder();
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', "'")}"` : text);
  const parts = [encoder.encode(`time (s),${leads.map(({ name }) => quoted(`${name} (mV)`)).join(',')}\n`)];
  for (let start = 0; start < lengthSamples; start += ROWS_A_PART) {
    const end = Math.min(lengthSamples, start + ROWS_A_PART);
    let text = '';
    for (let i = start; i < end; i++) {
      text += String(Number((i / samplingRateHz).toFixed(7)));
      for (const { millivolts } of leads) {
        const value = millivolts[i]!;
        // Seven digits are what a 32-bit number holds.
        text += Number.isNaN(value) ? ',' : `,${Number(value.toPrecision(7))}`;
      }
      text += '\n';
    }
    parts.push(encoder.encode(text));
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
