/**
 * Whether the paediatric network may be asked about an image, from what the file says and from the image alone. It
 * was trained on frontal chest films of children of one to five years from one hospital, and knows nothing else.
 */
import type { Technique } from '../../contract/imaging.ts';
import type { ApplicabilityCheck } from '../../contract/imaging-findings.ts';
import { type Appearance, type AppearanceFit, quarterTurnsToUpright } from './appearance.ts';
import type { GreyShades } from './grey-shades.ts';

/** What is asked of a file's tags; all null for a PNG or JPEG. */
export type TechniqueFacts = Pick<
  Technique,
  'modality' | 'bodyPart' | 'view' | 'patientAgeYears' | 'photometric' | 'burnedInAnnotation'
>;

export const NO_TECHNIQUE: TechniqueFacts = {
  modality: null,
  bodyPart: null,
  view: null,
  patientAgeYears: null,
  photometric: null,
  burnedInAnnotation: null,
};

/** Projection radiography: computed, digital, digitised film. */
const RADIOGRAPHY = ['CR', 'DX', 'DR', 'RG'];
/** These say nothing of what the picture is. */
const UNSPECIFIC_MODALITY = ['OT', 'SC'];
const CHEST = /CHEST|THORAX|LUNG|RIB|TORAX/;
const FRONTAL =
  /^(PA|AP|FRONTAL|AP[ _]SUPINE|AP[ _]ERECT|PA[ _]ERECT|POSTEROANTERIOR|ANTEROPOSTERIOR|ANTERO-POSTERIOR|POSTERO-ANTERIOR)$/;

/** Whole years that the training images span. */
const YOUNGEST_YEARS = 1;
const OLDEST_YEARS = 5;
const ADULT_YEARS = 18;

const SMALLEST_SIDE_PIXELS = 64;
/** Height over width, or its inverse. */
const LARGEST_ASPECT = 2;
/** A film of which more is one flat shade at its edges is cut off or mostly collimated away. */
const LARGEST_BLANK_SHARE = 0.4;
/** Share of pixels at the two ends of the shades; more means that detail is burnt out or drowned. */
const LARGEST_CLIPPED_SHARE = 0.6;
/** Interquartile range of the shades, of 255, that an exposed film has at least. */
const LEAST_SPREAD = 12;
const LARGEST_COLOURED_SHARE = 0.02;

/** What was measured of the image itself. */
export interface ImageFacts {
  grey: GreyShades;
  /** [side][side] of `networkInput`. */
  input: Float32Array;
  side: number;
  fit: AppearanceFit;
  appearance: Appearance;
  /** A line of text is seen in the pixels. */
  hasText: boolean;
  /** It looks like a part of a film. */
  isPart: boolean;
}

/** All checks, tags first, in the order in which a reader would ask. */
export function checkApplicability(technique: TechniqueFacts, image: ImageFacts): ApplicabilityCheck[] {
  return [...checkTags(technique), textCheck(technique, image.hasText), ...checkImage(image)];
}

/** The gravest outcome of all checks; what is not known is for review. */
export function gravestOutcome(
  checks: readonly ApplicabilityCheck[],
): Exclude<ApplicabilityCheck['outcome'], 'unknown'> {
  const has = (outcome: ApplicabilityCheck['outcome']) => checks.some((check) => check.outcome === outcome);
  if (has('refused')) return 'refused';
  return has('review') || has('unknown') ? 'review' : 'passed';
}

/** What did not pass, a sentence each; what the file does not tell, in one. */
export function reasonsOf(checks: readonly ApplicabilityCheck[]): string[] {
  const reasons = checks.filter(({ outcome }) => outcome !== 'passed');
  const untold = reasons.filter(({ check, outcome }) => outcome === 'unknown' && check in UNTOLD_WORDS);
  if (untold.length < 2) return reasons.map(({ why }) => why);
  const words = untold.map(({ check }) => UNTOLD_WORDS[check as keyof typeof UNTOLD_WORDS]);
  const last = words.pop();
  return [
    `The file does not tell ${words.join(', ')} and ${last}; these were judged by the image alone.`,
    ...reasons.filter((check) => !untold.includes(check)).map(({ why }) => why),
  ];
}

const UNTOLD_WORDS = { modality: 'modality', 'body-part': 'body part', view: 'view' } as const;

function checkTags(technique: TechniqueFacts): ApplicabilityCheck[] {
  const { photometric } = technique;
  return [
    modalityCheck(technique.modality?.toUpperCase() ?? null),
    bodyPartCheck(technique.bodyPart?.toUpperCase() ?? null),
    viewCheck(technique.view?.toUpperCase() ?? null),
    ageCheck(technique.patientAgeYears),
    photometric === null || /^(MONOCHROME[12]|RGB|YBR_|PALETTE)/.test(photometric)
      ? passed(
          'photometric',
          photometric === 'MONOCHROME1'
            ? 'Low values are bright (MONOCHROME1); shades were turned over before the network saw them.'
            : `Shades are stored as ${photometric ?? 'grey or colour'}.`,
        )
      : refused('photometric', `Shades are stored as ${photometric}, which is not known here.`),
  ];
}

/** By the tag and by the pixels: a tag that denies it is not believed against a line that is there. */
function textCheck({ burnedInAnnotation }: TechniqueFacts, hasText: boolean): ApplicabilityCheck {
  if (burnedInAnnotation === true) {
    return review(
      'burned-in-text',
      'The file says that text is burned into the image; the network may have read it.',
    );
  }
  if (hasText) {
    return review(
      'burned-in-text',
      'A line of text seems to be burned into the image; the network may have read it, and it may name the patient.',
    );
  }
  return passed('burned-in-text', 'No line of text is seen in the image.');
}

function modalityCheck(modality: string | null): ApplicabilityCheck {
  if (modality === null) return unknown('modality', 'Modality is not known; judged by the image alone.');
  if (RADIOGRAPHY.includes(modality)) return passed('modality', `Projection radiograph (${modality}).`);
  if (UNSPECIFIC_MODALITY.includes(modality)) {
    return unknown('modality', `Modality ${modality} does not say what the picture is.`);
  }
  return refused('modality', `Modality is ${modality}; the network knows projection radiographs only.`);
}

function bodyPartCheck(part: string | null): ApplicabilityCheck {
  if (part === null) return unknown('body-part', 'Body part is not known; judged by the image alone.');
  return CHEST.test(part)
    ? passed('body-part', `Body part is ${part}.`)
    : refused('body-part', `Body part is ${part}; the network knows the chest only.`);
}

function viewCheck(view: string | null): ApplicabilityCheck {
  if (view === null) return unknown('view', 'View is not known; judged by the image alone.');
  return FRONTAL.test(view)
    ? passed('view', `Frontal view (${view}).`)
    : refused('view', `View is ${view}; the network knows frontal views only.`);
}

function ageCheck(years: number | null): ApplicabilityCheck {
  if (years === null) {
    return unknown('age', 'Age is not known; the network was trained on children of one to five years only.');
  }
  const whole = Math.floor(years);
  const told = years < 1 ? `${Math.floor(12 * years)} months` : `${whole} ${whole === 1 ? 'year' : 'years'}`;
  if (whole >= YOUNGEST_YEARS && whole <= OLDEST_YEARS) return passed('age', `Age is ${told}.`);
  const why = `Age is ${told}; the network was trained on children of one to five years only.`;
  return whole >= ADULT_YEARS ? refused('age', why) : review('age', why);
}

function checkImage({ grey, input, side, fit, appearance, isPart }: ImageFacts): ApplicabilityCheck[] {
  const { width, height, shades, colouredShare } = grey;
  const checks: ApplicabilityCheck[] = [];
  const { clippedShare, spread } = exposureOf(shades);
  const short = Math.min(width, height);
  checks.push(
    short < SMALLEST_SIDE_PIXELS
      ? refused(
          'size',
          `The image has ${width} x ${height} pixels; at least ${SMALLEST_SIDE_PIXELS} are needed.`,
        )
      : passed('size', `The image has ${width} x ${height} pixels.`),
    colouredShare > LARGEST_COLOURED_SHARE
      ? refused('colour', `${percent(colouredShare)} of the image is coloured; radiographs are grey.`)
      : passed('colour', 'The image is grey.'),
    spread < LEAST_SPREAD
      ? refused('exposure', 'The image has hardly any contrast.')
      : clippedShare > LARGEST_CLIPPED_SHARE
        ? refused('exposure', `${percent(clippedShare)} of the image is fully black or white.`)
        : passed('exposure', 'Shades are spread as on an exposed film.'),
  );
  const blank = blankShare(grey);
  const aspect = Math.max(width, height) / Math.max(1, short);
  checks.push(
    aspect > LARGEST_ASPECT
      ? refused(
          'cut-off',
          `The image is ${aspect.toFixed(1)} times as long as it is wide; a whole chest is not.`,
        )
      : blank > LARGEST_BLANK_SHARE
        ? refused('cut-off', `${percent(blank)} of the image is empty margin.`)
        : isPart
          ? refused('cut-off', 'The image looks like a part of a chest film.')
          : passed('cut-off', 'The image looks like a whole film.'),
  );
  const turns = quarterTurnsToUpright(input, side, fit.look);
  checks.push(
    turns === 0
      ? passed('rotation', 'The image looks upright.')
      : refused(
          'rotation',
          `The image looks turned by ${360 - 90 * turns} degrees clockwise; turn it upright first.`,
        ),
    appearance.score > 1
      ? refused('out-of-distribution', `The image is unlike the training films: ${farthest(appearance)}.`)
      : passed(
          'out-of-distribution',
          `The image is like the training films (${appearance.score.toFixed(2)} of the limit).`,
        ),
  );
  return checks;
}

function farthest({ score }: Appearance): string {
  return `its distance is ${score.toFixed(1)} times the limit that almost all of them keep`;
}

/** Shares of the shades' ends and the interquartile range, of 255. */
function exposureOf(shades: Float32Array): { clippedShare: number; spread: number } {
  const histogram = new Float64Array(256);
  for (const shade of shades) histogram[Math.round(255 * shade)]!++;
  const shadeAt = (share: number): number => {
    let below = 0;
    for (let shade = 0; shade < 256; shade++) {
      below += histogram[shade]!;
      if (below >= share * shades.length) return shade;
    }
    return 255;
  };
  return {
    clippedShare: (histogram[0]! + histogram[255]!) / shades.length,
    spread: shadeAt(0.75) - shadeAt(0.25),
  };
}

/** Shades that differ by less, of 1, are one. */
const FLAT = 0.012;

/** Rows and columns at the edges that hold one flat shade, as a share of the area. */
function blankShare({ width, height, shades }: GreyShades): number {
  const flat = (start: number, step: number, count: number): boolean => {
    let low = 1;
    let high = 0;
    for (let i = 0; i < count; i++) {
      const shade = shades[start + i * step]!;
      low = Math.min(low, shade);
      high = Math.max(high, shade);
      if (high - low > FLAT) return false;
    }
    return true;
  };
  let top = 0;
  while (top < height && flat(top * width, 1, width)) top++;
  if (top === height) return 1;
  let bottom = height - 1;
  while (flat(bottom * width, 1, width)) bottom--;
  let left = 0;
  while (left < width && flat(left, width, height)) left++;
  let right = width - 1;
  while (right > left && flat(right, width, height)) right--;
  return 1 - ((bottom - top + 1) * (right - left + 1)) / (width * height);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function passed(check: string, why: string): ApplicabilityCheck {
  return { check, outcome: 'passed', why };
}

function unknown(check: string, why: string): ApplicabilityCheck {
  return { check, outcome: 'unknown', why };
}

function review(check: string, why: string): ApplicabilityCheck {
  return { check, outcome: 'review', why };
}

function refused(check: string, why: string): ApplicabilityCheck {
  return { check, outcome: 'refused', why };
}
