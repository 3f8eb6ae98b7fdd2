/**
 * Onset, peak and end of P, QRS and T in every lead. Beats of the dominant shape are averaged (median) lead by lead;
 * waves are delineated on that median beat, where noise is small, and carried to each beat by aligning each wave on its
 * own. Beats of another shape are delineated one by one. A P wave is only told where the beats agree on it: what
 * precedes the QRS complex in atrial fibrillation differs from beat to beat.
 *
 * QRS: threshold on the velocity over all leads; P and T limits: largest trapezium (Vázquez-Seisdedos et al., BioMed
 * Eng OnLine 10:43, 2011); then each limit is moved to where cardiologists mark it (limit-corrections.ts). The constants
 * were chosen on the odd-numbered records of LUDB (models/ecg-intervals).
 */
import { butterworth, fillGaps, filterZeroPhase, medianOf } from './filtering.ts';
import { type Correction, correctionFor, speedsOf, withCorrectedLimits } from './limit-corrections.ts';
import type { Signal } from './stretches.ts';

/** Sample indices of the recording. */
export interface Wave {
  onset: number;
  peak: number;
  end: number;
}

export interface LeadWaves {
  p: Wave | null;
  qrs: Wave | null;
  t: Wave | null;
}

export interface BeatWaves {
  rPeak: number;
  /** Whether the beat has the shape of the median beat. */
  dominant: boolean;
  /** One entry a lead of the recording. */
  leads: LeadWaves[];
}

export interface Delineation {
  beats: BeatWaves[];
  /** The median beat, millivolts against the level before its QRS complex, one array a lead; null without beats. */
  median: MedianBeat | null;
  /** How far beats agree on what precedes the QRS complex, -1 to 1; NaN with fewer than three beats. */
  pLikeness: number;
}

export interface MedianBeat {
  leads: Float32Array[];
  /** Index of the R peak in each lead. */
  rPeak: number;
  beats: number;
  /** Positions in the median beat. */
  waves: LeadWaves[];
}

const MEDIAN_BEFORE_SECONDS = 0.45;
const MEDIAN_AFTER_SECONDS = 0.7;
/** At most this many beats, evenly spread, are delineated. */
export const BEATS_DELINEATED = 120;
const BASELINE_HZ = 0.5;
const QRS_LOW_PASS_HZ = 45;
const WAVE_LOW_PASS_HZ = 20;
const SHAPE_REACH_SECONDS = 0.06;
const DOMINANT_LIKENESS = 0.85;
const ALIGN_SECONDS = 0.016;

const VELOCITY_REACH_SECONDS = 0.004;
/** Share of the highest velocity below which QRS is over, at its onset and its end. */
const ONSET_SHARE = 0.035;
const END_SHARE = 0.06;
/** Times the usual velocity before the complex. */
const NOISE_FACTOR = 2.2;
/** The complex may be slow for this long within itself. */
const ONSET_LULL_SECONDS = 0.016;
const END_LULL_SECONDS = 0.016;
const ONSET_REACH_SECONDS = 0.13;
const END_REACH_SECONDS = 0.17;
/** How far a lead's own limits may lie inside those of all leads together. */
const LEAD_INSIDE_SECONDS = 0.006;

const T_FROM_SECONDS = 0.06;
/** T is over by this share of the RR interval after R, and by this time. */
const T_RR_SHARE = 0.72;
const T_LATEST_SECONDS = 0.64;
const T_BEFORE_SECONDS = 0.14;
const T_AFTER_SECONDS = 0.14;
const SMALLEST_T_MILLIVOLTS = 0.018;

const P_EARLIEST_SECONDS = 0.32;
const P_LATEST_SECONDS = 0.03;
const P_REACH_SECONDS = 0.05;
/** Around the common peak: where a P wave stands out; on either side of its own peak: where it begins and ends. */
const P_STANDOUT_SECONDS = 0.09;
const P_BEFORE_PEAK_SECONDS = 0.075;
const P_AFTER_PEAK_SECONDS = 0.06;
/** The peak of P stands about here before QRS; away from there, measured in the reach, other humps count less. */
const P_USUAL_SECONDS = 0.115;
const P_USUAL_REACH_SECONDS = 0.05;
const SMALLEST_P_MILLIVOLTS = 0.012;
const P_ALIGN_SECONDS = 0.04;
const T_ALIGN_SECONDS = 0.03;
/** Agreement over beats from which there are P waves at all, and in one beat from which it has one. */
/** Limits of a wave in one lead are drawn this far to the median over leads: they begin and end nearly together. */
const P_TOGETHER = 0.5;
const T_TOGETHER = 0.5;
export const P_LIKENESS = 0.45;
/**
 * Where intervals differ this much from one to the next (median, share of the median interval), as in fibrillation, beats
 * must agree this far: one f wave may look like the next for a few beats.
 */
const IRREGULAR = 0.1;
const P_LIKENESS_IRREGULAR = 0.9;
const P_BEAT_LIKENESS = 0.25;

interface Filtered {
  /** For QRS: 0.5 to 45 Hz. */
  qrs: Float32Array;
  /** For P and T: 0.5 to 16 Hz. */
  slow: Float32Array;
}

/** A beat's leads around its R peak, by filter. */
interface Window {
  qrs: Float32Array[];
  slow: Float32Array[];
}

interface Timing {
  samplingRateHz: number;
  /** Samples before the R peak in a window. */
  before: number;
  length: number;
}

/**
 * @param rPeaks sample indices, ascending, from `detectQrs`
 * @param correction another one than that of the weights that ship, for fitting them
 */
export function delineate(recording: Signal, rPeaks: Int32Array, correction?: Correction): Delineation {
  const { samplingRateHz, lengthSamples } = recording;
  const before = Math.round(MEDIAN_BEFORE_SECONDS * samplingRateHz);
  const timing = {
    samplingRateHz,
    before,
    length: before + Math.round(MEDIAN_AFTER_SECONDS * samplingRateHz),
  };
  const usable = recording.leads.map((lead) => lead.millivolts.some((value) => !Number.isNaN(value)));
  const correct = correction ?? correctionFor(usable.filter(Boolean).length);
  const leads = recording.leads.map((lead) => filtered(lead.millivolts, samplingRateHz));
  const inside = rPeaks.filter(
    (at) => at >= 0.1 * samplingRateHz && at < lengthSamples - 0.1 * samplingRateHz,
  );
  const stride = Math.max(1, Math.ceil(inside.length / BEATS_DELINEATED));
  const chosen = Array.from(inside).filter((_, index) => index % stride === 0);
  if (chosen.length === 0) return { beats: [], median: null, pLikeness: Number.NaN };

  const intervalOf = (at: number) => intervalsAround(rPeaks, at, samplingRateHz);
  const windowAt = (at: number): Window => ({
    qrs: leads.map((lead) => cut(lead.qrs, at - before, timing.length)),
    slow: leads.map((lead) => cut(lead.slow, at - before, timing.length)),
  });
  const windows = chosen.map(windowAt);
  const { dominant, shifts } = dominantBeats(windows, timing);
  const aligned = dominant.map((index) => chosen[index]! + shifts[index]!);
  const alignedWindows = aligned.map(windowAt);
  const median: Window = {
    qrs: leads.map((_, lead) => medianWindow(alignedWindows.map((w) => w.qrs[lead]!))),
    slow: leads.map((_, lead) => medianWindow(alignedWindows.map((w) => w.slow[lead]!))),
  };
  const usualRr = medianOf(aligned.map((at) => intervalOf(at).after)) || samplingRateHz;
  const usualBefore = medianOf(aligned.map((at) => intervalOf(at).before)) || samplingRateHz;
  const template = delineateWindow(median, timing, usualBefore, usualRr, usable, correct);

  const pSpan = spanOf(template.map((waves) => waves.p));
  const likeness = alignedWindows.map((window, i) =>
    pSpan === null ? 0 : likenessWithOthers(window, alignedWindows, i, pSpan),
  );
  const pLikeness =
    aligned.length < 3 ? Number.NaN : likeness.reduce((sum, value) => sum + value, 0) / likeness.length;
  const needed = irregularity(rPeaks) > IRREGULAR ? P_LIKENESS_IRREGULAR : P_LIKENESS;
  const hasP = Number.isNaN(pLikeness) || pLikeness >= needed;
  if (!hasP) for (const waves of template) waves.p = null;

  const beats: BeatWaves[] = aligned.map((at, i) => {
    const window = alignedWindows[i]!;
    const p =
      pSpan === null || !hasP
        ? null
        : bestShift(window.slow, median.slow, pSpan, P_ALIGN_SECONDS, samplingRateHz);
    const withP = p !== null && (aligned.length < 3 || p.likeness >= P_BEAT_LIKENESS);
    const tSpan = spanOf(template.map((waves) => waves.t));
    const t =
      tSpan === null ? null : bestShift(window.slow, median.slow, tSpan, T_ALIGN_SECONDS, samplingRateHz);
    const start = at - before;
    return {
      rPeak: at,
      dominant: true,
      leads: template.map((waves) => ({
        p: withP ? moved(waves.p, start + p.shift) : null,
        qrs: moved(waves.qrs, start),
        t: moved(waves.t, start + (t?.shift ?? 0)),
      })),
    };
  });
  const isDominant = new Set(dominant);
  for (const [index, at] of chosen.entries()) {
    if (isDominant.has(index)) continue;
    const { before: rrBefore, after: rrAfter } = intervalOf(at);
    const waves = delineateWindow(windows[index]!, timing, rrBefore, rrAfter, usable, correct);
    const p =
      pSpan === null || !hasP
        ? null
        : bestShift(windows[index]!.slow, median.slow, pSpan, P_ALIGN_SECONDS, samplingRateHz);
    const start = at - before;
    beats.push({
      rPeak: at,
      dominant: false,
      leads: waves.map((own, lead) => ({
        p: p !== null && p.likeness >= 0.7 ? moved(template[lead]!.p, start + p.shift) : null,
        qrs: moved(own.qrs, start),
        t: moved(own.t, start),
      })),
    });
  }
  beats.sort((a, b) => a.rPeak - b.rPeak);
  const levelled = median.qrs.map((lead, index) => {
    const onset = template[index]!.qrs?.onset ?? before;
    const level = medianOf(
      lead.subarray(Math.max(0, onset - Math.round(0.02 * samplingRateHz)), Math.max(1, onset)),
    );
    return lead.map((value) => value - level);
  });
  return {
    beats,
    median: { leads: levelled, rPeak: before, beats: aligned.length, waves: template },
    pLikeness,
  };
}

/** Median change from one RR interval to the next, share of the median interval; 0 with fewer than three intervals. */
function irregularity(rPeaks: Int32Array): number {
  const intervals = Array.from(rPeaks.subarray(1), (at, i) => at - rPeaks[i]!);
  if (intervals.length < 3) return 0;
  return (
    medianOf(intervals.slice(1).map((interval, i) => Math.abs(interval - intervals[i]!))) /
    medianOf(intervals)
  );
}

function filtered(millivolts: Float32Array, samplingRateHz: number): Filtered {
  const level = filterZeroPhase(fillGaps(millivolts), [
    butterworth('high-pass', BASELINE_HZ, samplingRateHz),
  ]);
  const low = (hz: number) =>
    filterZeroPhase(level, [butterworth('low-pass', Math.min(hz, samplingRateHz * 0.4), samplingRateHz)]);
  return { qrs: low(QRS_LOW_PASS_HZ), slow: low(WAVE_LOW_PASS_HZ) };
}

/** Repeats the first or last sample beyond the ends. */
function cut(signal: Float32Array, from: number, length: number): Float32Array {
  if (from >= 0 && from + length <= signal.length) return signal.slice(from, from + length);
  return Float32Array.from({ length }, (_, i) => signal[Math.min(signal.length - 1, Math.max(0, from + i))]!);
}

function medianWindow(windows: readonly Float32Array[]): Float32Array {
  const column = new Float64Array(windows.length);
  return Float32Array.from(windows[0]!, (_, i) => {
    for (let w = 0; w < windows.length; w++) column[w] = windows[w]![i]!;
    return medianOf(column);
  });
}

function intervalsAround(
  rPeaks: Int32Array,
  at: number,
  samplingRateHz: number,
): { before: number; after: number } {
  // The first beat that is not before `at`, give or take an alignment.
  let [low, high] = [0, rPeaks.length];
  const tolerance = 0.05 * samplingRateHz;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rPeaks[middle]! < at - tolerance) low = middle + 1;
    else high = middle;
  }
  const own = rPeaks[low] ?? at;
  const [previous, next] = [rPeaks[low - 1], rPeaks[low + 1]];
  const after = next === undefined ? (previous === undefined ? samplingRateHz : own - previous) : next - own;
  return { before: previous === undefined ? after : own - previous, after };
}

/** Correlation over all leads of two stretches, each less its mean and slope over leads of both windows. */
function likenessOf(
  a: readonly Float32Array[],
  b: readonly Float32Array[],
  from: number,
  to: number,
  shift: number,
): number {
  let [aa, bb, ab] = [0, 0, 0];
  for (let lead = 0; lead < a.length; lead++) {
    const [x, y] = [a[lead]!, b[lead]!];
    let [mx, my] = [0, 0];
    const count = to - from + 1;
    for (let i = from; i <= to; i++) {
      mx += (x[i + shift] ?? 0) / count;
      my += y[i]! / count;
    }
    for (let i = from; i <= to; i++) {
      const p = (x[i + shift] ?? 0) - mx;
      const q = y[i]! - my;
      aa += p * p;
      bb += q * q;
      ab += p * q;
    }
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

function dominantBeats(
  windows: readonly Window[],
  { before, samplingRateHz }: Timing,
): { dominant: number[]; shifts: number[] } {
  const reach = Math.round(SHAPE_REACH_SECONDS * samplingRateHz);
  const [from, to] = [before - reach, before + reach];
  const step = Math.max(1, Math.ceil(windows.length / 24));
  const sample = [...windows.keys()].filter((index) => index % step === 0);
  let reference = 0;
  let best = -1;
  for (const i of sample) {
    const alike = sample.filter(
      (j) => j !== i && likenessOf(windows[i]!.qrs, windows[j]!.qrs, from, to, 0) > DOMINANT_LIKENESS - 0.1,
    ).length;
    if (alike > best) [best, reference] = [alike, i];
  }
  const most = Math.round(ALIGN_SECONDS * samplingRateHz);
  const shifts: number[] = [];
  const dominant: number[] = [];
  for (const [index, window] of windows.entries()) {
    let found = { likeness: -1, shift: 0 };
    for (let shift = -most; shift <= most; shift++) {
      const likeness = likenessOf(window.qrs, windows[reference]!.qrs, from, to, shift);
      if (likeness > found.likeness) found = { likeness, shift };
    }
    shifts.push(found.shift);
    if (found.likeness >= DOMINANT_LIKENESS) dominant.push(index);
  }
  return { dominant: dominant.length > 0 ? dominant : [reference], shifts };
}

function bestShift(
  leads: readonly Float32Array[],
  template: readonly Float32Array[],
  span: { from: number; to: number },
  reachSeconds: number,
  samplingRateHz: number,
): { shift: number; likeness: number } {
  const most = Math.round(reachSeconds * samplingRateHz);
  const step = Math.max(1, Math.round(0.004 * samplingRateHz));
  let best = { shift: 0, likeness: likenessOf(leads, template, span.from, span.to, 0) };
  for (let shift = -most; shift <= most; shift += step) {
    const likeness = likenessOf(leads, template, span.from, span.to, shift);
    if (likeness > best.likeness + 0.01) best = { shift, likeness };
  }
  return best;
}

/** Correlation of one beat with the mean of all others over a span. */
function likenessWithOthers(
  window: Window,
  all: readonly Window[],
  own: number,
  span: { from: number; to: number },
): number {
  const mean = window.slow.map((lead, index) =>
    Float32Array.from(lead, (_, i) => {
      if (i < span.from || i > span.to) return 0;
      let sum = 0;
      for (let other = 0; other < all.length; other++) if (other !== own) sum += all[other]!.slow[index]![i]!;
      return sum / Math.max(1, all.length - 1);
    }),
  );
  return likenessOf(window.slow, mean, span.from, span.to, 0);
}

/** From the earliest onset to the latest end over leads; null where no lead has the wave. */
function spanOf(waves: readonly (Wave | null)[]): { from: number; to: number } | null {
  const known = waves.filter((wave) => wave !== null);
  if (known.length === 0) return null;
  return {
    from: Math.min(...known.map((wave) => wave.onset)),
    to: Math.max(...known.map((wave) => wave.end)),
  };
}

const moved = (wave: Wave | null, by: number): Wave | null =>
  wave === null ? null : { onset: wave.onset + by, peak: wave.peak + by, end: wave.end + by };

/** Waves of one window, positions in it. */
function delineateWindow(
  window: Window,
  timing: Timing,
  rrBefore: number,
  rrAfter: number,
  usable: readonly boolean[],
  correct: Correction,
): LeadWaves[] {
  const { samplingRateHz, before, length } = timing;
  const samples = (seconds: number) => Math.round(seconds * samplingRateHz);
  const speeds = speedsOf(window.qrs, samplingRateHz, VELOCITY_REACH_SECONDS);
  const all = qrsLimits(speeds.together, timing);
  const inside = samples(LEAD_INSIDE_SECONDS);
  const qrs = window.qrs.map((lead, index): Wave | null => {
    if (!usable[index]) return null;
    const own = qrsLimits(speeds.leads[index]!, timing);
    const onset = Math.min(all.onset + inside, Math.max(all.onset, own.onset));
    const end = Math.max(all.end - inside, Math.min(all.end, own.end));
    let peak = before;
    let largest = 0;
    const level = (lead[onset]! + lead[end]!) / 2;
    for (let i = onset; i <= end; i++) {
      if (Math.abs(lead[i]! - level) > largest) {
        largest = Math.abs(lead[i]! - level);
        peak = i;
      }
    }
    return { onset, peak, end };
  });

  const tFrom = all.end + samples(T_FROM_SECONDS);
  const tTo = Math.min(
    length - 1,
    before + Math.min(samples(T_LATEST_SECONDS), Math.round(T_RR_SHARE * rrAfter)),
  );
  const t = drawnTogether(tWaves(window.slow, tFrom, tTo, all.end, samples), T_TOGETHER);
  const ends = t.filter((wave) => wave !== null).map((wave) => wave.end);
  const tEnd = ends.length === 0 ? before : medianOf(ends);
  const pFrom = Math.max(
    samples(0.02),
    all.onset - samples(P_EARLIEST_SECONDS) + samples(0.06),
    Math.round(tEnd - rrBefore + samples(0.02)),
  );
  const pTo = all.onset - samples(P_LATEST_SECONDS);
  const p = drawnTogether(pWaves(window.slow, pFrom, pTo, all.onset, samples), P_TOGETHER);
  const waves = qrs.map((wave, lead) => ({
    p: usable[lead] ? p[lead]! : null,
    qrs: wave,
    t: usable[lead] ? t[lead]! : null,
  }));
  return withCorrectedLimits(
    waves,
    {
      slow: window.slow,
      qrsSpeeds: speeds,
      samplingRateHz,
      rPeak: before,
      rrSeconds: rrAfter / samplingRateHz,
    },
    correct,
  );
}

function qrsLimits(
  velocity: Float32Array,
  { samplingRateHz, before }: Timing,
): { onset: number; end: number } {
  const samples = (seconds: number) => Math.round(seconds * samplingRateHz);
  let fastest = before;
  for (let i = before - samples(0.06); i <= before + samples(0.06); i++)
    if (velocity[i]! > velocity[fastest]!) fastest = i;
  const quiet = medianOf(velocity.subarray(Math.max(0, before - samples(0.3)), before - samples(0.08)));
  const threshold = (share: number) =>
    Math.min(0.4 * velocity[fastest]!, Math.max(share * velocity[fastest]!, NOISE_FACTOR * quiet));
  const walk = (step: 1 | -1, limit: number, share: number, lull: number) => {
    const level = threshold(share);
    let last = fastest;
    for (let i = fastest; Math.abs(i - before) <= limit && i > 0 && i < velocity.length - 1; i += step) {
      if (velocity[i]! > level) last = i;
      else if (Math.abs(i - last) > lull) break;
    }
    return last;
  };
  return {
    onset: walk(-1, samples(ONSET_REACH_SECONDS), ONSET_SHARE, samples(ONSET_LULL_SECONDS)),
    end: walk(1, samples(END_REACH_SECONDS), END_SHARE, samples(END_LULL_SECONDS)),
  };
}

/** Place of the corner of the largest trapezium between the steepest slope and a far point on its other side. */
function trapeziumCorner(signal: Float32Array, steep: number, far: number): number {
  const step = far > steep ? 1 : -1;
  let best = far;
  let largest = -1;
  const ym = signal[steep]!;
  for (let i = steep; i !== far; i += step) {
    const area = Math.abs(0.5 * (ym - signal[i]!) * (2 * far - i - steep));
    if (area > largest) {
      largest = area;
      best = i;
    }
  }
  return best;
}

function steepest(signal: Float32Array, from: number, to: number): number {
  const step = to > from ? 1 : -1;
  let best = from;
  let slope = -1;
  for (let i = from; i !== to; i += step) {
    const here = Math.abs((signal[i + 1] ?? signal[i]!) - (signal[i - 1] ?? signal[i]!));
    if (here > slope) {
      slope = here;
      best = i;
    }
  }
  return best;
}

/** Local extremum that stands out most from the straight line between the ends of the stretch. */
function standout(signal: Float32Array, from: number, to: number): { at: number; height: number } | null {
  let best: { at: number; height: number } | null = null;
  for (let i = from + 1; i < to; i++) {
    const line = signal[from]! + ((signal[to]! - signal[from]!) * (i - from)) / (to - from);
    const height = Math.abs(signal[i]! - line);
    if (best === null || height > best.height) best = { at: i, height };
  }
  return best;
}

/** Draws onset and end of each lead's wave to the median over leads. */
function drawnTogether(waves: readonly (Wave | null)[], share: number): (Wave | null)[] {
  const known = waves.filter((wave) => wave !== null);
  const onset = medianOf(known.map((wave) => wave.onset));
  const end = medianOf(known.map((wave) => wave.end));
  const drawn = (own: number, common: number) => Math.round(own + share * (common - own));
  return waves.map((wave) => {
    if (wave === null) return null;
    return {
      onset: Math.min(wave.peak, drawn(wave.onset, onset)),
      peak: wave.peak,
      end: Math.max(wave.peak, drawn(wave.end, end)),
    };
  });
}

type Samples = (seconds: number) => number;

function tWaves(
  leads: readonly Float32Array[],
  from: number,
  to: number,
  qrsEnd: number,
  samples: Samples,
): (Wave | null)[] {
  if (to - from < samples(0.08)) return leads.map(() => null);
  const peaks = leads.map((lead) => standout(lead, from, to));
  const weighted = peaks
    .filter((peak) => peak !== null)
    .flatMap(({ at, height }) => Array.from({ length: 1 + Math.min(20, Math.round(height * 40)) }, () => at));
  const common = medianOf(weighted);
  return leads.map((lead) => {
    const near = standout(
      lead,
      Math.max(from, Math.round(common - samples(0.1))),
      Math.min(to, Math.round(common + samples(0.1))),
    );
    const peak = standout(lead, from, to);
    if (peak === null || peak.height < SMALLEST_T_MILLIVOLTS) return null;
    const at = Math.abs(peak.at - common) <= samples(0.08) || near === null ? peak.at : near.at;
    const right = Math.min(to, at + samples(T_AFTER_SECONDS), lead.length - 2);
    const left = Math.max(qrsEnd, at - samples(T_BEFORE_SECONDS));
    if (right - at < 3 || at - left < 3) return null;
    return {
      onset: trapeziumCorner(lead, steepest(lead, at, left), left),
      peak: at,
      end: trapeziumCorner(lead, steepest(lead, at, right), right),
    };
  });
}

function pWaves(
  leads: readonly Float32Array[],
  from: number,
  to: number,
  qrsOnset: number,
  samples: Samples,
): (Wave | null)[] {
  if (to - from < samples(0.05)) return leads.map(() => null);
  // Deviation from the line between the ends of the stretch, all leads together.
  const together = new Float64Array(to + 1);
  for (const lead of leads) {
    for (let i = from; i <= to; i++) {
      const line = lead[from]! + ((lead[to]! - lead[from]!) * (i - from)) / (to - from);
      together[i]! += (lead[i]! - line) * (lead[i]! - line);
    }
  }
  let common = from;
  for (let i = from; i <= to; i++) {
    const away = ((qrsOnset - i) / samples(1) - P_USUAL_SECONDS) / P_USUAL_REACH_SECONDS;
    together[i]! /= 1 + away * away;
    if (together[i]! > together[common]!) common = i;
  }
  const reach = samples(P_REACH_SECONDS);
  const standoutReach = samples(P_STANDOUT_SECONDS);
  return leads.map((lead) => {
    const first = Math.max(1, common - standoutReach);
    const last = Math.min(qrsOnset, common + standoutReach);
    const peak = standout(lead, first, last);
    if (peak === null || peak.height < SMALLEST_P_MILLIVOLTS) return null;
    const at = Math.abs(peak.at - common) <= reach ? peak.at : common;
    const left = Math.max(1, at - samples(P_BEFORE_PEAK_SECONDS));
    const right = Math.min(qrsOnset, at + samples(P_AFTER_PEAK_SECONDS));
    if (right - at < 3 || at - left < 3) return null;
    return {
      onset: trapeziumCorner(lead, steepest(lead, at, left), left),
      peak: at,
      end: trapeziumCorner(lead, steepest(lead, at, right), right),
    };
  });
}
