/** Shades of an image at the size the screen needs, kept until the window changes. */
import type { DecodedImage, PixelArray, WindowPreset } from '../../../src/contract/imaging.ts';
import { prepareForDisplay } from '../../../src/imaging/display.ts';

/** How the values become shades. */
export interface Shading {
  /** Null: as the file prefers. */
  preset: WindowPreset | null;
  inverted: boolean;
}

interface Shaded {
  shading: Shading;
  canvas: HTMLCanvasElement;
}

/** Halved copies of one frame: dragging the window over a large film then costs what the screen shows of it. */
export class ShadedImage {
  readonly image: DecodedImage;
  readonly #levels: DecodedImage[];
  readonly #shaded = new Map<number, Shaded>();

  constructor(image: DecodedImage) {
    this.image = image;
    this.#levels = [image];
  }

  /**
   * A canvas of the image with at least one pixel for each of the screen's.
   * @param zoom device pixels per image row
   */
  canvas(zoom: number, shading: Shading): HTMLCanvasElement {
    const level = zoom >= 1 ? 0 : Math.min(6, Math.floor(Math.log2(1 / zoom)));
    const known = this.#shaded.get(level);
    if (
      known !== undefined &&
      known.shading.preset === shading.preset &&
      known.shading.inverted === shading.inverted
    ) {
      return known.canvas;
    }
    const canvas = known?.canvas ?? document.createElement('canvas');
    paint(canvas, this.#level(level), shading);
    this.#shaded.set(level, { shading, canvas });
    return canvas;
  }

  #level(level: number): DecodedImage {
    let image = this.#levels[level];
    if (image === undefined) {
      image = halved(this.#level(level - 1));
      this.#levels[level] = image;
    }
    return image;
  }
}

/** Means of 2 x 2 pixels; a last odd row or column goes into its neighbour's. */
export function halved(image: DecodedImage): DecodedImage {
  const { width, height, samplesPerPixel: samples, pixels } = image;
  const halfWidth = Math.max(1, width >> 1);
  const halfHeight = Math.max(1, height >> 1);
  const Kind = pixels.constructor as new (length: number) => PixelArray;
  const half = new Kind(halfWidth * halfHeight * samples);
  const whole = !(pixels instanceof Float32Array || pixels instanceof Float64Array);
  const right = width > 1 ? samples : 0;
  const below = height > 1 ? width * samples : 0;
  let to = 0;
  for (let row = 0; row < halfHeight; row++) {
    let from = 2 * row * width * samples;
    for (let column = 0; column < halfWidth; column++) {
      for (let sample = 0; sample < samples; sample++) {
        const at = from + sample;
        const mean =
          ((pixels[at] ?? 0) +
            (pixels[at + right] ?? 0) +
            (pixels[at + below] ?? 0) +
            (pixels[at + below + right] ?? 0)) /
          4;
        half[to++] = whole ? Math.round(mean) : mean;
      }
      from += 2 * samples;
    }
  }
  return { ...image, width: halfWidth, height: halfHeight, pixels: half };
}

function paint(canvas: HTMLCanvasElement, image: DecodedImage, { preset, inverted }: Shading): void {
  const { width, height, samplesPerPixel, shades } = prepareForDisplay(image, preset);
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return;
  const picture = context.createImageData(width, height);
  const words = new Uint32Array(picture.data.buffer);
  const flip = inverted ? 0xffffff : 0;
  if (samplesPerPixel === 1) {
    for (let i = 0; i < words.length; i++) words[i] = 0xff000000 | ((shades[i]! * 0x010101) ^ flip);
  } else {
    for (let i = 0; i < words.length; i++) {
      const colour = (shades[3 * i + 2]! << 16) | (shades[3 * i + 1]! << 8) | shades[3 * i]!;
      words[i] = 0xff000000 | (colour ^ flip);
    }
  }
  context.putImageData(picture, 0, 0);
}
