/**
 * Energy and latency of a network on the cores of a published chip, beside digital logic that fetches its
 * weights from SRAM or from DRAM. What a chip's source gives as one total stays one total.
 */
import { KirchhoffError } from '../contract/errors.ts';
import type { LayerReads } from './array-reader.ts';
import { type CoreSource, type CostCheck, checksOf, coreRead } from './core-read.ts';
import type { ChipCost, DigitalCost, Standing } from './cost-files.ts';
import { isArrayLayer, type Network, windowOf } from './network.ts';
import type { ProgrammedLayer, ProgrammedNetwork } from './program.ts';
import { macsByLayer, shapesOf, valuesOf } from './shapes.ts';
import { chipTileCount, turnsOf } from './tiers.ts';

/** Where energy goes on the array: parts of a core, digital sums and pooling, activations to and from SRAM. */
export type CostSource = CoreSource | 'digital' | 'dataMovement';
export const COST_SOURCES: readonly CostSource[] = ['core', 'array', 'dac', 'adc', 'digital', 'dataMovement'];

/** One array layer with the digital steps that follow it, for one sample of one item. */
export interface LayerCost {
  layer: string;
  rows: number;
  columns: number;
  /** Vector-matrix products an item. */
  positions: number;
  /** Reads of a tile for one vector: more than one only where bound management repeats some. */
  readsPerVector: number;
  /** Of one tier each. */
  cores: number;
  /** Reads one after the other for one vector: more than one only where tiers share a core. */
  turns: number;
  /** Cells in use of the cells of these cores, 0 to 1. */
  utilisation: number;
  macs: number;
  energyPicojoules: Record<CostSource, number>;
  totalPicojoules: number;
  /**
   * Bound on what the devices in use dissipate: read voltage squared times the sum of their programmed
   * conductances for the whole read, every input at full scale. A part of `core`, not beside it; null where the
   * chip's figures give the array apart.
   */
  devicesAtMostPicojoules: number | null;
  /** Cores side by side; positions, and tiers of one core, one after the other. */
  latencyNanoseconds: number;
}

/** The same network in digital logic, one pass. */
export interface DigitalBaseline {
  arithmetic: 'int8' | 'fp32';
  weightsFrom: 'SRAM' | 'DRAM';
  nodeNanometres: number;
  supplyVolts: number;
  /** False: at the node of the figures themselves. */
  scaled: boolean;
  energyPicojoules: { arithmetic: number; weights: number; activations: number };
  totalPicojoules: number;
  latencyNanoseconds: number;
}

export interface CostConstant {
  what: string;
  value: string;
  nodeNanometres: number | null;
  standing: Standing;
  source: string;
}

export interface CostReport {
  network: string;
  profile: string;
  chip: { name: string; title: string; nodeNanometres: number; figures: string };
  samples: number;
  layers: LayerCost[];
  /** Sums over layers: one sample, and all samples of one item, one after the other. */
  oneSample: CostTotal;
  allSamples: CostTotal;
  /** With all their tiers. */
  cores: number;
  utilisation: number;
  /** Once, when the array is programmed; no part of an inference. */
  programming: {
    devices: number;
    /** Counted where the profile programs with write-verify, else as published; null where neither is known. */
    pulses: number | null;
    picojoules: number | null;
    remark: string;
  };
  /** One pass each. Logic gives the same answer each time, so that an ensemble has no use for a second one. */
  digital: DigitalBaseline[];
  checks: CostCheck[];
  constants: CostConstant[];
  remarks: string[];
}

export interface CostTotal {
  energyPicojoules: Record<CostSource, number>;
  totalPicojoules: number;
  latencyNanoseconds: number;
}

/**
 * What one item costs.
 *
 * @param samples Monte-Carlo samples, at least 1; each reads every layer anew
 * @param reads what `runSamplesCounted` counted on the items in question; one read a vector without it
 * @throws {KirchhoffError} `value-out-of-range` where the chip's figures do not reach to the profile's converters,
 *   `not-found` where the scaling rule has no such node
 */
export function costOf(
  programmed: ProgrammedNetwork,
  chip: ChipCost,
  digital: DigitalCost,
  samples: number,
  reads: readonly LayerReads[] | null = null,
): CostReport {
  if (!Number.isInteger(samples) || samples < 1) throw new RangeError(`${samples} samples`);
  const { network, profile } = programmed;
  const layers = layerCosts(programmed, chip, digital, reads);
  const oneSample = totalOf(layers);
  const tiers = profile.tile.tiers ?? 1;
  const cores = chipTileCount(
    layers.map((layer) => layer.cores),
    tiers,
  );
  const cells = layers.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const devicesPerCell = profile.mapping.kind === 'differential-pair' ? 2 : 1;
  const baselines = ([false, true] as const).flatMap((scaled) =>
    (['int8', 'fp32'] as const).flatMap((arithmetic) =>
      (['SRAM', 'DRAM'] as const).map((weightsFrom) =>
        digitalBaseline(network, digital, chip, { arithmetic, weightsFrom, scaled }),
      ),
    ),
  );
  return {
    network: network.name,
    profile: profile.name,
    chip: {
      name: chip.name,
      title: chip.title,
      nodeNanometres: chip.node.nanometres,
      figures: chip.figures,
    },
    samples,
    layers,
    oneSample,
    allSamples: times(oneSample, samples),
    cores,
    utilisation: cells / (cores * tiers * chip.core.rows * chip.core.columns),
    programming: programmingOf(chip, devicesPerCell * cells, programmed),
    digital: baselines,
    checks: checksOf(chip),
    constants: constantsOf(chip, digital),
    remarks: remarksOf(chip, programmed, reads !== null),
  };
}

/** Energy of logic or SRAM at another node over that at the node of the figures. */
export function nodeScale(digital: DigitalCost, node: { nanometres: number; supplyVolts: number }): number {
  const factor = ({ nanometres, supplyVolts }: { nanometres: number; supplyVolts: number }): number => {
    const line = digital.nodeScaling.nodes.find((entry) => entry.nanometres === nanometres);
    if (line === undefined) {
      throw new KirchhoffError('not-found', `The scaling rule has no ${nanometres} nm.`, digital.name);
    }
    return line.a * supplyVolts * supplyVolts + line.b * supplyVolts + line.c;
  };
  return factor(node) / factor(digital.node);
}

/** Cores that a layer fills wholly or in part: those of a column of cores share their outputs. */
function coresOf(
  { rows, columns, groups }: ProgrammedLayer,
  { core }: ChipCost,
): { rowCores: number; columnCores: number; cores: number } {
  const rowCores = Math.ceil(rows / core.rows);
  const columnCores = Math.ceil(columns / groups / core.columns);
  return { rowCores, columnCores, cores: groups * rowCores * columnCores };
}

function layerCosts(
  programmed: ProgrammedNetwork,
  chip: ChipCost,
  digital: DigitalCost,
  counted: readonly LayerReads[] | null,
): LayerCost[] {
  const { network, profile } = programmed;
  const read = coreRead(chip, {
    inputBits: profile.converters.dacBits,
    outputBits: profile.converters.adcBits,
  });
  const scale = nodeScale(digital, chip.node);
  const pooled = digitalStepsByLayer(network);
  const macs = macsByLayer(network);
  const counts = programmed.layers.map((layer) => coresOf(layer, chip).cores);
  const chipCores = chipTileCount(counts, profile.tile.tiers ?? 1);
  return programmed.layers.map((layer, index) => {
    const { name, rows, columns, groups, positions, tiles } = layer;
    const { rowCores, columnCores, cores } = coresOf(layer, chip);
    const own = counted?.find((one) => one.layer === name);
    const readsPerVector = own === undefined || own.vectors === 0 ? 1 : own.reads / own.vectors;
    const reads = cores * positions * readsPerVector;
    // A bias for each output, and sums over the cores that share its column.
    const additions = positions * columns * rowCores;
    const bytes = positions * (rows * groups * columnCores + columns) + pooled[index].values;
    const energyPicojoules = {
      core: reads * read.energyPicojoules.core,
      array: reads * read.energyPicojoules.array,
      dac: reads * read.energyPicojoules.dac,
      adc: reads * read.energyPicojoules.adc,
      digital:
        scale *
        (additions * digital.int32AddPicojoules.value +
          pooled[index].operations * digital.int8AddPicojoules.value),
      dataMovement: scale * bytes * digital.sramPicojoulesPerByte.value,
    };
    let microSiemens = 0;
    for (const tile of tiles) {
      for (const g of tile.plusMicroSiemens) microSiemens += g;
      for (const g of tile.minusMicroSiemens) microSiemens += g;
    }
    const turns = turnsOf(cores, chipCores);
    const latencyNanoseconds = positions * readsPerVector * turns * read.latencyNanoseconds;
    return {
      layer: name,
      rows,
      columns,
      positions,
      readsPerVector,
      cores,
      turns,
      utilisation: (rows * columns) / (cores * chip.core.rows * chip.core.columns),
      macs: macs[index].macs,
      energyPicojoules,
      totalPicojoules: sumOf(energyPicojoules),
      // uS V^2 ns = 1e-3 pJ
      devicesAtMostPicojoules:
        chip.read.kind === 'phased'
          ? microSiemens *
            chip.read.readVolts.value ** 2 *
            positions *
            readsPerVector *
            read.latencyNanoseconds *
            1e-3
          : null,
      latencyNanoseconds,
    };
  });
}

/**
 * Comparisons or additions, and values read and written, of the pooling and residual sums behind each array
 * layer; those of the input itself count with the first one.
 */
function digitalStepsByLayer(network: Network): { operations: number; values: number }[] {
  const steps: { operations: number; values: number }[] = [];
  let current = { operations: 0, values: 0 };
  for (const { layer, output } of shapesOf(network)) {
    if (isArrayLayer(layer)) {
      if (steps.length > 0) current = { operations: 0, values: 0 };
      steps.push(current);
    } else if (layer.kind === 'pool1d' || layer.kind === 'pool2d') {
      const [height, width] = windowOf(layer).kernel;
      current.operations += valuesOf(output) * (height * width - 1);
      current.values += valuesOf(output) * (height * width + 1);
    } else if (layer.kind === 'add') {
      current.operations += valuesOf(output);
      current.values += 3 * valuesOf(output);
    }
  }
  return steps;
}

function digitalBaseline(
  network: Network,
  digital: DigitalCost,
  chip: ChipCost,
  choice: Pick<DigitalBaseline, 'arithmetic' | 'weightsFrom' | 'scaled'>,
): DigitalBaseline {
  const node = choice.scaled ? chip.node : digital.node;
  const scale = choice.scaled ? nodeScale(digital, chip.node) : 1;
  const int8 = choice.arithmetic === 'int8';
  const bytesEach = int8 ? 1 : 4;
  const macPicojoules = int8
    ? digital.int8MultiplyPicojoules.value + digital.int32AddPicojoules.value
    : digital.fp32MultiplyPicojoules.value + digital.fp32AddPicojoules.value;
  const addPicojoules = int8 ? digital.int32AddPicojoules.value : digital.fp32AddPicojoules.value;
  const poolPicojoules = int8 ? digital.int8AddPicojoules.value : digital.fp32AddPicojoules.value;
  const macs = macsByLayer(network).reduce((sum, layer) => sum + layer.macs, 0);
  const flow = activationFlow(network);
  let weightBytes = 0;
  for (const layer of network.layers) {
    if (isArrayLayer(layer)) weightBytes += layer.weights.length * bytesEach + layer.bias.length * 4;
  }
  const pooling = digitalStepsByLayer(network);
  const poolOperations = pooling.reduce((sum, { operations }) => sum + operations, 0);
  const poolValues = pooling.reduce((sum, { values }) => sum + values, 0);
  const energyPicojoules = {
    arithmetic:
      scale * (macs * macPicojoules + flow.outputs * addPicojoules + poolOperations * poolPicojoules),
    weights:
      weightBytes *
      (choice.weightsFrom === 'SRAM'
        ? scale * digital.sramPicojoulesPerByte.value
        : digital.dramPicojoulesPerByte.value),
    activations:
      scale * (flow.inputs + flow.outputs + poolValues) * bytesEach * digital.sramPicojoulesPerByte.value,
  };
  return {
    ...choice,
    nodeNanometres: node.nanometres,
    supplyVolts: node.supplyVolts,
    energyPicojoules,
    totalPicojoules: sumOf(energyPicojoules),
    latencyNanoseconds: (macs / digital.macsPerSecond.value) * 1e9,
  };
}

/** Values that all array layers read, each once, and write. */
function activationFlow(network: Network): { inputs: number; outputs: number } {
  const flow = { inputs: 0, outputs: 0 };
  for (const { layer, input, output } of shapesOf(network)) {
    if (!isArrayLayer(layer)) continue;
    flow.inputs += valuesOf(input);
    flow.outputs += valuesOf(output);
  }
  return flow;
}

function programmingOf(
  chip: ChipCost,
  devices: number,
  { layers, profile }: ProgrammedNetwork,
): CostReport['programming'] {
  const { programming } = chip;
  const tiles = layers.flatMap((layer) => layer.tiles);
  const counted =
    profile.programming.kind === 'write-verify'
      ? tiles.reduce((sum, { writing }) => sum + (writing?.pulses ?? 0), 0)
      : null;
  if (programming.kind === 'unknown') {
    return { devices, pulses: counted, picojoules: null, remark: programming.why };
  }
  const pulses = counted ?? devices * programming.pulsesPerDevice;
  // V^2 uS s = 1e6 pJ
  const pulse = programming.pulseVolts ** 2 * profile.gMaxMicroSiemens * programming.pulseSeconds * 1e6;
  return {
    devices,
    pulses,
    picojoules: pulses * pulse,
    remark: `${programming.standing}: ${programming.source}${counted === null ? '' : '. Pulses counted in simulated write-verify'}`,
  };
}

function totalOf(layers: readonly LayerCost[]): CostTotal {
  const energyPicojoules = { core: 0, array: 0, dac: 0, adc: 0, digital: 0, dataMovement: 0 };
  for (const layer of layers) {
    for (const source of COST_SOURCES) energyPicojoules[source] += layer.energyPicojoules[source];
  }
  return {
    energyPicojoules,
    totalPicojoules: sumOf(energyPicojoules),
    latencyNanoseconds: layers.reduce((sum, layer) => sum + layer.latencyNanoseconds, 0),
  };
}

function times(total: CostTotal, samples: number): CostTotal {
  const { core, array, dac, adc, digital, dataMovement } = total.energyPicojoules;
  return {
    energyPicojoules: {
      core: core * samples,
      array: array * samples,
      dac: dac * samples,
      adc: adc * samples,
      digital: digital * samples,
      dataMovement: dataMovement * samples,
    },
    totalPicojoules: total.totalPicojoules * samples,
    latencyNanoseconds: total.latencyNanoseconds * samples,
  };
}

function sumOf(energies: Record<string, number>): number {
  return Object.values(energies).reduce((sum, energy) => sum + energy, 0);
}

function constantsOf(chip: ChipCost, digital: DigitalCost): CostConstant[] {
  const chipNode = chip.node.nanometres;
  const digitalNode = digital.node.nanometres;
  const { read, programming } = chip;
  const readValue =
    read.kind === 'phased'
      ? `${read.teraOperationsPerSecond} TOPS, ${read.teraOperationsPerSecondPerWatt} TOPS/W, ${read.cores} cores`
      : `${read.rows.length} rows by bits, ${read.cores} cores`;
  const line = (
    what: string,
    value: string,
    nodeNanometres: number | null,
    { standing, source }: { standing: Standing; source: string },
  ): CostConstant => ({ what, value, nodeNanometres, standing, source });
  return [
    line('node of the chip', `${chipNode} nm, ${chip.node.supplyVolts} V`, chipNode, chip.node),
    line('core', `${chip.core.rows} x ${chip.core.columns} weights`, chipNode, chip.core),
    line('read of a core', readValue, chipNode, read),
    ...(read.kind === 'phased'
      ? [line('read voltage', `${read.readVolts.value} V`, chipNode, read.readVolts)]
      : []),
    ...(programming.kind === 'pulsed'
      ? [
          line(
            'programming',
            `${programming.pulsesPerDevice} pulses of ${programming.pulseVolts} V, ${programming.pulseSeconds} s`,
            chipNode,
            programming,
          ),
        ]
      : []),
    line(
      'node of the digital figures',
      `${digitalNode} nm, ${digital.node.supplyVolts} V`,
      digitalNode,
      digital.node,
    ),
    ...(
      [
        ['8-bit multiply', 'int8MultiplyPicojoules'],
        ['8-bit add or compare', 'int8AddPicojoules'],
        ['32-bit add', 'int32AddPicojoules'],
        ['fp32 multiply', 'fp32MultiplyPicojoules'],
        ['fp32 add', 'fp32AddPicojoules'],
        ['SRAM, a byte', 'sramPicojoulesPerByte'],
        ['DRAM, a byte', 'dramPicojoulesPerByte'],
      ] as const
    ).map(([what, key]) =>
      line(
        what,
        `${digital[key].value} pJ`,
        key === 'dramPicojoulesPerByte' ? null : digitalNode,
        digital[key],
      ),
    ),
    line('digital speed', `${digital.macsPerSecond.value} MAC/s`, null, digital.macsPerSecond),
    line(
      'scaling between nodes',
      `x ${nodeScale(digital, chip.node).toPrecision(3)} from ${digitalNode} to ${chipNode} nm`,
      null,
      digital.nodeScaling,
    ),
  ];
}

function remarksOf(chip: ChipCost, { profile }: ProgrammedNetwork, counted: boolean): string[] {
  const remarks = [
    'A core that is not full costs as much as a full one.',
    'Softmax, requantisation, control and anything outside the chip are not counted, on either side.',
  ];
  if (chip.read.kind === 'phased') remarks.push(`${chip.read.undivided}.`);
  const { boundManagement, inputBits } = profile.converters;
  if (boundManagement?.kind === 'iterative' && !counted) {
    remarks.push('Reads that bound management repeats depend on the items and are not counted.');
  }
  if (inputBits !== undefined && (inputBits === 'serial') !== (chip.read.kind === 'bit-serial')) {
    remarks.push(
      `Inputs of the profile are ${inputBits}, those of the chip's figures ${chip.read.kind}; a read costs what the chip's does.`,
    );
  }
  if (profile.tile.tiers !== undefined) {
    remarks.push(
      `The profile has ${profile.tile.tiers} tiers a tile, which the chip's figures do not: each read of a tier costs what a read of a core costs.`,
    );
  }
  if (!chip.profiles.includes(profile.name)) {
    remarks.push(`The device profile ${profile.name} does not describe the devices of this chip.`);
  }
  if (profile.tile.rows !== chip.core.rows || profile.tile.columns !== chip.core.columns) {
    remarks.push(
      `Cores of the chip hold ${chip.core.rows} x ${chip.core.columns} weights, tiles of the profile ${profile.tile.rows} x ${profile.tile.columns}; cost counts cores.`,
    );
  }
  return remarks;
}
