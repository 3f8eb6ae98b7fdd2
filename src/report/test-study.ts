/** A made-up recording of ten minutes with all that a report can show; for tests only, nobody's heart. */
import { type BeatClass, NETWORK_CLASS_COUNT } from '../contract/ecg.ts';
import type { EcgIntervals } from '../contract/intervals.ts';
import type { Correction, StudyDetail } from '../contract/study.ts';
import { applyCorrections } from '../diagnosis/ecg-beats/corrections.ts';
import { headlineOf } from '../diagnosis/ecg-beats/findings.ts';
import { ensembleOf, RATE_HZ, type TestBeat, testBeats } from '../diagnosis/ecg-beats/test-beats.ts';
import { summariseStudy } from '../diagnosis/ecg-rhythm/summarise-study.ts';
import { testRhythm } from '../diagnosis/ecg-rhythm/test-rhythm.ts';
import { RandomStream } from '../numeric/random.ts';
import type { ReportInput } from './report-input.ts';

const SECONDS = 600;
const LEADS = ['MLII', 'V5'];

/** Waves of a beat: centre and width in seconds from the R peak, height in millivolts for each lead. */
const WAVES: Record<BeatClass, [centre: number, width: number, heights: [number, number]][]> = {
  N: [
    [-0.17, 0.022, [0.14, 0.09]],
    [-0.025, 0.009, [-0.12, -0.1]],
    [0, 0.011, [1.15, 1.5]],
    [0.028, 0.01, [-0.22, -0.4]],
    [0.26, 0.045, [0.3, 0.35]],
  ],
  S: [
    [-0.13, 0.018, [-0.08, 0.05]],
    [0, 0.011, [1.05, 1.4]],
    [0.028, 0.01, [-0.25, -0.42]],
    [0.24, 0.045, [0.25, 0.3]],
  ],
  V: [
    [0, 0.04, [1.7, -1.1]],
    [0.09, 0.05, [-0.7, 0.5]],
    [0.28, 0.06, [-0.45, 0.4]],
  ],
  F: [
    [-0.15, 0.022, [0.12, 0.08]],
    [0, 0.022, [1.4, 0.6]],
    [0.06, 0.03, [-0.5, -0.1]],
    [0.27, 0.05, [0.1, 0.3]],
  ],
  Q: [],
};

function rhythm(random: RandomStream): TestBeat[] {
  const beats: TestBeat[] = [];
  let at = 0.7;
  while (at < SECONDS - 1) {
    const index = beats.length;
    const add = (label: BeatClass, rr: number, agreement = 1) => {
      beats.push({ seconds: at, label, agreement });
      at += rr;
    };
    const rr = 0.84 + 0.05 * (random.uniform() - 0.5);
    if (index === 200) for (const agreement of [1, 0.9, 1, 1, 0.8, 1]) add('V', 0.34, agreement);
    else if (index === 330) add('N', 3.42);
    else if (index === 470) for (let i = 0; i < 4; i++) add('S', 0.46, 0.7);
    else if (index % 97 === 60) for (let i = 0; i < 2; i++) add('V', i === 0 ? 0.4 : 1.1, 0.9);
    else if (index % 23 === 11) add('V', 1.15, index % 46 === 11 ? 1 : 0.8);
    else if (index % 31 === 17) add('S', 0.95, 0.6);
    else if (index % 151 === 90) add('F', rr, 0.5);
    else if (at > 401 && at < 409) add('Q', rr);
    else add('N', index % 23 === 10 ? 0.55 : index % 31 === 16 ? 0.6 : rr);
  }
  return beats;
}

function waveforms(beats: readonly TestBeat[], random: RandomStream): Float32Array[] {
  return LEADS.map((_, lead) => {
    const millivolts = new Float32Array(SECONDS * RATE_HZ);
    for (let i = 0; i < millivolts.length; i++) {
      const t = i / RATE_HZ;
      const noisy = t > 401 && t < 409 ? 0.9 : 0.02;
      millivolts[i] = 0.12 * Math.sin(t * 1.7 + lead) + noisy * (random.uniform() - 0.5);
    }
    for (const beat of beats) {
      for (const [centre, width, heights] of WAVES[beat.label]) {
        const middle = beat.seconds + centre;
        const from = Math.max(0, Math.round((middle - 4 * width) * RATE_HZ));
        const to = Math.min(millivolts.length, Math.round((middle + 4 * width) * RATE_HZ));
        for (let i = from; i < to; i++) {
          millivolts[i] += heights[lead] * Math.exp(-0.5 * ((i / RATE_HZ - middle) / width) ** 2);
        }
      }
    }
    return millivolts;
  });
}

/** What a test may put in place of the made-up study's own. */
export interface TestStudyChanges {
  patient?: Partial<StudyDetail['patient']>;
  study?: Partial<StudyDetail>;
  paper?: 'A4' | 'Letter';
  letterhead?: string[];
  /** With rhythm judged, 80 s of atrial fibrillation in it; else as a study analysed before it was. */
  rhythm?: boolean;
  /** Of the usual beat; else as a study that was analysed before they were measured. */
  intervals?: EcgIntervals;
  /** Replaces the signal of every lead. */
  signal?: (lead: number, sample: number) => number;
}

export function testStudy(changes: TestStudyChanges = {}): ReportInput {
  const random = new RandomStream({ seed: 7, words: [0, 0, 0] });
  const list = rhythm(random);
  const { beats: machine, rows } = testBeats(list);
  machine.aleatoric.forEach((_, i) => {
    const doubt = list[i].label === 'Q' ? Number.NaN : 1 - (list[i].agreement ?? 1);
    machine.aleatoric[i] = 0.008 + 0.9 * doubt + 0.01 * random.uniform();
    machine.epistemic[i] = 0.002 + 0.3 * doubt * random.uniform();
    for (let c = 0; c < NETWORK_CLASS_COUNT; c++) {
      const at = i * NETWORK_CLASS_COUNT + c;
      machine.probabilityLow[at] = Math.max(0, machine.probabilities[at] - 0.3 * doubt);
      machine.probabilityHigh[at] = Math.min(1, machine.probabilities[at] + 0.3 * doubt);
      if (Number.isNaN(doubt)) machine.probabilities[at] = Number.NaN;
    }
  });
  const corrections: Correction[] = [
    { kind: 'relabel', sample: machine.sample[17], label: 'N' },
    { kind: 'delete', sample: machine.sample[300] },
    { kind: 'add', sample: machine.sample[301] + 110, label: 'V' },
  ];
  const corrected = applyCorrections(machine, corrections);
  const analysable = new Uint8Array(SECONDS).fill(1);
  analysable.fill(0, 401, 409);
  const leads = LEADS.map((lead, i) => {
    const secondState = analysable.map((flag) => (flag ? 0 : 1));
    if (i === 1) secondState.fill(2, 120, 138);
    return {
      lead,
      analysableFraction: 1 - (i === 1 ? 26 : 8) / SECONDS,
      leadOffSeconds: i === 1 ? 18 : 0,
      saturatedSeconds: 0,
      secondState,
    };
  });
  const facts = {
    samplingRateHz: RATE_HZ,
    lengthSamples: SECONDS * RATE_HZ,
    leads,
    analysable,
    recordedAt: '2026-03-02T09:14:00',
    intervals: changes.intervals ?? null,
  };
  const signal = changes.rhythm === true ? testRhythm(SECONDS, RATE_HZ, [[480, 560]]) : null;
  const { summary, findings } = summariseStudy(facts, corrected, ensembleOf(rows, corrected), signal);
  const millivolts = waveforms(list, random);
  millivolts[1].fill(Number.NaN, 120 * RATE_HZ, 138 * RATE_HZ);
  const study: StudyDetail = {
    id: '0123456789abcdef0123456789abcdef',
    recordName: 'synthetic-1',
    patient: {
      name: 'Ada Sánchez-Łukasik',
      id: 'MRN 004-117',
      birthDate: '1951-03-08',
      ageYears: 75,
      sex: 'female',
      ...changes.patient,
    },
    recordedAt: '2026-03-02T09:14:00',
    importedAt: '2026-03-02T12:00:00Z',
    durationSeconds: SECONDS,
    leads: LEADS,
    status: 'preliminary',
    ...headlineOf(findings, corrected.beats.recommendation),
    samplingRateHz: RATE_HZ,
    lengthSamples: SECONDS * RATE_HZ,
    warnings: ['synthetic-1.atr: 2 annotations after the end of the signal were dropped.'],
    summary,
    findings,
    provenance: {
      inputs: [
        { name: 'synthetic-1.dat', sha256: '5f'.repeat(32), bytes: 648_000 },
        { name: 'synthetic-1.hea', sha256: 'a3'.repeat(32), bytes: 214 },
      ],
      contentSha256: '9c41'.repeat(16),
      model: 'ecg-beats 1',
      modelSha256: '0d7e'.repeat(16),
      calibrationId: 'temperature-ds1',
      deviceProfile: 'pcm-nandakumar-2019',
      deviceProfileSha256: 'be12'.repeat(16),
      driftSeconds: 86_400,
      driftCompensation: true,
      programmingSeed: 1,
      samples: 32,
      seed: 1,
      tiles: ['conv1', 'conv2', 'conv3', 'dense1', 'dense2'].map((layer, tile) => ({
        layer,
        tile,
        rows: 256,
        columns: 256,
        rowsUsed: 40 + 50 * tile,
        columnsUsed: 16 + 12 * tile,
        utilisation: ((40 + 50 * tile) * (16 + 12 * tile)) / 65_536,
      })),
      rhythm: null,
      softwareVersion: '0.1.0',
    },
    error: null,
    events: [{ atSeconds: 12.5, durationSeconds: null, text: 'Patient event' }],
    corrections: { count: corrections.length, canUndo: true, canRedo: false },
    confirmed: null,
    ...changes.study,
  };
  return {
    study,
    beats: corrected.beats,
    signal: (lead, start, length) =>
      changes.signal === undefined
        ? millivolts[lead].slice(start, start + length)
        : Float32Array.from({ length }, (_, i) => changes.signal!(lead, start + i)),
    corrections,
    paper: changes.paper ?? 'A4',
    letterhead: changes.letterhead,
  };
}
