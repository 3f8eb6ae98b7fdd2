import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeDicom } from '../../imaging/decode-dicom.ts';
import { decodeRaster } from '../../imaging/raster/decode-raster.ts';
import { wrappedAsDicom } from '../../imaging/test-film.ts';
import { type ArrayState, arrayAt } from '../../imc/drift.ts';
import { isArrayLayer, type Network } from '../../imc/network.ts';
import { programNetwork } from '../../imc/program.ts';
import { calibrateRanges } from '../../imc/ranges.ts';
import { gaussians } from '../../numeric/random.ts';
import { FONTS, withText } from '../../training/drawn-text.ts';
import { CUT_OFFS } from '../../training/film-parts.ts';
import { greyImage, MADE_IMAGES, SPOILT_FILMS } from '../../training/foreign-images.ts';
import { readRadiographModel } from '../../training/radiograph-model-folder.ts';
import { readDeviceProfile } from '../../training/reference-condition.ts';
import { analyseRadiograph } from './analyse.ts';
import { NO_TECHNIQUE, type TechniqueFacts } from './applicability.ts';
import { networkInput } from './network-input.ts';
import { occlusionMap } from './saliency.ts';

const model = readRadiographModel();
const profile = readDeviceProfile('pcm-nandakumar-2019');
const DAY = { driftSeconds: 86_400, driftCompensation: true };

function programmed(programmingSeed: number, network: Network = model.network): ArrayState {
  const { ranges } = model;
  return arrayAt(programNetwork(network, profile, { programmingSeed, ranges }), DAY);
}

const array = programmed(1);
const SIDE = model.input.height;
const OPTIONS = { samples: 32, seed: 1, saliencySamples: 0 };
const CHILD: TechniqueFacts = {
  modality: 'DX',
  bodyPart: 'CHEST',
  view: 'AP',
  patientAgeYears: 3,
  photometric: 'MONOCHROME2',
  burnedInAnnotation: false,
};

const FILMS = ['normal-1', 'normal-2', 'bacterial-pneumonia', 'viral-pneumonia'];
const films = await Promise.all(
  FILMS.map(async (name) => {
    const jpeg = new Uint8Array(
      readFileSync(resolve(import.meta.dirname, `../../../samples/cxr-child-${name}.jpeg`)),
    );
    const { image } = await decodeRaster(jpeg, `${name}.jpeg`);
    const { width, height } = image;
    return { name, jpeg, width, height, shades: Uint8Array.from(image.pixels), image };
  }),
);
const inputOf = ({ shades, width, height }: (typeof films)[number]) =>
  networkInput(shades, width, height, SIDE);

async function analyseFile(bytes: Uint8Array) {
  const dicom = decodeDicom(bytes, 'film.dcm');
  const { technique } = dicom.instance;
  return analyseRadiograph(await dicom.frame(0), technique, model, array, OPTIONS);
}

describe('a film of a child', () => {
  it('gets a probability within its interval, both parts of doubt, a set and the checks in order', () => {
    for (const { image, name } of films) {
      const { finding, embedding } = analyseRadiograph(image, CHILD, model, array, OPTIONS);
      const { probability, credibleInterval90, aleatoric, epistemic, conformalSet } = finding;
      expect(finding.applicability.map(({ check }) => check).slice(0, 4)).toEqual([
        'modality',
        'body-part',
        'view',
        'age',
      ]);
      expect(probability, name).not.toBeNull();
      expect(credibleInterval90!.low).toBeLessThanOrEqual(probability!);
      expect(credibleInterval90!.high).toBeGreaterThanOrEqual(probability!);
      expect(aleatoric!).toBeGreaterThanOrEqual(0);
      expect(epistemic!).toBeGreaterThan(0);
      for (const name of conformalSet!) expect(model.network.classes).toContain(name);
      const fp32 = embedding!;
      expect(fp32.length).toBe(96);
    }
  });

  it('gets the same bits again', () => {
    const { image } = films[0]!;
    expect(analyseRadiograph(image, CHILD, model, programmed(1), OPTIONS)).toEqual(
      analyseRadiograph(image, CHILD, model, array, OPTIONS),
    );
  });

  it('gets the same answer as a JPEG, wrapped as DICOM, and with its shades stored turned over', async () => {
    for (const { image, jpeg, shades, width, height } of films) {
      const expected = analyseRadiograph(image, NO_TECHNIQUE, model, array, OPTIONS);
      const common = { width, height, age: null };
      const turned = shades.map((shade) => 255 - shade);
      const grey = await analyseFile(
        wrappedAsDicom({ ...common, photometric: 'MONOCHROME2', pixels: { kind: 'grey', values: shades } }),
      );
      const inverted = await analyseFile(
        wrappedAsDicom({ ...common, photometric: 'MONOCHROME1', pixels: { kind: 'grey', values: turned } }),
      );
      const inJpeg = await analyseFile(
        wrappedAsDicom({ ...common, photometric: 'YBR_FULL_422', pixels: { kind: 'jpeg', bytes: jpeg } }),
      );
      for (const { finding } of [grey, inverted, inJpeg]) {
        expect(finding.probability).toBeCloseTo(expected.finding.probability!, 3);
        expect(finding.conformalSet).toEqual(expected.finding.conformalSet);
        expect(finding.label).toBe(expected.finding.label);
        expect(finding.recommendation).toBe(expected.finding.recommendation);
      }
    }
  });

  it('is for review where its age is unknown, and says why', () => {
    const { finding } = analyseRadiograph(films[0]!.image, NO_TECHNIQUE, model, array, OPTIONS);
    expect(finding.probability).not.toBeNull();
    expect(finding.recommendation).toBe('review');
    expect(finding.why.join(' ')).toMatch(/age is not known/i);
  });
});

describe('what the network knows nothing of', () => {
  const answer = (technique: TechniqueFacts, image = films[0]!.image, saliencySamples = 0) =>
    analyseRadiograph(image, technique, model, array, { ...OPTIONS, saliencySamples });

  it.each([
    ['age', { patientAgeYears: 44 }],
    ['view', { view: 'LL' }],
    ['body-part', { bodyPart: 'HAND' }],
    ['modality', { modality: 'CT' }],
    ['photometric', { photometric: 'UNHEARD OF' }],
  ])('is refused by %s before the network speaks', (check, facts) => {
    const { finding, saliency, embedding } = answer({ ...CHILD, ...facts }, films[0]!.image, 8);
    expect(finding.applicability.filter(({ outcome }) => outcome === 'refused').map((c) => c.check)).toEqual([
      check,
    ]);
    expect(finding).toMatchObject({ probability: null, recommendation: 'refuse', conformalSet: null });
    expect(finding.why).toHaveLength(1);
    expect([saliency, embedding]).toEqual([null, null]);
  });

  it.each([
    ['age', { patientAgeYears: 0.4 }, /4 months/],
    ['age', { patientAgeYears: 11 }, /11 years/],
    ['burned-in-text', { burnedInAnnotation: true }, /burned into/],
  ])('is for review by %s (%o)', (check, facts, why) => {
    const { finding } = answer({ ...CHILD, ...facts });
    expect(finding.applicability.find((one) => one.check === check)).toMatchObject({ outcome: 'review' });
    expect(finding.recommendation).toBe('review');
    expect(finding.why.join(' ')).toMatch(why);
  });

  it.each([
    ['age', { patientAgeYears: null }, /age is not known/i],
    ['modality', { modality: 'OT' }, /does not say/],
    ['modality', { modality: null }, /modality is not known/i],
    ['body-part', { bodyPart: null }, /body part is not known/i],
    ['view', { view: null }, /view is not known/i],
  ])('is shown as not known and is for review by %s (%o)', (check, facts, why) => {
    const { finding } = answer({ ...CHILD, ...facts });
    expect(finding.applicability.find((one) => one.check === check)).toMatchObject({ outcome: 'unknown' });
    expect(finding.recommendation).toBe('review');
    expect(finding.probability).not.toBeNull();
    expect(finding.why.join(' ')).toMatch(why);
  });

  it('says in one sentence what a picture without tags does not tell, and is for review', () => {
    const { finding } = answer(NO_TECHNIQUE);
    expect(finding.recommendation).toBe('review');
    expect(finding.why.filter((why) => /modality, body part and view/.test(why))).toHaveLength(1);
    expect(finding.applicability.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(4);
  });

  it('is for review where a line of text is burned in, whatever the tag says; a side marker is not one', () => {
    const { shades, width, height } = films[0]!;
    const checkOf = (pixels: Uint8Array) =>
      answer(CHILD, greyImage(pixels, width, height)).finding.applicability.find(
        ({ check }) => check === 'burned-in-text',
      );
    expect(checkOf(shades)).toMatchObject({ outcome: 'passed' });
    for (const font of Object.values(FONTS)) {
      expect(checkOf(withText(shades, width, height, font, 9, 1, 'MILLER ANNA 12.3.2019'))).toMatchObject({
        outcome: 'review',
        why: expect.stringContaining('line of text'),
      });
      expect(checkOf(withText(shades, width, height, font, 12, 1, 'R'))).toMatchObject({ outcome: 'passed' });
    }
  });

  it.each(Object.keys(CUT_OFFS))('is refused where a film is cut off: %s', (kind) => {
    for (const { shades, width } of films) {
      const { finding } = answer(CHILD, SPOILT_FILMS[kind]!(shades, width));
      expect(finding.applicability.find(({ check }) => check === 'cut-off')).toMatchObject({
        outcome: 'refused',
      });
      expect(finding.recommendation).toBe('refuse');
    }
  });

  it.each(Object.keys(MADE_IMAGES))('is refused by its look: %s', (kind) => {
    for (let i = 0; i < 3; i++) {
      expect(answer(CHILD, MADE_IMAGES[kind]!(i)).finding.recommendation).toBe('refuse');
    }
  });

  it('is refused where a film is turned or holds one shade, with the turn named', () => {
    for (const { shades, width } of films) {
      for (const degrees of [90, 180, 270]) {
        const turned = SPOILT_FILMS[`turned by ${degrees} degrees`]!(shades, width);
        const { finding } = answer(CHILD, turned);
        expect(finding.applicability.find(({ check }) => check === 'rotation')).toMatchObject({
          outcome: 'refused',
          why: expect.stringContaining(`${degrees} degrees`),
        });
      }
    }
    const blank = greyImage(new Uint8Array(224 * 224).fill(90), 224, 224);
    expect(answer(CHILD, blank).finding.why.join(' ')).toMatch(/contrast/);
  });
});

/** Spearman's rank correlation. */
function rankCorrelation(a: Float32Array, b: Float32Array): number {
  const ranks = (values: Float32Array) => {
    const result = new Float64Array(values.length);
    Array.from(values.keys())
      .sort((i, j) => values[i]! - values[j]!)
      .forEach((i, rank) => {
        result[i] = rank;
      });
    return result;
  };
  const [ra, rb] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (ra[i]! - mean) * (rb[i]! - mean);
    aa += (ra[i]! - mean) ** 2;
    bb += (rb[i]! - mean) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describe('where the answer comes from', () => {
  const OCCLUSION = { samples: 2, seed: 1, temperature: model.calibration.temperature };
  const mapped = [films[0]!, films[2]!];
  const maps = mapped.map((film) => occlusionMap(array, inputOf(film), SIDE, OCCLUSION));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('is the same on another seed of reads, and nearly so on another chip', () => {
    const other = programmed(2);
    mapped.forEach((film, i) => {
      const again = occlusionMap(array, inputOf(film), SIDE, { ...OCCLUSION, seed: 2 });
      expect(rankCorrelation(maps[i]!.mean, again.mean), film.name).toBeGreaterThan(0.8);
      const chip = occlusionMap(other, inputOf(film), SIDE, OCCLUSION);
      expect(rankCorrelation(maps[i]!.mean, chip.mean), film.name).toBeGreaterThan(0.8);
    });
  });

  it('is lost when weights are replaced from the last layer to the first', () => {
    const layers = model.network.layers.filter(isArrayLayer);
    const none = new Float32Array(0);
    const inputs = new Float32Array(films.length * SIDE * SIDE);
    films.forEach((film, i) => {
      inputs.set(inputOf(film), i * SIDE * SIDE);
    });
    const correlations = [1, 2, 3].map((draw) => {
      // All layers: the end of the cascade of Adebayo et al., NeurIPS 2018.
      const network: Network = {
        ...model.network,
        layers: model.network.layers.map((layer) =>
          isArrayLayer(layer)
            ? { ...layer, weights: randomLike(layer.weights, draw, layers.indexOf(layer)) }
            : layer,
        ),
      };
      const ranges = calibrateRanges(network, profile, inputs, none);
      const state = arrayAt(programNetwork(network, profile, { programmingSeed: 1, ranges }), DAY);
      return mapped.map((film, i) =>
        rankCorrelation(maps[i]!.mean, occlusionMap(state, inputOf(film), SIDE, OCCLUSION).mean),
      );
    });
    expect(Math.abs(mean(correlations.flat()))).toBeLessThan(0.2);
  });

  it('has a deviation that reads of the array make', () => {
    for (const { deviation } of maps) {
      expect(mean([...deviation])).toBeGreaterThan(0);
    }
    const ideal = readDeviceProfile('ideal');
    const exact = arrayAt(
      programNetwork(model.network, ideal, { programmingSeed: 1, ranges: model.ranges }),
      DAY,
    );
    const { deviation } = occlusionMap(exact, inputOf(films[0]!), SIDE, OCCLUSION);
    expect(Math.max(...deviation)).toBeLessThan(1e-5);
  });

  it('comes with the analysis over the whole image where it is asked for', () => {
    const { image } = films[2]!;
    const { saliency } = analyseRadiograph(image, CHILD, model, array, { ...OPTIONS, saliencySamples: 2 });
    expect([saliency!.width, saliency!.height]).toEqual([224, 224]);
    expect(saliency!.mean.length).toBe(224 * 224);
    expect(saliency!.mean.every(Number.isFinite)).toBe(true);
  });
});

/** Gaussian weights of the same deviation. */
function randomLike(weights: Float32Array, draw: number, layer: number): Float32Array {
  let squares = 0;
  for (const weight of weights) squares += weight * weight;
  const deviation = Math.sqrt(squares / weights.length);
  return gaussians({ seed: draw, words: [99, layer, 0] }, weights.length).map((value) => value * deviation);
}
