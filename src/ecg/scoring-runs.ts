/**
 * Comparison of ectopic runs, run by run, after ANSI/AAMI EC57 as the WFDB program `rxr` carries it out. Sensitivity
 * looks for each run of the reference in the test annotations, positive predictivity the other way round; a run is
 * looked for from 150 ms before its first beat to 150 ms after its last. Lengths of six and more are one, and so is
 * ventricular fibrillation among ventricular runs and atrial fibrillation among supraventricular ones. F counts as V,
 * and normal beats within atrial fibrillation as S.
 */
import { aamiClassOf } from './beat-mapping.ts';
import type { EcgAnnotation } from './recording.ts';
import { EC57_MATCH_WINDOW_SECONDS } from './scoring.ts';

/** The longest length that is told apart. */
const LONGEST = 6;

export type RunKind = 'ventricular' | 'supraventricular';

/** [length of the run looked for][longest run found there], 0 to 6. */
export type RunMatrix = number[][];

export interface RunComparison {
  /** Rows: reference runs. */
  sensitivity: RunMatrix;
  /** Rows: test runs. */
  predictivity: RunMatrix;
}

interface RunScoring {
  samplingRateHz: number;
  /** Runs that begin before are left out; 300 for EC57's learning period. */
  fromSeconds: number;
}

interface Run {
  first: number;
  last: number;
  beats: number;
}

export function emptyRuns(): RunComparison {
  const matrix = () => Array.from({ length: LONGEST + 1 }, () => new Array<number>(LONGEST + 1).fill(0));
  return { sensitivity: matrix(), predictivity: matrix() };
}

export function compareRuns(
  reference: readonly EcgAnnotation[],
  test: readonly EcgAnnotation[],
  kind: RunKind,
  { samplingRateHz, fromSeconds }: RunScoring,
): RunComparison {
  const expected = new Events(reference, kind);
  const found = new Events(test, kind);
  const window = EC57_MATCH_WINDOW_SECONDS * samplingRateHz;
  const from = fromSeconds * samplingRateHz;
  const comparison = emptyRuns();
  const fill = (matrix: RunMatrix, mine: Events, others: Events) => {
    for (const run of mine.runs()) {
      if (run.last < from) continue;
      const first = Math.max(run.first, from);
      matrix[run.beats]![others.longestWithin(first - window, run.last + window)]!++;
    }
  };
  fill(comparison.sensitivity, expected, found);
  fill(comparison.predictivity, found, expected);
  return comparison;
}

/** What begins, continues and ends runs of one kind, in order of time. */
class Events {
  readonly #beats: { sample: number; inRun: boolean }[] = [];
  /** Fibrillation: as good as a run of six. */
  readonly #fibrillation: { first: number; last: number }[] = [];

  constructor(annotations: readonly EcgAnnotation[], kind: RunKind) {
    const ventricular = kind === 'ventricular';
    let af = false;
    let vf = false;
    let unreadable = false;
    let start = -1;
    const fibrillates = () => (ventricular ? vf : af);
    const changeTo = (nextAf: boolean, nextVf: boolean, sample: number) => {
      const before = fibrillates();
      af = nextAf;
      vf = nextVf;
      if (!before && fibrillates()) start = sample;
      if (before && !fibrillates()) this.#fibrillation.push({ first: start, last: sample });
    };
    for (const { code, sample, text, subtype } of annotations) {
      if (code === '[') changeTo(false, true, sample);
      else if (code === ']') changeTo(af, false, sample);
      else if (code === '+') changeTo(text.startsWith('(AF'), text.startsWith('(VF'), sample);
      else if (code === '~') {
        const off = isShutdown(subtype);
        if (off && !unreadable) this.#beats.push({ sample, inRun: false });
        unreadable = off;
      } else {
        const beat = aamiClassOf(code, 'S');
        // Beats within fibrillation of their own kind belong to it.
        if (beat === null || fibrillates()) continue;
        const label = beat === 'N' && af ? 'S' : beat;
        const inRun = ventricular ? label === 'V' || label === 'F' : label === 'S';
        this.#beats.push({ sample, inRun });
      }
    }
    if (fibrillates()) this.#fibrillation.push({ first: start, last: Number.POSITIVE_INFINITY });
  }

  /** Runs of beats, single ones too, and fibrillation. */
  runs(): Run[] {
    const runs: Run[] = this.#fibrillation.map((span) => ({ ...span, beats: LONGEST }));
    let open: Run | null = null;
    for (const { sample, inRun } of this.#beats) {
      const broken =
        open !== null && this.#fibrillation.some(({ first }) => first > open!.last && first < sample);
      if (!inRun || broken) open = null;
      if (!inRun) continue;
      if (open === null) {
        open = { first: sample, last: sample, beats: 0 };
        runs.push(open);
      }
      open.last = sample;
      open.beats = Math.min(LONGEST, open.beats + 1);
    }
    return runs;
  }

  longestWithin(from: number, to: number): number {
    if (this.#fibrillation.some(({ first, last }) => first <= to && last >= from)) return LONGEST;
    let longest = 0;
    let beats = 0;
    for (let i = this.#firstFrom(from); i < this.#beats.length && this.#beats[i]!.sample <= to; i++) {
      beats = this.#beats[i]!.inRun ? beats + 1 : 0;
      longest = Math.max(longest, beats);
    }
    return Math.min(LONGEST, longest);
  }

  #firstFrom(sample: number): number {
    let [low, high] = [0, this.#beats.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#beats[middle]!.sample < sample) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether a noise annotation says that no signal can be read (WFDB: bits 4 and 5 of its subtype). */
export function isShutdown(subtype: number): boolean {
  return (subtype & 0x30) === 0x30;
}

/** Found and not found; a run counts as found where one of at least the shortest length of its row is. */
export interface RunCounts {
  referenceFound: number;
  referenceMissed: number;
  testRight: number;
  testFalse: number;
}

export const RUN_LENGTHS = { couplets: [2, 2], shortRuns: [3, 5], longRuns: [6, 6] } as const;

export function runCounts(comparison: RunComparison, length: keyof typeof RUN_LENGTHS): RunCounts {
  const [shortest, longest] = RUN_LENGTHS[length];
  const sum = (matrix: RunMatrix, counts: (other: number) => boolean) => {
    let total = 0;
    for (let run = shortest; run <= longest; run++) {
      matrix[run]!.forEach((count, other) => {
        if (counts(other)) total += count;
      });
    }
    return total;
  };
  return {
    referenceFound: sum(comparison.sensitivity, (other) => other >= shortest),
    referenceMissed: sum(comparison.sensitivity, (other) => other < shortest),
    testRight: sum(comparison.predictivity, (other) => other >= shortest),
    testFalse: sum(comparison.predictivity, (other) => other < shortest),
  };
}
