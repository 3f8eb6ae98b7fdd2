/** Pictures of an image for a page: modest in size, with the map of evidence laid over it on demand. */
import type { DecodedImage } from '../contract/imaging.ts';
import type { Saliency } from '../contract/imaging-findings.ts';
import { prepareForDisplay } from '../imaging/display.ts';
import { areaResample } from '../imaging/resample.ts';
import type { ReportPicture } from './image-report-input.ts';

/** More than this a page of 180 mm does not show at 150 dots an inch. */
const LARGEST_SIDE = 1024;
const EVIDENCE_OPACITY = 0.55;
/** Vermilion, as in the window. */
const EVIDENCE_COLOUR = [213, 94, 0] as const;

/** As the file prefers to be shown, its longest side at most 1,024 pixels; colour becomes its luminance. */
export function plainPicture(image: DecodedImage): ReportPicture {
  const { width, height, samplesPerPixel, shades } = prepareForDisplay(image);
  const grey = samplesPerPixel === 1 ? shades : luminance(shades);
  const aspect = image.geometry.pixelAspectRatio;
  const scale = Math.min(1, LARGEST_SIDE / Math.max(width / aspect, height));
  const toWidth = Math.max(1, Math.round((width / aspect) * scale));
  const toHeight = Math.max(1, Math.round(height * scale));
  const resampled = areaResample(grey, width, height, toWidth, toHeight);
  const spacing = image.geometry.spacing;
  return {
    width: toWidth,
    height: toHeight,
    channels: 1,
    samples: Uint8Array.from(resampled, (shade) => Math.round(Math.min(255, Math.max(0, shade)))),
    millimetresPerPixel: spacing === null ? null : (spacing.betweenRowsMm * height) / toHeight,
  };
}

/** The picture with the map over it: the more a place speaks for the condition, the redder. */
export function evidencePicture(plain: ReportPicture, saliency: Saliency): ReportPicture {
  const map = areaResample(saliency.mean, saliency.width, saliency.height, plain.width, plain.height);
  const largest = map.reduce((most, value) => Math.max(most, value), 0);
  const samples = new Uint8Array(plain.width * plain.height * 3);
  for (let i = 0; i < map.length; i++) {
    const share = largest > 0 ? (Math.max(0, map[i]!) / largest) * EVIDENCE_OPACITY : 0;
    const grey = plain.samples[i * plain.channels]!;
    for (let channel = 0; channel < 3; channel++) {
      samples[3 * i + channel] = Math.round(grey * (1 - share) + EVIDENCE_COLOUR[channel]! * share);
    }
  }
  return { ...plain, channels: 3, samples };
}

function luminance(shades: Uint8Array): Uint8Array {
  const grey = new Uint8Array(shades.length / 3);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = Math.round(0.299 * shades[3 * i]! + 0.587 * shades[3 * i + 1]! + 0.114 * shades[3 * i + 2]!);
  }
  return grey;
}
