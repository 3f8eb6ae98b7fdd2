/**
 * A long recording cut into segments of windows, so that rhythm is judged in pieces of fixed size whatever the length:
 * the same segments on every machine, each with a margin for the filters to settle in.
 */
import type { LeadQuality } from '../../contract/ecg.ts';
import { SECOND_STATES } from '../quality.ts';
import { conditionLead, RHYTHM_RATE_HZ } from './conditioned.ts';
import { type SegmentConduction, segmentConduction } from './conduction.ts';
import { FIBRILLATION_WINDOW_SECONDS, fibrillationMeasures, isFibrillation } from './fibrillation.ts';
import {
  RHYTHM_FEATURES,
  rhythmInput,
  TRACK_LENGTH,
  TRACKS,
  WINDOW_SECONDS,
  windowAt,
} from './rhythm-inputs.ts';

/** Seconds from one window to the next. */
export const HOP_SECONDS = 10;
const WINDOWS_A_SEGMENT = 24;
const MARGIN_SECONDS = 5;
/** A window with less than this share of analysable seconds in its lead is not judged. */
const JUDGED_SHARE = 0.6;
/** A lead further down the list is taken where it can be analysed for this much more of the segment. */
const BETTER_SHARE = 0.1;
/** Leads from the best to the worst to see P waves in; others after, in the recording's order. */
const PREFERRED_LEADS = ['II', 'MLII', 'I', 'MLI', 'aVF', 'V1', 'V5', 'MV1', 'V2', 'V6', 'V4', 'V3', 'III'];

export interface RhythmSegment {
  lead: number;
  /** Samples of the recording that the segment needs. */
  startSample: number;
  endSample: number;
  /** Number of the first window in the recording. */
  firstWindow: number;
  /** Windows in samples of the recording, end exclusive. */
  windows: { startSample: number; endSample: number; judged: boolean }[];
}

/** Starts of the windows, samples: every HOP_SECONDS, the last one ends with the recording. */
function windowSpans(lengthSamples: number, samplingRateHz: number) {
  const size = Math.round(WINDOW_SECONDS * samplingRateHz);
  if (lengthSamples <= size) return [{ startSample: 0, endSample: lengthSamples }];
  const last = lengthSamples - size;
  const spans = [];
  for (let i = 0; ; i++) {
    const startSample = Math.min(last, Math.round(i * HOP_SECONDS * samplingRateHz));
    spans.push({ startSample, endSample: startSample + size });
    if (startSample === last) return spans;
  }
}

function analysableShare(secondState: Uint8Array, fromSeconds: number, toSeconds: number): number {
  const states = secondState.subarray(
    Math.floor(fromSeconds),
    Math.max(Math.floor(fromSeconds) + 1, Math.floor(toSeconds)),
  );
  let analysable = 0;
  for (const state of states) if (state === SECOND_STATES.analysable) analysable++;
  return states.length === 0 ? 0 : analysable / states.length;
}

function leadOrder(names: readonly string[]): number[] {
  const rank = (lead: number): number => {
    const at = PREFERRED_LEADS.indexOf(names[lead]!);
    return at < 0 ? PREFERRED_LEADS.length : at;
  };
  return names.map((_, lead) => lead).sort((a, b) => rank(a) - rank(b) || a - b);
}

/** The segments of a recording; none where it has no lead or no sample. */
export function rhythmSegments(
  recording: { lengthSamples: number; samplingRateHz: number; leads: readonly { name: string }[] },
  leads: readonly LeadQuality[],
): RhythmSegment[] {
  const { lengthSamples, samplingRateHz } = recording;
  if (lengthSamples === 0 || leads.length === 0) return [];
  const order = leadOrder(recording.leads.map(({ name }) => name));
  const spans = windowSpans(lengthSamples, samplingRateHz);
  const segments: RhythmSegment[] = [];
  for (let firstWindow = 0; firstWindow < spans.length; firstWindow += WINDOWS_A_SEGMENT) {
    const windows = spans.slice(firstWindow, firstWindow + WINDOWS_A_SEGMENT);
    const start = windows[0]!.startSample;
    const end = windows[windows.length - 1]!.endSample;
    const share = (lead: number, from: number, to: number): number =>
      analysableShare(leads[lead]!.secondState, from / samplingRateHz, to / samplingRateHz);
    let lead = order[0]!;
    for (const other of order) {
      if (share(other, start, end) > share(lead, start, end) + BETTER_SHARE) lead = other;
    }
    const margin = Math.round(MARGIN_SECONDS * samplingRateHz);
    segments.push({
      lead,
      startSample: Math.max(0, start - margin),
      endSample: Math.min(lengthSamples, end + margin),
      firstWindow,
      windows: windows.map((window) => ({
        ...window,
        judged: share(lead, window.startSample, window.endSample) >= JUDGED_SHARE,
      })),
    });
  }
  return segments;
}

/** What a segment's signal gives: inputs of the network, and what needs no network. */
export interface PreparedSegment {
  /** [windows][TRACKS][TRACK_LENGTH] */
  signals: Float32Array;
  /** [windows][features] */
  auxiliary: Float32Array;
  judged: Uint8Array;
  /** Evidence of a P wave by window, 0 to 1. */
  pSteadiness: Float32Array;
  /** Windows of FIBRILLATION_WINDOW_SECONDS that look like ventricular flutter or fibrillation, recording samples. */
  fibrillation: { startSample: number; endSample: number }[];
  conduction: SegmentConduction;
}

const P_STEADINESS = RHYTHM_FEATURES.indexOf('pSteadyNearQrs');

/**
 * @param millivolts samples of the segment's lead from `startSample` to `endSample`
 * @param rPeaks of the whole recording or of the segment, recording samples, ascending
 */
export function prepareSegment(
  segment: RhythmSegment,
  millivolts: Float32Array,
  samplingRateHz: number,
  rPeaks: Int32Array,
): PreparedSegment {
  const lead = conditionLead(millivolts, samplingRateHz);
  const toRhythm = (sample: number): number =>
    ((sample - segment.startSample) * RHYTHM_RATE_HZ) / samplingRateHz;
  const peaks = Float64Array.from(rPeaks, toRhythm);
  const { windows } = segment;
  const first = windows[0]!.startSample;
  const last = windows[windows.length - 1]!.endSample;
  const prepared: PreparedSegment = {
    signals: new Float32Array(windows.length * TRACKS * TRACK_LENGTH),
    auxiliary: new Float32Array(windows.length * RHYTHM_FEATURES.length),
    judged: Uint8Array.from(windows, ({ judged }) => Number(judged)),
    pSteadiness: new Float32Array(windows.length),
    fibrillation: [],
    conduction: segmentConduction({
      signal: lead.signal,
      millivolts,
      samplingRateHz,
      startSample: segment.startSample,
      from: first,
      to: last,
      // The next segment begins here; the last one is shorter.
      minutesBefore:
        windows.length < WINDOWS_A_SEGMENT ? last : first + WINDOWS_A_SEGMENT * HOP_SECONDS * samplingRateHz,
      rPeaks,
    }),
  };
  windows.forEach(({ startSample }, i) => {
    const input = rhythmInput(windowAt(lead, peaks, Math.round(toRhythm(startSample))));
    prepared.signals.set(input.signals, i * TRACKS * TRACK_LENGTH);
    prepared.auxiliary.set(input.auxiliary, i * RHYTHM_FEATURES.length);
    prepared.pSteadiness[i] = input.auxiliary[P_STEADINESS]!;
  });
  const length = Math.round(FIBRILLATION_WINDOW_SECONDS * samplingRateHz);
  for (let second = 0; ; second++) {
    const startSample = first + Math.round(second * samplingRateHz);
    if (startSample + length > last) break;
    const from = Math.round(toRhythm(startSample));
    const part = lead.signal.subarray(from, from + FIBRILLATION_WINDOW_SECONDS * RHYTHM_RATE_HZ);
    if (isFibrillation(fibrillationMeasures(part))) {
      prepared.fibrillation.push({ startSample, endSample: startSample + length });
    }
  }
  return prepared;
}
