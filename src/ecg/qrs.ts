/**
 * QRS detector over all leads of a recording at once. It looks at the whole recording (it may look ahead), in time
 * linear in its length:
 *
 * 1. each lead's QRS-band envelope, scaled by what is locally usual for that lead;
 * 2. one trace of QRS evidence, the leads weighted by how quiet they are between beats;
 * 3. its peaks, of which those stay that are large enough beside their neighbours, are no T wave, and fill gaps;
 * 4. the R peak: the largest deflection, of the polarity that the lead shows over the whole recording.
 *
 * Its constants were chosen on MIT-BIH DS1 alone (see models/ecg-qrs).
 */
import {
  averageDown,
  butterworth,
  fillGaps,
  filterZeroPhase,
  medianOf,
  movingAverage,
  slidingQuantile,
} from './filtering.ts';
import { type QualityAssessment, SECOND_STATES } from './quality.ts';
import type { EcgLead, EcgRecording } from './recording.ts';

export const P = {
  lo: 6,
  hi: 20,
  env: 0.07,
  blk: 2,
  around: 6,
  refr: 0.2,
  hiT: 0.4,
  tWin: 0.36,
  tRatio: 0.5,
  pWin: 0.25,
  pRatio: 0.3,
  sbRR: 1.5,
  sbT: 0.18,
  sbNoise: 2.5,
  wFloor: 0.03,
  clip: 2.5,
  quant: 0.5,
  wpow: 2,
};

/** Leads are averaged down to between this and twice this rate before anything else. */
const WORKING_RATE_HZ = 250;
/** Where the band has its weight: turns the derivative into the same size as the signal. */
const BAND_CENTRE_HZ = 11;

/** QRS evidence over time: about 1 at a usual complex, near 0 between complexes. */
interface Evidence {
  trace: Float32Array;
  rateHz: number;
  /** Samples of the recording a sample of the trace. */
  factor: number;
}

interface LeadEvidence {
  envelope: Float32Array;
  /** Per block: usual height of a complex, and weight of the lead, 0 where it is not to be used. */
  usual: Float32Array;
  weight: Float32Array;
}

function leadEvidence(
  lead: EcgLead,
  secondState: Uint8Array,
  recording: EcgRecording,
  factor: number,
): LeadEvidence {
  const rateHz = recording.samplingRateHz / factor;
  const signal = averageDown(fillGaps(lead.millivolts), factor);
  const band = filterZeroPhase(signal, [
    butterworth('high-pass', P.lo, rateHz),
    butterworth('low-pass', Math.min(P.hi, rateHz * 0.4), rateHz),
  ]);
  const slopeScale = rateHz / (2 * 2 * Math.PI * BAND_CENTRE_HZ);
  const raw = new Float32Array(band.length);
  for (let i = 0; i < band.length; i++) {
    const slope = (band[Math.min(band.length - 1, i + 1)]! - band[Math.max(0, i - 1)]!) * slopeScale;
    raw[i] = Math.sqrt(band[i]! * band[i]! + slope * slope);
  }
  const envelope = movingAverage(raw, Math.round(P.env * rateHz));

  const blockLength = Math.round(P.blk * rateHz);
  const blocks = Math.ceil(envelope.length / blockLength);
  const highest = new Float32Array(blocks).fill(Number.NaN);
  const quiet = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const start = block * blockLength;
    const end = Math.min(envelope.length, start + blockLength);
    let bad = false;
    for (let s = Math.floor(start / rateHz); s < Math.ceil(end / rateHz) && s < secondState.length; s++) {
      if (secondState[s]! >= SECOND_STATES.leadOff) bad = true;
    }
    const sorted = envelope.slice(start, end).sort();
    quiet[block] = sorted[Math.floor(sorted.length * 0.4)]!;
    if (!bad) highest[block] = sorted[sorted.length - 1]!;
  }
  const usual = slidingQuantile(highest, P.around, P.quant);
  const weight = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const u = usual[block]!;
    if (Number.isNaN(u) || u <= 0 || Number.isNaN(highest[block]!)) {
      usual[block] = 1;
      continue;
    }
    const q = quiet[block]! / u;
    weight[block] = 1 / (P.wFloor + q) ** P.wpow;
  }
  return { envelope, usual, weight };
}

function combinedEvidence(recording: EcgRecording, quality: QualityAssessment): Evidence {
  const factor = Math.max(1, Math.floor(recording.samplingRateHz / WORKING_RATE_HZ));
  const rateHz = recording.samplingRateHz / factor;
  const leads = recording.leads.map((lead, i) =>
    leadEvidence(lead, quality.leads[i]!.secondState, recording, factor),
  );
  const length = Math.ceil(recording.lengthSamples / factor);
  const trace = new Float32Array(length);
  const blockLength = Math.round(P.blk * rateHz);
  for (let i = 0; i < length; i++) {
    const block = Math.floor(i / blockLength);
    let sum = 0;
    let weights = 0;
    for (const lead of leads) {
      const w = lead.weight[block]!;
      sum += w * Math.min(P.clip, lead.envelope[i]! / lead.usual[block]!);
      weights += w;
    }
    trace[i] = weights === 0 ? 0 : sum / weights;
  }
  return { trace, rateHz, factor };
}

interface Candidate {
  at: number;
  height: number;
}

function peaksOf({ trace, rateHz }: Evidence): Candidate[] {
  const reach = Math.round(P.refr * rateHz);
  const peaks: Candidate[] = [];
  for (let i = 0; i < trace.length; i++) {
    const height = trace[i]!;
    if (height < 0.05 || height < (trace[i - 1] ?? 0) || height <= (trace[i + 1] ?? -1)) continue;
    const last = peaks[peaks.length - 1];
    if (last !== undefined && i - last.at < reach) {
      if (height > last.height) peaks[peaks.length - 1] = { at: i, height };
    } else peaks.push({ at: i, height });
  }
  return peaks;
}

function select(peaks: Candidate[], rateHz: number): Candidate[] {
  const isBeat = new Uint8Array(peaks.length);
  let last = -1;
  for (let i = 0; i < peaks.length; i++) {
    const peak = peaks[i]!;
    if (peak.height < P.hiT) continue;
    const before = peaks[last];
    if (
      before !== undefined &&
      (peak.at - before.at) / rateHz < P.tWin &&
      peak.height < P.tRatio * before.height
    )
      continue;
    const after = peaks[i + 1];
    if (
      after !== undefined &&
      (after.at - peak.at) / rateHz < P.pWin &&
      peak.height < P.pRatio * after.height
    )
      continue;
    isBeat[i] = 1;
    last = i;
  }
  // Search back in gaps
  let beats = [...peaks.keys()].filter((i) => isBeat[i] === 1);
  const rr = beats.slice(1).map((i, k) => peaks[i]!.at - peaks[beats[k]!]!.at);
  for (let k = 0; k + 1 < beats.length; k++) {
    const [from, to] = [beats[k]!, beats[k + 1]!];
    const local = medianOf(rr.slice(Math.max(0, k - 8), k + 9));
    if (rr[k]! < P.sbRR * local) continue;
    let best = -1;
    const noise =
      medianOf(
        peaks
          .slice(Math.max(0, from - 10), to + 10)
          .filter((p) => p.height < P.sbT)
          .map((p) => p.height),
      ) || 0;
    for (let i = from + 1; i < to; i++) {
      const p = peaks[i]!;
      if ((p.at - peaks[from]!.at) / rateHz < P.tWin || (peaks[to]!.at - p.at) / rateHz < P.pWin) continue;
      if (p.height < P.sbT || p.height < P.sbNoise * noise) continue;
      if (best < 0 || p.height > peaks[best]!.height) best = i;
    }
    if (best >= 0) isBeat[best] = 1;
  }
  beats = [...peaks.keys()].filter((i) => isBeat[i] === 1);
  return beats.map((i) => peaks[i]!);
}

export function detectQrs(recording: EcgRecording, quality: QualityAssessment): Int32Array {
  const evidence = combinedEvidence(recording, quality);
  const beats = select(peaksOf(evidence), evidence.rateHz);
  return Int32Array.from(beats, (beat) => Math.round((beat.at + 0.5) * evidence.factor - 0.5));
}
