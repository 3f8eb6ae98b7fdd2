/** Small hand-made beat tables for tests. */
import {
  BEAT_CLASSES,
  type BeatClass,
  type BeatTable,
  NETWORK_CLASS_COUNT,
  NO_CONFORMAL_SET,
} from '../../contract/ecg.ts';
import type { CorrectedBeats } from './corrections.ts';
import { type BeatEnsemble, EnsembleTally, ensembleRowBytes, withoutRows } from './ensemble.ts';

export const RATE_HZ = 360;
export const ENSEMBLE_SAMPLES = 10;

/** A beat of class `label`; `agreement` is the share of samples in which it is the likeliest, else it is N. */
export interface TestBeat {
  seconds: number;
  label: BeatClass;
  agreement?: number;
}

/**
 * What the samples said of the beats that count now.
 * @param rows of all of the machine's beats
 */
export function ensembleOf(
  rows: Uint8Array,
  { beats, machineRow }: CorrectedBeats,
  samples = ENSEMBLE_SAMPLES,
): BeatEnsemble {
  const rowBytes = ensembleRowBytes(samples);
  const tally = new EnsembleTally(rows.length / rowBytes, samples);
  tally.add(rows, 0);
  const counts = new Set(machineRow.filter((_, i) => beats.origin[i] === 0));
  const replaced = Array.from({ length: rows.length / rowBytes }, (_, row) => row)
    .filter((row) => !counts.has(row))
    .map((row) => rows.subarray(row * rowBytes, (row + 1) * rowBytes));
  return withoutRows(tally.ensemble(), replaced);
}

export function testBeats(beats: readonly TestBeat[]): { beats: BeatTable; rows: Uint8Array } {
  const n = beats.length;
  const labels = beats.map((beat) => BEAT_CLASSES.indexOf(beat.label));
  const rows = new Uint8Array(n * ensembleRowBytes(ENSEMBLE_SAMPLES));
  const probabilities = new Float32Array(n * NETWORK_CLASS_COUNT);
  beats.forEach((beat, i) => {
    if (beat.label === 'Q') return;
    for (let s = 0; s < ENSEMBLE_SAMPLES; s++) {
      const says = s < Math.round((beat.agreement ?? 1) * ENSEMBLE_SAMPLES) ? labels[i] : 0;
      rows[(i * ENSEMBLE_SAMPLES + s) * NETWORK_CLASS_COUNT + says] = 255;
      probabilities[i * NETWORK_CLASS_COUNT + says] += 1 / ENSEMBLE_SAMPLES;
    }
  });
  return {
    rows,
    beats: {
      sample: Int32Array.from(beats, (beat) => Math.round(beat.seconds * RATE_HZ)),
      label: Uint8Array.from(labels),
      machineLabel: Uint8Array.from(labels),
      origin: new Uint8Array(n),
      probabilities,
      probabilityLow: probabilities.slice(),
      probabilityHigh: probabilities.slice(),
      aleatoric: new Float32Array(n).fill(0.1),
      epistemic: new Float32Array(n).fill(0.05),
      recommendation: Uint8Array.from(beats, (beat) =>
        beat.label === 'Q' ? 2 : (beat.agreement ?? 1) < 0.9 ? 1 : 0,
      ),
      conformalSet: Uint8Array.from(labels, (label) =>
        label < NETWORK_CLASS_COUNT ? 1 << label : NO_CONFORMAL_SET,
      ),
    },
  };
}

/** Beats of one class at a steady rate. */
export function steady(
  count: number,
  fromSeconds: number,
  rrSeconds: number,
  label: BeatClass = 'N',
): TestBeat[] {
  return Array.from({ length: count }, (_, i) => ({ seconds: fromSeconds + i * rrSeconds, label }));
}
