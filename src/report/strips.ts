/** Chooses which stretches of a recording a report shows. Pure: the same study gives the same strips. */
import {
  BEAT_CLASSES,
  type BeatTable,
  type EcgSummary,
  type Finding,
  type FindingCode,
  RECOMMENDATIONS,
  type SampleSpan,
} from '../contract/ecg.ts';
import { recordedEventKind } from '../contract/recorded-events.ts';
import type { RecordedEvent } from '../contract/study.ts';
import { beatsPerMinute, seconds } from './wording.ts';

export interface StripRequest {
  summary: EcgSummary;
  findings: readonly Finding[];
  beats: BeatTable;
  samplingRateHz: number;
  lengthSamples: number;
  /** Marks and notes that came with the recording, in time order. */
  events: readonly RecordedEvent[];
  /** Length of one strip on the paper. */
  windowSeconds: number;
  /** Default 6. */
  limit?: number;
}

export interface Strip {
  /** May begin before 0 or end past the recording where it is shorter than the strip. */
  startSample: number;
  lengthSamples: number;
  /** Why it is shown, most important first, plain words. */
  reasons: string[];
  /** What the first reason is about; null for a typical stretch. */
  focus: SampleSpan | null;
}

interface Candidate {
  reason: string;
  focus: SampleSpan;
}

/** Strips of marks of the patient at most. */
const PATIENT_STRIPS = 2;
const N = BEAT_CLASSES.indexOf('N');
const ACCEPT = RECOMMENDATIONS.indexOf('accept');

/**
 * One strip for each kind of urgent event, the first marks of the patient, the fastest run, the longest pause (or longest RR interval), the
 * most uncertain beat and a typical stretch. An event that lies whole in a strip already chosen adds its
 * reason there.
 */
export function selectStrips(request: StripRequest): Strip[] {
  const limit = request.limit ?? 6;
  const windowSamples = Math.max(1, Math.round(request.windowSeconds * request.samplingRateHz));
  const strips: Strip[] = [];
  for (const candidate of [
    ...urgentEvents(request.findings),
    ...patientMarks(request),
    ...fastestRun(request.summary),
    ...longestInterval(request),
    ...mostUncertainBeat(request),
    ...typicalStretch(request, windowSamples),
  ]) {
    const focus = candidate.focus;
    const startSample = windowStart(focus, windowSamples, request);
    const holder = strips.find(
      (strip) =>
        holds(strip, focus) ||
        // An event longer than a strip: the same stretch is not shown twice.
        Math.abs(strip.startSample - startSample) < windowSamples / 10,
    );
    if (holder !== undefined) {
      if (!holder.reasons.includes(candidate.reason)) holder.reasons.push(candidate.reason);
    } else if (strips.length < limit) {
      strips.push({
        startSample,
        lengthSamples: windowSamples,
        reasons: [candidate.reason],
        // A typical stretch is all of its window: there is nothing in it to point at.
        focus: candidate.reason === TYPICAL ? null : focus,
      });
    }
  }
  return strips;
}

const TYPICAL = 'Typical stretch: normal beats at the usual rate, where the machine is surest';

function holds(strip: Strip, focus: SampleSpan): boolean {
  // The last tenth of a strip is too short a rest to judge an event by.
  const margin = strip.lengthSamples / 20;
  return (
    focus.startSample >= strip.startSample + margin &&
    focus.endSample <= strip.startSample + strip.lengthSamples - margin
  );
}

/** The event in the middle; one that does not fit begins one second after the strip's left edge. */
function windowStart(focus: SampleSpan, windowSamples: number, request: StripRequest): number {
  const { startSample, endSample } = focus;
  const fits = endSample - startSample <= 0.96 * windowSamples;
  const wanted = fits
    ? Math.round((startSample + endSample - windowSamples) / 2)
    : startSample - Math.round(request.samplingRateHz);
  return Math.max(0, Math.min(wanted, request.lengthSamples - windowSamples));
}

function urgentEvents(findings: readonly Finding[]): Candidate[] {
  const worst = new Map<FindingCode, Finding>();
  for (const finding of findings) {
    if (finding.severity !== 'urgent' || finding.at === null) continue;
    const known = worst.get(finding.code);
    if (known === undefined || (finding.value?.amount ?? 0) > (known.value?.amount ?? 0)) {
      worst.set(finding.code, finding);
    }
  }
  return [...worst.values()].flatMap(({ label, at }) =>
    at === null ? [] : [{ reason: `Urgent: ${label}`, focus: at }],
  );
}

/** What the patient felt is looked at first by whoever reads the report: the first marks of the patient. */
function patientMarks({ events, samplingRateHz, lengthSamples }: StripRequest): Candidate[] {
  return events
    .filter((event) => recordedEventKind(event) === 'patient')
    .map(({ atSeconds, text }) => ({ text, sample: Math.round(atSeconds * samplingRateHz) }))
    .filter(({ sample }) => sample >= 0 && sample < lengthSamples)
    .slice(0, PATIENT_STRIPS)
    .map(({ text, sample }) => ({
      reason: `Patient’s mark: ${text}`,
      focus: { startSample: sample, endSample: sample + 1 },
    }));
}

function fastestRun(summary: EcgSummary): Candidate[] {
  const run = [...summary.runs].sort(
    (a, b) => b.rateBpm - a.rateBpm || b.beats - a.beats || a.startSample - b.startSample,
  )[0];
  if (run === undefined) return [];
  return [
    {
      reason: `Fastest run: ${run.kind}, ${run.beats} beats, ${beatsPerMinute(run.rateBpm)}`,
      focus: { startSample: run.startSample, endSample: run.endSample },
    },
  ];
}

function longestInterval({ summary, samplingRateHz }: StripRequest): Candidate[] {
  const longest = [...summary.pauses].sort((a, b) => b.seconds - a.seconds)[0] ?? summary.longestRr;
  if (longest === null) return [];
  const name = summary.pauses.length > 0 ? 'Longest pause' : 'Longest RR interval';
  return [
    {
      reason: `${name}: ${seconds(longest.seconds)}`,
      focus: {
        startSample: longest.startSample,
        endSample: longest.startSample + Math.round(longest.seconds * samplingRateHz),
      },
    },
  ];
}

/** Index of the beat with the largest predictive entropy (both parts), by the machine alone; -1: none. */
export function mostUncertain(beats: BeatTable): number {
  let index = -1;
  let most = -1;
  for (let i = 0; i < beats.sample.length; i++) {
    const total = beats.aleatoric[i] + beats.epistemic[i];
    // A beat whose label a clinician has set is settled. NaN compares false.
    if (beats.origin[i] === 0 && total > most) {
      most = total;
      index = i;
    }
  }
  return index;
}

function mostUncertainBeat({ beats, samplingRateHz }: StripRequest): Candidate[] {
  const index = mostUncertain(beats);
  if (index < 0) return [];
  const sample = beats.sample[index];
  const half = Math.round(0.3 * samplingRateHz);
  return [
    {
      reason: `Most uncertain beat: machine says ${BEAT_CLASSES[beats.label[index]] ?? 'Q'}`,
      focus: { startSample: sample - half, endSample: sample + half },
    },
  ];
}

/**
 * Of all windows that hold accepted normal beats only and have an RR within 5 % of the median in their middle,
 * the one whose beats are the surest.
 */
function typicalStretch({ beats, samplingRateHz }: StripRequest, windowSamples: number): Candidate[] {
  const count = beats.sample.length;
  if (count < 3) return [];
  const rr = Array.from({ length: count - 1 }, (_, i) => beats.sample[i + 1] - beats.sample[i]);
  const median = [...rr].sort((a, b) => a - b)[rr.length >> 1];
  // Sums over the beats before each: what a window holds is the difference of two of them.
  const unusual = new Int32Array(count + 1);
  const doubt = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) {
    const plain = beats.label[i] === N && beats.recommendation[i] === ACCEPT;
    const sinceLast = i > 0 ? rr[i - 1] : 0;
    unusual[i + 1] = unusual[i] + (plain && sinceLast < 2 * samplingRateHz ? 0 : 1);
    doubt[i + 1] = doubt[i] + (plain ? (beats.aleatoric[i] || 0) + (beats.epistemic[i] || 0) : 0);
  }
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  let first = 0;
  let end = 0;
  // The T wave of an ectopic beat just outside would still be in the picture.
  const reach = windowSamples / 2 + 0.6 * samplingRateHz;
  for (let i = 1; i < count; i++) {
    while (beats.sample[first] < beats.sample[i] - reach) first++;
    while (end < count && beats.sample[end] <= beats.sample[i] + reach) end++;
    const mean = (doubt[end] - doubt[first]) / (end - first);
    const usualRate = Math.abs(rr[i - 1] - median) <= 0.05 * median;
    if (unusual[end] === unusual[first] && usualRate && mean < least) {
      least = mean;
      best = i;
    }
  }
  if (best < 0) return [];
  const centre = beats.sample[best];
  const half = windowSamples >> 1;
  return [{ reason: TYPICAL, focus: { startSample: centre - half, endSample: centre + half } }];
}
