/**
 * Wave limits of two sets of annotations of one lead against each other: which P, QRS and T waves were found, and how far
 * their onsets, peaks and ends lie from the reference's. A wave is `(`, its peak, `)` in a row, as PhysioBank marks waves.
 */
import { isBeatCode } from './beat-mapping.ts';
import type { EcgAnnotation } from './recording.ts';
import { matchBeats } from './scoring.ts';

export const WAVE_KINDS = ['p', 'qrs', 't'] as const;
export type WaveKind = (typeof WAVE_KINDS)[number];

/** Sample indices. */
export interface MarkedWave {
  onset: number;
  peak: number;
  end: number;
}

/** Counts of one kind of wave; differences test less reference of waves that both sides have, milliseconds. */
export interface WaveDifferences {
  found: number;
  missed: number;
  /** Inside the stretch that the reference marks. */
  invented: number;
  onsetMs: number[];
  peakMs: number[];
  endMs: number[];
}
export type WaveComparison = Record<WaveKind, WaveDifferences>;

/** Waves marked with onset, peak and end, in order of time; those with a limit missing are left out. */
export function markedWaves(annotations: readonly EcgAnnotation[]): Record<WaveKind, MarkedWave[]> {
  const waves: Record<WaveKind, MarkedWave[]> = { p: [], qrs: [], t: [] };
  for (const [index, { code, sample }] of annotations.entries()) {
    const kind = code === 'p' || code === 't' ? code : isBeatCode(code) ? 'qrs' : null;
    const [before, after] = [annotations[index - 1], annotations[index + 1]];
    if (kind === null || before?.code !== '(' || after?.code !== ')') continue;
    waves[kind].push({ onset: before.sample, peak: sample, end: after.sample });
  }
  return waves;
}

/**
 * Waves match by their peaks, as beats do by EC57. Where the reference has no waves nothing is counted; test waves
 * before its first and after its last limit are not, since nobody marked waves there.
 * @param options fromSeconds: reference waves whose peak lies before are not counted
 */
export function compareWaves(
  reference: readonly EcgAnnotation[],
  test: readonly EcgAnnotation[],
  {
    samplingRateHz,
    fromSeconds,
    windowSeconds,
  }: { samplingRateHz: number; fromSeconds: number; windowSeconds: number },
): WaveComparison {
  const expected = markedWaves(reference);
  const found = markedWaves(test);
  const marks = WAVE_KINDS.flatMap((kind) => expected[kind]);
  const first = Math.max(
    fromSeconds * samplingRateHz,
    marks.reduce((least, { onset }) => Math.min(least, onset), Number.POSITIVE_INFINITY),
  );
  const last = marks.reduce((most, { end }) => Math.max(most, end), Number.NEGATIVE_INFINITY);
  const ms = (samples: number) => (samples * 1000) / samplingRateHz;
  const compared = (kind: WaveKind): WaveDifferences => {
    const inside = found[kind].filter(({ peak }) => peak >= first && peak <= last);
    const counted = expected[kind].filter(({ peak }) => peak >= first);
    const peaks = (waves: readonly MarkedWave[]) => waves.map(({ peak }) => peak);
    const { pairs, missed, extra } = matchBeats(peaks(counted), peaks(inside), windowSeconds, samplingRateHz);
    const differences = (limit: keyof MarkedWave) =>
      pairs.map((pair) => ms(inside[pair.test]![limit] - counted[pair.reference]![limit]));
    return {
      found: pairs.length,
      missed: missed.length,
      invented: extra.length,
      onsetMs: differences('onset'),
      peakMs: differences('peak'),
      endMs: differences('end'),
    };
  };
  return { p: compared('p'), qrs: compared('qrs'), t: compared('t') };
}

export interface DifferenceFigures {
  count: number;
  meanMs: number | null;
  /** Of a sample: n - 1. */
  standardDeviationMs: number | null;
}

export function differenceFigures(differences: readonly number[]): DifferenceFigures {
  const count = differences.length;
  if (count === 0) return { count, meanMs: null, standardDeviationMs: null };
  const mean = differences.reduce((sum, value) => sum + value, 0) / count;
  const squares = differences.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { count, meanMs: mean, standardDeviationMs: count < 2 ? null : Math.sqrt(squares / (count - 1)) };
}

export interface WaveFigures {
  found: number;
  missed: number;
  invented: number;
  /** Shares from 0 to 1; null where nothing was marked, or nothing called. */
  sensitivity: number | null;
  positivePredictivity: number | null;
  onset: DifferenceFigures;
  peak: DifferenceFigures;
  end: DifferenceFigures;
}

/** Of all waves of one kind together, over leads and records. */
export function waveFigures(comparisons: readonly WaveComparison[], kind: WaveKind): WaveFigures {
  const all = comparisons.map((comparison) => comparison[kind]);
  const sum = (of: 'found' | 'missed' | 'invented') => all.reduce((total, one) => total + one[of], 0);
  const [found, missed, invented] = [sum('found'), sum('missed'), sum('invented')];
  const share = (others: number) => (found + others > 0 ? found / (found + others) : null);
  return {
    found,
    missed,
    invented,
    sensitivity: share(missed),
    positivePredictivity: share(invented),
    onset: differenceFigures(all.flatMap(({ onsetMs }) => onsetMs)),
    peak: differenceFigures(all.flatMap(({ peakMs }) => peakMs)),
    end: differenceFigures(all.flatMap(({ endMs }) => endMs)),
  };
}
