// Single-precision kernels of the trainer. All pointers are byte offsets into the module's memory, all matrices
// row-major. Strict multiply then add: the same bits on every machine.

export function heapBase(): usize {
  return __heap_base;
}

@inline
function at(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}

/** C[m][n] = A[m][k] B[k][n]. */
export function multiply(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize): void {
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let j = 0;
    for (; j + 8 <= n; j += 8) {
      let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
      let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
      let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
      let a0 = at(a, i * k), a1 = at(a0, k), a2 = at(a1, k), a3 = at(a2, k);
      let row = at(b, j);
      for (let l = 0; l < k; l++) {
        const b0 = v128.load(row), b1 = v128.load(row, 16);
        let w = v128.load32_splat(a0);
        c00 = f32x4.add(c00, f32x4.mul(w, b0));
        c01 = f32x4.add(c01, f32x4.mul(w, b1));
        w = v128.load32_splat(a1);
        c10 = f32x4.add(c10, f32x4.mul(w, b0));
        c11 = f32x4.add(c11, f32x4.mul(w, b1));
        w = v128.load32_splat(a2);
        c20 = f32x4.add(c20, f32x4.mul(w, b0));
        c21 = f32x4.add(c21, f32x4.mul(w, b1));
        w = v128.load32_splat(a3);
        c30 = f32x4.add(c30, f32x4.mul(w, b0));
        c31 = f32x4.add(c31, f32x4.mul(w, b1));
        a0 += 4; a1 += 4; a2 += 4; a3 += 4;
        row = at(row, n);
      }
      let out = at(c, i * n + j);
      v128.store(out, c00); v128.store(out, c01, 16);
      out = at(out, n);
      v128.store(out, c10); v128.store(out, c11, 16);
      out = at(out, n);
      v128.store(out, c20); v128.store(out, c21, 16);
      out = at(out, n);
      v128.store(out, c30); v128.store(out, c31, 16);
    }
    for (let r = i; r < i + 4; r++) multiplyRest(r, j, n, k, a, b, c);
  }
  for (; i < m; i++) multiplyRest(i, 0, n, k, a, b, c);
}

function multiplyRest(i: i32, from: i32, n: i32, k: i32, a: usize, b: usize, c: usize): void {
  let j = from;
  for (; j + 4 <= n; j += 4) {
    let sum = f32x4.splat(0);
    for (let l = 0; l < k; l++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at(a, i * k + l)), v128.load(at(b, l * n + j))));
    }
    v128.store(at(c, i * n + j), sum);
  }
  for (; j < n; j++) {
    let sum: f32 = 0;
    for (let l = 0; l < k; l++) sum += load<f32>(at(a, i * k + l)) * load<f32>(at(b, l * n + j));
    store<f32>(at(c, i * n + j), sum);
  }
}

@inline
function total(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** C[m][k] += A[m][n] B[k][n] transposed: dot products along n, in stretches that stay in the cache. */
export function multiplyTransposed(m: i32, k: i32, n: i32, a: usize, b: usize, c: usize): void {
  for (let from = 0; from < n; from += 1024) {
    const to = min(n, from + 1024);
    const vectorTo = from + ((to - from) & ~3);
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      let j = 0;
      for (; j + 2 <= k; j += 2) {
        let s00 = f32x4.splat(0), s01 = f32x4.splat(0);
        let s10 = f32x4.splat(0), s11 = f32x4.splat(0);
        let s20 = f32x4.splat(0), s21 = f32x4.splat(0);
        let s30 = f32x4.splat(0), s31 = f32x4.splat(0);
        let a0 = at(a, i * n + from), a1 = at(a0, n), a2 = at(a1, n), a3 = at(a2, n);
        let b0 = at(b, j * n + from), b1 = at(b0, n);
        for (let l = from; l < vectorTo; l += 4) {
          const x0 = v128.load(b0), x1 = v128.load(b1);
          let w = v128.load(a0);
          s00 = f32x4.add(s00, f32x4.mul(w, x0));
          s01 = f32x4.add(s01, f32x4.mul(w, x1));
          w = v128.load(a1);
          s10 = f32x4.add(s10, f32x4.mul(w, x0));
          s11 = f32x4.add(s11, f32x4.mul(w, x1));
          w = v128.load(a2);
          s20 = f32x4.add(s20, f32x4.mul(w, x0));
          s21 = f32x4.add(s21, f32x4.mul(w, x1));
          w = v128.load(a3);
          s30 = f32x4.add(s30, f32x4.mul(w, x0));
          s31 = f32x4.add(s31, f32x4.mul(w, x1));
          a0 += 16; a1 += 16; a2 += 16; a3 += 16; b0 += 16; b1 += 16;
        }
        let out = at(c, i * k + j);
        accumulate(out, total(s00) + dotRest(a, i, b, j, n, vectorTo, to));
        accumulate(out + 4, total(s01) + dotRest(a, i, b, j + 1, n, vectorTo, to));
        out = at(out, k);
        accumulate(out, total(s10) + dotRest(a, i + 1, b, j, n, vectorTo, to));
        accumulate(out + 4, total(s11) + dotRest(a, i + 1, b, j + 1, n, vectorTo, to));
        out = at(out, k);
        accumulate(out, total(s20) + dotRest(a, i + 2, b, j, n, vectorTo, to));
        accumulate(out + 4, total(s21) + dotRest(a, i + 2, b, j + 1, n, vectorTo, to));
        out = at(out, k);
        accumulate(out, total(s30) + dotRest(a, i + 3, b, j, n, vectorTo, to));
        accumulate(out + 4, total(s31) + dotRest(a, i + 3, b, j + 1, n, vectorTo, to));
      }
      for (; j < k; j++) {
        for (let r = i; r < i + 4; r++) accumulate(at(c, r * k + j), dotRest(a, r, b, j, n, from, to));
      }
    }
    for (; i < m; i++) {
      for (let j = 0; j < k; j++) accumulate(at(c, i * k + j), dotRest(a, i, b, j, n, from, to));
    }
  }
}

@inline
function accumulate(pointer: usize, value: f32): void {
  store<f32>(pointer, load<f32>(pointer) + value);
}

@inline
function dotRest(a: usize, i: i32, b: usize, j: i32, n: i32, from: i32, to: i32): f32 {
  let sum: f32 = 0;
  for (let l = from; l < to; l++) sum += load<f32>(at(a, i * n + l)) * load<f32>(at(b, j * n + l));
  return sum;
}

/** B[k][m] = A[m][k] transposed. */
export function transpose(m: i32, k: i32, a: usize, b: usize): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < k; j++) store<f32>(at(b, j * m + i), load<f32>(at(a, i * k + j)));
  }
}

/** x[channels][batch][length] to columns[channels * kernel][batch * positions], zeros beyond the ends. */
export function unfold(
  channels: i32, batch: i32, length: i32, kernel: i32, stride: i32, padding: i32, positions: i32,
  x: usize, columns: usize,
): void {
  for (let c = 0; c < channels; c++) {
    for (let t = 0; t < kernel; t++) {
      let out = at(columns, (c * kernel + t) * batch * positions);
      for (let item = 0; item < batch; item++) {
        const row = at(x, (c * batch + item) * length);
        let source = t - padding;
        for (let p = 0; p < positions; p++, source += stride, out += 4) {
          store<f32>(out, source >= 0 && source < length ? load<f32>(at(row, source)) : <f32>0);
        }
      }
    }
  }
}

/** Adds columns[channels * kernel][batch * positions] back onto dx[channels][batch][length]. */
export function fold(
  channels: i32, batch: i32, length: i32, kernel: i32, stride: i32, padding: i32, positions: i32,
  columns: usize, dx: usize,
): void {
  for (let c = 0; c < channels; c++) {
    for (let t = 0; t < kernel; t++) {
      let from = at(columns, (c * kernel + t) * batch * positions);
      for (let item = 0; item < batch; item++) {
        const row = at(dx, (c * batch + item) * length);
        let target = t - padding;
        for (let p = 0; p < positions; p++, target += stride, from += 4) {
          if (target >= 0 && target < length) accumulate(at(row, target), load<f32>(from));
        }
      }
    }
  }
}

/** y[rows][columns] += bias[rows], then max(0, y) where `relu`. */
export function addBias(rows: i32, columns: i32, relu: bool, bias: usize, y: usize): void {
  for (let i = 0; i < rows; i++) {
    const b = load<f32>(at(bias, i));
    const wide = f32x4.splat(b);
    let pointer = at(y, i * columns);
    let j = 0;
    for (; j + 4 <= columns; j += 4, pointer += 16) {
      let value = f32x4.add(v128.load(pointer), wide);
      if (relu) value = f32x4.max(value, f32x4.splat(0));
      v128.store(pointer, value);
    }
    for (; j < columns; j++, pointer += 4) {
      const value = load<f32>(pointer) + b;
      store<f32>(pointer, relu ? max<f32>(value, 0) : value);
    }
  }
}

/** dy = 0 where y = 0 (the rectifier was shut). */
export function rectifierGradient(count: i32, y: usize, dy: usize): void {
  for (let i = 0; i < count; i++) if (load<f32>(at(y, i)) <= 0) store<f32>(at(dy, i), 0);
}

/** dBias[rows] += sums over the columns of dy. */
export function biasGradient(rows: i32, columns: i32, dy: usize, dBias: usize): void {
  for (let i = 0; i < rows; i++) {
    let sum: f32 = 0;
    for (let j = 0; j < columns; j++) sum += load<f32>(at(dy, i * columns + j));
    accumulate(at(dBias, i), sum);
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019). `rate` holds the bias corrections already;
 * weights are kept within +-limit.
 */
export function adam(
  count: i32, weights: usize, gradient: usize, first: usize, second: usize,
  rate: f32, epsilon: f32, decay: f32, limit: f32,
): void {
  for (let i = 0; i < count; i++) {
    const g = load<f32>(at(gradient, i));
    const m = <f32>0.9 * load<f32>(at(first, i)) + <f32>0.1 * g;
    const v = <f32>0.999 * load<f32>(at(second, i)) + <f32>0.001 * g * g;
    store<f32>(at(first, i), m);
    store<f32>(at(second, i), v);
    const w = load<f32>(at(weights, i));
    const moved = w - (rate * m) / (sqrt<f32>(v) + epsilon) - decay * w;
    store<f32>(at(weights, i), max<f32>(-limit, min<f32>(limit, moved)));
  }
}

/**
 * C[m][n] = A[m][k] B[k][n]; n a multiple of 8, rows of B `bStride` and of C `cStride` numbers apart. Eight columns
 * of B stay in the first-level cache while all rows of A pass.
 */
export function multiplyStrips(
  m: i32, n: i32, k: i32, a: usize, b: usize, bStride: i32, c: usize, cStride: i32,
): void {
  const bStep = <usize>bStride << 2;
  for (let j = 0; j < n; j += 8) {
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
      let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
      let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
      let a0 = at(a, i * k), a1 = at(a0, k), a2 = at(a1, k), a3 = at(a2, k);
      let row = at(b, j);
      for (let l = 0; l < k; l++) {
        const b0 = v128.load(row), b1 = v128.load(row, 16);
        let w = v128.load32_splat(a0);
        c00 = f32x4.add(c00, f32x4.mul(w, b0));
        c01 = f32x4.add(c01, f32x4.mul(w, b1));
        w = v128.load32_splat(a1);
        c10 = f32x4.add(c10, f32x4.mul(w, b0));
        c11 = f32x4.add(c11, f32x4.mul(w, b1));
        w = v128.load32_splat(a2);
        c20 = f32x4.add(c20, f32x4.mul(w, b0));
        c21 = f32x4.add(c21, f32x4.mul(w, b1));
        w = v128.load32_splat(a3);
        c30 = f32x4.add(c30, f32x4.mul(w, b0));
        c31 = f32x4.add(c31, f32x4.mul(w, b1));
        a0 += 4; a1 += 4; a2 += 4; a3 += 4;
        row += bStep;
      }
      let out = at(c, i * cStride + j);
      v128.store(out, c00); v128.store(out, c01, 16);
      out = at(out, cStride);
      v128.store(out, c10); v128.store(out, c11, 16);
      out = at(out, cStride);
      v128.store(out, c20); v128.store(out, c21, 16);
      out = at(out, cStride);
      v128.store(out, c30); v128.store(out, c31, 16);
    }
    for (; i < m; i++) {
      let c0 = f32x4.splat(0), c1 = f32x4.splat(0);
      let a0 = at(a, i * k);
      let row = at(b, j);
      for (let l = 0; l < k; l++) {
        const w = v128.load32_splat(a0);
        c0 = f32x4.add(c0, f32x4.mul(w, v128.load(row)));
        c1 = f32x4.add(c1, f32x4.mul(w, v128.load(row, 16)));
        a0 += 4;
        row += bStep;
      }
      const out = at(c, i * cStride + j);
      v128.store(out, c0); v128.store(out, c1, 16);
    }
  }
}

/** First output column whose source lies at or after 0. */
@inline
function firstInside(tap: i32, stride: i32, padding: i32): i32 {
  const missing = padding - tap;
  return missing > 0 ? (missing + stride - 1) / stride : 0;
}

/** End of the output columns whose source lies before `width`. */
@inline
function endInside(tap: i32, stride: i32, padding: i32, width: i32, outWidth: i32): i32 {
  const room = width - 1 + padding - tap;
  return room < 0 ? 0 : min(outWidth, room / stride + 1);
}

/**
 * x[items][channels][height][width] to columns[channels * kernelHeight * kernelWidth][stride `columnStride`], a row
 * holding [items][outHeight][outWidth]; zeros beyond the edges.
 */
export function unfoldImages(
  items: i32, channels: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, paddingY: i32, paddingX: i32, outHeight: i32, outWidth: i32,
  x: usize, columns: usize, columnStride: i32,
): void {
  const plane = height * width;
  const nothing = f32x4.splat(0);
  for (let c = 0; c < channels; c++) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      for (let kx = 0; kx < kernelWidth; kx++) {
        let out = at(columns, ((c * kernelHeight + ky) * kernelWidth + kx) * columnStride);
        const first = firstInside(kx, strideX, paddingX);
        const end = max(first, endInside(kx, strideX, paddingX, width, outWidth));
        for (let item = 0; item < items; item++) {
          const image = at(x, (item * channels + c) * plane);
          for (let oy = 0; oy < outHeight; oy++) {
            const y = oy * strideY + ky - paddingY;
            let o = 0;
            if (y >= 0 && y < height) {
              for (; o < first; o++) store<f32>(at(out, o), 0);
              let from = at(image, y * width + o * strideX + kx - paddingX);
              if (strideX == 1) {
                for (; o + 4 <= end; o += 4, from += 16) v128.store(at(out, o), v128.load(from));
              } else if (strideX == 2) {
                for (; o + 4 < end; o += 4, from += 32) {
                  v128.store(at(out, o), v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
                }
              }
              for (; o < end; o++, from += <usize>strideX << 2) store<f32>(at(out, o), load<f32>(from));
            }
            for (; o + 4 <= outWidth; o += 4) v128.store(at(out, o), nothing);
            for (; o < outWidth; o++) store<f32>(at(out, o), 0);
            out = at(out, outWidth);
          }
        }
      }
    }
  }
}

/** Adds columns back onto dx[items][channels][height][width]: the transpose of `unfoldImages`. */
export function foldImages(
  items: i32, channels: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, paddingY: i32, paddingX: i32, outHeight: i32, outWidth: i32,
  columns: usize, columnStride: i32, dx: usize,
): void {
  const plane = height * width;
  for (let c = 0; c < channels; c++) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      for (let kx = 0; kx < kernelWidth; kx++) {
        let from = at(columns, ((c * kernelHeight + ky) * kernelWidth + kx) * columnStride);
        const first = firstInside(kx, strideX, paddingX);
        const end = max(first, endInside(kx, strideX, paddingX, width, outWidth));
        for (let item = 0; item < items; item++) {
          const image = at(dx, (item * channels + c) * plane);
          for (let oy = 0; oy < outHeight; oy++) {
            const y = oy * strideY + ky - paddingY;
            if (y >= 0 && y < height) {
              let o = first;
              let to = at(image, y * width + o * strideX + kx - paddingX);
              if (strideX == 1) {
                for (; o + 4 <= end; o += 4, to += 16) {
                  v128.store(to, f32x4.add(v128.load(to), v128.load(at(from, o))));
                }
              }
              for (; o < end; o++, to += <usize>strideX << 2) accumulate(to, load<f32>(at(from, o)));
            }
            from = at(from, outWidth);
          }
        }
      }
    }
  }
}

/** out[items][rows][positions] = c[rows][stride `cStride`] + bias[rows], then max(0, .) where `relu`. */
export function placeOutputs(
  items: i32, rows: i32, positions: i32, relu: bool, bias: usize, c: usize, cStride: i32, out: usize,
): void {
  const least = relu ? f32x4.splat(0) : f32x4.splat(-f32.MAX_VALUE);
  for (let item = 0; item < items; item++) {
    for (let i = 0; i < rows; i++) {
      const b = load<f32>(at(bias, i));
      const wide = f32x4.splat(b);
      let from = at(c, i * cStride + item * positions);
      let to = at(out, (item * rows + i) * positions);
      let p = 0;
      for (; p + 4 <= positions; p += 4, from += 16, to += 16) {
        v128.store(to, f32x4.max(f32x4.add(v128.load(from), wide), least));
      }
      for (; p < positions; p++, from += 4, to += 4) {
        const value = load<f32>(from) + b;
        store<f32>(to, relu ? max<f32>(value, 0) : value);
      }
    }
  }
}

/** c[rows][stride `cStride`] = dy[items][rows][positions], then zeros: the transpose of `placeOutputs`. */
export function gatherGradients(
  items: i32, rows: i32, positions: i32, dy: usize, c: usize, cStride: i32,
): void {
  for (let item = 0; item < items; item++) {
    for (let i = 0; i < rows; i++) {
      memory.copy(
        at(c, i * cStride + item * positions),
        at(dy, (item * rows + i) * positions),
        <usize>positions << 2,
      );
    }
  }
  const used = items * positions;
  for (let i = 0; i < rows; i++) {
    memory.fill(at(c, i * cStride + used), 0, <usize>(cStride - used) << 2);
  }
}

/** y = a + b, then max(0, .) where `relu`. */
export function add(count: i32, relu: bool, a: usize, b: usize, y: usize): void {
  let i = 0;
  const nothing = f32x4.splat(0);
  for (; i + 4 <= count; i += 4) {
    let value = f32x4.add(v128.load(at(a, i)), v128.load(at(b, i)));
    if (relu) value = f32x4.max(value, nothing);
    v128.store(at(y, i), value);
  }
  for (; i < count; i++) {
    const value = load<f32>(at(a, i)) + load<f32>(at(b, i));
    store<f32>(at(y, i), relu ? max<f32>(value, 0) : value);
  }
}

/** dx += dy. */
export function accumulateAll(count: i32, dy: usize, dx: usize): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(at(dx, i), f32x4.add(v128.load(at(dx, i)), v128.load(at(dy, i))));
  }
  for (; i < count; i++) accumulate(at(dx, i), load<f32>(at(dy, i)));
}

/**
 * Pooling of `planes` images [height][width] without padding. `winners` (i32, an index into its plane) is written
 * where `average` is 0.
 */
export function poolImages(
  planes: i32, height: i32, width: i32, sizeY: i32, sizeX: i32, strideY: i32, strideX: i32,
  outHeight: i32, outWidth: i32, average: bool, x: usize, y: usize, winners: usize,
): void {
  const share: f32 = <f32>1 / <f32>(sizeY * sizeX);
  for (let plane = 0; plane < planes; plane++) {
    const image = at(x, plane * height * width);
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const start = oy * strideY * width + ox * strideX;
        const out = (plane * outHeight + oy) * outWidth + ox;
        let sum: f32 = 0;
        let best = load<f32>(at(image, start));
        let winner = start;
        for (let v = 0; v < sizeY; v++) {
          for (let u = 0; u < sizeX; u++) {
            const value = load<f32>(at(image, start + v * width + u));
            if (average) {
              sum += value;
            } else if (value > best) {
              best = value;
              winner = start + v * width + u;
            }
          }
        }
        store<f32>(at(y, out), average ? sum * share : best);
        if (!average) store<i32>(at(winners, out), winner);
      }
    }
  }
}

/** Adds the gradient of `poolImages` onto dx. */
export function unpoolImages(
  planes: i32, height: i32, width: i32, sizeY: i32, sizeX: i32, strideY: i32, strideX: i32,
  outHeight: i32, outWidth: i32, average: bool, dy: usize, dx: usize, winners: usize,
): void {
  const share: f32 = <f32>1 / <f32>(sizeY * sizeX);
  for (let plane = 0; plane < planes; plane++) {
    const image = at(dx, plane * height * width);
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const out = (plane * outHeight + oy) * outWidth + ox;
        const gradient = load<f32>(at(dy, out));
        if (average) {
          const start = oy * strideY * width + ox * strideX;
          for (let v = 0; v < sizeY; v++) {
            for (let u = 0; u < sizeX; u++) accumulate(at(image, start + v * width + u), gradient * share);
          }
        } else {
          accumulate(at(image, load<i32>(at(winners, out))), gradient);
        }
      }
    }
  }
}
