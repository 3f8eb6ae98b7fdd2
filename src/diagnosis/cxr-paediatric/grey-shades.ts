/** Any decoded image as grey shades, as a reader would first see it. */
import type { DecodedImage } from '../../contract/imaging.ts';
import { prepareForDisplay } from '../../imaging/display.ts';

export interface GreyShades {
  width: number;
  height: number;
  /** [height][width], 0 black to 255 white; what is dense is bright. */
  shades: Uint8Array;
  /** Share of pixels whose colour is more than grey with rounding, 0 to 1. */
  colouredShare: number;
}

/** Channels of a grey film that was stored as colour differ by less, JPEG rounding included. */
const LARGEST_GREY_DIFFERENCE = 24;

/** Colour by its luma (ITU-R BT.601). */
export function greyShades(image: DecodedImage): GreyShades {
  const { width, height, samplesPerPixel, shades: shown } = prepareForDisplay(image);
  if (samplesPerPixel === 1) return { width, height, shades: shown, colouredShare: 0 };
  const shades = new Uint8Array(width * height);
  let coloured = 0;
  for (let i = 0; i < shades.length; i++) {
    const red = shown[3 * i]!;
    const green = shown[3 * i + 1]!;
    const blue = shown[3 * i + 2]!;
    shades[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > LARGEST_GREY_DIFFERENCE) coloured++;
  }
  return { width, height, shades, colouredShare: coloured / shades.length };
}
