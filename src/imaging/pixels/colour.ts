/** Colour models of DICOM (PS3.3 C.7.6.3.1.2) into red, green, blue. */
import type { PixelArray } from '../../contract/imaging.ts';

export type YbrModel = 'full' | 'partial';

/** ITU-R BT.601 weights, as PS3.3 C.7.6.3.1.2 gives them for YBR_FULL. */
export function ybrToRgb(samples: PixelArray, bits: number, model: YbrModel): PixelArray {
  const out = samples.slice();
  const largest = 2 ** bits - 1;
  const centre = 2 ** (bits - 1);
  const scale = 2 ** (bits - 8);
  const clamp = (value: number): number => Math.min(largest, Math.max(0, Math.round(value)));
  for (let i = 0; i + 2 < samples.length; i += 3) {
    let y = samples[i] ?? 0;
    let cb = (samples[i + 1] ?? 0) - centre;
    let cr = (samples[i + 2] ?? 0) - centre;
    if (model === 'partial') {
      // Black at 16, white at 235, colour differences over 224 steps.
      y = ((y - 16 * scale) * 255) / 219;
      cb = (cb * 255) / 224;
      cr = (cr * 255) / 224;
    }
    out[i] = clamp(y + 1.402 * cr);
    out[i + 1] = clamp(y - 0.344136 * cb - 0.714136 * cr);
    out[i + 2] = clamp(y + 1.772 * cb);
  }
  return out;
}

/** Two luminances and one pair of colour differences for every two pixels of a row (PS3.3 C.7.6.3.1.2, YBR_FULL_422). */
export function from422(samples: PixelArray, pixels: number): PixelArray {
  const out = (
    samples instanceof Uint16Array ? new Uint16Array(3 * pixels) : new Uint8Array(3 * pixels)
  ) as Uint8Array;
  for (let pair = 0; 2 * pair + 1 < pixels; pair++) {
    for (let k = 0; k < 2; k++) {
      const to = 3 * (2 * pair + k);
      out[to] = samples[4 * pair + k] ?? 0;
      out[to + 1] = samples[4 * pair + 2] ?? 0;
      out[to + 2] = samples[4 * pair + 3] ?? 0;
    }
  }
  return out;
}
