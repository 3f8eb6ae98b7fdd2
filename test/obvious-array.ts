/** An array of devices at the reference condition, and its reads in the obvious way: slow, device by device. */
import { type ArrayState, arrayAt, type LayerState } from '../src/imc/drift.ts';
import type { Network } from '../src/imc/network.ts';
import type { DeviceProfile } from '../src/imc/profile.ts';
import { programNetwork } from '../src/imc/program.ts';
import { calibrateRanges } from '../src/imc/ranges.ts';
import { obviousForward } from './obvious-network.ts';
import { randomItems } from './random-network.ts';

/**
 * A chip a day after programming, its ranges calibrated on random items.
 *
 * @param options.shrink of the calibrated ADC range, so that columns saturate
 */
export function calibratedArray(
  network: Network,
  profile: DeviceProfile,
  options: { readNoise?: boolean; programmingSeed?: number; shrink?: number } = {},
): ArrayState {
  const { readNoise = true, programmingSeed = 1, shrink = 1 } = options;
  const { signals, auxiliary } = randomItems(network, 50);
  const ranges = calibrateRanges(network, profile, signals, auxiliary).map((range) => ({
    ...range,
    outputBound: range.outputBound * shrink,
  }));
  const programmed = programNetwork(network, profile, { programmingSeed, ranges });
  return arrayAt(programmed, { driftSeconds: 86_400, driftCompensation: true, readNoise });
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

const f = Math.fround;

/**
 * One group's outputs without fast noise, column by column and read by read, in the kernel's roundings.
 *
 * @param largest largest |input| of the whole layer
 */
function obviousProduct(
  { programmed, tiles }: LayerState,
  { converters, gMaxMicroSiemens }: DeviceProfile,
  group: number,
  inputs: readonly number[],
  largest: number,
): Float32Array {
  const { range, rows, columns, groups, rowOrder, layer } = programmed;
  const dac = 2 ** (converters.dacBits - 1) - 1;
  const adc = 2 ** (converters.adcBits - 1) - 1;
  const toCodes = f(programmed.conductanceStep * (adc / (gMaxMicroSiemens * dac * range.outputBound)));
  const own = converters.inputScaling === 'absolute-maximum';
  const bound = own ? largest : range.inputBound;
  const most =
    converters.boundManagement?.kind === 'iterative' ? converters.boundManagement.largestFactor : 1;
  const outputs = columns / groups;
  const output = layer.bias.slice(group * outputs, (group + 1) * outputs);
  for (const { tile, plusSteps, minusSteps, compensation } of tiles) {
    if (tile.group !== group) continue;
    let factor = 1;
    let codes: number[] = [];
    for (; ; factor *= 2) {
      const input = Array.from({ length: rows }, (_, row) => {
        if (bound === 0) return 0;
        const code = roundHalfEven(f(inputs[rowOrder[row]] * f(dac / (bound * factor))));
        return Math.min(dac, Math.max(-dac, code));
      });
      codes = Array.from({ length: tile.columns }, (_, column) => {
        let total = 0;
        // At most 1,024 rows are summed as integers.
        for (let first = 0; first < tile.rows; first += 1024) {
          let sum = 0;
          for (let row = first; row < Math.min(tile.rows, first + 1024); row++) {
            const cell = row * tile.columns + column;
            sum += input[tile.rowStart + row] * (plusSteps[cell] - minusSteps[cell]);
          }
          if (Math.abs(sum) >= 2 ** 31) throw new Error(`A sum of ${sum} leaves int32`);
          total = f(total + f(sum));
        }
        let analog = f(total * toCodes);
        if (tile.converters !== null) {
          const { gain, offset, curvature } = tile.converters;
          const bent = f(analog / f(1 + f(f(curvature[column] / adc) * Math.abs(analog))));
          analog = f(f(gain[column] * bent) + f(offset[column] * adc));
        }
        return roundHalfEven(analog);
      });
      if (2 * factor > most || codes.every((code) => Math.abs(code) < adc)) break;
    }
    for (const [column, code] of codes.entries()) {
      const clipped = Math.min(adc, Math.max(-adc, code)) * factor;
      const at = tile.columnStart + column;
      const volts = (own ? 1 : range.inputBound) * range.outputBound * compensation[column];
      const scale = f((volts * programmed.columnScale[at]) / adc);
      output[at - group * outputs] += f(f(clipped * (own ? f(largest) : 1)) * scale);
    }
  }
  return output;
}

/** Logits of one item without fast noise. */
export function obviousLogits(
  state: ArrayState,
  signal: Float32Array,
  auxiliary: Float32Array,
): Float32Array {
  const { network, profile } = state.programmed;
  let largest = 0;
  return Float32Array.from(
    obviousForward(network, signal, auxiliary, {
      enter: (_, inputs) => {
        largest = Math.max(...inputs.map(Math.abs));
      },
      multiply: (_, index, group, inputs) =>
        obviousProduct(state.layers[index], profile, group, inputs, largest),
      round: f,
      average: (sum, count) => f(sum * f(1 / count)),
    }),
  );
}
