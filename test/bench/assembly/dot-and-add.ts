// What the machine can do at most: int16 dot products into int32, as many independent sums as registers hold,
// operands that stay in the first-level cache. Compiled by the bench itself. Unrolling further made each slower.

export function heapBase(): usize {
  return __heap_base;
}

@inline
function mac(sum: v128, x: v128, w: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(x, w));
}

/** Four splat pairs of codes meet two vectors of weights: 64 multiply-accumulates a step. */
export function eightSums(steps: i32, from: usize, to: usize): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  for (let step = 0; step < steps; step++) {
    const w0 = v128.load(from), w1 = v128.load(from, 16);
    let x = v128.load32_splat(from, 1024);
    a = mac(a, x, w0); b = mac(b, x, w1);
    x = v128.load32_splat(from, 1028); c = mac(c, x, w0); d = mac(d, x, w1);
    x = v128.load32_splat(from, 1032); e = mac(e, x, w0); f = mac(f, x, w1);
    x = v128.load32_splat(from, 1036); g = mac(g, x, w0); h = mac(h, x, w1);
  }
  v128.store(to, a); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48);
  v128.store(to, e, 64); v128.store(to, f, 80); v128.store(to, g, 96); v128.store(to, h, 112);
}

/** Three splat pairs and three vectors: 72 a step. */
export function nineSums(steps: i32, from: usize, to: usize): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0);
  let d = i32x4.splat(0), e = i32x4.splat(0), f = i32x4.splat(0);
  let g = i32x4.splat(0), h = i32x4.splat(0), i = i32x4.splat(0);
  for (let step = 0; step < steps; step++) {
    const w0 = v128.load(from), w1 = v128.load(from, 16), w2 = v128.load(from, 32);
    let x = v128.load32_splat(from, 1024);
    a = mac(a, x, w0); b = mac(b, x, w1); c = mac(c, x, w2);
    x = v128.load32_splat(from, 1028); d = mac(d, x, w0); e = mac(e, x, w1); f = mac(f, x, w2);
    x = v128.load32_splat(from, 1032); g = mac(g, x, w0); h = mac(h, x, w1); i = mac(i, x, w2);
  }
  v128.store(to, a); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48);
  v128.store(to, e, 64); v128.store(to, f, 80); v128.store(to, g, 96); v128.store(to, h, 112);
  v128.store(to, i, 128);
}

/** Five splat pairs and two vectors: 80 a step. */
export function tenSums(steps: i32, from: usize, to: usize): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  let i = i32x4.splat(0), j = i32x4.splat(0);
  for (let step = 0; step < steps; step++) {
    const w0 = v128.load(from), w1 = v128.load(from, 16);
    let x = v128.load32_splat(from, 1024);
    a = mac(a, x, w0); b = mac(b, x, w1);
    x = v128.load32_splat(from, 1028); c = mac(c, x, w0); d = mac(d, x, w1);
    x = v128.load32_splat(from, 1032); e = mac(e, x, w0); f = mac(f, x, w1);
    x = v128.load32_splat(from, 1036); g = mac(g, x, w0); h = mac(h, x, w1);
    x = v128.load32_splat(from, 1040); i = mac(i, x, w0); j = mac(j, x, w1);
  }
  v128.store(to, a); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48);
  v128.store(to, e, 64); v128.store(to, f, 80); v128.store(to, g, 96); v128.store(to, h, 112);
  v128.store(to, i, 128); v128.store(to, j, 144);
}
