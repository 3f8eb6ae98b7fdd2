/**
 * Devices and lines of a tile that do not work. They are drawn once from the programming seed, are known from
 * a test of the array before it is programmed, and stay. The worst columns move to spare ones.
 */
import { RandomStream } from '../numeric/random.ts';
import { fullScaleMicroSiemens, relativeTargets } from './device.ts';
import type { DeviceProfile, FaultModel } from './profile.ts';
import type { CellTargets } from './program.ts';
import { deviceStream } from './streams.ts';

export const HEALTHY = 0;
const STUCK_AT_MINIMUM = 1;
const STUCK_AT_MAXIMUM = 2;
const OPEN = 3;

/** What does not work in one tile, after columns have moved; arrays are [row][column], one code a device. */
export interface TileFaults {
  plus: Uint8Array;
  minus: Uint8Array;
  /** Of the columns in use and the spare ones. */
  stuckDevices: number;
  openLines: number;
  columnsMoved: number;
  /** Root mean square error of the weights that faults alone make, over the largest weight of each column. */
  weightErrorBefore: number;
  weightErrorAfter: number;
}

/** Conductance of a device that does not work, microsiemens. */
export function faultyConductance(profile: DeviceProfile, fault: number): number {
  if (fault === OPEN) return 0;
  return fault === STUCK_AT_MAXIMUM ? profile.gMaxMicroSiemens : profile.mapping.gMinMicroSiemens;
}

/**
 * @param place the tile, `rows` x `columns` of it in use
 */
export function drawFaults(
  place: { index: number; rows: number; columns: number },
  targets: CellTargets,
  layerIndex: number,
  profile: DeviceProfile,
  model: FaultModel,
  seed: number,
): TileFaults {
  const { rows, columns } = place;
  const physical = columns + model.spareColumns;
  const stream = new RandomStream(deviceStream(seed, 'faults', layerIndex, place.index));
  const lines = (count: number, rate: number): boolean[] =>
    Array.from({ length: count }, () => stream.uniform() < rate);
  const single = profile.mapping.kind === 'single-device';
  const openRows = lines(rows, model.openRow);
  const openColumns = [lines(physical, model.openColumn), lines(single ? 0 : physical, model.openColumn)];
  let stuckDevices = 0;
  const device = (row: number, column: number, side: number): number => {
    const draw = stream.uniform();
    let fault = HEALTHY;
    if (draw < model.stuckAtMinimum) fault = STUCK_AT_MINIMUM;
    else if (draw < model.stuckAtMinimum + model.stuckAtMaximum) fault = STUCK_AT_MAXIMUM;
    if (fault !== HEALTHY) stuckDevices++;
    return openRows[row] || openColumns[side][column] ? OPEN : fault;
  };
  const found = { plus: new Uint8Array(rows * physical), minus: new Uint8Array(rows * physical) };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < physical; column++) {
      found.plus[row * physical + column] = device(row, column, 0);
      if (!single) found.minus[row * physical + column] = device(row, column, 1);
    }
  }

  /** Sum of squared weight errors if `column` of the weights lies in column `at` of the tile. */
  const errorAt = (column: number, at: number): number => {
    let error = 0;
    for (let row = 0; row < rows; row++) {
      const cell = row * physical + at;
      const [plus, minus] = [found.plus[cell], found.minus[cell]];
      if (plus !== HEALTHY || minus !== HEALTHY) {
        error += weightError(profile, targets, row * columns + column, plus, minus) ** 2;
      }
    }
    return error;
  };
  const before = Array.from({ length: columns }, (_, column) => errorAt(column, column));
  const placeOf = Array.from(before, (_, column) => column);
  const after = [...before];
  const spares = Array.from({ length: model.spareColumns }, (_, spare) => columns + spare);
  for (const column of [...placeOf].sort((a, b) => before[b] - before[a] || a - b)) {
    if (before[column] === 0) break;
    for (const spare of spares) {
      const error = errorAt(column, spare);
      if (error < after[column]) {
        after[column] = error;
        placeOf[column] = spare;
      }
    }
    if (placeOf[column] !== column) spares.splice(spares.indexOf(placeOf[column]), 1);
  }

  const used = (codes: Uint8Array): Uint8Array =>
    Uint8Array.from(
      targets.weights,
      (_, cell) => codes[Math.floor(cell / columns) * physical + placeOf[cell % columns]],
    );
  const rootMean = (errors: readonly number[]): number =>
    Math.sqrt(errors.reduce((sum, error) => sum + error, 0) / (rows * columns));
  return {
    plus: used(found.plus),
    minus: used(found.minus),
    stuckDevices,
    openLines: [openRows, ...openColumns].flat().filter(Boolean).length,
    columnsMoved: placeOf.filter((at, column) => at !== column).length,
    weightErrorBefore: rootMean(before),
    weightErrorAfter: rootMean(after),
  };
}

function weightError(
  profile: DeviceProfile,
  targets: CellTargets,
  cell: number,
  plusFault: number,
  minusFault: number,
): number {
  const weight = targets.weights[cell];
  const { plus, minus, reference } = relativeTargets(profile, weight, targets.commonModes?.[cell]);
  const held = (fault: number, g: number): number =>
    fault === HEALTHY ? g * profile.gMaxMicroSiemens : faultyConductance(profile, fault);
  const difference = held(plusFault, plus) - held(minusFault, minus ?? reference);
  return difference / fullScaleMicroSiemens(profile) - weight;
}
