/** Images that are no upright paediatric chest film: made here, or made of films by turning and cutting them. */
import type { DecodedImage } from '../contract/imaging.ts';
import { gaussians, RandomStream } from '../numeric/random.ts';
import { CUT_OFFS, partOf } from './film-parts.ts';

/** A grey 8-bit image as decoders give it. */
export function greyImage(pixels: Uint8Array, width: number, height: number): DecodedImage {
  return {
    width,
    height,
    samplesPerPixel: 1,
    pixels,
    bitsStored: 8,
    photometric: 'MONOCHROME2',
    modality: { kind: 'linear', slope: 1, intercept: 0, unit: null },
    padding: null,
    presets: [],
    inverted: false,
    overlays: [],
    geometry: {
      spacing: null,
      pixelAspectRatio: 1,
      patientOrientation: null,
      rowDirection: null,
      columnDirection: null,
      positionMm: null,
      frameOfReferenceUid: null,
    },
  };
}

const byte = (value: number) => Math.max(0, Math.min(255, Math.round(value)));

function painted(side: number, shade: (y: number, x: number) => number): DecodedImage {
  const pixels = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) pixels[y * side + x] = byte(shade(y, x));
  return greyImage(pixels, side, side);
}

/** Pictures of nothing: `count` of each kind. */
export const MADE_IMAGES: Record<string, (index: number) => DecodedImage> = {
  'white noise': (index) => {
    const noise = gaussians({ seed: 11, words: [index, 0, 0] }, 224 * 224);
    return painted(224, (y, x) => 128 + 40 * noise[y * 224 + x]!);
  },
  'cloudy noise': (index) => {
    const coarse = gaussians({ seed: 12, words: [index, 0, 0] }, 9 * 9);
    return painted(224, (y, x) => {
      const v = (y * 8) / 224;
      const u = (x * 8) / 224;
      const at = Math.floor(v) * 9 + Math.floor(u);
      const [fy, fx] = [v - Math.floor(v), u - Math.floor(u)];
      const above = coarse[at]! * (1 - fx) + coarse[at + 1]! * fx;
      const below = coarse[at + 9]! * (1 - fx) + coarse[at + 10]! * fx;
      return 128 + 50 * (above * (1 - fy) + below * fy);
    });
  },
  'ramps and stripes': (index) => {
    const random = new RandomStream({ seed: 13, words: [index, 0, 0] });
    const [slopeX, slopeY, wave] = [random.uniform(), random.uniform(), 4 + random.integer(40)];
    return painted(
      224,
      (y, x) =>
        255 * ((slopeX * x + slopeY * y) / 448) + (index % 2) * 60 * Math.sin((2 * Math.PI * x) / wave),
    );
  },
  'discs and boxes': (index) => {
    const random = new RandomStream({ seed: 14, words: [index, 0, 0] });
    const shapes = Array.from({ length: 6 }, () => ({
      x: random.integer(224),
      y: random.integer(224),
      r: 10 + random.integer(60),
      shade: random.integer(256),
      disc: random.uniform() < 0.5,
    }));
    return painted(224, (y, x) => {
      let shade = 20;
      for (const s of shapes) {
        const inside = s.disc
          ? (x - s.x) ** 2 + (y - s.y) ** 2 < s.r ** 2
          : Math.abs(x - s.x) < s.r && Math.abs(y - s.y) < s.r;
        if (inside) shade = s.shade;
      }
      return shade;
    });
  },
  'printed page': (index) => {
    const random = new RandomStream({ seed: 15, words: [index, 0, 0] });
    const ink = new Uint8Array(224 * 224);
    for (let line = 12; line < 212; line += 12) {
      for (let x = 14; x < 200 - random.integer(60); x += 3 + random.integer(5)) {
        for (let y = line; y < line + 7; y++) if (random.uniform() < 0.6) ink[y * 224 + x] = 1;
      }
    }
    return painted(224, (y, x) => (ink[y * 224 + x] === 1 ? 20 : 240));
  },
  // Five bright rods from a bright palm on black: the shades of a hand film, not a hand.
  'hand-like film': (index) => {
    const random = new RandomStream({ seed: 16, words: [index, 0, 0] });
    const lean = random.uniform() - 0.5;
    const noise = gaussians({ seed: 16, words: [index, 1, 0] }, 224 * 224);
    return painted(224, (y, x) => {
      let shade = 8;
      const palm = ((x - 112) / 55) ** 2 + ((y - 160) / 50) ** 2;
      if (palm < 1) shade = 150 + 40 * (1 - palm);
      for (let finger = 0; finger < 5; finger++) {
        const centre = 60 + 26 * finger + lean * (160 - y) * 0.4 + (finger - 2) * (160 - y) * 0.1;
        const away = Math.abs(x - centre);
        if (y > 30 + 8 * Math.abs(finger - 2) && y < 160 && away < 11) shade = 130 + 90 * (1 - away / 11);
      }
      return shade + 6 * noise[y * 224 + x]!;
    });
  },
};

/** Films made unfit: turned, cut, turned over, ill exposed. Square films in, [side][side]. */
export const SPOILT_FILMS: Record<string, (pixels: Uint8Array, side: number) => DecodedImage> = {
  'turned by 90 degrees': (pixels, side) => painted(side, (y, x) => pixels[(side - 1 - x) * side + y]!),
  'turned by 180 degrees': (pixels, side) =>
    painted(side, (y, x) => pixels[(side - 1 - y) * side + side - 1 - x]!),
  'turned by 270 degrees': (pixels, side) => painted(side, (y, x) => pixels[x * side + side - 1 - y]!),
  ...Object.fromEntries(
    Object.entries(CUT_OFFS).map(([kind, part]) => [
      kind,
      (pixels: Uint8Array, side: number) => {
        const cut = partOf(pixels, side, part);
        return greyImage(cut.pixels, cut.width, cut.height);
      },
    ]),
  ),
  'shades turned over': (pixels, side) => painted(side, (y, x) => 255 - pixels[y * side + x]!),
  'burnt out': (pixels, side) => painted(side, (y, x) => 3.5 * pixels[y * side + x]! + 40),
  'hardly exposed': (pixels, side) => painted(side, (y, x) => 3 * pixels[y * side + x]! - 560),
};
