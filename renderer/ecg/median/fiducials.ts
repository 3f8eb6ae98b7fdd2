/** Limits of the waves on the median beat: where the machine sees them, where a clinician puts them, what that measures. */
import type { EcgIntervals } from '../../../src/contract/intervals.ts';

export const FIDUCIALS = ['pOnset', 'qrsOnset', 'qrsEnd', 'tEnd'] as const;
export type Fiducial = (typeof FIDUCIALS)[number];

export const FIDUCIAL_NAMES: Readonly<Record<Fiducial, string>> = {
  pOnset: 'P onset',
  qrsOnset: 'QRS onset',
  qrsEnd: 'QRS end',
  tEnd: 'T end',
};

/** Milliseconds after the beginning of the median beat; null where the wave is not seen. */
export type Limits = Readonly<Record<Fiducial, number | null>>;

/** Share of leads that may begin before, and end after, what counts for all; as the analysis has it. */
const EARLY_SHARE = 0.25;

/** Where the machine sees them over all leads; all null without a median beat. */
export function machineLimits({ leads, medianBeat }: EcgIntervals): Limits {
  if (medianBeat === null) return { pOnset: null, qrsOnset: null, qrsEnd: null, tEnd: null };
  const ms = (sample: number | null) =>
    sample === null ? null : (1000 * sample) / medianBeat.samplingRateHz;
  const ranked = (samples: (number | undefined)[], order: 1 | -1): number | null => {
    const known = samples.filter((sample) => sample !== undefined);
    if (known.length === 0 || known.length * 2 < leads.length) return null;
    return known.sort((a, b) => order * (a - b))[Math.floor(known.length * EARLY_SHARE)]!;
  };
  return {
    pOnset: ms(
      ranked(
        leads.map(({ p }) => p?.onset),
        1,
      ),
    ),
    qrsOnset: ms(
      ranked(
        leads.map(({ qrs }) => qrs?.onset),
        1,
      ),
    ),
    qrsEnd: ms(
      ranked(
        leads.map(({ qrs }) => qrs?.end),
        -1,
      ),
    ),
    tEnd: ms(
      ranked(
        leads.map(({ t }) => t?.end),
        -1,
      ),
    ),
  };
}

export interface MeasuredIntervals {
  prMs: number | null;
  qrsMs: number | null;
  qtMs: number | null;
  /** QT/RR^1/2 and QT/RR^1/3, RR in seconds (Bazett 1920, Fridericia 1920). */
  qtcBazettMs: number | null;
  qtcFridericiaMs: number | null;
}

export function measured(limits: Limits, rrMs: number | null): MeasuredIntervals {
  const between = (from: Fiducial, to: Fiducial): number | null => {
    const [start, end] = [limits[from], limits[to]];
    return start === null || end === null ? null : end - start;
  };
  const qtMs = between('qrsOnset', 'tEnd');
  const corrected = (root: (rr: number) => number) =>
    qtMs === null || rrMs === null ? null : qtMs / root(rrMs / 1000);
  return {
    prMs: between('pOnset', 'qrsOnset'),
    qrsMs: between('qrsOnset', 'qrsEnd'),
    qtMs,
    qtcBazettMs: corrected(Math.sqrt),
    qtcFridericiaMs: corrected(Math.cbrt),
  };
}

/** Moves one limit, kept between its neighbours and inside of the beat. */
export function moved(limits: Limits, fiducial: Fiducial, toMs: number, lengthMs: number): Limits {
  const at = FIDUCIALS.indexOf(fiducial);
  const before = FIDUCIALS.slice(0, at)
    .map((each) => limits[each])
    .filter((ms) => ms !== null);
  const after = FIDUCIALS.slice(at + 1)
    .map((each) => limits[each])
    .filter((ms) => ms !== null);
  const low = Math.max(0, ...before);
  const high = Math.min(lengthMs, ...after);
  return { ...limits, [fiducial]: Math.max(low, Math.min(high, toMs)) };
}

/** Where a limit that the machine does not see is put first, milliseconds from the R peak; from there it is moved. */
const FIRST_PLACE_MS: Readonly<Record<Fiducial, number>> = {
  pOnset: -200,
  qrsOnset: -40,
  qrsEnd: 40,
  tEnd: 360,
};

export function placed(limits: Limits, fiducial: Fiducial, rPeakMs: number, lengthMs: number): Limits {
  return moved(limits, fiducial, rPeakMs + FIRST_PLACE_MS[fiducial], lengthMs);
}
