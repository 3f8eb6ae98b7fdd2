/** How the analog-digital converters of a tile's columns differ from one another: part of a chip's identity. */
import { gaussians } from '../numeric/random.ts';
import type { DeviceProfile } from './profile.ts';
import { deviceStream, type StreamPurpose } from './streams.ts';

/**
 * What each column's ADC makes of y, the column's sum over the ADC's full scale, before it rounds and clips:
 * gain y / (1 + curvature |y|) + offset. The S-shape is that of aihwkit's `out_nonlinearity`.
 */
export interface ColumnConverters {
  gain: Float32Array;
  /** Over full scale. */
  offset: Float32Array;
  /** At least 0. */
  curvature: Float32Array;
}

/** Drawn once from the programming seed; null where the profile's converters are all alike. */
export function drawColumnConverters(
  { converters: { columnSpread: spread } }: DeviceProfile,
  seed: number,
  layer: number,
  tile: { index: number; columns: number },
): ColumnConverters | null {
  if (spread === undefined) return null;
  const draw = (purpose: StreamPurpose, mean: number, deviation: number): Float32Array =>
    gaussians(deviceStream(seed, purpose, layer, tile.index), tile.columns).map((z) => mean + deviation * z);
  return {
    gain: draw('converterGain', 1, spread.gainDeviation),
    offset: draw('converterOffset', 0, spread.offsetDeviation),
    curvature: draw('converterCurvature', spread.curvatureMean, spread.curvatureDeviation).map((n) =>
      Math.max(0, n),
    ),
  };
}
