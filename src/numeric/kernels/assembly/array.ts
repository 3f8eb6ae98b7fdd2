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
 * `matrix` is [column block of 8][pair of k][column][k of the pair]; `vectors` rows are `vectorStride` bytes
 * apart and may overlap, as the windows of a convolution do.
 */
export function multiply(
  vectors: usize,
  vectorStride: usize,
  count: i32,
  matrix: usize,
  pairs: i32,
  blocks: i32,
  out: usize,
  outStride: usize,
): void {
  const pairBytes: usize = <usize>pairs << 2;
  const blockBytes: usize = <usize>pairs << 5;
  for (let block = 0; block < blocks; block++) {
    const weights = matrix + <usize>block * blockBytes;
    let row = vectors;
    let to = out + (<usize>block << 5);
    let left = count;
    for (; left >= 4; left -= 4) {
      const row1 = row + vectorStride;
      const row2 = row1 + vectorStride;
      const row3 = row2 + vectorStride;
      let a0 = i32x4.splat(0);
      let b0 = i32x4.splat(0);
      let a1 = i32x4.splat(0);
      let b1 = i32x4.splat(0);
      let a2 = i32x4.splat(0);
      let b2 = i32x4.splat(0);
      let a3 = i32x4.splat(0);
      let b3 = i32x4.splat(0);
      let w = weights;
      for (let k: usize = 0; k < pairBytes; k += 4) {
        const wa = v128.load(w);
        const wb = v128.load(w, 16);
        w += 32;
        const x0 = pairAt(row, k);
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
      row = row3 + vectorStride;
    }
    for (; left > 0; left--) {
      let a = i32x4.splat(0);
      let b = i32x4.splat(0);
      let w = weights;
      for (let k: usize = 0; k < pairBytes; k += 4) {
        const x = pairAt(row, k);
        a = i32x4.add(a, i32x4.dot_i16x8_s(x, v128.load(w)));
        b = i32x4.add(b, i32x4.dot_i16x8_s(x, v128.load(w, 16)));
        w += 32;
      }
      v128.store(to, a);
      v128.store(to, b, 16);
      to += outStride;
      row += vectorStride;
    }
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

/**
 * What the ADCs of one tile give for `items` x `samples` reads.
 *
 * Sums and variances are [item][elements], or [item][sample][elements] where `sumsPerSample`; `to` is
 * [item][sample][elements]. An element's analog value in ADC codes is sum * toCodes + sqrt(variance) *
 * noiseToCodes * z, z a Gaussian deviate from the address (block of four elements, sample, item, place).
 *
 * @param elements positions x padded columns, a multiple of 8; buffers are padded to a multiple of 16
 * @param columnBytes padded columns x 4
 */
export function readOut(
  sums: usize,
  variances: usize,
  sumsPerSample: bool,
  to: usize,
  elements: i32,
  columnBytes: usize,
  items: i32,
  samples: i32,
  firstItem: i32,
  firstSample: i32,
  place: i32,
  toCodes: f32,
  noiseToCodes: f32,
  largestCode: f32,
  scale: usize,
  bias: usize,
  first: bool,
  relu: bool,
): void {
  const groups = (elements + 15) >> 4;
  const bytes: usize = <usize>groups << 6;
  const a = f32x4.splat(toCodes);
  const b = f32x4.splat(noiseToCodes);
  const largest = f32x4.splat(largestCode);
  const noisy = noiseToCodes > 0;
  for (let item = 0; item < items; item++) {
    for (let sample = 0; sample < samples; sample++) {
      let column: usize = 0;
      for (let group = 0; group < groups; group++) {
        const at: usize = <usize>group << 6;
        if (noisy) {
          gaussians16(deviates, group << 2, firstSample + sample, firstItem + item, place);
        }
        for (let v: usize = 0; v < 64; v += 16) {
          let analog = f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums + at + v)), a);
          if (noisy) {
            const spread = f32x4.mul(
              f32x4.sqrt(f32x4.convert_i32x4_s(v128.load(variances + at + v))),
              b,
            );
            analog = f32x4.add(analog, f32x4.mul(spread, v128.load(deviates + v)));
          }
          convert(to + at + v, analog, largest, scale + column, bias + column, first, relu);
          column += 16;
          if (column == columnBytes) column = 0;
        }
      }
      to += bytes;
      if (sumsPerSample) {
        sums += bytes;
        variances += bytes;
      }
    }
    if (!sumsPerSample) {
      sums += bytes;
      variances += bytes;
    }
  }
}

/** Pooling along positions of `count` outputs [position][padded column]; rests that fill no window drop. */
export function pool(
  from: usize,
  fromStride: usize,
  to: usize,
  toStride: usize,
  count: i32,
  outPositions: i32,
  columnBytes: usize,
  size: i32,
  stride: i32,
  average: bool,
): void {
  const share = f32x4.splat(<f32>1 / <f32>size);
  for (let unit = 0; unit < count; unit++) {
    let out = to + <usize>unit * toStride;
    for (let position = 0; position < outPositions; position++) {
      const window = from + <usize>unit * fromStride + <usize>(position * stride) * columnBytes;
      for (let column: usize = 0; column < columnBytes; column += 16) {
        let value = v128.load(window + column);
        for (let i = 1; i < size; i++) {
          const next = v128.load(window + column + <usize>i * columnBytes);
          value = average ? f32x4.add(value, next) : f32x4.pmax(value, next);
        }
        v128.store(out + column, average ? f32x4.mul(value, share) : value);
      }
      out += columnBytes;
    }
  }
}

@inline
function codesOf(from: usize, scale: v128, largest: v128): v128 {
  const code = f32x4.nearest(f32x4.mul(v128.load(from), scale));
  return i32x4.trunc_sat_f32x4_s(clip(code, largest));
}

/**
 * DAC codes and their squares of `count` outputs [position][padded column], as int16
 * [position][all columns], from `codes` and `squares` on.
 *
 * @param columns how many of the padded columns count
 * @param positionBytes from one position's codes to the next's
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
): void {
  const scale = f32x4.splat(toCodes);
  const largest = f32x4.splat(largestCode);
  for (let unit = 0; unit < count; unit++) {
    for (let position = 0; position < positions; position++) {
      const source = from + <usize>unit * fromStride + <usize>position * columnBytes;
      const at = <usize>unit * unitBytes + <usize>position * positionBytes;
      let column = 0;
      for (; column + 8 <= columns; column += 8) {
        const eight = i16x8.narrow_i32x4_s(
          codesOf(source + (<usize>column << 2), scale, largest),
          codesOf(source + (<usize>column << 2) + 16, scale, largest),
        );
        v128.store(codes + at + (<usize>column << 1), eight);
        v128.store(squares + at + (<usize>column << 1), i16x8.mul(eight, eight));
      }
      for (; column < columns; column++) {
        const code = nearest<f32>(load<f32>(source + (<usize>column << 2)) * toCodes);
        const clipped = <i32>max<f32>(min<f32>(code, largestCode), -largestCode);
        store<i16>(codes + at + (<usize>column << 1), <i16>clipped);
        store<i16>(squares + at + (<usize>column << 1), <i16>(clipped * clipped));
      }
    }
  }
}
