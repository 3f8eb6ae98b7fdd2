/**
 * Atrioventricular conduction over a recording, from what its segments show: PR minute by minute, beats that were
 * dropped after a P wave, stretches in which P waves and QRS complexes go apart. Kinds of block as the 2018
 * ACC/AHA/HRS guideline on bradycardia defines them. Pure.
 */
import type { AvBlock, AvBlockKind, Conduction } from '../../contract/rhythm.ts';
import { measureIntervals } from '../intervals.ts';
import { usualWaves } from './atrial-waves.ts';
import { conductedPWaves, droppedBeats } from './av-block.ts';
import { dissociation } from './av-dissociation.ts';
import { RHYTHM_RATE_HZ } from './conditioned.ts';
import { preExcitedBeats } from './preexcited-beats.ts';
import { median } from './statistics.ts';

/** What one segment shows; positions are samples of the recording. */
export interface SegmentConduction {
  drops: {
    /** R peaks before and after. */
    before: number;
    after: number;
    pWaves: number;
    likeness: number;
    prBeforeMs: number;
    prAfterMs: number;
  }[];
  dissociated: {
    startSample: number;
    endSample: number;
    pWaves: number;
    likeness: number;
    atrialBpm: number;
  }[];
  /** Minute by minute: whether P waves are seen, and PR where beats agree on one. */
  pr: { startSample: number; endSample: number; seen: boolean; ms: number | null }[];
  /** R peaks of pre-excited beats. */
  preExcited: number[];
}

const MINUTE_SECONDS = 60;
/** So much of each minute is measured, from its middle. */
const MEASURED_SECONDS = 10;
/**
 * Error of PR in lead II alone against the cardiologists' marks in all leads, LUDB's odd records, each left out once
 * (`npm run train:limits`): mean (beside that of few leads, which `measureIntervals` takes off) and standard deviation, ms.
 */
const ONE_LEAD_MS = { bias: 5.6, deviation: 7.9 } as const;
const WINDOW_SECONDS = 12;
const WINDOW_HOP_SECONDS = 6;
/** Windows in a row that make an episode; a shorter recording than they need has one. */
const FEWEST_WINDOWS = 2;
const FEWEST_DROPS = 2;
/** Beats between two dropped ones of an episode at most. */
const EPISODE_BEATS = 12;
/** Other beats between two pre-excited ones of an episode at most. */
const PRE_EXCITED_GAP_BEATS = 4;
/** PR before the drop longer than after it by this much: the type of Wenckebach (Mobitz I). */
const MOBITZ_1_MS = 32;
/** P waves are seen in a minute where one stands before this share of its beats. */
const SEEN_SHARE = 0.6;

/** A segment of one lead. */
export interface ConductionInput {
  /** Conditioned, at RHYTHM_RATE_HZ. */
  signal: Float32Array;
  /** As recorded, from `startSample` on. */
  millivolts: Float32Array;
  samplingRateHz: number;
  startSample: number;
  /** What is judged: without margins. */
  from: number;
  to: number;
  /** Minutes that begin, and pre-excited beats that lie, before this sample are this segment's. */
  minutesBefore: number;
  /** Of the recording, ascending. */
  rPeaks: Int32Array;
}

export function segmentConduction(input: ConductionInput): SegmentConduction {
  const { signal, samplingRateHz, startSample, from, to } = input;
  const scale = RHYTHM_RATE_HZ / samplingRateHz;
  const toRhythm = (sample: number): number => Math.round((sample - startSample) * scale);
  const toRecording = (at: number): number => startSample + Math.round(at / scale);
  const inside = input.rPeaks.filter((at) => toRhythm(at) >= 0 && toRhythm(at) < signal.length);
  const peaks = Int32Array.from(inside, toRhythm);
  const waves = usualWaves(signal, peaks);
  const own = waves === null ? [] : conductedPWaves(waves, peaks);
  const found: SegmentConduction = {
    drops: [],
    dissociated: [],
    pr: [],
    preExcited: preExcitedBeats(signal, peaks)
      .map((beat) => inside[beat]!)
      .filter((at) => at >= from && at < Math.min(to, input.minutesBefore)),
  };
  if (waves === null) return found;
  const ms = (samples: number): number => (samples * 1000) / RHYTHM_RATE_HZ;
  for (const { beat, pWaves, likeness, prBefore, prAfter } of droppedBeats(waves, peaks, own)) {
    const [before, after] = [inside[beat]!, inside[beat + 1]!];
    if (before < from || after >= to) continue;
    found.drops.push({
      before,
      after,
      pWaves,
      likeness,
      prBeforeMs: ms(prBefore),
      prAfterMs: ms(prAfter),
    });
  }
  const window = Math.min(WINDOW_SECONDS * RHYTHM_RATE_HZ, toRhythm(to) - toRhythm(from));
  for (let at = toRhythm(from); at + window <= toRhythm(to); at += WINDOW_HOP_SECONDS * RHYTHM_RATE_HZ) {
    const told = dissociation(waves, peaks, at, at + window);
    if (told === null) continue;
    found.dissociated.push({ startSample: toRecording(at), endSample: toRecording(at + window), ...told });
  }
  const minute = MINUTE_SECONDS * samplingRateHz;
  for (let m = Math.ceil(from / minute); m * minute < Math.min(to, input.minutesBefore); m++) {
    const start = Math.round(m * minute);
    const end = Math.min(to, Math.round((m + 1) * minute));
    const beats = [...inside.keys()].filter((k) => inside[k]! >= start && inside[k]! < end);
    const seen = beats.filter((k) => own[k] != null).length;
    const hasP = beats.length > 0 && seen >= SEEN_SHARE * beats.length;
    found.pr.push({
      startSample: start,
      endSample: end,
      seen: hasP,
      ms: hasP ? prOf(input, start, end) : null,
    });
  }
  return found;
}

function prOf(
  { millivolts, samplingRateHz, startSample, rPeaks }: ConductionInput,
  start: number,
  end: number,
) {
  const length = Math.min(end - start, Math.round(MEASURED_SECONDS * samplingRateHz));
  const from = start + Math.floor((end - start - length) / 2);
  const lead = millivolts.subarray(from - startSample, from - startSample + length);
  const { prMs } = measureIntervals(
    {
      samplingRateHz,
      lengthSamples: lead.length,
      leads: [{ name: 'II', millivolts: lead, resolutionMillivolts: 0, rangeMillivolts: null }],
    },
    rPeaks.filter((at) => at >= from && at < from + lead.length).map((at) => at - from),
  );
  return prMs === null ? null : prMs.value - ONE_LEAD_MS.bias;
}

/**
 * @param segments in order
 * @param rPeaks of the recording, ascending
 */
export function conductionOf(
  segments: readonly SegmentConduction[],
  rPeaks: Int32Array,
  recording: { samplingRateHz: number; lengthSamples: number },
): Conduction {
  const { samplingRateHz, lengthSamples } = recording;
  const complete = completeStretches(
    segments.flatMap((one) => one.dissociated),
    recording,
  );
  const index = new Map(Array.from(rPeaks, (sample, k) => [sample, k]));
  const drops = new Map(segments.flatMap((one) => one.drops).map((drop) => [drop.before, drop]));
  const alone = [...drops.values()]
    .filter(
      ({ before }) =>
        index.has(before) &&
        complete.every(({ startSample, endSample }) => before < startSample || before >= endSample),
    )
    .map((drop) => ({ ...drop, beat: index.get(drop.before)! }))
    .sort((a, b) => a.beat - b.beat);
  const pr = segments.flatMap((one) => one.pr);
  return {
    avBlock: [...complete, ...secondDegree(alone, rPeaks, samplingRateHz)].sort(
      (a, b) => a.startSample - b.startSample,
    ),
    pr: pr.map(({ startSample, endSample, ms }) => ({
      startSample,
      endSample,
      ms,
      deviationMs: ONE_LEAD_MS.deviation,
    })),
    preExcitation: preExcitedStretches(
      segments.flatMap((one) => one.preExcited),
      rPeaks,
    ),
    judgedFraction:
      pr.reduce((sum, one) => {
        const seen =
          one.seen ||
          complete.some((block) => block.startSample < one.endSample && block.endSample > one.startSample);
        return sum + (seen ? one.endSample - one.startSample : 0);
      }, 0) / Math.max(1, lengthSamples),
  };
}

/** @param preExcited R peaks, ascending */
function preExcitedStretches(
  preExcited: readonly number[],
  rPeaks: Int32Array,
): NonNullable<Conduction['preExcitation']> {
  const stretches: NonNullable<Conduction['preExcitation']> = [];
  const wanted = new Set(preExcited);
  let last = Number.NEGATIVE_INFINITY;
  rPeaks.forEach((at, beat) => {
    if (!wanted.has(at)) return;
    const open = stretches[stretches.length - 1];
    if (open !== undefined && beat - last <= PRE_EXCITED_GAP_BEATS + 1) {
      open.endSample = at;
      open.beats++;
    } else stretches.push({ startSample: at, endSample: at, beats: 1 });
    last = beat;
  });
  // Beats in a row that a border between segments parted from theirs are left out.
  return stretches.filter(({ beats }) => beats > 1);
}

function completeStretches(
  windows: SegmentConduction['dissociated'],
  { samplingRateHz, lengthSamples }: { samplingRateHz: number; lengthSamples: number },
): AvBlock[] {
  const merged: SegmentConduction['dissociated'][] = [];
  for (const window of [...windows].sort((a, b) => a.startSample - b.startSample)) {
    const last = merged[merged.length - 1];
    const gap = window.startSample - (last?.[last.length - 1]?.endSample ?? 0);
    if (last !== undefined && gap <= WINDOW_SECONDS * samplingRateHz) last.push(window);
    else merged.push([window]);
  }
  const needed = lengthSamples < (WINDOW_SECONDS + WINDOW_HOP_SECONDS) * samplingRateHz ? 1 : FEWEST_WINDOWS;
  return merged.flatMap((part): AvBlock[] => {
    if (new Set(part.map(({ startSample }) => startSample)).size < needed) return [];
    const startSample = part[0]!.startSample;
    const endSample = part[part.length - 1]!.endSample;
    const atrialBpm = median(part.map((one) => one.atrialBpm));
    return [
      {
        kind: 'complete',
        startSample,
        endSample,
        pWaves: Math.round((atrialBpm * (endSample - startSample)) / samplingRateHz / 60),
        likeness: median(part.map(({ likeness }) => likeness)),
        atrialBpm,
      },
    ];
  });
}

type Drop = SegmentConduction['drops'][number] & { beat: number };

/** Drops that lie near each other, as episodes. One alone is none: it may be a premature P wave. */
function secondDegree(drops: readonly Drop[], rPeaks: Int32Array, samplingRateHz: number): AvBlock[] {
  const episodes: AvBlock[] = [];
  for (let from = 0, to = 0; from < drops.length; from = to) {
    to = from + 1;
    while (to < drops.length && drops[to]!.beat - drops[to - 1]!.beat <= EPISODE_BEATS) to++;
    const part = drops.slice(from, to);
    if (part.length < FEWEST_DROPS) continue;
    const [first, last] = [part[0]!, part[part.length - 1]!];
    // The cycle that ends with the first drop is as long as the next one.
    const cycle = part[1]!.beat - first.beat;
    const startSample = rPeaks[Math.max(0, first.beat - cycle + 1)]!;
    const endSample = last.after;
    const pWaves = part.reduce((sum, drop) => sum + drop.pWaves, 0);
    const conducted = last.beat + 1 - Math.max(0, first.beat - cycle + 1);
    episodes.push({
      kind: kindOf(part),
      startSample,
      endSample,
      pWaves,
      likeness: median(part.map(({ likeness }) => likeness)),
      atrialBpm: (60 * samplingRateHz * (conducted + pWaves)) / (endSample - startSample),
    });
  }
  return episodes;
}

function kindOf(drops: readonly Drop[]): AvBlockKind {
  const several = drops.filter(({ pWaves }) => pWaves > 1).length;
  if (2 * several > drops.length) return 'high-grade';
  const alternate = drops.slice(1).filter(({ beat }, i) => beat - drops[i]!.beat === 1).length;
  if (drops.length >= 3 && 2 * alternate > drops.length) return 'two-to-one';
  const shortened = median(drops.map(({ prBeforeMs, prAfterMs }) => prBeforeMs - prAfterMs));
  return shortened >= MOBITZ_1_MS ? 'mobitz-1' : 'mobitz-2';
}
