/**
 * One lead as the beat classifier sees it: resampled, without baseline wander, cut into windows around each beat
 * and compared with the lead's own dominant beat, so that what a beat looks like is told relative to the
 * patient's usual beat. Only + - * / and square roots are used: the same bits on every machine.
 */
import { describePWaves, P_WAVE_FEATURES } from './beat-p-wave.ts';
import {
  BEAT_LENGTH,
  BEAT_RATE_HZ,
  BEAT_SAMPLES_BEFORE,
  correlation,
  energy,
  P_WAVE,
  QRS,
  type Region,
} from './beat-window.ts';

const ST_T: Region = { from: BEAT_SAMPLES_BEFORE + 16, to: BEAT_SAMPLES_BEFORE + 50 };
const WIDE: Region = { from: BEAT_SAMPLES_BEFORE - 25, to: BEAT_SAMPLES_BEFORE + 40 };
const COMPLEX: Region = { from: BEAT_SAMPLES_BEFORE - 20, to: BEAT_SAMPLES_BEFORE + 25 };

/** Beats that a template is made from, and beats that "how usual is this shape" is asked of. */
const TEMPLATE_BEATS = 300;
const COMPARED_BEATS = 64;
const SIMILAR_CORRELATION = 0.9;
/** Largest shift between a beat and the template, window samples. */
const MAX_SHIFT = 4;

/** Names of the features of one lead, in order; each lies in [-1, 1]. */
export const LEAD_FEATURES = [
  'qrsCorrelation',
  'complexCorrelation',
  'amplitudeRatio',
  'areaRatio',
  'slopeSpread',
  'slopeSpreadRatio',
  'width',
  'widthRatio',
  'polarity',
  'templatePolarity',
  'pNovelty',
  'qrsNovelty',
  'stTNovelty',
  'pCorrelation',
  'pAmplitude',
  'templatePAmplitude',
  'similarShare',
  'previousCorrelation',
  'nextCorrelation',
  'previousQrsCorrelation',
  'nextQrsCorrelation',
  ...P_WAVE_FEATURES,
] as const;
export const LEAD_FEATURE_COUNT = LEAD_FEATURES.length;

/** What one lead says of each of n beats. */
export interface LeadBeats {
  /** [n][2][BEAT_LENGTH]: the beat and its difference from the template, companded into (-1, 1). */
  windows: Float32Array;
  /** [n][LEAD_FEATURE_COUNT]. */
  features: Float32Array;
}

/** (a - b) / (a + b), doubled and limited to [-1, 1]; 0 where both are 0. For a, b >= 0. */
export function contrast(a: number, b: number): number {
  const sum = a + b;
  if (!(sum > 0)) return 0;
  const doubled = (2 * (a - b)) / sum;
  return doubled > 1 ? 1 : doubled < -1 ? -1 : doubled;
}

/** A lead at BEAT_RATE_HZ, or a part of one. */
export interface ConditionedLead {
  /** Millivolts without baseline wander. */
  values: Float32Array;
  /** Number of the first value, counted from the recording's start. */
  first: number;
}

/**
 * Lead at BEAT_RATE_HZ without baseline wander. Gaps (NaN) are bridged by straight lines.
 * Baseline: running medians of 200 ms and 600 ms, as in de Chazal, O'Dwyer and Reilly (IEEE Trans Biomed Eng
 * 51(7), 2004): half a second from the ends of a part it is not yet that of the whole.
 * @param millivolts of the recording, or of a part of it
 * @param startSample where the part begins
 * @param totalSamples of the recording
 */
export function conditionedLead(
  millivolts: Float32Array,
  samplingRateHz: number,
  startSample = 0,
  totalSamples = millivolts.length,
): ConditionedLead {
  const { values, first } = resample(bridgedGaps(millivolts), samplingRateHz, startSample, totalSamples);
  const withoutQrs = runningMedian(values, 25);
  const baseline = runningMedian(withoutQrs, 75);
  for (let i = 0; i < values.length; i++) values[i] = values[i]! - baseline[i]!;
  return { values, first };
}

function bridgedGaps(millivolts: Float32Array): Float32Array {
  const bridged = Float32Array.from(millivolts);
  let lastValid = -1;
  for (let i = 0; i <= bridged.length; i++) {
    const valid = i < bridged.length && Number.isFinite(bridged[i]!);
    if (i < bridged.length && !valid) continue;
    if (i - lastValid > 1) {
      const left = lastValid >= 0 ? bridged[lastValid]! : i < bridged.length ? bridged[i]! : 0;
      const right = i < bridged.length ? bridged[i]! : left;
      for (let j = lastValid + 1; j < i; j++) {
        bridged[j] = left + ((right - left) * (j - lastValid)) / (i - lastValid);
      }
    }
    lastValid = i;
  }
  return bridged;
}

/** Average over 1/60 s around each new sample: keeps P waves and QRS shape, drops mains at 60 Hz and aliasing. */
function resample(
  signal: Float32Array,
  samplingRateHz: number,
  startSample: number,
  totalSamples: number,
): ConditionedLead {
  const width = Math.max(1, samplingRateHz / 60);
  const endSample = startSample + signal.length;
  const place = (sample: number) => (sample * BEAT_RATE_HZ) / samplingRateHz;
  // Only values for which the part holds all that is averaged.
  const first = startSample === 0 ? 0 : Math.ceil(place(startSample + width));
  const end = Math.floor(place(endSample === totalSamples ? totalSamples : endSample - width));
  const resampled = new Float32Array(Math.max(0, end - first));
  const last = signal.length - 1;
  for (let i = 0; i < resampled.length; i++) {
    // Source sample j covers [j - 0.5, j + 0.5].
    const centre = ((first + i) * samplingRateHz) / BEAT_RATE_HZ;
    const low = centre - width / 2;
    const high = centre + width / 2;
    let sum = 0;
    for (let j = Math.floor(low + 0.5); j - 0.5 < high; j++) {
      const overlap = Math.min(high, j + 0.5) - Math.max(low, j - 0.5);
      const at = j - startSample;
      if (overlap > 0) sum += overlap * signal[at < 0 ? 0 : at > last ? last : at]!;
    }
    resampled[i] = sum / width;
  }
  return { values: resampled, first };
}

/** Median over an odd number of samples around each sample; the ends repeat the outermost sample. */
export function runningMedian(signal: Float32Array, width: number): Float32Array {
  const half = width >> 1;
  const last = signal.length - 1;
  const medians = new Float32Array(signal.length);
  if (signal.length === 0) return medians;
  const at = (i: number): number => signal[i < 0 ? 0 : i > last ? last : i]!;
  const sorted = new Float32Array(width);
  for (let i = 0; i < width; i++) sorted[i] = at(i - half);
  sorted.sort();
  for (let i = 0; ; i++) {
    medians[i] = sorted[half]!;
    if (i === last) return medians;
    const leaving = at(i - half);
    const entering = at(i + half + 1);
    if (leaving === entering) continue;
    let from = lowerBound(sorted, leaving);
    if (entering > leaving) {
      while (from + 1 < width && sorted[from + 1]! < entering) {
        sorted[from] = sorted[from + 1]!;
        from++;
      }
    } else {
      while (from > 0 && sorted[from - 1]! > entering) {
        sorted[from] = sorted[from - 1]!;
        from--;
      }
    }
    sorted[from] = entering;
  }
}

function lowerBound(sorted: Float32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Windows and features of the beats `from <= i < to` of a lead, which share one template; `into` holds these
 * beats alone.
 * @param lead values of `conditionedLead`
 * @param fiducials places in the lead, one a beat of the recording or of a part of it
 * @param usual beats (counted from `from`) that the template is the median of, where another lead has chosen
 * them: a lead in which the usual beat is small would else choose the ectopic ones
 * @param lateness of `latenessOf`, of these beats
 * @returns the beats that the template was made of
 */
export function describeBeats(
  lead: Float32Array,
  fiducials: Int32Array,
  from: number,
  to: number,
  usual: Int32Array | null,
  lateness: Float64Array,
  into: LeadBeats,
): Int32Array {
  const count = to - from;
  const beats = new Float32Array(count * BEAT_LENGTH);
  const centres = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    centres[i] = slopeCentre(lead, fiducials[from + i]!);
    cut(lead, centres[i]!, beats, i);
  }
  const chosen = evenly(count, TEMPLATE_BEATS);
  const dominant = usual ?? dominantBeats(beats, chosen);
  const template = medianBeat(beats, dominant);
  const templateEnergy = energy(template, 0, QRS);

  // A shift of some milliseconds that matches the template better makes the difference from it meaningful.
  const qrsCorrelations = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let best = -2;
    let bestShift = 0;
    for (let k = 0; k <= 2 * MAX_SHIFT; k++) {
      const shift = k % 2 === 0 ? k / 2 : -(k + 1) / 2;
      const value = shiftedCorrelation(lead, centres[i]! + shift, template, templateEnergy);
      if (value > best + 1e-9) {
        best = value;
        bestShift = shift;
      }
    }
    qrsCorrelations[i] = best;
    if (bestShift !== 0) {
      centres[i]! += bestShift;
      cut(lead, centres[i]!, beats, i);
    }
  }

  const [templateLow, templateHigh] = extremes(template, 0, QRS);
  // 20 microvolts: below that a "QRS" is converter noise.
  const templateHeight = Math.max(templateHigh - templateLow, 0.02);
  const templateArea = area(template, 0, COMPLEX);
  const templateSpread = slopeSpread(template, 0);
  const templateWidth = widthOf(template, 0);
  const templateP = Math.sqrt(energy(template, 0, P_WAVE));
  const noise = {
    p: typicalResidual(beats, chosen, template, P_WAVE),
    qrs: typicalResidual(beats, chosen, template, QRS),
    stT: typicalResidual(beats, chosen, template, ST_T),
  };
  const pWaves = describePWaves(beats, centres, template, qrsCorrelations, lateness, templateHeight);
  const compared = evenly(count, COMPARED_BEATS);
  const floor = 0.01 * templateHeight;

  for (let i = 0; i < count; i++) {
    const beat = i * BEAT_LENGTH;
    const window = i * 2 * BEAT_LENGTH;
    for (let j = 0; j < BEAT_LENGTH; j++) {
      into.windows[window + j] = companded(beats[beat + j]! / templateHeight);
      into.windows[window + BEAT_LENGTH + j] = companded((beats[beat + j]! - template[j]!) / templateHeight);
    }
    const [low, high] = extremes(beats, beat, QRS);
    const height = high - low;
    const spread = slopeSpread(beats, beat);
    const width = widthOf(beats, beat);
    let similar = 0;
    for (const other of compared) {
      if (correlation(beats, beat, beats, other * BEAT_LENGTH, COMPLEX) > SIMILAR_CORRELATION) similar++;
    }
    const previous = i > 0 ? i - 1 : i;
    const next = i + 1 < count ? i + 1 : i;
    const p = Math.sqrt(energy(beats, beat, P_WAVE));
    into.features.set(
      [
        qrsCorrelations[i]!,
        correlation(beats, beat, template, 0, WIDE),
        contrast(height, templateHeight),
        contrast(area(beats, beat, COMPLEX), templateArea),
        spread / 10,
        contrast(spread, templateSpread),
        width / (COMPLEX.to - COMPLEX.from),
        contrast(width, templateWidth),
        height > 0 ? (high + low) / height : 0,
        (templateHigh + templateLow) / templateHeight,
        contrast(residual(beats, beat, template, P_WAVE) + floor, noise.p + floor),
        contrast(residual(beats, beat, template, QRS) + floor, noise.qrs + floor),
        contrast(residual(beats, beat, template, ST_T) + floor, noise.stT + floor),
        correlation(beats, beat, template, 0, P_WAVE),
        p / (p + 0.2 * templateHeight),
        templateP / (templateP + 0.2 * templateHeight),
        similar / compared.length,
        correlation(beats, beat, beats, previous * BEAT_LENGTH, COMPLEX),
        correlation(beats, beat, beats, next * BEAT_LENGTH, COMPLEX),
        qrsCorrelations[previous]!,
        qrsCorrelations[next]!,
        ...pWaves.subarray(i * P_WAVE_FEATURES.length, (i + 1) * P_WAVE_FEATURES.length),
      ].map((value) => (value > 1 ? 1 : value < -1 ? -1 : value)),
      i * LEAD_FEATURE_COUNT,
    );
  }
  return dominant;
}

/** x / (|x| + 0.5): a P wave of a tenth of the QRS still spans many steps of an 8-bit converter. */
function companded(x: number): number {
  return x / ((x < 0 ? -x : x) + 0.5);
}

/** Centre of mass of the squared slope within 0.1 s: the same for any convention of where a fiducial is put. */
function slopeCentre(lead: Float32Array, fiducial: number): number {
  let weight = 0;
  let moment = 0;
  for (let k = -12; k <= 12; k++) {
    const i = fiducial + k;
    if (i < 1 || i + 1 >= lead.length) continue;
    const slope = lead[i + 1]! - lead[i - 1]!;
    weight += slope * slope;
    moment += k * slope * slope;
  }
  return weight > 0 ? fiducial + Math.round(moment / weight) : fiducial;
}

function cut(lead: Float32Array, centre: number, beats: Float32Array, index: number): void {
  const last = lead.length - 1;
  for (let j = 0; j < BEAT_LENGTH; j++) {
    const i = centre - BEAT_SAMPLES_BEFORE + j;
    beats[index * BEAT_LENGTH + j] = last < 0 ? 0 : lead[i < 0 ? 0 : i > last ? last : i]!;
  }
}

/** At most `most` indices of 0 .. count - 1, evenly spread. */
function evenly(count: number, most: number): Int32Array {
  const length = Math.min(count, most);
  return Int32Array.from({ length }, (_, k) => Math.floor((k * count) / length));
}

/** The half of the beats that agree best with the median of all. */
function dominantBeats(beats: Float32Array, chosen: Int32Array): Int32Array {
  const first = medianBeat(beats, chosen);
  const agreement = Array.from(chosen, (i) => ({
    i,
    value: correlation(beats, i * BEAT_LENGTH, first, 0, COMPLEX),
  }));
  agreement.sort((a, b) => b.value - a.value || a.i - b.i);
  const half = agreement.slice(0, (agreement.length + 1) >> 1);
  return Int32Array.from(half, (entry) => entry.i);
}

function medianBeat(beats: Float32Array, chosen: Int32Array): Float32Array {
  const column = new Float32Array(chosen.length);
  const median = new Float32Array(BEAT_LENGTH);
  for (let j = 0; j < BEAT_LENGTH; j++) {
    for (let k = 0; k < chosen.length; k++) column[k] = beats[chosen[k]! * BEAT_LENGTH + j]!;
    median[j] = column.sort()[chosen.length >> 1]!;
  }
  return median;
}

function shiftedCorrelation(
  lead: Float32Array,
  centre: number,
  template: Float32Array,
  templateEnergy: number,
): number {
  const start = centre - BEAT_SAMPLES_BEFORE;
  if (start + QRS.from < 0 || start + QRS.to > lead.length || !(templateEnergy > 0)) return 0;
  return correlation(lead, start, template, 0, QRS);
}

/** Root mean square of the difference from the template, its mean over the region removed. */
function residual(beats: Float32Array, beat: number, template: Float32Array, region: Region): number {
  const n = region.to - region.from;
  let sum = 0;
  for (let j = region.from; j < region.to; j++) sum += beats[beat + j]! - template[j]!;
  const mean = sum / n;
  let squares = 0;
  for (let j = region.from; j < region.to; j++) {
    const d = beats[beat + j]! - template[j]! - mean;
    squares += d * d;
  }
  return Math.sqrt(squares / n);
}

function typicalResidual(
  beats: Float32Array,
  chosen: Int32Array,
  template: Float32Array,
  region: Region,
): number {
  const values = Float64Array.from(chosen, (i) => residual(beats, i * BEAT_LENGTH, template, region)).sort();
  return values[values.length >> 1]!;
}

function extremes(signal: Float32Array, at: number, region: Region): [number, number] {
  let low = signal[at + region.from]!;
  let high = low;
  for (let j = region.from; j < region.to; j++) {
    const value = signal[at + j]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function area(signal: Float32Array, at: number, region: Region): number {
  let sum = 0;
  for (let j = region.from; j < region.to; j++) sum += Math.abs(signal[at + j]!);
  return sum;
}

/** Standard deviation in time of the squared slope, window samples: small for a narrow QRS. */
function slopeSpread(signal: Float32Array, at: number): number {
  let weight = 0;
  let first = 0;
  let second = 0;
  for (let j = COMPLEX.from; j < COMPLEX.to; j++) {
    const slope = signal[at + j + 1]! - signal[at + j - 1]!;
    const square = slope * slope;
    weight += square;
    first += square * j;
    second += square * j * j;
  }
  if (!(weight > 0)) return 0;
  const mean = first / weight;
  return Math.sqrt(Math.max(0, second / weight - mean * mean));
}

/** Samples of the complex beyond a quarter of its largest deflection. */
function widthOf(signal: Float32Array, at: number): number {
  let largest = 0;
  for (let j = COMPLEX.from; j < COMPLEX.to; j++) {
    const size = Math.abs(signal[at + j]!);
    if (size > largest) largest = size;
  }
  let samples = 0;
  for (let j = COMPLEX.from; j < COMPLEX.to; j++) {
    if (Math.abs(signal[at + j]!) > 0.25 * largest) samples++;
  }
  return samples;
}
