/**
 * Recordings of paced rhythm, which are refused: EC57 leaves them out and the beat network never saw paced beats.
 * A pacemaker is known from what the file says or, where it says nothing, from stimulus spikes in front of broad
 * complexes. Thresholds were set between the paced MIT-BIH records and those of DS1.
 */
import { medianOf } from './filtering.ts';
import type { EcgRecording } from './recording.ts';
import { round, runStages, type SignalSource, type Stage, type Staged } from './stretches.ts';

/** At most this many beats, evenly spread, are looked at. */
const BEATS_EXAMINED = 1000;
const FEWEST_BEATS = 10;
/** Time between the three points whose second difference shows a spike. */
const SPIKE_STEP_SECONDS = 0.008;
/** Where the spike is looked for, before and after the R peak. */
const SPIKE_BEFORE_SECONDS = 0.16;
const SPIKE_AFTER_SECONDS = 0.06;
/** A spike is over after this time; sharpness beyond it belongs to the complex. */
const SPIKE_WIDTH_SECONDS = 0.024;
/** How much sharper than the rest of the complex the spike is. */
const SPIKE_SHARPNESS = 2.5;
const BROAD_COMPLEX_SECONDS = 0.07;
/** What follows the spike has at least this share of its height; the R peak of a narrow complex stands alone. */
const SLOW_SHARE = 0.7;
/** Share of beats with a spike and a broad complex behind it. */
const BROAD_SHARE = 0.6;
/** A spike this long before the middle of the complex, and its share of beats. */
const LEADING_SHARPNESS = 3;
const LEADING_SECONDS = { least: 0.065, most: 0.135 };
const LEADING_SHARE = 0.3;
/** For every this many leads one must show it. */
const LEADS_A_WITNESS = 6;
const SMOOTHING_SECONDS = 0.064;
const SMALLEST_COMPLEX_MILLIVOLTS = 0.2;

function pacingInComments(comments: readonly string[]): string | null {
  const text = comments.join(' ').replace(/\s+/g, ' ');
  // A wandering atrial pacemaker is the heart's own.
  const artificial = text
    .replace(/wandering (atrial )?pace-?makers?/gi, '')
    .replace(/\b(no|without|not)( an?| any)?( implanted)? (pace-?maker|paced|pacing)/gi, '')
    .replace(/\bpace-?maker\s*[:=]\s*(no|none|false|0)\b/gi, '');
  return /\b(pace-?makers?|paced|ventricular pacing|atrial pacing)\b/i.exec(artificial)?.[0] ?? null;
}

type BeatPacing = 'broad' | 'leading' | 'none';

/** Looks for a stimulus in front of one beat of one lead. */
function pacingOfBeat(x: Float32Array, rPeak: number, samplingRateHz: number): BeatPacing {
  const samples = (seconds: number) => Math.round(seconds * samplingRateHz);
  const step = Math.max(1, samples(SPIKE_STEP_SECONDS));
  const width = samples(SPIKE_WIDTH_SECONDS);
  const sharpnessAt = (i: number) => Math.abs(x[i + step]! - 2 * x[i]! + x[i - step]!);

  let spike = rPeak;
  let sharpest = 0;
  for (let i = rPeak - samples(SPIKE_BEFORE_SECONDS); i <= rPeak + samples(SPIKE_AFTER_SECONDS); i++) {
    const sharpness = sharpnessAt(i);
    if (sharpness > sharpest) {
      sharpest = sharpness;
      spike = i;
    }
  }
  let elsewhere = 0;
  for (let i = spike - samples(0.06); i <= spike + samples(0.22); i++) {
    if (Math.abs(i - spike) > width) elsewhere = Math.max(elsewhere, sharpnessAt(i));
  }
  if (!(sharpest > SPIKE_SHARPNESS * elsewhere)) return 'none';

  const baseline = medianOf(x.subarray(spike - samples(0.1), spike - samples(0.04)));
  let largest = 0;
  for (let i = spike + samples(0.03); i <= spike + samples(0.15); i++) {
    largest = Math.max(largest, Math.abs(x[i]! - baseline));
  }
  if (largest < SMALLEST_COMPLEX_MILLIVOLTS) return 'none';
  let broad = 0;
  for (let i = spike + width; i <= spike + samples(0.17); i++) {
    if (Math.abs(x[i]! - baseline) > 0.4 * largest) broad++;
  }
  if (largest > SLOW_SHARE * Math.abs(x[spike]! - baseline) && broad > samples(BROAD_COMPLEX_SECONDS))
    return 'broad';
  if (sharpest < LEADING_SHARPNESS * elsewhere) return 'none';

  const half = samples(SMOOTHING_SECONDS / 2);
  let middle = spike;
  let height = 0;
  for (let i = spike - samples(0.1); i <= spike + samples(0.14); i++) {
    let sum = 0;
    for (let j = i - half; j <= i + half; j++) sum += x[j]! - baseline;
    if (Math.abs(sum) > height) {
      height = Math.abs(sum);
      middle = i;
    }
  }
  const lead = (middle - spike) / samplingRateHz;
  return lead >= LEADING_SECONDS.least && lead <= LEADING_SECONDS.most ? 'leading' : 'none';
}

/** What the leads of each piece show of the beat in it. */
export const pacingStage: Stage<{ rPeaks: number[] }, BeatPacing[][]> = {
  name: 'pacing',
  run: ({ rPeaks }, signals) =>
    signals.map(({ leads, samplingRateHz }, i) =>
      leads.map(({ millivolts }) => pacingOfBeat(millivolts, rPeaks[i]!, samplingRateHz)),
    ),
};

/** So much signal on either side of an R peak is looked at. */
const AROUND_SECONDS = 0.5;
/** Beats of one piece of work. */
const BEATS_AT_ONCE = 100;

/**
 * @param rPeaks of the same recording, from `detectQrs`
 * @returns `why` in plain words for the user; empty where no pacing was found
 */
export function detectPacing(recording: EcgRecording, rPeaks: Int32Array): { paced: boolean; why: string } {
  return runStages(recording, pacingStages(recording, rPeaks));
}

/** `detectPacing` of a recording of any length. */
export function* pacingStages(
  recording: Omit<SignalSource, 'readWindow'> & Pick<EcgRecording, 'comments'>,
  rPeaks: Int32Array,
): Staged<{ paced: boolean; why: string }> {
  const word = pacingInComments(recording.comments);
  if (word !== null) return { paced: true, why: `The file's comments tell of a pacemaker ("${word}").` };
  const { lengthSamples, samplingRateHz } = recording;
  const margin = Math.ceil(AROUND_SECONDS * samplingRateHz);
  const inside = rPeaks.filter((rPeak) => rPeak >= margin && rPeak < lengthSamples - margin);
  const stride = Math.max(1, Math.ceil(inside.length / BEATS_EXAMINED));
  const examined = inside.filter((_, beat) => beat % stride === 0);
  const groups = Array.from({ length: Math.ceil(examined.length / BEATS_AT_ONCE) }, (_, group) => [
    ...examined.subarray(group * BEATS_AT_ONCE, (group + 1) * BEATS_AT_ONCE),
  ]);
  const beats = (yield* round(
    pacingStage,
    groups.map((group) => ({
      input: { rPeaks: group.map(() => margin) },
      pieces: group.map((rPeak) => ({ startSample: rPeak - margin, lengthSamples: 2 * margin })),
    })),
  )).flat();
  const shareOf = (lead: number, kind: BeatPacing) =>
    beats.length < FEWEST_BEATS ? 0 : beats.filter((leads) => leads[lead] === kind).length / beats.length;
  const showing = recording.leads.flatMap((lead, index) => {
    const [broad, leading] = [shareOf(index, 'broad'), shareOf(index, 'leading')];
    return broad >= BROAD_SHARE || leading >= LEADING_SHARE ? [{ lead, share: broad + leading }] : [];
  });
  const strongest = showing.sort((a, b) => b.share - a.share)[0];
  // Of twelve leads one alone may look so by chance; a stimulus is seen in several.
  if (strongest !== undefined && showing.length >= recording.leads.length / LEADS_A_WITNESS) {
    return {
      paced: true,
      why: `Lead ${strongest.lead.name} shows a sharp spike in front of ${Math.round(strongest.share * 100)} % of the beats, as a pacemaker makes.`,
    };
  }
  return { paced: false, why: '' };
}
