/**
 * ST levels and QT over time: intervals of the usual beat, measured on a clean stretch of a minute by the
 * same method as those of the whole recording. Time is at most linear in the recording's length.
 */
import type { WaveTrend } from '../contract/holter.ts';
import type { EcgIntervals } from '../contract/intervals.ts';
import { intervalsStage } from './intervals.ts';
import { qtByStretching } from './qt-stretch.ts';
import type { QualityAssessment } from './quality.ts';
import { round, type SignalSource, type Staged } from './stretches.ts';

const MINUTE_SECONDS = 60;
/** Longer recordings are measured every second, third ... minute, at most so often: every fifth of a day. */
const MOST_MEASUREMENTS = 288;
/** The stretch of each minute that is measured: ten beats or so, which a median needs. */
const STRETCH_SECONDS = 10;
/** Fewer beats of the usual shape than this in it: the minute has no value. */
const FEWEST_BEATS = 4;

/** @param rPeaks sample indices, ascending */
export function* waveTrendStages(
  recording: Omit<SignalSource, 'readWindow'>,
  quality: QualityAssessment,
  rPeaks: Int32Array,
): Staged<WaveTrend> {
  const { samplingRateHz, lengthSamples } = recording;
  const minutes = Math.ceil(lengthSamples / (MINUTE_SECONDS * samplingRateHz));
  const everyMinutes = Math.max(1, Math.ceil(minutes / MOST_MEASUREMENTS));
  const count = Math.ceil(minutes / everyMinutes);
  const measurements = new Array<EcgIntervals | null>(count).fill(null);
  const nothing = () => new Float32Array(count).fill(Number.NaN);
  const trend: WaveTrend = {
    everyMinutes,
    st: recording.leads.map(({ name }) => ({ lead: name, millivolts: nothing() })),
    qtMs: nothing(),
    rrMs: nothing(),
  };
  const stretches: { at: number; from: number; to: number; inside: Int32Array }[] = [];
  let beat = 0;
  for (let at = 0; at < count; at++) {
    const second = cleanestSecond(quality.analysable, at * everyMinutes * MINUTE_SECONDS);
    if (second === null) continue;
    const from = Math.round(second * samplingRateHz);
    const to = Math.min(lengthSamples, Math.round((second + STRETCH_SECONDS) * samplingRateHz));
    while (beat < rPeaks.length && rPeaks[beat]! < from) beat++;
    let end = beat;
    while (end < rPeaks.length && rPeaks[end]! < to) end++;
    if (end - beat < FEWEST_BEATS) continue;
    stretches.push({ at, from, to, inside: rPeaks.slice(beat, end).map((peak) => peak - from) });
  }
  const measured = yield* round(
    intervalsStage,
    stretches.map(({ from, to, inside }) => ({
      input: { rPeaks: inside },
      pieces: [{ startSample: from, lengthSamples: to - from }],
    })),
  );
  for (const [i, intervals] of measured.entries()) {
    const { dominantBeats, rrMs, leads } = intervals;
    if (dominantBeats < FEWEST_BEATS) continue;
    const { at } = stretches[i]!;
    measurements[at] = intervals;
    trend.rrMs[at] = rrMs?.value ?? Number.NaN;
    leads.forEach(({ st }, lead) => {
      trend.st[lead]!.millivolts[at] = st?.at60Millivolts ?? Number.NaN;
    });
  }
  trend.qtMs = qtByStretching(measurements);
  return trend;
}

/** Start of the first stretch of the minute, of those that can be analysed throughout; null without one. */
function cleanestSecond(analysable: Uint8Array, minuteStart: number): number | null {
  let good = 0;
  const end = Math.min(analysable.length, minuteStart + MINUTE_SECONDS);
  for (let second = minuteStart; second < end; second++) {
    good = analysable[second] === 1 ? good + 1 : 0;
    if (good === STRETCH_SECONDS) return second - STRETCH_SECONDS + 1;
  }
  return null;
}
