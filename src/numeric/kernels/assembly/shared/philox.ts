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

// Constants are broadcast from memory: V8 rebuilds a constant vector from its halves at every use, which
// costs a third of the time here.
const PHILOX_M0: usize = memory.data<u32>([0xd2511f53]);
const PHILOX_M1: usize = memory.data<u32>([0xcd9e8d57]);
const HALF: usize = memory.data<f32>([0.5]);
const TWO_TO_MINUS_31: usize = memory.data<f32>([4.656612873077393e-10]);
const ONE: usize = memory.data<f32>([1]);
const ONE_9TH: usize = memory.data<f32>([1.0 / 9.0]);
const ONE_7TH: usize = memory.data<f32>([1.0 / 7.0]);
const ONE_5TH: usize = memory.data<f32>([1.0 / 5.0]);
const ONE_3RD: usize = memory.data<f32>([1.0 / 3.0]);
const MINUS_TWO_LN_2: usize = memory.data<f32>([-1.3862943611198906]);
const MINUS_FOUR: usize = memory.data<f32>([-4]);
const ANGLE_STEP: usize = memory.data<f32>([3.6572951981018145e-10]);
const MINUS_ONE_5040TH: usize = memory.data<f32>([-1.0 / 5040.0]);
const ONE_120TH: usize = memory.data<f32>([1.0 / 120.0]);
const MINUS_ONE_6TH: usize = memory.data<f32>([-1.0 / 6.0]);
const ONE_40320TH: usize = memory.data<f32>([1.0 / 40320.0]);
const MINUS_ONE_720TH: usize = memory.data<f32>([-1.0 / 720.0]);
const ONE_24TH: usize = memory.data<f32>([1.0 / 24.0]);
const MINUS_HALF: usize = memory.data<f32>([-0.5]);
const SQRT_HALF_BITS: usize = memory.data<u32>([0x3f3504f3]);
const SIGN_BIT: usize = memory.data<u32>([0x80000000]);

@inline
function splat(constant: usize): v128 {
  return v128.load32_splat(constant);
}

/** sqrt(-2 ln u) for u = (bits >>> 1) / 2^31, moved half a step from 0; at most 6.67. */
@inline
function radius(bits: v128): v128 {
  const u = f32x4.mul(
    f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 1)), splat(HALF)),
    splat(TWO_TO_MINUS_31),
  );
  // u = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh((m - 1) / (m + 1)).
  const exponent = i32x4.shr_s(i32x4.sub(u, splat(SQRT_HALF_BITS)), 23);
  const m = i32x4.sub(u, i32x4.shl(exponent, 23));
  const s = f32x4.div(f32x4.sub(m, splat(ONE)), f32x4.add(m, splat(ONE)));
  const z = f32x4.mul(s, s);
  let series = f32x4.add(f32x4.mul(z, splat(ONE_9TH)), splat(ONE_7TH));
  series = f32x4.add(f32x4.mul(z, series), splat(ONE_5TH));
  series = f32x4.add(f32x4.mul(z, series), splat(ONE_3RD));
  series = f32x4.add(f32x4.mul(z, series), splat(ONE));
  const minusTwoLn = f32x4.add(
    f32x4.mul(f32x4.convert_i32x4_s(exponent), splat(MINUS_TWO_LN_2)),
    f32x4.mul(f32x4.mul(s, series), splat(MINUS_FOUR)),
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
    splat(ANGLE_STEP),
  );
  const z = f32x4.mul(a, a);
  let sine = f32x4.add(f32x4.mul(z, splat(MINUS_ONE_5040TH)), splat(ONE_120TH));
  sine = f32x4.add(f32x4.mul(z, sine), splat(MINUS_ONE_6TH));
  sine = f32x4.add(f32x4.mul(z, sine), splat(ONE));
  sine = f32x4.mul(a, sine);
  let cosine = f32x4.add(f32x4.mul(z, splat(ONE_40320TH)), splat(MINUS_ONE_720TH));
  cosine = f32x4.add(f32x4.mul(z, cosine), splat(ONE_24TH));
  cosine = f32x4.add(f32x4.mul(z, cosine), splat(MINUS_HALF));
  cosine = f32x4.add(f32x4.mul(z, cosine), splat(ONE));
  const mirror = i32x4.shr_s(angleBits, 31);
  const sign = v128.and(i32x4.shl(angleBits, 1), splat(SIGN_BIT));
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
  const m0 = splat(PHILOX_M0);
  const m1 = splat(PHILOX_M1);
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
