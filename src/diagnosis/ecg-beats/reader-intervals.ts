/** A reader's limits on the median beat, laid over what the machine measured. */
import { KirchhoffError } from '../../contract/errors.ts';
import type { EcgIntervals } from '../../contract/intervals.ts';
import type { Correction } from '../../contract/study.ts';
import {
  machineLimits,
  measuredByReader,
  type ReaderLimits,
  roomOf,
  withPlace,
  withReader,
} from '../../ecg/wave-limits.ts';

type LimitCorrection = Extract<Correction, { kind: 'wave-limit' }>;

function readerLimits(corrections: readonly Correction[]): ReaderLimits {
  return corrections.reduce<ReaderLimits>(
    (limits, each) => (each.kind === 'wave-limit' ? withPlace(limits, each.limit, each.place) : limits),
    {},
  );
}

/** The same intervals with what the reader measured beside them, or with nothing where no limit was placed. */
export function withReaderMeasurements(
  intervals: EcgIntervals,
  corrections: readonly Correction[],
): EcgIntervals {
  return { ...intervals, measuredByReader: measuredByReader(intervals, readerLimits(corrections)) };
}

/**
 * Throws `invalid-request` where a limit does not fit between those that stand now.
 * @param intervals null or undefined where none were measured
 */
export function checkLimit(
  intervals: EcgIntervals | null | undefined,
  { limit, place }: LimitCorrection,
): void {
  if (!intervals || intervals.medianBeat === null) {
    throw new KirchhoffError('invalid-request', 'The recording has no median beat to measure on.', limit);
  }
  const machine = machineLimits(intervals);
  const reader = withPlace(intervals.measuredByReader?.limits ?? {}, limit, place);
  const limits = withReader(machine, reader);
  const ms = limits[limit];
  if (ms === null) return;
  const { fromMs, toMs } = roomOf(limits, limit, intervals.medianBeat);
  if (ms >= fromMs && ms <= toMs) return;
  throw new KirchhoffError(
    'invalid-request',
    `The limit would lie beyond its neighbours, at ${ms.toFixed(0)} ms outside of ${fromMs.toFixed(0)} to ${toMs.toFixed(0)} ms; move those first.`,
    limit,
  );
}
