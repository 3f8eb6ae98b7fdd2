/**
 * A crossbar array's arithmetic: vector-matrix products of converter codes and conductance registers in
 * int32, read noise and converters in strict f32, and the digital steps between layers.
 *
 * Outputs are [position][column] with columns padded to a multiple of 8; padded columns have scale and bias
 * 0 and so stay 0.
 */
import { gaussians16, setKey } from './shared/philox';

export { setKey };

export function heapBase(): usize {
  return __heap_base;
}

const deviates: usize = memory.data(64, 16);

@inline
function pairAt(row: usize, offset: usize): v128 {
  return v128.load32_splat(row + offset);
}

/**
 * out[r][c] = sum over k of vectors[r][k] * matrix[k][c], int16 by int16 into int32.
 *
 * Vector r starts `offsets[r]` bytes (u32) behind `vectors`; vectors may overlap. Each is made of strips that lie
 * apart, as the rows of a convolution's window do: `strips` is [strip][offset from the vector's start, length], both
 * bytes in u32, a length a multiple of 4. `matrix` is [column block of 8][pair of k, strip by strip][column][k of the
 * pair].
 *
 * @param pairs of all strips together
 */
export function multiply(
  vectors: usize,
  offsets: usize,
  count: i32,
  matrix: usize,
  strips: usize,
  stripCount: i32,
  pairs: i32,
  blocks: i32,
  out: usize,
  outStride: usize,
): void {
  const stripsEnd: usize = strips + (<usize>stripCount << 3);
  const blockBytes: usize = <usize>pairs << 5;
  for (let block = 0; block < blocks; block++) {
    const weights = matrix + <usize>block * blockBytes;
    let at = offsets;
    let to = out + (<usize>block << 5);
    let left = count;
    for (; left >= 4; left -= 4) {
      const start0 = vectors + <usize>load<u32>(at);
      const start1 = vectors + <usize>load<u32>(at, 4);
      const start2 = vectors + <usize>load<u32>(at, 8);
      const start3 = vectors + <usize>load<u32>(at, 12);
      at += 16;
      let a0 = i32x4.splat(0);
      let b0 = i32x4.splat(0);
      let a1 = i32x4.splat(0);
      let b1 = i32x4.splat(0);
      let a2 = i32x4.splat(0);
      let b2 = i32x4.splat(0);
      let a3 = i32x4.splat(0);
      let b3 = i32x4.splat(0);
      let w = weights;
      for (let strip = strips; strip < stripsEnd; strip += 8) {
        const offset = <usize>load<u32>(strip);
        const row0 = start0 + offset;
        const row1 = start1 + offset;
        const row2 = start2 + offset;
        const row3 = start3 + offset;
        const bytes: usize = load<u32>(strip, 4);
        for (let k: usize = 0; k < bytes; k += 4) {
          const wa = v128.load(w);
          const wb = v128.load(w, 16);
          w += 32;
          const x0 = pairAt(row0, k);
          a0 = i32x4.add(a0, i32x4.dot_i16x8_s(x0, wa));
          b0 = i32x4.add(b0, i32x4.dot_i16x8_s(x0, wb));
          const x1 = pairAt(row1, k);
          a1 = i32x4.add(a1, i32x4.dot_i16x8_s(x1, wa));
          b1 = i32x4.add(b1, i32x4.dot_i16x8_s(x1, wb));
          const x2 = pairAt(row2, k);
          a2 = i32x4.add(a2, i32x4.dot_i16x8_s(x2, wa));
          b2 = i32x4.add(b2, i32x4.dot_i16x8_s(x2, wb));
          const x3 = pairAt(row3, k);
          a3 = i32x4.add(a3, i32x4.dot_i16x8_s(x3, wa));
          b3 = i32x4.add(b3, i32x4.dot_i16x8_s(x3, wb));
        }
      }
      v128.store(to, a0);
      v128.store(to, b0, 16);
      to += outStride;
      v128.store(to, a1);
      v128.store(to, b1, 16);
      to += outStride;
      v128.store(to, a2);
      v128.store(to, b2, 16);
      to += outStride;
      v128.store(to, a3);
      v128.store(to, b3, 16);
      to += outStride;
    }
    for (; left > 0; left--) {
      const start = vectors + <usize>load<u32>(at);
      at += 4;
      let a = i32x4.splat(0);
      let b = i32x4.splat(0);
      let w = weights;
      for (let strip = strips; strip < stripsEnd; strip += 8) {
        const row = start + <usize>load<u32>(strip);
        const bytes: usize = load<u32>(strip, 4);
        for (let k: usize = 0; k < bytes; k += 4) {
          const x = pairAt(row, k);
          a = i32x4.add(a, i32x4.dot_i16x8_s(x, v128.load(w)));
          b = i32x4.add(b, i32x4.dot_i16x8_s(x, v128.load(w, 16)));
          w += 32;
        }
      }
      v128.store(to, a);
      v128.store(to, b, 16);
      to += outStride;
    }
  }
}

/** f32 sums of the int32 sums of a tile's sections; `first` starts anew. `count` is a multiple of 4. */
export function addSection(sums: usize, totals: usize, count: i32, first: bool): void {
  const end = sums + (<usize>count << 2);
  for (; sums < end; sums += 16, totals += 16) {
    const section = f32x4.convert_i32x4_s(v128.load(sums));
    v128.store(totals, first ? section : f32x4.add(v128.load(totals), section));
  }
}

/** Within +-largest; `pmin` and `pmax` are one instruction each where `min` and `max` are many. */
@inline
function clip(value: v128, largest: v128): v128 {
  return f32x4.pmax(f32x4.neg(largest), f32x4.pmin(largest, value));
}

/** Converter output of one vector of sums, added to what `to` holds or, for the first row tile, to the bias. */
@inline
function convert(
  to: usize,
  analog: v128,
  largest: v128,
  scale: usize,
  bias: usize,
  first: bool,
  relu: bool,
): void {
  const code = clip(f32x4.nearest(analog), largest);
  const before = v128.load(first ? bias : to);
  const value = f32x4.add(before, f32x4.mul(code, v128.load(scale)));
  v128.store(to, relu ? f32x4.pmax(f32x4.splat(0), value) : value);
}

/** `convert` of one unit's int32 sums without noise, column by column, so that scales stay in registers. */
@inline
function readOutQuiet(
  sums: usize,
  to: usize,
  bytes: usize,
  columnBytes: usize,
  a: v128,
  largest: v128,
  scale: usize,
  bias: usize,
  first: bool,
  least: v128,
): void {
  const smallest = f32x4.neg(largest);
  for (let column: usize = 0; column < columnBytes; column += 16) {
    const factor = v128.load(scale + column);
    const start = v128.load(bias + column);
    for (let at = column; at < bytes; at += columnBytes) {
      const analog = f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums + at)), a);
      const code = f32x4.pmax(smallest, f32x4.pmin(largest, f32x4.nearest(analog)));
      const before = first ? start : v128.load(to + at);
      v128.store(to + at, f32x4.pmax(least, f32x4.add(before, f32x4.mul(code, factor))));
    }
  }
}

/**
 * What the ADCs of one tile give for the reads of units `firstUnit` and on, a unit being one sample of one
 * item: unit u is sample firstSample + u % samples of item firstItem + u / samples.
 *
 * Sums and variances, int32 or, of a tile in sections, f32, are [unit][elements] from the first unit on where
 * `sumsPerSample`, else [item][elements]; `to` is [unit][elements] from unit 0 on. An element's analog value in
 * ADC codes is sum * toCodes + sqrt(variance) * noiseToCodes * z, z a Gaussian deviate from the address (block
 * of four elements, sample, item, place).
 *
 * @param elements positions x padded columns, a multiple of 8
 * @param firstBlock number of the first element's block of four, a multiple of 4
 * @param columnBytes padded columns x 4
 */
export function readOut(
  sums: usize,
  variances: usize,
  sumStride: usize,
  sumsPerSample: bool,
  sections: bool,
  to: usize,
  toStride: usize,
  firstUnit: i32,
  units: i32,
  samples: i32,
  firstItem: i32,
  firstSample: i32,
  elements: i32,
  firstBlock: i32,
  columnBytes: usize,
  place: i32,
  toCodes: f32,
  noiseToCodes: f32,
  largestCode: f32,
  scale: usize,
  bias: usize,
  first: bool,
  relu: bool,
): void {
  const bytes: usize = <usize>elements << 2;
  const a = f32x4.splat(toCodes);
  const b = f32x4.splat(noiseToCodes);
  const largest = f32x4.splat(largestCode);
  const noisy = noiseToCodes > 0;
  // All values are finite, so that those of a layer without activation are above this.
  const least = f32x4.splat(relu ? 0 : -Infinity);
  for (let unit = firstUnit; unit < firstUnit + units; unit++) {
    const item = unit / samples;
    const sample = firstSample + unit - item * samples;
    const offset = <usize>(sumsPerSample ? unit - firstUnit : item) * sumStride;
    const unitSums = sums + offset;
    const unitVariances = variances + offset;
    const unitTo = to + <usize>unit * toStride;
    if (!noisy && !sections) {
      if (first) {
        readOutQuiet(unitSums, unitTo, bytes, columnBytes, a, largest, scale, bias, true, least);
      } else {
        readOutQuiet(unitSums, unitTo, bytes, columnBytes, a, largest, scale, bias, false, least);
      }
      continue;
    }
    let column: usize = 0;
    let block = firstBlock;
    for (let at: usize = 0; at < bytes; at += 64) {
      if (noisy) gaussians16(deviates, block, sample, firstItem + item, place);
      block += 4;
      const end = min<usize>(64, bytes - at);
      for (let v: usize = 0; v < end; v += 16) {
        const sum = v128.load(unitSums + at + v);
        let analog = f32x4.mul(sections ? sum : f32x4.convert_i32x4_s(sum), a);
        if (noisy) {
          const variance = v128.load(unitVariances + at + v);
          const spread = f32x4.mul(
            f32x4.sqrt(sections ? variance : f32x4.convert_i32x4_s(variance)),
            b,
          );
          analog = f32x4.add(analog, f32x4.mul(spread, v128.load(deviates + v)));
        }
        convert(unitTo + at + v, analog, largest, scale + column, bias + column, first, relu);
        column += 16;
        if (column == columnBytes) column = 0;
      }
    }
  }
}

/** Pooling of `count` maps [row][position][padded column]; rests that fill no window drop. */
export function pool(
  from: usize,
  fromStride: usize,
  to: usize,
  toStride: usize,
  count: i32,
  outRows: i32,
  outPositions: i32,
  rowBytes: usize,
  columnBytes: usize,
  sizeRows: i32,
  size: i32,
  strideRows: i32,
  stride: i32,
  average: bool,
): void {
  const share = f32x4.splat(<f32>1 / <f32>(sizeRows * size));
  for (let unit = 0; unit < count; unit++) {
    let out = to + <usize>unit * toStride;
    for (let row = 0; row < outRows; row++) {
      const top = from + <usize>unit * fromStride + <usize>(row * strideRows) * rowBytes;
      for (let position = 0; position < outPositions; position++) {
        const window = top + <usize>(position * stride) * columnBytes;
        for (let column: usize = 0; column < columnBytes; column += 16) {
          let value = v128.load(window + column);
          for (let j = 0; j < sizeRows; j++) {
            let at = window + column + <usize>j * rowBytes;
            for (let i = 0; i < size; i++, at += columnBytes) {
              if ((i | j) == 0) continue;
              const next = v128.load(at);
              value = average ? f32x4.add(value, next) : f32x4.pmax(value, next);
            }
          }
          v128.store(out + column, average ? f32x4.mul(value, share) : value);
        }
        out += columnBytes;
      }
    }
  }
}

/** Sums of two maps of `count` units [position][columns]; each has its own distances of units and positions. */
export function add(
  one: usize,
  oneStride: usize,
  oneColumnBytes: usize,
  two: usize,
  twoStride: usize,
  twoColumnBytes: usize,
  to: usize,
  toStride: usize,
  toColumnBytes: usize,
  count: i32,
  positions: i32,
  columns: i32,
  relu: bool,
): void {
  const zero = f32x4.splat(0);
  for (let unit = 0; unit < count; unit++) {
    let a = one + <usize>unit * oneStride;
    let b = two + <usize>unit * twoStride;
    let out = to + <usize>unit * toStride;
    for (let position = 0; position < positions; position++) {
      let column = 0;
      for (; column + 4 <= columns; column += 4) {
        const at = <usize>column << 2;
        const sum = f32x4.add(v128.load(a + at), v128.load(b + at));
        v128.store(out + at, relu ? f32x4.pmax(zero, sum) : sum);
      }
      for (; column < columns; column++) {
        const at = <usize>column << 2;
        const sum = load<f32>(a + at) + load<f32>(b + at);
        store<f32>(out + at, relu && sum < 0 ? 0 : sum);
      }
      a += oneColumnBytes;
      b += twoColumnBytes;
      out += toColumnBytes;
    }
  }
}

/**
 * 1.5 x 2^23, where f32 have steps of 1: adding it rounds to the nearest even integer, which is then the low bits.
 * Codes are within +-127, so that it does what rounding and conversion do, in fewer instructions.
 */
const ROUNDER: f32 = 12582912;

@inline
function codesOf(from: usize, scale: v128, largest: v128, rounder: v128): v128 {
  const code = clip(f32x4.mul(v128.load(from), scale), largest);
  return i32x4.sub(f32x4.add(code, rounder), rounder);
}

/**
 * Values [unit][channel][position] as [unit][position][padded column], columns beyond the channels untouched.
 *
 * @param copies units that each of the `count` becomes, one after the other
 */
export function interleave(
  from: usize,
  to: usize,
  count: i32,
  copies: i32,
  channels: i32,
  positions: i32,
  columnBytes: usize,
): void {
  const line = <usize>positions << 2;
  for (let unit = 0; unit < count * copies; unit++) {
    const source = from + <usize>(unit / copies) * <usize>channels * line;
    const target = to + <usize>unit * <usize>positions * columnBytes;
    let channel = 0;
    for (; channel + 4 <= channels; channel += 4) {
      let a = source + <usize>channel * line;
      let out = target + (<usize>channel << 2);
      let position = 0;
      for (; position + 4 <= positions; position += 4, a += 16) {
        const one = v128.load(a);
        const two = v128.load(a + line);
        const three = v128.load(a + 2 * line);
        const four = v128.load(a + 3 * line);
        const low = v128.shuffle<i32>(one, two, 0, 4, 1, 5);
        const high = v128.shuffle<i32>(one, two, 2, 6, 3, 7);
        const otherLow = v128.shuffle<i32>(three, four, 0, 4, 1, 5);
        const otherHigh = v128.shuffle<i32>(three, four, 2, 6, 3, 7);
        v128.store(out, v128.shuffle<i64>(low, otherLow, 0, 2));
        v128.store(out + columnBytes, v128.shuffle<i64>(low, otherLow, 1, 3));
        v128.store(out + 2 * columnBytes, v128.shuffle<i64>(high, otherHigh, 0, 2));
        v128.store(out + 3 * columnBytes, v128.shuffle<i64>(high, otherHigh, 1, 3));
        out += columnBytes << 2;
      }
      for (; position < positions; position++, a += 4, out += columnBytes) {
        store<f32>(out, load<f32>(a));
        store<f32>(out + 4, load<f32>(a + line));
        store<f32>(out + 8, load<f32>(a + 2 * line));
        store<f32>(out + 12, load<f32>(a + 3 * line));
      }
    }
    for (; channel < channels; channel++) {
      let a = source + <usize>channel * line;
      let out = target + (<usize>channel << 2);
      for (let position = 0; position < positions; position++, a += 4, out += columnBytes) {
        store<f32>(out, load<f32>(a));
      }
    }
  }
}

/** The first `count` of eight values, 1 to 7. */
@inline
function keep(to: usize, eight: v128, count: i32): void {
  let rest = eight;
  let at = to;
  if (count & 4) {
    v128.store_lane<i64>(at, rest, 0);
    rest = v128.shuffle<i64>(rest, rest, 1, 1);
    at += 8;
  }
  if (count & 2) {
    v128.store_lane<i32>(at, rest, 0);
    rest = v128.shuffle<i32>(rest, rest, 1, 1, 1, 1);
    at += 4;
  }
  if (count & 1) v128.store_lane<i16>(at, rest, 0);
}

/** Of what a read's noise grows with, for each code: nothing, its square, or that of a serial read. */
const NO_SQUARES: i32 = 0;
const SERIAL_SQUARES: i32 = 2;

/**
 * Codes' squares; of a serial read, whose pulses of bits b are noisy each on its own, sum of 4^b over the bits of
 * the magnitude: its bits with a 0 put before each.
 */
@inline
function squaresOf(codes: v128, squaring: i32): v128 {
  if (squaring != SERIAL_SQUARES) return i16x8.mul(codes, codes);
  let bits = i16x8.abs(codes);
  bits = v128.and(v128.or(bits, i16x8.shl(bits, 4)), i16x8.splat(0x0f0f));
  bits = v128.and(v128.or(bits, i16x8.shl(bits, 2)), i16x8.splat(0x3333));
  return v128.and(v128.or(bits, i16x8.shl(bits, 1)), i16x8.splat(0x5555));
}

/**
 * DAC codes and their squares of `count` outputs [position][padded column], as int16
 * [position][all columns], from `codes` and `squares` on.
 *
 * @param columns how many of the padded columns count
 * @param positionBytes from one position's codes to the next's
 * @param squaring 0: none are wanted, 1: squares, 2: those of a serial read
 */
export function quantise(
  from: usize,
  fromStride: usize,
  count: i32,
  positions: i32,
  columns: i32,
  columnBytes: usize,
  toCodes: f32,
  largestCode: f32,
  codes: usize,
  squares: usize,
  positionBytes: usize,
  unitBytes: usize,
  squaring: i32,
): void {
  const scale = f32x4.splat(toCodes);
  const largest = f32x4.splat(largestCode);
  const rounder = f32x4.splat(ROUNDER);
  if (<usize>columns << 2 == columnBytes && positionBytes << 1 == columnBytes) {
    // Positions follow one another without padding on either side: all are one.
    columns *= positions;
    positions = 1;
  }
  const pairs = columns == 4 && positionBytes == 8;
  for (let unit = 0; unit < count; unit++) {
    let position = 0;
    if (pairs) {
      let source = from + <usize>unit * fromStride;
      let at = <usize>unit * unitBytes;
      for (; position + 2 <= positions; position += 2, at += 16, source += columnBytes << 1) {
        const eight = i16x8.narrow_i32x4_s(
          codesOf(source, scale, largest, rounder),
          codesOf(source + columnBytes, scale, largest, rounder),
        );
        v128.store(codes + at, eight);
        if (squaring != NO_SQUARES) v128.store(squares + at, squaresOf(eight, squaring));
      }
    }
    for (; position < positions; position++) {
      const source = from + <usize>unit * fromStride + <usize>position * columnBytes;
      const at = <usize>unit * unitBytes + <usize>position * positionBytes;
      let column = 0;
      for (; column + 8 <= columns; column += 8) {
        const eight = i16x8.narrow_i32x4_s(
          codesOf(source + (<usize>column << 2), scale, largest, rounder),
          codesOf(source + (<usize>column << 2) + 16, scale, largest, rounder),
        );
        v128.store(codes + at + (<usize>column << 1), eight);
        if (squaring != NO_SQUARES) {
          v128.store(squares + at + (<usize>column << 1), squaresOf(eight, squaring));
        }
      }
      if (column + 4 == columns) {
        const four = codesOf(source + (<usize>column << 2), scale, largest, rounder);
        const eight = i16x8.narrow_i32x4_s(four, four);
        v128.store_lane<i64>(codes + at + (<usize>column << 1), eight, 0);
        if (squaring != NO_SQUARES) {
          v128.store_lane<i64>(squares + at + (<usize>column << 1), squaresOf(eight, squaring), 0);
        }
      } else if (column < columns) {
        // The rest of the eight is padding: it is read and not kept. Without branches, which a scalar clip has.
        const eight = i16x8.narrow_i32x4_s(
          codesOf(source + (<usize>column << 2), scale, largest, rounder),
          codesOf(source + (<usize>column << 2) + 16, scale, largest, rounder),
        );
        keep(codes + at + (<usize>column << 1), eight, columns - column);
        if (squaring != NO_SQUARES) {
          keep(squares + at + (<usize>column << 1), squaresOf(eight, squaring), columns - column);
        }
      }
    }
  }
}

/** Largest magnitude of `bytes` / 4 f32, a multiple of 4. */
export function largestMagnitude(from: usize, bytes: usize): f32 {
  let largest = f32x4.splat(0);
  for (let at = from; at < from + bytes; at += 16) {
    largest = f32x4.pmax(largest, f32x4.abs(v128.load(at)));
  }
  return max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
}

/**
 * One of several reads of a tile with inputs that were divided by `factor`: ADC codes times `factor`, f32
 * [unit][vector][padded column], are kept for vectors of which no column saturates, or of all where `last`.
 * `done` is [unit][vector] u8: 1 where a read was kept before. Units, sums and deviates are as for `readOut`,
 * except that `sums` are overwritten, and that the deviates of a repeated read have `round` << 24 in the word of
 * the sample.
 *
 * @param to first vector of unit 0, as `done`
 * @param distortion gain, offset in codes and curvature over the largest code of each column, `columnBytes` each;
 *   0 without
 * @returns vectors that must be read again
 */
export function convertReads(
  sums: usize,
  variances: usize,
  sumStride: usize,
  sections: bool,
  to: usize,
  toStride: usize,
  done: usize,
  doneStride: usize,
  firstUnit: i32,
  units: i32,
  samples: i32,
  firstItem: i32,
  firstSample: i32,
  vectors: i32,
  firstBlock: i32,
  columnBytes: usize,
  place: i32,
  round: i32,
  toCodes: f32,
  noiseToCodes: f32,
  largestCode: f32,
  distortion: usize,
  factor: f32,
  last: bool,
): i32 {
  const bytes: usize = <usize>vectors * columnBytes;
  const a = f32x4.splat(toCodes);
  const b = f32x4.splat(noiseToCodes);
  const one = f32x4.splat(1);
  const largest = f32x4.splat(largestCode);
  const noisy = noiseToCodes > 0;
  let open = 0;
  for (let unit = firstUnit; unit < firstUnit + units; unit++) {
    const item = unit / samples;
    const sample = firstSample + unit - item * samples;
    const unitSums = sums + <usize>(unit - firstUnit) * sumStride;
    const unitVariances = variances + <usize>(unit - firstUnit) * sumStride;
    let column: usize = 0;
    let block = firstBlock;
    for (let at: usize = 0; at < bytes; at += 64) {
      if (noisy) gaussians16(deviates, block, sample | (round << 24), firstItem + item, place);
      block += 4;
      const end = min<usize>(64, bytes - at);
      for (let v: usize = 0; v < end; v += 16) {
        const sum = v128.load(unitSums + at + v);
        let analog = f32x4.mul(sections ? sum : f32x4.convert_i32x4_s(sum), a);
        if (noisy) {
          const variance = v128.load(unitVariances + at + v);
          const spread = f32x4.mul(
            f32x4.sqrt(sections ? variance : f32x4.convert_i32x4_s(variance)),
            b,
          );
          analog = f32x4.add(analog, f32x4.mul(spread, v128.load(deviates + v)));
        }
        if (distortion) {
          const own = distortion + column;
          const bent = f32x4.div(
            analog,
            f32x4.add(one, f32x4.mul(v128.load(own + (columnBytes << 1)), f32x4.abs(analog))),
          );
          analog = f32x4.add(f32x4.mul(v128.load(own), bent), v128.load(own + columnBytes));
        }
        v128.store(unitSums + at + v, f32x4.nearest(analog));
        column += 16;
        if (column == columnBytes) column = 0;
      }
    }
    const unitDone = done + <usize>unit * doneStride;
    for (let vector: usize = 0; vector < <usize>vectors; vector++) {
      if (load<u8>(unitDone + vector)) continue;
      const codes = unitSums + vector * columnBytes;
      let saturated = i32x4.splat(0);
      if (!last) {
        for (let v: usize = 0; v < columnBytes; v += 16) {
          saturated = v128.or(saturated, f32x4.ge(f32x4.abs(v128.load(codes + v)), largest));
        }
      }
      if (v128.any_true(saturated)) {
        open++;
        continue;
      }
      store<u8>(unitDone + vector, 1);
      const kept = to + <usize>unit * toStride + vector * columnBytes;
      for (let v: usize = 0; v < columnBytes; v += 16) {
        v128.store(kept + v, f32x4.mul(clip(v128.load(codes + v), largest), f32x4.splat(factor)));
      }
    }
  }
  return open;
}

/**
 * Values of a tile's kept codes, [unit][elements], each unit's times its f32 of `unitScales` and each column's
 * times `scale`, added to what `to` holds or, for the first row tile, to the bias.
 */
export function combine(
  codes: usize,
  to: usize,
  stride: usize,
  units: i32,
  columnBytes: usize,
  unitScales: usize,
  scale: usize,
  bias: usize,
  first: bool,
  relu: bool,
): void {
  for (let unit: usize = 0; unit < <usize>units; unit++) {
    const own = v128.load32_splat(unitScales + (unit << 2));
    let column: usize = 0;
    for (let at = unit * stride; at < (unit + 1) * stride; at += 16) {
      const before = v128.load(first ? bias + column : to + at);
      const code = f32x4.mul(v128.load(codes + at), own);
      const value = f32x4.add(before, f32x4.mul(code, v128.load(scale + column)));
      v128.store(to + at, relu ? f32x4.pmax(f32x4.splat(0), value) : value);
      column += 16;
      if (column == columnBytes) column = 0;
    }
  }
}
