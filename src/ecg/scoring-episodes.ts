/**
 * Comparison of detected rhythm episodes with reference annotations, episode by episode and by duration, after
 * ANSI/AAMI EC57 as the WFDB program `epicmp` carries it out: an episode counts as found where any of it overlaps an
 * episode of the other side; the first five minutes are left out; reference atrial flutter (AFL) is neither a hit nor
 * a false alarm of atrial fibrillation (AFIB) where it is excluded.
 */
import type { EcgAnnotation } from './recording.ts';

/** A stretch of the recording, samples, end exclusive. */
export interface Episode {
  start: number;
  end: number;
}

/** Counts of one record. */
export interface EpisodeCounts {
  /** Reference episodes that overlap a test episode, and those that do not. */
  referenceFound: number;
  referenceMissed: number;
  /** Test episodes that overlap a reference episode, and those that do not. */
  testRight: number;
  testFalse: number;
  referenceSeconds: number;
  /** Of the reference duration, what the test covers. */
  referenceCoveredSeconds: number;
  testSeconds: number;
  testRightSeconds: number;
}

export interface EpisodeScoring {
  samplingRateHz: number;
  /** The comparison starts here; 300 for EC57's learning period. */
  fromSeconds: number;
  /** ... and ends here. */
  lengthSamples: number;
  /** Stretches in which test episodes are not judged; empty for none. */
  excluded?: readonly Episode[];
}

/** Stretches of a rhythm, from its change annotation to the next; the last runs to the end of the record. */
export function referenceEpisodes(
  annotations: readonly EcgAnnotation[],
  rhythms: readonly string[],
  lengthSamples: number,
): Episode[] {
  const episodes: Episode[] = [];
  let start = -1;
  for (const { code, text, sample } of annotations) {
    if (code !== '+') continue;
    const inside = rhythms.includes(text);
    if (inside && start < 0) start = sample;
    if (!inside && start >= 0) {
      episodes.push({ start, end: sample });
      start = -1;
    }
  }
  if (start >= 0) episodes.push({ start, end: lengthSamples });
  return episodes;
}

/** Stretches of ventricular flutter or fibrillation, from `[` to `]`. */
export function fibrillationEpisodes(
  annotations: readonly EcgAnnotation[],
  lengthSamples: number,
): Episode[] {
  const episodes: Episode[] = [];
  let start = -1;
  for (const { code, sample } of annotations) {
    if (code === '[' && start < 0) start = sample;
    if (code === ']' && start >= 0) {
      episodes.push({ start, end: sample });
      start = -1;
    }
  }
  if (start >= 0) episodes.push({ start, end: lengthSamples });
  return episodes;
}

function overlapOf(a: Episode, b: Episode): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

/** What is left of `episode` outside `excluded`. */
function remainder(episode: Episode, excluded: readonly Episode[]): Episode[] {
  let parts = [episode];
  for (const exclusion of excluded) {
    parts = parts.flatMap(({ start, end }) =>
      [
        { start, end: Math.min(end, exclusion.start) },
        { start: Math.max(start, exclusion.end), end },
      ].filter((part) => part.end > part.start),
    );
  }
  return parts;
}

/** Counts of one record; episodes of a side do not overlap one another. */
export function scoreEpisodes(
  reference: readonly Episode[],
  test: readonly Episode[],
  scoring: EpisodeScoring,
): EpisodeCounts {
  const from = scoring.fromSeconds * scoring.samplingRateHz;
  const clipped = (episodes: readonly Episode[]): Episode[] =>
    episodes
      .map(({ start, end }) => ({ start: Math.max(from, start), end: Math.min(scoring.lengthSamples, end) }))
      .filter(({ start, end }) => end > start);
  const expected = clipped(reference);
  const found = clipped(test);
  const counts: EpisodeCounts = {
    referenceFound: 0,
    referenceMissed: 0,
    testRight: 0,
    testFalse: 0,
    referenceSeconds: 0,
    referenceCoveredSeconds: 0,
    testSeconds: 0,
    testRightSeconds: 0,
  };
  for (const episode of expected) {
    const covered = found.reduce((sum, other) => sum + overlapOf(episode, other), 0);
    if (covered > 0) counts.referenceFound++;
    else counts.referenceMissed++;
    counts.referenceSeconds += (episode.end - episode.start) / scoring.samplingRateHz;
    counts.referenceCoveredSeconds += covered / scoring.samplingRateHz;
  }
  for (const episode of found) {
    const judged = remainder(episode, scoring.excluded ?? []);
    const duration = judged.reduce((sum, { start, end }) => sum + end - start, 0);
    if (duration === 0) continue;
    const right = judged.reduce(
      (sum, part) => sum + expected.reduce((inPart, other) => inPart + overlapOf(part, other), 0),
      0,
    );
    if (right > 0) counts.testRight++;
    else counts.testFalse++;
    counts.testSeconds += duration / scoring.samplingRateHz;
    counts.testRightSeconds += right / scoring.samplingRateHz;
  }
  return counts;
}

/** Shares from 0 to 1; NaN where nothing was there to find, or nothing was called. */
export interface EpisodeFigures {
  episodeSensitivity: number;
  episodePositivePredictivity: number;
  durationSensitivity: number;
  durationPositivePredictivity: number;
}

export function episodeFigures(counts: EpisodeCounts): EpisodeFigures {
  return {
    episodeSensitivity: counts.referenceFound / (counts.referenceFound + counts.referenceMissed),
    episodePositivePredictivity: counts.testRight / (counts.testRight + counts.testFalse),
    durationSensitivity: counts.referenceCoveredSeconds / counts.referenceSeconds,
    durationPositivePredictivity: counts.testRightSeconds / counts.testSeconds,
  };
}

/** Counts added over records (gross), and figures averaged over the records that have them. */
export function summariseEpisodes(records: readonly EpisodeCounts[]): {
  counts: EpisodeCounts;
  gross: EpisodeFigures;
  average: EpisodeFigures;
} {
  const sum = (key: keyof EpisodeCounts): number => records.reduce((total, counts) => total + counts[key], 0);
  const counts: EpisodeCounts = {
    referenceFound: sum('referenceFound'),
    referenceMissed: sum('referenceMissed'),
    testRight: sum('testRight'),
    testFalse: sum('testFalse'),
    referenceSeconds: sum('referenceSeconds'),
    referenceCoveredSeconds: sum('referenceCoveredSeconds'),
    testSeconds: sum('testSeconds'),
    testRightSeconds: sum('testRightSeconds'),
  };
  const figures = records.map(episodeFigures);
  const mean = (key: keyof EpisodeFigures): number => {
    const known = figures.map((figure) => figure[key]).filter((value) => !Number.isNaN(value));
    return known.reduce((total, value) => total + value, 0) / known.length;
  };
  return {
    counts,
    gross: episodeFigures(counts),
    average: {
      episodeSensitivity: mean('episodeSensitivity'),
      episodePositivePredictivity: mean('episodePositivePredictivity'),
      durationSensitivity: mean('durationSensitivity'),
      durationPositivePredictivity: mean('durationPositivePredictivity'),
    },
  };
}
