import { expect, test } from 'vitest';
import { randomItems, shippedProfile, smallNetwork } from '../../../test/random-network.ts';
import { expectedCalibrationError } from '../../bayes/calibration-error.ts';
import { arraySwitchesSchema } from '../../contract/device-lab.ts';
import { calibrateRanges } from '../../imc/ranges.ts';
import { runIdealFp32 } from '../../imc/run.ts';
import { type AblationRow, ablation, ageing, switchedFigures } from './ablation.ts';

const network = smallNetwork();
const pcm = shippedProfile('pcm-nandakumar-2019');
const { signals, auxiliary } = randomItems(network, 200);
const logits = runIdealFp32(network, signals, auxiliary);
/** What the network itself says without an array. */
const labels = Array.from({ length: 200 }, (_, item) => {
  const own = logits.subarray(item * 4, item * 4 + 4);
  return own.indexOf(Math.max(...own));
});
const model = {
  network,
  ranges: calibrateRanges(network, pcm, signals, auxiliary),
  calibration: {
    id: 'test',
    temperature: 1,
    review: { probabilityBelow: 0.5, epistemicAbove: 1 },
    conformal: null,
    method: 'none',
  },
};
const options = { driftSeconds: 86_400, samples: 8, seed: 1, programmingSeeds: [1, 2] };
const rows = new Map(
  ablation(model, pcm, { signals, auxiliary, labels }, options).map((row) => [row.condition, row]),
);
const row = (name: string): AblationRow => rows.get(name)!;

test('the network without an array agrees with itself', () => {
  expect(row('fp32, no array')).toMatchObject({
    accuracy: 1,
    accuracyWorst: 1,
    vF1: 1,
    sF1: 1,
    epistemic: 0,
  });
});

test('each imperfection does what it is', () => {
  const converters = row('converters only').accuracy;
  expect(converters).toBeGreaterThan(0.95);
  expect(row('programming only').accuracy).toBeLessThan(converters);
  expect(row('drift only, not compensated').accuracy).toBeLessThan(row('drift only, compensated').accuracy);
  expect(row('stuck devices only').accuracy).toBeLessThan(converters);
  // Ranges that were calibrated for constant scaling are not in the way of reads that repeat.
  expect(row('noise and bound management only').accuracy).toBeGreaterThan(0.95);
  expect(row('uneven column converters only').accuracy).toBeLessThan(converters);
  expect(row('the profile, inputs serial').epistemic).toBeLessThan(row('the profile as it is').epistemic);
  expect(row('the profile as it is').accuracy).toBeLessThan(row('slow read noise only').accuracy);
});

test('only fast read noise makes samples differ', () => {
  for (const [name, { epistemic }] of rows) {
    if (name.startsWith('the profile') || name === 'fast read noise only') {
      expect(epistemic).toBeGreaterThan(0);
    } else expect(epistemic).toBe(0);
  }
});

test('calibration error is the mean gap between confidence and share of right answers', () => {
  // Two items at 0.9, one right; two at 0.6, both right.
  const probabilities = [0.9, 0.1, 0.9, 0.1, 0.6, 0.4, 0.6, 0.4];
  expect(expectedCalibrationError(probabilities, [0, 1, 0, 0])).toBeCloseTo((0.8 + 0.8) / 4, 12);
});

test('an array that ages loses more without compensation, and the row of a day is that of the ablation', () => {
  const ages = ageing(model, pcm, { signals, auxiliary, labels }, [60, 86_400, 3.1536e8], options);
  const at = (driftSeconds: number, driftCompensation: boolean) =>
    ages.find((age) => age.driftSeconds === driftSeconds && age.driftCompensation === driftCompensation)!;
  expect(ages).toHaveLength(6);
  expect(at(3.1536e8, false).accuracy).toBeLessThan(at(3.1536e8, true).accuracy);
  expect(at(3.1536e8, false).accuracy).toBeLessThan(at(60, false).accuracy);
  expect(at(86_400, true).accuracy).toBe(row('the profile as it is').accuracy);
  expect(at(86_400, false).accuracy).toBe(row('the profile, not compensated').accuracy);
});

test('switches give what the ablation gives for the same array, and switching all off leaves the converters', () => {
  const one = { ...options, programmingSeeds: [1] };
  const rowOfOne = (name: string) =>
    ablation(model, pcm, { signals, auxiliary, labels }, one).find(({ condition }) => condition === name)!;
  const switched = (switches: object, driftCompensation = true) =>
    switchedFigures(model, pcm, { signals, auxiliary, labels }, arraySwitchesSchema.parse(switches), {
      programmingSeed: 1,
      driftSeconds: options.driftSeconds,
      driftCompensation,
      samples: options.samples,
      seed: options.seed,
    });
  const { condition, ...profile } = rowOfOne('the profile as it is');
  expect(switched({})).toEqual(profile);
  const { condition: also, ...converters } = rowOfOne('converters only');
  expect(switched({ programming: false, drift: false, readNoise: false })).toEqual(converters);
  expect([condition, also]).toEqual(['the profile as it is', 'converters only']);
  expect(switched({ fastReadNoise: false }).epistemic).toBe(0);
  expect(switched({}, false).accuracy).toBeLessThan(profile.accuracy);
});
