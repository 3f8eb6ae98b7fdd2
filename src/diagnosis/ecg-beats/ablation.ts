/** What each imperfection of the array does to the beat network, one at a time and together. Pure. */
import { expectedCalibrationError } from '../../bayes/calibration-error.ts';
import { itemUncertainty, sampleProbabilities } from '../../bayes/uncertainty.ts';
import type { ArraySwitches } from '../../contract/device-lab.ts';
import { NETWORK_CLASSES } from '../../contract/ecg.ts';
import { arrayAt } from '../../imc/drift.ts';
import type { DeviceProfile } from '../../imc/profile.ts';
import { programNetwork } from '../../imc/program.ts';
import { runIdealFp32, runSamples } from '../../imc/run.ts';
import type { BeatModel } from './beat-model.ts';

/** aihwkit's default for a segment of a line (`IOParameters`, 0.35 ohms). */
const WIRE_OHMS = 0.35;
const STUCK_SHARE = 0.01;

const EXACT = {
  programming: { kind: 'exact' },
  drift: { kind: 'none' },
  readNoise: { kind: 'none' },
  faults: undefined,
  wires: undefined,
} as const;

interface Condition {
  name: string;
  /** What differs from the profile. */
  profile: (profile: DeviceProfile) => DeviceProfile;
  compensated: boolean;
  /** 0: right after programming, where read noise has no slow part. */
  driftSeconds?: 0;
  /** One sample has no fast read noise. */
  samples?: 1;
}

const wires = { segmentOhms: WIRE_OHMS, source: 'default of aihwkit' };
const stuck = {
  stuckAtMinimum: STUCK_SHARE / 2,
  stuckAtMaximum: STUCK_SHARE / 2,
  openRow: 0,
  openColumn: 0,
  spareColumns: 0,
  source: 'made up',
};

/** No publication that a shipped profile rests on gives these. */
const columnSpread = {
  offsetDeviation: 0.01,
  gainDeviation: 0.02,
  curvatureMean: 0.05,
  curvatureDeviation: 0.02,
  source: 'made up',
};

/** Every condition has the profile's converters; `only` ones have exact devices but for what they name. */
const CONDITIONS: readonly Condition[] = [
  { name: 'converters only', profile: (p) => ({ ...p, ...EXACT }), compensated: true },
  {
    name: 'programming only',
    profile: (p) => ({ ...p, ...EXACT, programming: p.programming }),
    compensated: true,
  },
  {
    name: 'drift only, compensated',
    profile: (p) => ({ ...p, ...EXACT, drift: p.drift }),
    compensated: true,
  },
  {
    name: 'drift only, not compensated',
    profile: (p) => ({ ...p, ...EXACT, drift: p.drift }),
    compensated: false,
  },
  {
    name: 'slow read noise only',
    profile: (p) => ({ ...p, ...EXACT, readNoise: p.readNoise }),
    compensated: true,
    samples: 1,
  },
  {
    name: 'fast read noise only',
    profile: (p) => ({ ...p, ...EXACT, readNoise: p.readNoise }),
    compensated: true,
    driftSeconds: 0,
  },
  { name: 'wires only', profile: (p) => ({ ...p, ...EXACT, wires }), compensated: true },
  { name: 'stuck devices only', profile: (p) => ({ ...p, ...EXACT, faults: stuck }), compensated: true },
  {
    name: 'uneven column converters only',
    profile: (p) => ({ ...p, ...EXACT, converters: { ...p.converters, columnSpread } }),
    compensated: true,
  },
  {
    name: 'noise and bound management only',
    profile: (p) => ({
      ...p,
      ...EXACT,
      converters: {
        ...p.converters,
        inputScaling: 'absolute-maximum',
        boundManagement: { kind: 'iterative', largestFactor: 1000 },
      },
    }),
    compensated: true,
  },
  { name: 'the profile as it is', profile: (p) => p, compensated: true },
  { name: 'the profile, not compensated', profile: (p) => p, compensated: false },
  {
    name: 'the profile, inputs serial',
    profile: (p) => ({ ...p, converters: { ...p.converters, inputBits: 'serial' } }),
    compensated: true,
  },
  {
    name: 'the profile, wires and stuck devices',
    profile: (p) => ({ ...p, wires, faults: stuck }),
    compensated: true,
  },
];

/** Means over the programmed arrays; shares, F1 and calibration error 0 to 1, epistemic part in nats. */
export interface AblationRow {
  condition: string;
  arrays: number;
  accuracy: number;
  /** Lowest accuracy of an array. */
  accuracyWorst: number;
  vF1: number;
  sF1: number;
  calibrationError: number;
  epistemic: number;
}

export interface LabelledItems {
  signals: Float32Array;
  auxiliary: Float32Array;
  /** Number of the network class of each item. */
  labels: readonly number[];
}

/**
 * The network in fp32 and on arrays under every condition.
 *
 * @param options.programmingSeeds one array each
 */
export function ablation(
  model: Pick<BeatModel, 'network' | 'ranges' | 'calibration'>,
  profile: DeviceProfile,
  items: LabelledItems,
  options: { driftSeconds: number; samples: number; seed: number; programmingSeeds: readonly number[] },
): AblationRow[] {
  const { temperature } = model.calibration;
  const fp32 = figures(runIdealFp32(model.network, items.signals, items.auxiliary), 1, temperature, items);
  const rows = [rowOf('fp32, no array', [fp32])];
  for (const condition of CONDITIONS) {
    const used = condition.profile(profile);
    const arrays = options.programmingSeeds.map((programmingSeed) =>
      arrayFigures(model, used, items, {
        programmingSeed,
        driftSeconds: condition.driftSeconds ?? options.driftSeconds,
        driftCompensation: condition.compensated,
        samples: condition.samples ?? options.samples,
        seed: options.seed,
      }),
    );
    rows.push(rowOf(condition.name, arrays));
  }
  return rows;
}

/** The network on one array of the profile with some of its imperfections off, or others on. */
export function switchedFigures(
  model: Pick<BeatModel, 'network' | 'ranges' | 'calibration'>,
  profile: DeviceProfile,
  items: LabelledItems,
  switches: ArraySwitches,
  options: Parameters<typeof arrayFigures>[3],
): Omit<AblationRow, 'condition'> {
  const used: DeviceProfile = {
    ...profile,
    programming: switches.programming ? profile.programming : EXACT.programming,
    drift: switches.drift ? profile.drift : EXACT.drift,
    readNoise: switches.readNoise ? profile.readNoise : EXACT.readNoise,
    faults: switches.stuckDevices ? stuck : profile.faults,
    wires: switches.wires ? wires : profile.wires,
    converters: switches.unevenConverters ? { ...profile.converters, columnSpread } : profile.converters,
  };
  const samples = switches.fastReadNoise ? options.samples : 1;
  const { condition, ...row } = rowOf('', [arrayFigures(model, used, items, { ...options, samples })]);
  return row;
}

/** The same figures at an age of the array, with or without compensation of its drift. */
export interface AgeRow extends Omit<AblationRow, 'condition'> {
  driftSeconds: number;
  driftCompensation: boolean;
}

/**
 * The network on arrays of the profile as it ages.
 *
 * @param ages seconds since programming, within the reach of the profile's model
 */
export function ageing(
  model: Pick<BeatModel, 'network' | 'ranges' | 'calibration'>,
  profile: DeviceProfile,
  items: LabelledItems,
  ages: readonly number[],
  options: { samples: number; seed: number; programmingSeeds: readonly number[] },
): AgeRow[] {
  return [true, false].flatMap((driftCompensation) =>
    ages.map((driftSeconds) => {
      const arrays = options.programmingSeeds.map((programmingSeed) =>
        arrayFigures(model, profile, items, { ...options, programmingSeed, driftSeconds, driftCompensation }),
      );
      const { condition, ...row } = rowOf('', arrays);
      return { ...row, driftSeconds, driftCompensation };
    }),
  );
}

function arrayFigures(
  model: Pick<BeatModel, 'network' | 'ranges' | 'calibration'>,
  profile: DeviceProfile,
  items: LabelledItems,
  options: {
    programmingSeed: number;
    driftSeconds: number;
    driftCompensation: boolean;
    samples: number;
    seed: number;
  },
): Figures {
  const { programmingSeed, samples, seed } = options;
  const programmed = programNetwork(model.network, profile, { programmingSeed, ranges: model.ranges });
  const logits = runSamples(arrayAt(programmed, options), { ...items, firstItem: 0, samples, seed });
  return figures(logits, samples, model.calibration.temperature, items);
}

type Figures = Omit<AblationRow, 'condition' | 'arrays' | 'accuracyWorst'>;

function figures(
  logits: Float32Array,
  samples: number,
  temperature: number,
  { labels }: LabelledItems,
): Figures {
  const classes = NETWORK_CLASSES.length;
  const row = new Float64Array(samples * classes);
  const means = new Float64Array(labels.length * classes);
  let epistemic = 0;
  const called = labels.map((_, item) => {
    const own = logits.subarray(item * row.length, (item + 1) * row.length);
    sampleProbabilities(own, classes, temperature, row);
    const uncertainty = itemUncertainty(row, classes);
    means.set(uncertainty.mean, item * classes);
    epistemic += uncertainty.epistemic;
    return uncertainty.mean.indexOf(Math.max(...uncertainty.mean));
  });
  const f1 = (name: 'V' | 'S'): number => {
    const beatClass = NETWORK_CLASSES.indexOf(name);
    let [right, wrong] = [0, 0];
    for (const [item, label] of labels.entries()) {
      if (label === beatClass && called[item] === beatClass) right++;
      else if (label === beatClass || called[item] === beatClass) wrong++;
    }
    return right === 0 ? 0 : (2 * right) / (2 * right + wrong);
  };
  return {
    accuracy: labels.filter((label, item) => called[item] === label).length / labels.length,
    vF1: f1('V'),
    sF1: f1('S'),
    calibrationError: expectedCalibrationError(means, labels),
    epistemic: epistemic / labels.length,
  };
}

function rowOf(condition: string, arrays: readonly Figures[]): AblationRow {
  const mean = (of: (one: Figures) => number): number =>
    arrays.reduce((sum, one) => sum + of(one), 0) / arrays.length;
  return {
    condition,
    arrays: arrays.length,
    accuracy: mean((one) => one.accuracy),
    accuracyWorst: Math.min(...arrays.map((one) => one.accuracy)),
    vF1: mean((one) => one.vF1),
    sF1: mean((one) => one.sF1),
    calibrationError: mean((one) => one.calibrationError),
    epistemic: mean((one) => one.epistemic),
  };
}
