/**
 * Elementary functions of 64-bit floating point whose bits are the same in every JavaScript engine: built
 * from + - * /, floor, constants and the IEEE layout alone, which the language fixes; `Math.exp` and its like it does not.
 */

const words = new Uint32Array(2);
const number = new Float64Array(words.buffer);
// The word that holds sign and exponent, whichever the byte order of the machine is.
number[0] = 1;
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;

/** ln 2 in two parts; the first has 21 trailing zero bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const SMALLEST_EXPONENT = -1074;
/** 2^-1074 to 2^1023, each exact. */
const powersOfTwo = new Float64Array(1023 - SMALLEST_EXPONENT + 1);
powersOfTwo[-SMALLEST_EXPONENT] = 1;
for (let k = 1; k <= 1023; k++)
  powersOfTwo[k - SMALLEST_EXPONENT] = powersOfTwo[k - 1 - SMALLEST_EXPONENT] * 2;
for (let k = -1; k >= SMALLEST_EXPONENT; k--) {
  powersOfTwo[k - SMALLEST_EXPONENT] = powersOfTwo[k + 1 - SMALLEST_EXPONENT] / 2;
}

/** e^x within 1 ulp (2 where the result is subnormal). */
export function exp(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const reducedHigh = x - k * LN2_HIGH;
  const reducedLow = k * LN2_LOW;
  const r = reducedHigh - reducedLow;
  const lost = reducedHigh - r - reducedLow;
  // Taylor's series; |r| <= 0.347, so that the first term left out is below 2^-57.
  let series = 1 / 87178291200;
  series = series * r + 1 / 6227020800;
  series = series * r + 1 / 479001600;
  series = series * r + 1 / 39916800;
  series = series * r + 1 / 3628800;
  series = series * r + 1 / 362880;
  series = series * r + 1 / 40320;
  series = series * r + 1 / 5040;
  series = series * r + 1 / 720;
  series = series * r + 1 / 120;
  series = series * r + 1 / 24;
  series = series * r + 1 / 6;
  series = series * r + 0.5;
  const result = 1 + (r + (lost + r * r * series));
  if (k >= -1022 && k <= 1023) return result * powersOfTwo[k - SMALLEST_EXPONENT];
  // In two steps, since 2^k itself is out of range where the result may not be.
  const half = Math.floor(k / 2);
  return result * powersOfTwo[half - SMALLEST_EXPONENT] * powersOfTwo[k - half - SMALLEST_EXPONENT];
}

/** Natural logarithm as a sum of two parts, for finite x > 0. */
let logHigh = 0;
let logLow = 0;
function logAsSum(x: number): void {
  let exponent = 0;
  let scaled = x;
  if (x < 2.2250738585072014e-308) {
    scaled = x * 18014398509481984;
    exponent = -54;
  }
  number[0] = scaled;
  exponent += (words[HIGH] >>> 20) - 1023;
  words[HIGH] = (words[HIGH] & 0xfffff) | 0x3ff00000;
  let m = number[0];
  if (m > Math.SQRT2) {
    m *= 0.5;
    exponent += 1;
  }
  // ln m = 2 artanh s with s = f / (2 + f), written as f - (f²/2 - s (f²/2 + R)), in which f is exact.
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let series = 1 / 23;
  series = series * z + 1 / 21;
  series = series * z + 1 / 19;
  series = series * z + 1 / 17;
  series = series * z + 1 / 15;
  series = series * z + 1 / 13;
  series = series * z + 1 / 11;
  series = series * z + 1 / 9;
  series = series * z + 1 / 7;
  series = series * z + 1 / 5;
  series = series * z + 1 / 3;
  const halfSquare = 0.5 * f * f;
  const rest = s * (halfSquare + 2 * z * series) - halfSquare + exponent * LN2_LOW;
  const whole = exponent * LN2_HIGH;
  const sum = whole + f;
  const lost = Math.abs(whole) >= Math.abs(f) ? whole - sum + f : f - sum + whole;
  logHigh = sum;
  logLow = lost + rest;
}

/** Natural logarithm within 1 ulp; -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  logAsSum(x);
  return logHigh + logLow;
}

/**
 * base^exponent for base >= 0, relative error below (2 + |exponent ln base|) 2^-52; NaN for a negative base,
 * since no caller has a use for one.
 */
export function pow(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1;
  if (Number.isNaN(base) || Number.isNaN(exponent) || base < 0) return Number.NaN;
  if (base === 0) return exponent > 0 ? 0 : Number.POSITIVE_INFINITY;
  return exp(exponent * log(base));
}

/** pi / 2 in three parts, the first two with 33 significant bits. */
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_3 = 2.0222662487959506e-21;
/** Beyond this the three parts do not reduce the angle exactly. */
const LARGEST_ANGLE = 1_647_099;

let quadrant = 0;
let angleHigh = 0;
let angleLow = 0;
function reduceAngle(x: number): void {
  if (!(Math.abs(x) <= LARGEST_ANGLE)) throw new RangeError(`angle ${x} is outside +-${LARGEST_ANGLE} rad`);
  const k = Math.floor(x * 0.6366197723675814 + 0.5);
  const first = x - k * HALF_PI_1;
  const step = k * HALF_PI_2;
  const second = first - step;
  const rest = first - second - step - k * HALF_PI_3;
  angleHigh = second + rest;
  angleLow = second - angleHigh + rest;
  quadrant = ((k % 4) + 4) % 4;
}

function sineSeries(): number {
  const z = angleHigh * angleHigh;
  let series = -1 / 1307674368000;
  series = series * z + 1 / 6227020800;
  series = series * z - 1 / 39916800;
  series = series * z + 1 / 362880;
  series = series * z - 1 / 5040;
  series = series * z + 1 / 120;
  series = series * z - 1 / 6;
  return angleHigh + (angleLow * (1 - 0.5 * z) + angleHigh * z * series);
}

function cosineSeries(): number {
  const z = angleHigh * angleHigh;
  let series = 1 / 20922789888000;
  series = series * z - 1 / 87178291200;
  series = series * z + 1 / 479001600;
  series = series * z - 1 / 3628800;
  series = series * z + 1 / 40320;
  series = series * z - 1 / 720;
  series = series * z + 1 / 24;
  const half = 0.5 * z;
  const one = 1 - half;
  return one + (1 - one - half + (z * z * series - angleHigh * angleLow));
}

/** Sine of an angle in radians. @throws {RangeError} beyond +-1,647,099 rad */
export function sin(x: number): number {
  reduceAngle(x);
  const value = quadrant % 2 === 0 ? sineSeries() : cosineSeries();
  return quadrant < 2 ? value : -value;
}

/** Cosine of an angle in radians. @throws {RangeError} beyond +-1,647,099 rad */
export function cos(x: number): number {
  reduceAngle(x);
  const value = quadrant % 2 === 0 ? cosineSeries() : sineSeries();
  return quadrant === 0 || quadrant === 3 ? value : -value;
}
