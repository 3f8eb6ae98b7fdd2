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
