/** The tables of a Holter report from beats, rhythm and waves. Pure, one pass over the beats for each table. */
import { BEAT_CLASSES, type EcgSummary } from '../../contract/ecg.ts';
import {
  type Ectopy,
  FAST_BPM,
  type HolterSummary,
  PAUSE_LIMITS_SECONDS,
  SLOW_BPM,
} from '../../contract/holter.ts';
import type { RhythmEpisode } from '../../contract/rhythm.ts';
import type { CorrectedBeats } from '../ecg-beats/corrections.ts';
import type { BeatEnsemble } from '../ecg-beats/ensemble.ts';
import { HEART_RATE_BEATS, type RrIntervals, rrIntervals } from '../ecg-beats/intervals.ts';
import type { RecordingFacts } from '../ecg-beats/summarise.ts';
import { type BeatPattern, findBeatPatterns } from '../ecg-rhythm/beat-patterns.ts';
import { hours } from './hourly.ts';
import { heartRateTrend, poincare, rrHistogram } from './rr-distribution.ts';
import { urgentRules } from './urgent-rules.ts';
import { qtRange, stRanges } from './wave-ranges.ts';

const S = BEAT_CLASSES.indexOf('S');
const V = BEAT_CLASSES.indexOf('V');
/** EC57: runs of six or more are long. */
const LONG_RUN_BEATS = 6;

/** What the tables are made from. */
export interface HolterFacts {
  facts: RecordingFacts;
  corrected: CorrectedBeats;
  ensemble: BeatEnsemble;
  /** With rhythm, where that was judged. */
  summary: EcgSummary;
}

export function summariseHolter(given: HolterFacts): HolterSummary {
  const { facts, corrected, ensemble, summary } = given;
  const { samplingRateHz } = facts;
  const { beats } = corrected;
  const rr = rrIntervals(beats.sample, samplingRateHz, facts.analysable);
  const rates = momentaryRates(rr);
  const patterns = findBeatPatterns(corrected, ensemble, rr).filter(
    ({ kind, firstBeat }) =>
      !within(summary.rhythm?.signal.fibrillation, beats.sample[firstBeat]!) &&
      // In atrial fibrillation every beat is supraventricular: its patterns have no meaning.
      !(
        kind.startsWith('supraventricular') &&
        within(summary.rhythm?.signal.atrialFibrillation, beats.sample[firstBeat]!)
      ),
  );
  const analysableSeconds = facts.analysable.reduce((sum, flag) => sum + flag, 0);
  const ectopyOf = (kind: 'ventricular' | 'supraventricular') =>
    ectopy(kind, given, patterns, analysableSeconds / 3600);
  const paced = summary.rhythm?.signal.paced ?? false;
  const af = summary.rhythm?.episodes.filter(({ kind }) => kind === 'atrial-fibrillation') ?? null;
  const st = stRanges(facts.waveTrend ?? null, samplingRateHz);
  return {
    urgent: urgentRules(summary, facts),
    beats: {
      total: summary.beats.total,
      normal: summary.beats.N,
      ventricular: summary.beats.V,
      supraventricular: summary.beats.S,
      fusion: summary.beats.F,
      paced: paced ? summary.beats.total : 0,
      artefact: summary.beats.Q.count,
    },
    ventricular: ectopyOf('ventricular'),
    supraventricular: ectopyOf('supraventricular'),
    rOnT: rOnT(given, rr),
    pauses: {
      atLeast: PAUSE_LIMITS_SECONDS.map((seconds) => ({
        seconds,
        count: rr.seconds.reduce((count, interval) => count + Number(interval >= seconds), 0),
      })),
      longest: summary.longestRr,
    },
    slow: rateEpisodes(rates, beats.sample, samplingRateHz, 'slow'),
    fast: rateEpisodes(rates, beats.sample, samplingRateHz, 'fast'),
    atrialFibrillation: af === null || paced ? null : fibrillationOf(af, summary, samplingRateHz),
    st,
    qt: qtRange(facts.waveTrend ?? null),
    waveTrend: facts.waveTrend ?? null,
    hourly: hours(facts, beats, rr, rates, af),
    heartRateTrend: heartRateTrend(facts, beats.sample, rr, rates),
    rrHistogram: rrHistogram(beats.label, rr),
    poincare: poincare(beats.label, rr),
  };
}

function within(
  spans: readonly { startSample: number; endSample: number }[] | undefined,
  sample: number,
): boolean {
  return spans?.some(({ startSample, endSample }) => sample >= startSample && sample < endSample) ?? false;
}

/** Rate over the 8 valid intervals that end with interval i, beats a minute; NaN where there are not so many. */
export function momentaryRates({ seconds }: RrIntervals): Float64Array {
  const rates = new Float64Array(seconds.length).fill(Number.NaN);
  let sum = 0;
  let valid = 0;
  for (let i = 0; i < seconds.length; i++) {
    if (Number.isNaN(seconds[i]!)) {
      sum = 0;
      valid = 0;
      continue;
    }
    sum += seconds[i]!;
    if (valid === HEART_RATE_BEATS) sum -= seconds[i - HEART_RATE_BEATS]!;
    else valid++;
    if (valid === HEART_RATE_BEATS) rates[i] = (60 * HEART_RATE_BEATS) / sum;
  }
  return rates;
}

function ectopy(
  kind: 'ventricular' | 'supraventricular',
  given: HolterFacts,
  patterns: readonly BeatPattern[],
  analysableHours: number,
): Ectopy {
  const { summary } = given;
  const beats = kind === 'ventricular' ? summary.beats.V : summary.beats.S;
  const runs = summary.runs.filter((run) => run.kind === kind).map(({ kind: _, ...run }) => run);
  const couplets = summary.couplets.filter((run) => run.kind === kind).length;
  const beatsInRuns = runs.reduce((sum, run) => sum + run.beats, 0);
  const longRuns = runs.filter((run) => run.beats >= LONG_RUN_BEATS).length;
  const most = (of: (run: (typeof runs)[number]) => number) =>
    runs.length === 0 ? null : runs.reduce((a, b) => (of(b) > of(a) ? b : a));
  return {
    beats,
    burden: kind === 'ventricular' ? summary.veBurden : summary.sveBurden,
    beatsPerHour: analysableHours > 0 ? beats.count / analysableHours : null,
    singles: beats.count - 2 * couplets - beatsInRuns,
    couplets,
    runs: runs.length,
    shortRuns: runs.length - longRuns,
    longRuns,
    beatsInRuns,
    longestRun: most((run) => run.beats),
    fastestRun: most((run) => run.rateBpm),
    bigeminy: patternOf(patterns, `${kind}-bigeminy`, given),
    trigeminy: patternOf(patterns, `${kind}-trigeminy`, given),
  };
}

function patternOf(
  patterns: readonly BeatPattern[],
  kind: BeatPattern['kind'],
  { corrected, facts }: HolterFacts,
): Ectopy['bigeminy'] {
  const { label, sample } = corrected.beats;
  const ectopic = kind.startsWith('ventricular') ? V : S;
  const result: Ectopy['bigeminy'] = { episodes: 0, ectopicBeats: 0, seconds: 0, longest: null };
  for (const pattern of patterns) {
    if (pattern.kind !== kind) continue;
    let ectopicBeats = 0;
    for (let i = pattern.firstBeat; i <= pattern.lastBeat; i++) ectopicBeats += Number(label[i] === ectopic);
    const [startSample, endSample] = [sample[pattern.firstBeat]!, sample[pattern.lastBeat]!];
    result.episodes++;
    result.ectopicBeats += ectopicBeats;
    result.seconds += (endSample - startSample) / facts.samplingRateHz;
    if (result.longest === null || ectopicBeats > result.longest.ectopicBeats) {
      result.longest = { startSample, endSample, ectopicBeats };
    }
  }
  return result;
}

/** Ventricular beats whose R peak comes before the end of the T wave of the usual beat would have come. */
function rOnT({ facts, corrected }: HolterFacts, rr: RrIntervals): HolterSummary['rOnT'] {
  const median = facts.intervals?.medianBeat ?? null;
  const ends = facts.intervals?.leads.flatMap(({ t }) => (t === null ? [] : [t.end])) ?? [];
  if (median === null || ends.length === 0) return null;
  ends.sort((a, b) => a - b);
  const withinMs = ((ends[ends.length >> 1]! - median.rPeak) * 1000) / median.samplingRateHz;
  const { label, sample } = corrected.beats;
  let beats = 0;
  let first: number | null = null;
  for (let i = 1; i < label.length; i++) {
    // The first of a run only: within it there is no T wave of a usual beat.
    if (label[i] !== V || label[i - 1] === V || !(rr.seconds[i - 1]! * 1000 <= withinMs)) continue;
    beats++;
    first ??= sample[i]!;
  }
  return { beats, first, withinMs };
}

function rateEpisodes(
  rates: Float64Array,
  sample: Int32Array,
  samplingRateHz: number,
  side: 'slow' | 'fast',
): HolterSummary['slow'] {
  const beyond = (rate: number) => (side === 'slow' ? rate < SLOW_BPM : rate > FAST_BPM);
  const further = (a: number, b: number) => (side === 'slow' ? a < b : a > b);
  const result: HolterSummary['slow'] = {
    limitBpm: side === 'slow' ? SLOW_BPM : FAST_BPM,
    episodes: 0,
    seconds: 0,
    longest: null,
    extremeBpm: null,
  };
  // Stretches of eight intervals overlap: those that touch are one episode, so that no time counts twice.
  const spans: { startSample: number; endSample: number }[] = [];
  for (let i = 0; i < rates.length; i++) {
    const rate = rates[i]!;
    if (Number.isNaN(rate)) continue;
    if (result.extremeBpm === null || further(rate, result.extremeBpm.value)) {
      result.extremeBpm = { value: rate, atSample: sample[i + 1]! };
    }
    if (!beyond(rate)) continue;
    const startSample = sample[i + 1 - HEART_RATE_BEATS]!;
    const last = spans.at(-1);
    if (last !== undefined && startSample <= last.endSample) last.endSample = sample[i + 1]!;
    else spans.push({ startSample, endSample: sample[i + 1]! });
  }
  const length = (span: (typeof spans)[number]) => span.endSample - span.startSample;
  result.episodes = spans.length;
  result.seconds = spans.reduce((sum, span) => sum + length(span) / samplingRateHz, 0);
  result.longest = spans.reduce<(typeof spans)[number] | null>(
    (longest, span) => (longest === null || length(span) > length(longest) ? span : longest),
    null,
  );
  return result;
}

function fibrillationOf(
  episodes: readonly RhythmEpisode[],
  summary: EcgSummary,
  samplingRateHz: number,
): HolterSummary['atrialFibrillation'] {
  const burden = summary.rhythm?.afBurden ?? null;
  if (burden === null) return null;
  const seconds = ({ startSample, endSample }: RhythmEpisode) => (endSample - startSample) / samplingRateHz;
  const known = episodes.flatMap((episode) =>
    episode.rateBpm === null ? [] : [{ rate: episode.rateBpm, weight: seconds(episode) }],
  );
  const total = known.reduce((sum, { weight }) => sum + weight, 0);
  const longest = episodes.reduce<RhythmEpisode | null>(
    (a, b) => (a === null || seconds(b) > seconds(a) ? b : a),
    null,
  );
  return {
    fraction: burden.fraction,
    interval90: burden.interval90,
    seconds: episodes.reduce((sum, episode) => sum + seconds(episode), 0),
    episodes: episodes.length,
    longest: longest && {
      startSample: longest.startSample,
      endSample: longest.endSample,
      seconds: seconds(longest),
    },
    rateBpm:
      known.length === 0
        ? null
        : {
            minimum: Math.min(...known.map(({ rate }) => rate)),
            mean: known.reduce((sum, { rate, weight }) => sum + rate * weight, 0) / total,
            maximum: Math.max(...known.map(({ rate }) => rate)),
          },
  };
}
