/** Stored values into what a screen shows: modality transform, window or table, photometric interpretation. */
import type {
  DecodedImage,
  DisplayWindow,
  ModalityTransform,
  ShadeTable,
  WindowPreset,
} from '../contract/imaging.ts';
import { exp } from '../numeric/elementary.ts';

/** Shades of 8 bits, row by row; 3 samples a pixel for colour. */
export interface DisplayedImage {
  width: number;
  height: number;
  samplesPerPixel: 1 | 3;
  shades: Uint8Array;
}

/** A stored value in modality units. */
export function modalityValue(stored: number, transform: ModalityTransform): number {
  if (transform.kind === 'linear') return stored * transform.slope + transform.intercept;
  const { values, firstStored } = transform;
  const index = Math.min(values.length - 1, Math.max(0, Math.round(stored - firstStored)));
  return values[index] ?? 0;
}

/** Smallest and largest modality value of a grey image, padding and what is not finite left out; null where none is left. */
export function modalityRange(image: DecodedImage): { low: number; high: number } | null {
  const { pixels, padding } = image;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const padLow = padding?.low ?? Number.POSITIVE_INFINITY;
  const padHigh = padding?.high ?? Number.NEGATIVE_INFINITY;
  if (image.modality.kind === 'linear') {
    for (let i = 0; i < pixels.length; i++) {
      const stored = pixels[i] ?? 0;
      if (stored >= padLow && stored <= padHigh) continue;
      if (stored < low) low = stored;
      if (stored > high) high = stored;
    }
    if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
    const ends = [modalityValue(low, image.modality), modalityValue(high, image.modality)];
    return { low: Math.min(...ends), high: Math.max(...ends) };
  }
  for (let i = 0; i < pixels.length; i++) {
    const stored = pixels[i] ?? 0;
    if (stored >= padLow && stored <= padHigh) continue;
    const value = modalityValue(stored, image.modality);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return Number.isFinite(low) && Number.isFinite(high) ? { low, high } : null;
}

/** How an image is shown when nothing else was chosen: the file's first preset, else its whole range. */
export function defaultPreset(image: DecodedImage): WindowPreset {
  const [first] = image.presets;
  if (first !== undefined) return first;
  const range = modalityRange(image) ?? { low: 0, high: 1 };
  return {
    kind: 'window',
    name: '',
    window: {
      centre: (range.low + range.high) / 2,
      width: Math.max(range.high - range.low, 1e-6),
      function: 'linear-exact',
    },
  };
}

/** Shade from 0 to 1 of a modality value (PS3.3 C.11.2.1.2.1, C.11.2.1.3). */
export function windowShade(value: number, { centre, width, function: shape }: DisplayWindow): number {
  if (shape === 'sigmoid') return 1 / (1 + exp((-4 * (value - centre)) / width));
  if (shape === 'linear-exact') return clamp((value - centre) / width + 0.5);
  // A linear window of width 1 is a threshold.
  if (width <= 1) return value <= centre - 0.5 ? 0 : 1;
  return clamp((value - (centre - 0.5)) / (width - 1) + 0.5);
}

const clamp = (shade: number): number => (shade <= 0 ? 0 : shade >= 1 ? 1 : shade);

function tableShade(value: number, { firstValue, shades }: ShadeTable): number {
  const index = Math.min(shades.length - 1, Math.max(0, Math.round(value - firstValue)));
  return shades[index] ?? 0;
}

/**
 * Shades of a frame. Grey: by the preset, or the default one; MONOCHROME1 and an inverse presentation shape turn
 * them over, both together not. Padding is shown as the darkest shade. Colour: its upper 8 bits, as it is.
 */
export function prepareForDisplay(image: DecodedImage, preset: WindowPreset | null = null): DisplayedImage {
  const { width, height, samplesPerPixel, pixels } = image;
  const shades = new Uint8Array(pixels.length);
  if (samplesPerPixel === 3) {
    const largest = 2 ** image.bitsStored - 1;
    for (let i = 0; i < pixels.length; i++) {
      shades[i] = image.bitsStored === 8 ? (pixels[i] ?? 0) : Math.round((255 * (pixels[i] ?? 0)) / largest);
    }
    return { width, height, samplesPerPixel, shades };
  }
  const chosen = preset ?? defaultPreset(image);
  const inverted = (image.photometric === 'MONOCHROME1') !== image.inverted;
  const shadeOf = (stored: number): number => {
    if (image.padding !== null && stored >= image.padding.low && stored <= image.padding.high) return 0;
    const value = modalityValue(stored, image.modality);
    const shade =
      chosen.kind === 'window' ? windowShade(value, chosen.window) : tableShade(value, chosen.table);
    return Math.round(255 * (inverted ? 1 - shade : shade)) || 0;
  };
  const whole = pixels.BYTES_PER_ELEMENT <= 2;
  if (!whole || pixels.length < 4096) {
    for (let i = 0; i < pixels.length; i++) shades[i] = shadeOf(pixels[i] ?? 0);
    return { width, height, samplesPerPixel, shades };
  }
  // At most 65,536 different values: each is shaded once.
  const table = new Uint8Array(65536);
  const done = new Uint8Array(65536);
  for (let i = 0; i < pixels.length; i++) {
    const stored = pixels[i] ?? 0;
    const key = stored & 0xffff;
    if (done[key] === 0) {
      done[key] = 1;
      table[key] = shadeOf(stored);
    }
    shades[i] = table[key] ?? 0;
  }
  return { width, height, samplesPerPixel, shades };
}
