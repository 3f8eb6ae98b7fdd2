/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) on four
 * counters at once, and Gaussian deviates from it by Box and Muller's method in strict f32: the same bits on
 * every machine.
 */

const ROUNDS: i32 = 10;
/** Round keys, two vectors a round, so that the inner loop loads instead of splatting. */
const schedule: usize = memory.data(320, 16);

/** Chooses the stream that `gaussians16` draws from. */
export function setKey(low: i32, high: i32): void {
  for (let round = 0; round < ROUNDS; round++) {
    v128.store(schedule + (<usize>round << 5), i32x4.splat(low));
    v128.store(schedule + (<usize>round << 5), i32x4.splat(high), 16);
    low += 0x9e3779b9;
    high += 0xbb67ae85;
  }
}

/** sqrt(-2 ln u) for u = (bits >>> 1) / 2^31, moved half a step from 0; at most 6.67. */
@inline
function radius(bits: v128): v128 {
  const u = f32x4.mul(
    f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 1)), f32x4.splat(0.5)),
    f32x4.splat(4.656612873077393e-10),
  );
  // u = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh((m - 1) / (m + 1)).
  const exponent = i32x4.shr_s(i32x4.sub(u, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(u, i32x4.shl(exponent, 23));
  const s = f32x4.div(f32x4.sub(m, f32x4.splat(1)), f32x4.add(m, f32x4.splat(1)));
  const z = f32x4.mul(s, s);
  let series = f32x4.add(f32x4.mul(z, f32x4.splat(1.0 / 9.0)), f32x4.splat(1.0 / 7.0));
  series = f32x4.add(f32x4.mul(z, series), f32x4.splat(1.0 / 5.0));
  series = f32x4.add(f32x4.mul(z, series), f32x4.splat(1.0 / 3.0));
  series = f32x4.add(f32x4.mul(z, series), f32x4.splat(1));
  const minusTwoLn = f32x4.add(
    f32x4.mul(f32x4.convert_i32x4_s(exponent), f32x4.splat(-1.3862943611198906)),
    f32x4.mul(f32x4.mul(s, series), f32x4.splat(-4)),
  );
  return f32x4.sqrt(f32x4.pmax(f32x4.splat(0), minusTwoLn));
}

/** Stores r cos(angle) and r sin(angle) of four independent pairs at `to` and `to + 16`. */
@inline
function storePolar(to: usize, radiusBits: v128, angleBits: v128): void {
  const r = radius(radiusBits);
  // Thirty bits give an angle within a quarter turn around 0; one bit mirrors it on the diagonal, one turns
  // it by half a turn: together uniform on the circle.
  const a = f32x4.mul(
    f32x4.convert_i32x4_s(i32x4.shl(angleBits, 2)),
    f32x4.splat(3.6572951981018145e-10),
  );
  const z = f32x4.mul(a, a);
  let sine = f32x4.add(f32x4.mul(z, f32x4.splat(-1.0 / 5040.0)), f32x4.splat(1.0 / 120.0));
  sine = f32x4.add(f32x4.mul(z, sine), f32x4.splat(-1.0 / 6.0));
  sine = f32x4.add(f32x4.mul(z, sine), f32x4.splat(1));
  sine = f32x4.mul(a, sine);
  let cosine = f32x4.add(f32x4.mul(z, f32x4.splat(1.0 / 40320.0)), f32x4.splat(-1.0 / 720.0));
  cosine = f32x4.add(f32x4.mul(z, cosine), f32x4.splat(1.0 / 24.0));
  cosine = f32x4.add(f32x4.mul(z, cosine), f32x4.splat(-0.5));
  cosine = f32x4.add(f32x4.mul(z, cosine), f32x4.splat(1));
  const mirror = i32x4.shr_s(angleBits, 31);
  const sign = v128.and(i32x4.shl(angleBits, 1), i32x4.splat(0x80000000));
  v128.store(to, f32x4.mul(r, v128.xor(v128.bitselect(sine, cosine, mirror), sign)));
  v128.store(to, f32x4.mul(r, v128.xor(v128.bitselect(cosine, sine, mirror), sign)), 16);
}

/**
 * Sixteen standard Gaussian f32 at `to`, from counters (block .. block + 3, c1, c2, c3) under the key set
 * last: lane l of vectors 0 and 1 comes from words 0 and 1 of counter block + l, of vectors 2 and 3 from
 * words 2 and 3.
 */
@inline
export function gaussians16(to: usize, block: i32, c1: i32, c2: i32, c3: i32): void {
  let x0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let x1 = i32x4.splat(c1);
  let x2 = i32x4.splat(c2);
  let x3 = i32x4.splat(c3);
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  for (let key = schedule, end = schedule + 320; key < end; key += 32) {
    const a = i64x2.extmul_low_i32x4_u(x0, m0);
    const b = i64x2.extmul_high_i32x4_u(x0, m0);
    const c = i64x2.extmul_low_i32x4_u(x2, m1);
    const d = i64x2.extmul_high_i32x4_u(x2, m1);
    const high0 = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
    const high1 = v128.shuffle<i32>(c, d, 1, 3, 5, 7);
    x0 = v128.xor(v128.xor(high1, x1), v128.load(key));
    x2 = v128.xor(v128.xor(high0, x3), v128.load(key, 16));
    x1 = v128.shuffle<i32>(c, d, 0, 2, 4, 6);
    x3 = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
  }
  storePolar(to, x0, x1);
  storePolar(to + 32, x2, x3);
}
