/** Recordings and analyses with known content for the tests of the records. */
import {
  type BeatTable,
  type EcgSummary,
  type Finding,
  NETWORK_CLASS_COUNT,
} from '../../src/contract/ecg.ts';
import type { Provenance } from '../../src/contract/provenance.ts';
import type { EcgRecording } from '../../src/ecg/recording.ts';
import type {
  DerivedResult,
  ImportRequest,
  ReadableRecords,
  StoredAnalysis,
  StudyHeadline,
  WritableRecords,
} from '../../src/records/interfaces.ts';

/** As cheap as scrypt gets. */
export const CHEAP_SCRYPT = { n: 2, r: 1, p: 1 };

export const PATIENT_NAME = 'Zdenka Przybyszewska-Quartz';

/** Uniform numbers in [0, 1) from a linear congruential generator. */
export function uniformNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Two noisy leads at 360 Hz, with a few invalid samples; the noise makes every stretch of bytes unlike any other. */
export function syntheticRecording(seed: number, lengthSamples = 3600): EcgRecording {
  const next = uniformNumbers(seed);
  const lead = (name: string) => {
    const millivolts = Float32Array.from(
      { length: lengthSamples },
      (_, sample) => (sample % 300 < 8 ? 1.2 : 0) + next() * 0.3 - 0.15,
    );
    millivolts[Math.floor(next() * lengthSamples)] = Number.NaN;
    return { name, millivolts, resolutionMillivolts: 0.005, rangeMillivolts: { low: -5.12, high: 5.115 } };
  };
  return {
    recordName: `synthetic-${seed}`,
    samplingRateHz: 360,
    lengthSamples,
    leads: [lead('MLII'), lead('V1')],
    recordedAt: '2026-03-01T09:30:00',
    patient: { name: PATIENT_NAME, id: `MRN-${seed}`, birthDate: '1951-02-03', ageYears: 75, sex: 'female' },
    comments: ['Aldomet, Inderal'],
    warnings: [],
  };
}

function digestOf(seed: number, purpose: number): string {
  const next = uniformNumbers(seed * 31 + purpose);
  return Array.from({ length: 64 }, () => Math.floor(next() * 16).toString(16)).join('');
}

export function syntheticImport(seed: number, lengthSamples?: number): ImportRequest {
  const recording = syntheticRecording(seed, lengthSamples);
  return {
    recording,
    inputs: [{ name: `${recording.recordName}.hea`, sha256: digestOf(seed, 1), bytes: 120 }],
    contentSha256: digestOf(seed, 2),
  };
}

export function syntheticBeats(count: number, seed = 1): BeatTable {
  const next = uniformNumbers(seed);
  const random = (length: number) => Float32Array.from({ length }, next);
  return {
    sample: Int32Array.from({ length: count }, (_, beat) => 100 + 300 * beat),
    label: new Uint8Array(count),
    machineLabel: new Uint8Array(count),
    origin: new Uint8Array(count),
    probabilities: random(count * NETWORK_CLASS_COUNT),
    probabilityLow: random(count * NETWORK_CLASS_COUNT),
    probabilityHigh: random(count * NETWORK_CLASS_COUNT).fill(Number.NaN, 0, NETWORK_CLASS_COUNT),
    aleatoric: random(count),
    epistemic: random(count),
    recommendation: new Uint8Array(count).fill(1),
    conformalSet: Uint8Array.from({ length: count }, (_, beat) => beat % 16),
  };
}

export function syntheticSummary(total: number, seconds = 10): EcgSummary {
  const none = { count: 0, interval90: null };
  return {
    durationSeconds: seconds,
    analysableFraction: 0.9,
    leads: [
      {
        lead: 'MLII',
        analysableFraction: 0.9,
        leadOffSeconds: 1,
        saturatedSeconds: 0,
        secondState: Uint8Array.of(0, 0, 2, 0, 1, 0, 0, 0, 0, 3),
      },
    ],
    heartRateBpm: { minimum: 61.5, mean: 72.25, maximum: 90 },
    longestRr: { startSample: 400, seconds: 1.1 },
    pauses: [],
    runs: [],
    couplets: [],
    beats: {
      total,
      N: { count: total, interval90: { low: total - 1, high: total } },
      S: none,
      V: none,
      F: none,
      Q: none,
    },
    veBurden: { fraction: 0, interval90: { low: 0, high: 0.125 } },
    sveBurden: null,
    rhythm: null,
  };
}

function syntheticFindings(label: string): Finding[] {
  return [
    {
      task: 'ecg-beats',
      code: 'heart-rate',
      label,
      severity: 'information',
      value: { amount: 72.25, unit: '/min', interval90: null },
      probability: null,
      credibleInterval90: null,
      aleatoric: null,
      epistemic: null,
      conformalSet: null,
      recommendation: 'accept',
      why: ['Synthetic'],
      at: null,
    },
  ];
}

export function syntheticDerived(label: string, total = 12): DerivedResult {
  return {
    summary: syntheticSummary(total),
    findings: syntheticFindings(label),
    headline: { severity: 'information', headline: label, recommendation: 'accept', reviewFraction: 0.25 },
  };
}

/** An analysis with its ensemble in memory. */
export interface SyntheticAnalysis extends Omit<StoredAnalysis, 'ensemble'> {
  ensemble: { samples: number; probabilities: Uint8Array };
}

/** Saves it as a service does: rows of the ensemble first, a few at a time. */
export function saveSynthetic(
  writable: WritableRecords,
  id: string,
  { ensemble, ...analysis }: SyntheticAnalysis,
  status: 'preliminary' | 'refused',
  headline: StudyHeadline,
  corrected?: DerivedResult,
): void {
  const kept = writable.keepEnsemble(ensemble.samples);
  try {
    const rowBytes = ensemble.samples * NETWORK_CLASS_COUNT;
    const step = rowBytes * Math.max(7, Math.ceil(analysis.beats.sample.length / 50));
    for (let at = 0; at < ensemble.probabilities.length; at += step) {
      kept.add(ensemble.probabilities.subarray(at, at + step));
    }
    writable.saveAnalysis(id, { ...analysis, ensemble: kept }, status, headline, corrected);
  } finally {
    kept.abandon();
  }
}

/** A stored analysis with all of its ensemble. */
export function wholeAnalysis(readable: ReadableRecords, id: string): SyntheticAnalysis | null {
  const stored = readable.analysis(id);
  if (stored === null) return null;
  const { ensemble } = stored;
  return {
    ...stored,
    ensemble: { samples: ensemble.samples, probabilities: ensemble.rows(0, ensemble.beats) },
  };
}

export function syntheticAnalysis(seed: number, beats = 12): SyntheticAnalysis {
  const next = uniformNumbers(seed);
  const provenance: Provenance = {
    inputs: [{ name: `synthetic-${seed}.hea`, sha256: digestOf(seed, 1), bytes: 120 }],
    contentSha256: digestOf(seed, 2),
    model: 'ecg-beats',
    modelSha256: digestOf(seed, 3),
    calibrationId: 'none',
    deviceProfile: 'pcm-nandakumar-2019',
    deviceProfileSha256: digestOf(seed, 4),
    driftSeconds: 86_400,
    driftCompensation: true,
    programmingSeed: 1,
    samples: 8,
    seed: 1,
    tiles: [
      {
        layer: 'dense',
        tile: 0,
        rows: 256,
        columns: 256,
        rowsUsed: 64,
        columnsUsed: 4,
        utilisation: 0.00390625,
      },
    ],
    rhythm: null,
    softwareVersion: '0.1.0',
  };
  return {
    beats: syntheticBeats(beats, seed),
    ensemble: {
      samples: 8,
      probabilities: Uint8Array.from({ length: beats * 8 * NETWORK_CLASS_COUNT }, () =>
        Math.floor(next() * 256),
      ),
    },
    summary: syntheticSummary(beats),
    findings: syntheticFindings('Mean heart rate 72 /min'),
    provenance,
  };
}
