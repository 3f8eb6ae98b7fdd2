/** A clinician's corrections laid over the machine's beats. The machine's own answer is never changed. */
import {
  BEAT_CLASSES,
  BEAT_ORIGINS,
  type BeatTable,
  NETWORK_CLASS_COUNT,
  NO_CONFORMAL_SET,
  RECOMMENDATIONS,
} from '../../contract/ecg.ts';
import { KirchhoffError } from '../../contract/errors.ts';
import type { BeatCorrection, Correction } from '../../contract/study.ts';

/** Two R peaks cannot be nearer than this: the refractory period of the ventricle (Pan and Tompkins 1985). */
export const REFRACTORY_SECONDS = 0.2;

const NO_MACHINE_LABEL = 255;

/** The beats that count now, with the row of the machine's table that each came from (-1: added by hand). */
export interface CorrectedBeats {
  beats: BeatTable;
  machineRow: Int32Array;
}

interface Row {
  sample: number;
  machineRow: number;
  label: number;
  origin: number;
}

/** Applies corrections in order. Positions were checked by `checkCorrection` when each was made. */
export function applyCorrections(machine: BeatTable, corrections: readonly Correction[]): CorrectedBeats {
  const rows = new Map<number, Row>();
  for (let i = 0; i < machine.sample.length; i++) {
    rows.set(machine.sample[i], {
      sample: machine.sample[i],
      machineRow: i,
      label: machine.label[i],
      origin: 0,
    });
  }
  const relabel = (row: Row | undefined, label: number): void => {
    if (!row) return;
    row.label = label;
    if (row.origin === 0) row.origin = BEAT_ORIGINS.indexOf('relabelled');
  };
  for (const correction of corrections) {
    if (correction.kind === 'wave-limit') continue;
    if (correction.kind === 'relabel-many') {
      const label = BEAT_CLASSES.indexOf(correction.label);
      for (const sample of correction.samples) relabel(rows.get(sample), label);
      continue;
    }
    const existing = rows.get(correction.sample);
    if (correction.kind === 'delete') {
      rows.delete(correction.sample);
    } else if (correction.kind === 'relabel') {
      relabel(existing, BEAT_CLASSES.indexOf(correction.label));
    } else if (correction.kind === 'add') {
      rows.set(correction.sample, {
        sample: correction.sample,
        machineRow: -1,
        label: BEAT_CLASSES.indexOf(correction.label),
        origin: BEAT_ORIGINS.indexOf('added'),
      });
    }
  }
  const ordered = [...rows.values()].sort((a, b) => a.sample - b.sample);
  return { beats: tableOf(machine, ordered), machineRow: Int32Array.from(ordered, (row) => row.machineRow) };
}

/**
 * Throws `invalid-request` where a correction does not fit the beats that count now.
 * @param beats the corrected beats so far
 */
export function checkCorrection(
  beats: BeatTable,
  correction: BeatCorrection,
  recording: { lengthSamples: number; samplingRateHz: number },
): void {
  if (correction.kind === 'relabel-many') {
    checkMany(beats, correction.samples);
    return;
  }
  const at = `sample ${correction.sample}`;
  const exists = beats.sample.includes(correction.sample);
  if (correction.kind !== 'add') {
    if (!exists) throw new KirchhoffError('invalid-request', 'There is no beat at this position.', at);
    return;
  }
  if (correction.sample >= recording.lengthSamples) {
    throw new KirchhoffError('invalid-request', 'The position is past the end of the recording.', at);
  }
  const reach = REFRACTORY_SECONDS * recording.samplingRateHz;
  const near = beats.sample.find((sample) => Math.abs(sample - correction.sample) < reach);
  if (near !== undefined) {
    throw new KirchhoffError(
      'invalid-request',
      `A beat less than ${REFRACTORY_SECONDS * 1000} ms away exists at sample ${near}; relabel or delete that one.`,
      at,
    );
  }
}

/** One pass over both ascending lists. */
function checkMany(beats: BeatTable, samples: Int32Array): void {
  if (samples.length === 0) throw new KirchhoffError('invalid-request', 'No beat is named.', 'samples');
  let row = 0;
  samples.forEach((sample, i) => {
    if (i > 0 && sample <= samples[i - 1]) {
      throw new KirchhoffError('invalid-request', 'The beats are not in order of time.', `sample ${sample}`);
    }
    while (row < beats.sample.length && beats.sample[row] < sample) row++;
    if (beats.sample[row] !== sample) {
      throw new KirchhoffError('invalid-request', 'There is no beat at this position.', `sample ${sample}`);
    }
  });
}

function tableOf(machine: BeatTable, rows: readonly Row[]): BeatTable {
  const n = rows.length;
  const table: BeatTable = {
    sample: Int32Array.from(rows, (row) => row.sample),
    label: Uint8Array.from(rows, (row) => row.label),
    machineLabel: Uint8Array.from(rows, (row) =>
      row.machineRow < 0 ? NO_MACHINE_LABEL : machine.machineLabel[row.machineRow],
    ),
    origin: Uint8Array.from(rows, (row) => row.origin),
    probabilities: new Float32Array(n * NETWORK_CLASS_COUNT).fill(Number.NaN),
    probabilityLow: new Float32Array(n * NETWORK_CLASS_COUNT).fill(Number.NaN),
    probabilityHigh: new Float32Array(n * NETWORK_CLASS_COUNT).fill(Number.NaN),
    aleatoric: new Float32Array(n).fill(Number.NaN),
    epistemic: new Float32Array(n).fill(Number.NaN),
    recommendation: new Uint8Array(n).fill(RECOMMENDATIONS.indexOf('accept')),
    conformalSet: new Uint8Array(n).fill(NO_CONFORMAL_SET),
  };
  rows.forEach((row, i) => {
    const from = row.machineRow;
    if (from < 0) return;
    for (const column of ['probabilities', 'probabilityLow', 'probabilityHigh'] as const) {
      const start = from * NETWORK_CLASS_COUNT;
      table[column].set(
        machine[column].subarray(start, start + NETWORK_CLASS_COUNT),
        i * NETWORK_CLASS_COUNT,
      );
    }
    table.aleatoric[i] = machine.aleatoric[from];
    table.epistemic[i] = machine.epistemic[from];
    table.conformalSet[i] = machine.conformalSet[from];
    // What a clinician has labelled needs no further review.
    if (row.origin === 0) table.recommendation[i] = machine.recommendation[from];
  });
  return table;
}
