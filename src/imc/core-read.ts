/** Energy and time of one vector-matrix product in one core of a published chip. */
import { KirchhoffError } from '../contract/errors.ts';
import { leastSquares } from '../numeric/least-squares.ts';
import type { ChipCost, ReadFigures } from './cost-files.ts';

/** Parts of a core's energy; `core` is a total whose source does not divide it. */
export type CoreSource = 'core' | 'array' | 'dac' | 'adc';

export interface CoreRead {
  /** A whole core's, however little of it is in use. */
  energyPicojoules: Record<CoreSource, number>;
  latencyNanoseconds: number;
}

type PhasedFigures = Extract<ReadFigures, { kind: 'phased' }>;
type BitSerialFigures = Extract<ReadFigures, { kind: 'bit-serial' }>;

export interface ReadBits {
  inputBits: number;
  outputBits: number;
}

/**
 * One read with these converters.
 *
 * @param bits converters of the device profile
 * @throws {KirchhoffError} `value-out-of-range` where the chip's figures do not reach to these converters
 */
export function coreRead(chip: ChipCost, bits: ReadBits): CoreRead {
  return chip.read.kind === 'phased'
    ? phasedRead(chip, chip.read, bits)
    : bitSerialRead(chip, chip.read, bits);
}

/** Multiplications and additions of a read of a full core. */
function operations({ core }: ChipCost): number {
  return 2 * core.rows * core.columns;
}

function phasedRead(chip: ChipCost, figures: PhasedFigures, bits: ReadBits): CoreRead {
  if (bits.inputBits > figures.inputBits || bits.outputBits > figures.outputBits) {
    throw outOfRange(chip, bits, `up to ${figures.inputBits} bit in and ${figures.outputBits} bit out`);
  }
  return {
    energyPicojoules: {
      core: operations(chip) / figures.teraOperationsPerSecondPerWatt,
      array: 0,
      dac: 0,
      adc: 0,
    },
    latencyNanoseconds: (figures.cores * operations(chip)) / (figures.teraOperationsPerSecond * 1e3),
  };
}

function bitSerialRead(chip: ChipCost, figures: BitSerialFigures, bits: ReadBits): CoreRead {
  const widestIn = Math.max(...figures.rows.map(({ inputBits }) => inputBits));
  const widestOut = Math.max(...figures.rows.map(({ outputBits }) => outputBits));
  if (bits.inputBits > widestIn || bits.outputBits > widestOut) {
    throw outOfRange(chip, bits, `up to ${widestIn} bit in and ${widestOut} bit out`);
  }
  const energyRows = figures.rows.filter(({ fits }) => fits.includes('energy'));
  const femtojoules = (part: 'arrayFemtojoules' | 'dacFemtojoules' | 'adcFemtojoules') => {
    const [base, perCycle] = leastSquares(
      energyRows.map(({ inputBits }) => [1, inputCycles(inputBits)]),
      energyRows.map((row) => row[part]),
    );
    return base + perCycle * inputCycles(bits.inputBits);
  };
  const latencyRows = figures.rows.filter(({ fits }) => fits.includes('latency'));
  const coefficients = leastSquares(
    latencyRows.map((row) => readSteps(figures, row)),
    latencyRows.map((row) => (figures.cores * operations(chip)) / (row.teraOperationsPerSecond * 1e3)),
  );
  const steps = readSteps(figures, bits);
  const picojoules = operations(chip) / 1e3;
  return {
    energyPicojoules: {
      core: 0,
      array: femtojoules('arrayFemtojoules') * picojoules,
      dac: femtojoules('dacFemtojoules') * picojoules,
      adc: femtojoules('adcFemtojoules') * picojoules,
    },
    latencyNanoseconds: coefficients.reduce((sum, coefficient, i) => sum + coefficient * steps[i], 0),
  };
}

/** Pulses of a signed input: one a magnitude bit, the sign chooses the polarity. */
function inputCycles(inputBits: number): number {
  return Math.max(1, inputBits - 1);
}

/** What the time of a read is made of: phases, output bits of all phases, integration steps. */
function readSteps(figures: BitSerialFigures, { inputBits, outputBits }: ReadBits): number[] {
  const magnitude = inputCycles(inputBits);
  const halves =
    inputBits > figures.largestOneCycleBits
      ? [Math.ceil(magnitude / 2), Math.floor(magnitude / 2)]
      : [magnitude];
  return [
    halves.length,
    halves.length * outputBits,
    halves.reduce((steps, magnitudeBits) => steps + 2 ** magnitudeBits - 1, 0),
  ];
}

function outOfRange(chip: ChipCost, bits: ReadBits, reach: string): KirchhoffError {
  return new KirchhoffError(
    'value-out-of-range',
    `The chip's figures reach ${reach}, the converters have ${bits.inputBits} and ${bits.outputBits}.`,
    chip.name,
  );
}

/** A published figure beside the model's. */
export interface CostCheck {
  what: string;
  /** `consistency check`: the figure is an input of the model. `prediction`: nothing was fitted to it. */
  kind: 'consistency check' | 'prediction';
  unit: 'pJ' | 'ns';
  published: number;
  modelled: number;
  /** (modelled - published) / published */
  relativeError: number;
}

/** Every published row of a chip against the model of it. */
export function checksOf(chip: ChipCost): CostCheck[] {
  const { read } = chip;
  const row = (
    what: string,
    figures: { teraOperationsPerSecond: number; teraOperationsPerSecondPerWatt: number },
    modelled: CoreRead,
    fitted: { energy: boolean; latency: boolean },
    times = 1,
  ): CostCheck[] => [
    check(
      `energy of a read, ${what}`,
      fitted.energy,
      'pJ',
      operations(chip) / figures.teraOperationsPerSecondPerWatt,
      times * Object.values(modelled.energyPicojoules).reduce((sum, part) => sum + part, 0),
    ),
    check(
      `time of a read, ${what}`,
      fitted.latency,
      'ns',
      (read.cores * operations(chip)) / (figures.teraOperationsPerSecond * 1e3),
      times * modelled.latencyNanoseconds,
    ),
  ];
  if (read.kind === 'phased') {
    const one = coreRead(chip, read);
    return [
      ...row(phases(read.phases), read, one, { energy: true, latency: true }),
      ...read.published.flatMap((other) =>
        row(phases(other.phases), other, one, { energy: false, latency: false }, other.phases / read.phases),
      ),
    ];
  }
  return read.rows.flatMap((figures) =>
    row(`${figures.inputBits} bit in, ${figures.outputBits} bit out`, figures, coreRead(chip, figures), {
      energy: figures.fits.includes('energy'),
      latency: figures.fits.includes('latency'),
    }),
  );
}

function phases(number: number): string {
  return number === 1 ? 'one phase' : `${number} phases`;
}

function check(
  what: string,
  fitted: boolean,
  unit: CostCheck['unit'],
  published: number,
  modelled: number,
): CostCheck {
  return {
    what,
    kind: fitted ? 'consistency check' : 'prediction',
    unit,
    published,
    modelled,
    relativeError: (modelled - published) / published,
  };
}
