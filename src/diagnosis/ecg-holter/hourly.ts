/** The hourly table: hours of the clock where the recording's start is known, else hours from its start. */
import { BEAT_CLASSES, type BeatTable } from '../../contract/ecg.ts';
import { type HolterHour, PAUSE_LIMITS_SECONDS } from '../../contract/holter.ts';
import type { RhythmEpisode } from '../../contract/rhythm.ts';
import type { RrIntervals } from '../ecg-beats/intervals.ts';
import type { RecordingFacts } from '../ecg-beats/summarise.ts';

const HOUR_SECONDS = 3600;
const V = BEAT_CLASSES.indexOf('V');
const S = BEAT_CLASSES.indexOf('S');

/** Seconds since the last full hour, and that hour; null where the text has no time of day. */
function clockOf(recordedAt: string | null): { hour: number; seconds: number } | null {
  const match = /T(\d{2}):(\d{2})(?::(\d{2}))?/.exec(recordedAt ?? '');
  if (match === null) return null;
  return { hour: Number(match[1]), seconds: Number(match[2]) * 60 + Number(match[3] ?? 0) };
}

/**
 * @param rates over 8 intervals, one for each interval, NaN where there is none
 * @param af episodes of atrial fibrillation; null where rhythm was not judged
 */
export function hours(
  facts: RecordingFacts,
  { sample, label }: Pick<BeatTable, 'sample' | 'label'>,
  { seconds }: RrIntervals,
  rates: Float64Array,
  af: readonly RhythmEpisode[] | null,
): HolterHour[] {
  const { samplingRateHz, lengthSamples } = facts;
  const clock = clockOf(facts.recordedAt ?? null);
  const offset = clock?.seconds ?? 0;
  const count = Math.ceil((lengthSamples / samplingRateHz + offset) / HOUR_SECONDS);
  const table: HolterHour[] = [];
  let beat = 0;
  for (let hour = 0; hour < count; hour++) {
    const startSecond = Math.max(0, hour * HOUR_SECONDS - offset);
    const startSample = Math.round(startSecond * samplingRateHz);
    const endSecond = (hour + 1) * HOUR_SECONDS - offset;
    const endSample = Math.min(lengthSamples, Math.round(endSecond * samplingRateHz));
    const row: HolterHour = {
      startSample,
      endSample,
      clock: clock === null ? null : `${String((clock.hour + hour) % 24).padStart(2, '0')}:00`,
      heartRateBpm: null,
      beats: 0,
      ventricular: 0,
      supraventricular: 0,
      pauses: 0,
      afMinutes: af === null ? null : overlapSeconds(af, startSample, endSample, samplingRateHz) / 60,
      analysableFraction: shareOf(facts.analysable, startSecond, endSecond),
    };
    let [sum, intervals, minimum, maximum] = [0, 0, Number.POSITIVE_INFINITY, 0];
    for (; beat < sample.length && sample[beat]! < endSample; beat++) {
      row.beats++;
      if (label[beat] === V) row.ventricular++;
      if (label[beat] === S) row.supraventricular++;
      // An interval belongs to the hour of the beat that begins it.
      const interval = seconds[beat] ?? Number.NaN;
      if (!(interval > 0)) continue;
      sum += interval;
      intervals++;
      if (interval >= PAUSE_LIMITS_SECONDS[0]) row.pauses++;
      const rate = rates[beat]!;
      if (rate < minimum) minimum = rate;
      if (rate > maximum) maximum = rate;
    }
    if (maximum > 0) row.heartRateBpm = { minimum, mean: (60 * intervals) / sum, maximum };
    table.push(row);
  }
  return table;
}

function overlapSeconds(
  episodes: readonly RhythmEpisode[],
  start: number,
  end: number,
  samplingRateHz: number,
): number {
  const samples = episodes.reduce(
    (sum, episode) =>
      sum + Math.max(0, Math.min(end, episode.endSample) - Math.max(start, episode.startSample)),
    0,
  );
  return samples / samplingRateHz;
}

/** Of the whole seconds that begin in the stretch. */
function shareOf(analysable: Uint8Array, startSecond: number, endSecond: number): number {
  const part = analysable.subarray(Math.ceil(startSecond), Math.ceil(endSecond));
  return part.length === 0 ? 0 : part.reduce((sum, flag) => sum + flag, 0) / part.length;
}
