/**
 * Rhythm episodes of a recording: base rhythms that cover it, and events within them. What the signal and the network
 * said is given; what follows from beats is derived here again whenever beats are corrected. Pure.
 */
import { RECOMMENDATIONS, type Recommendation } from '../../contract/certainty.ts';
import type { RhythmEpisode, RhythmKind, RhythmSignal, RhythmSummary } from '../../contract/rhythm.ts';
import type { CorrectedBeats } from '../ecg-beats/corrections.ts';
import type { BeatEnsemble } from '../ecg-beats/ensemble.ts';
import { rrIntervals } from '../ecg-beats/intervals.ts';
import { PAUSE_SECONDS, type RecordingFacts } from '../ecg-beats/summarise.ts';
import { avBlocks } from './av-blocks.ts';
import { findBeatPatterns } from './beat-patterns.ts';
import { preExcitation } from './pre-excitation.ts';

/** Sinus rhythm is slow below and fast above these rates (2018 ACC/AHA/HRS bradycardia guideline; usual definition). */
const BRADYCARDIA_BPM = 50;
const TACHYCARDIA_BPM = 100;
/** Rate of a stretch of this many intervals decides; a change of name lasts at least so long. */
const RATE_INTERVALS = 8;
const RATE_SECONDS = 30;
/** Stretches nobody could analyse are told from this length on. */
const UNREADABLE_SECONDS = 10;
/** Sinus rhythm where the stretch before complexes is less alike than this is for review: P waves are not seen. */
const P_WAVE_SEEN = 0.2;

interface Span {
  startSample: number;
  endSample: number;
}

/** Parts of `span` that none of `others` covers, in order. */
export function uncovered(span: Span, others: readonly Span[]): Span[] {
  let parts = [span];
  for (const other of others) {
    parts = parts.flatMap(({ startSample, endSample }) =>
      [
        { startSample, endSample: Math.min(endSample, other.startSample) },
        { startSample: Math.max(startSample, other.endSample), endSample },
      ].filter((part) => part.endSample > part.startSample),
    );
  }
  return parts;
}

function unreadableSpans(facts: RecordingFacts): Span[] {
  const spans: Span[] = [];
  const { analysable, samplingRateHz, lengthSamples } = facts;
  for (let second = 0; second < analysable.length; second++) {
    if (analysable[second] === 1) continue;
    let end = second;
    while (end < analysable.length && analysable[end] === 0) end++;
    if (end - second >= UNREADABLE_SECONDS) {
      spans.push({
        startSample: Math.round(second * samplingRateHz),
        endSample: Math.min(lengthSamples, Math.round(end * samplingRateHz)),
      });
    }
    second = end;
  }
  return spans;
}

/** First beat at or after a sample. */
function firstBeatFrom(samples: Int32Array, sample: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]! < sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Cuts a stretch of sinus rhythm where its rate crosses the limits for RATE_SECONDS or more. */
function byRate(
  span: Span,
  samples: Int32Array,
  seconds: Float64Array,
  samplingRateHz: number,
): (Span & { kind: RhythmKind })[] {
  const first = firstBeatFrom(samples, span.startSample);
  const last = firstBeatFrom(samples, span.endSample) - 1;
  const kindAt = (beat: number): RhythmKind => {
    let [sum, count] = [0, 0];
    const from = Math.max(first, beat - RATE_INTERVALS / 2);
    for (let i = from; i < Math.min(last, from + RATE_INTERVALS); i++) {
      if (Number.isNaN(seconds[i]!)) continue;
      sum += seconds[i]!;
      count++;
    }
    const rate = sum > 0 ? (60 * count) / sum : 0;
    if (count < 4) return 'sinus';
    return rate < BRADYCARDIA_BPM
      ? 'sinus-bradycardia'
      : rate > TACHYCARDIA_BPM
        ? 'sinus-tachycardia'
        : 'sinus';
  };
  const parts: (Span & { kind: RhythmKind })[] = [];
  for (let beat = first; beat <= last; beat++) {
    const kind = kindAt(beat);
    const current = parts[parts.length - 1];
    if (current?.kind === kind) current.endSample = samples[beat]!;
    else parts.push({ kind, startSample: samples[beat]!, endSample: samples[beat]! });
  }
  // Each part reaches to the next one, the outermost to the ends of the stretch.
  parts.forEach((part, i) => {
    if (i === 0) part.startSample = span.startSample;
    part.endSample = parts[i + 1]?.startSample ?? span.endSample;
  });
  const lasting = parts.filter(
    (part) => part.kind === 'sinus' || part.endSample - part.startSample >= RATE_SECONDS * samplingRateHz,
  );
  const named = lasting.filter((part) => part.kind !== 'sinus');
  const rest = uncovered(span, named).map((part) => ({ ...part, kind: 'sinus' as RhythmKind }));
  return [...named, ...rest].sort((a, b) => a.startSample - b.startSample);
}

interface Doubt {
  probability: number | null;
  aleatoric: number | null;
  epistemic: number | null;
  review: boolean;
  pSteadiness: number;
}

/** Mean over the judged windows whose middle lies in the span, or that hold it where there is none. */
function doubtOf(signal: RhythmSignal, span: Span): Doubt {
  const { windows } = signal;
  const rows: number[] = [];
  const overlapping: number[] = [];
  for (let w = 0; w < windows.startSample.length; w++) {
    if (windows.judged[w] === 0) continue;
    const [start, end] = [windows.startSample[w]!, windows.endSample[w]!];
    if (end <= span.startSample || start >= span.endSample) continue;
    overlapping.push(w);
    const middle = (start + end) / 2;
    if (middle >= span.startSample && middle < span.endSample) rows.push(w);
  }
  const used = rows.length > 0 ? rows : overlapping;
  if (used.length === 0) {
    return { probability: null, aleatoric: null, epistemic: null, review: true, pSteadiness: 0 };
  }
  const mean = (of: (w: number) => number) => used.reduce((sum, w) => sum + of(w), 0) / used.length;
  const forReview = used.filter(
    (w) => windows.recommendation[w] !== RECOMMENDATIONS.indexOf('accept'),
  ).length;
  return {
    probability: mean(
      (w) => 1 - windows.probabilities[w * 4 + 1]! / Math.max(1e-6, 1 - windows.probabilities[w * 4 + 3]!),
    ),
    aleatoric: mean((w) => windows.aleatoric[w]!),
    epistemic: mean((w) => windows.epistemic[w]!),
    review: forReview > used.length / 4,
    pSteadiness: mean((w) => windows.pSteadiness[w]!),
  };
}

/**
 * @param signal what was said from the signal and by the network when the recording was analysed
 */
export function summariseRhythm(
  signal: RhythmSignal,
  facts: RecordingFacts,
  corrected: CorrectedBeats,
  ensemble: BeatEnsemble,
): RhythmSummary {
  const { samplingRateHz, lengthSamples } = facts;
  const samples = corrected.beats.sample;
  const rr = rrIntervals(samples, samplingRateHz, facts.analysable);
  const whole: Span = { startSample: 0, endSample: lengthSamples };

  const episodeOf = (
    span: Span & { kind: RhythmKind },
    layer: RhythmEpisode['layer'],
    source: RhythmEpisode['source'],
    rest: Partial<RhythmEpisode>,
  ): RhythmEpisode => {
    const first = firstBeatFrom(samples, span.startSample);
    const end = firstBeatFrom(samples, span.endSample + (layer === 'event' ? 1 : 0));
    let [seconds, count] = [0, 0];
    for (let i = first; i + 1 < end; i++) {
      if (Number.isNaN(rr.seconds[i]!)) continue;
      seconds += rr.seconds[i]!;
      count++;
    }
    return {
      kind: span.kind,
      layer,
      startSample: span.startSample,
      endSample: span.endSample,
      beats: end - first,
      rateBpm: count > 0 ? (60 * count) / seconds : null,
      source,
      probability: null,
      interval90: null,
      aleatoric: null,
      epistemic: null,
      recommendation: 'review',
      ...rest,
    };
  };

  if (signal.paced) {
    const episode = episodeOf({ ...whole, kind: 'paced' }, 'base', 'signal', {});
    return { signal, episodes: [episode], afBurden: null, longestAfSeconds: 0 };
  }

  const fibrillation = signal.fibrillation;
  const unreadable = unreadableSpans(facts).flatMap((span) => uncovered(span, fibrillation));
  const taken: Span[] = [...fibrillation, ...unreadable];
  const base: RhythmEpisode[] = [
    ...fibrillation.map((span) =>
      episodeOf({ ...span, kind: 'ventricular-fibrillation' }, 'base', 'signal', { beats: 0, rateBpm: null }),
    ),
    ...unreadable.map((span) =>
      episodeOf({ ...span, kind: 'not-analysable' }, 'base', 'signal', { recommendation: 'refuse' }),
    ),
  ];
  for (const stretch of signal.atrialFibrillation) {
    const doubt = doubtOf(signal, stretch);
    for (const part of uncovered(stretch, taken)) {
      base.push(
        episodeOf({ ...part, kind: 'atrial-fibrillation' }, 'base', 'network', {
          probability: stretch.probability,
          interval90: stretch.interval90,
          aleatoric: doubt.aleatoric,
          epistemic: doubt.epistemic,
          recommendation: doubt.review ? 'review' : 'accept',
        }),
      );
    }
  }
  for (const span of uncovered(whole, [...taken, ...signal.atrialFibrillation])) {
    for (const part of byRate(span, samples, rr.seconds, samplingRateHz)) {
      const doubt = doubtOf(signal, part);
      const known = doubt.probability !== null;
      const recommendation: Recommendation =
        known && !doubt.review && doubt.pSteadiness >= P_WAVE_SEEN ? 'accept' : 'review';
      base.push(
        episodeOf({ ...part, kind: known ? part.kind : 'undetermined' }, 'base', known ? 'network' : 'rule', {
          probability: doubt.probability,
          aleatoric: doubt.aleatoric,
          epistemic: doubt.epistemic,
          recommendation,
        }),
      );
    }
  }

  const inFibrillation = (sample: number): boolean =>
    fibrillation.some((span) => sample >= span.startSample && sample < span.endSample);
  const inAf = (sample: number): boolean =>
    signal.atrialFibrillation.some((span) => sample >= span.startSample && sample < span.endSample);
  const events: RhythmEpisode[] = [];
  for (const pattern of findBeatPatterns(corrected, ensemble, rr)) {
    const startSample = samples[pattern.firstBeat]!;
    if (inFibrillation(startSample)) continue;
    // In atrial fibrillation every beat is supraventricular: its runs and patterns of such have no meaning.
    if (pattern.kind.startsWith('supraventricular') && inAf(startSample)) continue;
    const endSample = samples[pattern.lastBeat]!;
    events.push(
      episodeOf({ kind: pattern.kind, startSample, endSample }, 'event', 'rule', {
        probability: pattern.probability,
        recommendation: (pattern.probability ?? 0) >= 0.9 ? 'accept' : 'review',
      }),
    );
  }
  for (const block of avBlocks(signal, facts)) {
    const { startSample, endSample } = block;
    // In atrial fibrillation there are no P waves, whatever looks like one.
    if (inFibrillation(startSample) || inAf(startSample) || inAf(endSample - 1)) continue;
    events.push(
      episodeOf({ kind: block.kind, startSample, endSample }, 'event', 'signal', {
        probability: block.probability,
        recommendation: (block.probability ?? 0) >= 0.9 ? 'accept' : 'review',
      }),
    );
  }
  for (const { startSample, endSample } of preExcitation(signal, facts)) {
    if (inFibrillation(startSample) || inAf(startSample) || inAf(endSample - 1)) continue;
    events.push(episodeOf({ kind: 'pre-excitation', startSample, endSample }, 'event', 'signal', {}));
  }
  rr.seconds.forEach((seconds, i) => {
    if (!(seconds >= PAUSE_SECONDS) || inFibrillation(samples[i]!)) return;
    events.push(
      episodeOf({ kind: 'pause', startSample: samples[i]!, endSample: samples[i + 1]! }, 'event', 'rule', {
        rateBpm: null,
      }),
    );
  });
  const episodes = [...base, ...events].sort(
    (a, b) => a.startSample - b.startSample || Number(a.layer === 'event') - Number(b.layer === 'event'),
  );
  const longest = signal.atrialFibrillation.reduce(
    (most, span) => Math.max(most, span.endSample - span.startSample),
    0,
  );
  return { signal, episodes, afBurden: signal.afBurden, longestAfSeconds: longest / samplingRateHz };
}
