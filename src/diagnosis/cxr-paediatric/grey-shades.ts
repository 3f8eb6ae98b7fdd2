/** Any decoded image as grey shades, as a reader would first see it. */
import type { DecodedImage } from '../../contract/imaging.ts';
import { defaultPreset, modalityValue, prepareForDisplay, windowShade } from '../../imaging/display.ts';

export interface GreyShades {
  width: number;
  height: number;
  /** [height][width], 0 the darkest to 1 the brightest of the image, not rounded; what is dense is bright. */
  shades: Float32Array;
  /** Share of pixels whose colour is more than grey with rounding, 0 to 1. */
  colouredShare: number;
}

/** Channels of a grey film that was stored as colour differ by less, of 255, JPEG rounding included. */
const LARGEST_GREY_DIFFERENCE = 24;

/** By the file's first window or table, or the whole range; colour by its luma (ITU-R BT.601). */
export function greyShades(image: DecodedImage): GreyShades {
  const { width, height, samplesPerPixel } = image;
  if (samplesPerPixel === 1) {
    return { width, height, shades: stretched(shadesOf(image)), colouredShare: 0 };
  }
  const { shades: shown } = prepareForDisplay(image);
  const shades = new Float32Array(width * height);
  let coloured = 0;
  for (let i = 0; i < shades.length; i++) {
    const red = shown[3 * i]!;
    const green = shown[3 * i + 1]!;
    const blue = shown[3 * i + 2]!;
    shades[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > LARGEST_GREY_DIFFERENCE) coloured++;
  }
  return { width, height, shades: stretched(shades), colouredShare: coloured / shades.length };
}

function shadesOf(image: DecodedImage): Float32Array {
  const preset = defaultPreset(image);
  if (preset.kind === 'table') return Float32Array.from(prepareForDisplay(image, preset).shades);
  const { pixels, modality, padding, photometric } = image;
  const inverted = (photometric === 'MONOCHROME1') !== image.inverted;
  const shades = new Float32Array(pixels.length);
  for (let i = 0; i < shades.length; i++) {
    const stored = pixels[i]!;
    if (padding !== null && stored >= padding.low && stored <= padding.high) continue;
    const shade = windowShade(modalityValue(stored, modality), preset.window);
    shades[i] = inverted ? 1 - shade : shade;
  }
  return shades;
}

/** To 0 to 1, in place; all 0 where there is one shade only. */
function stretched(shades: Float32Array): Float32Array {
  let low = Infinity;
  let high = -Infinity;
  for (const shade of shades) {
    if (shade < low) low = shade;
    if (shade > high) high = shade;
  }
  const scale = high > low ? 1 / (high - low) : 0;
  for (let i = 0; i < shades.length; i++) shades[i] = (shades[i]! - low) * scale;
  return shades;
}
