/** A clinician's corrections laid over the machine's beats. The machine's own answer is never changed. */
import {
  BEAT_CLASSES,
  BEAT_COLUMNS,
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
const ACCEPT = RECOMMENDATIONS.indexOf('accept');
const RELABELLED = BEAT_ORIGINS.indexOf('relabelled');

/** The beats that count now, with the row of the machine's table that each came from (-1: added by hand). */
export interface CorrectedBeats {
  beats: BeatTable;
  machineRow: Int32Array;
}

/** What corrections make of the machine's beats: columns of these, and the beats added by hand. */
class Corrected {
  readonly #machine: BeatTable;
  readonly label: Uint8Array;
  readonly origin: Uint8Array;
  readonly deleted: Uint8Array;
  /** Class of each added beat by its sample. */
  readonly added = new Map<number, number>();

  constructor(machine: BeatTable) {
    this.#machine = machine;
    this.label = machine.label.slice();
    this.origin = new Uint8Array(machine.sample.length);
    this.deleted = new Uint8Array(machine.sample.length);
  }

  apply(correction: BeatCorrection): void {
    switch (correction.kind) {
      case 'relabel':
        this.#relabel(correction.sample, BEAT_CLASSES.indexOf(correction.label));
        return;
      case 'relabel-many':
        for (const sample of correction.samples)
          this.#relabel(sample, BEAT_CLASSES.indexOf(correction.label));
        return;
      case 'delete':
        this.#delete(correction.sample);
        return;
      case 'add':
        this.#delete(correction.sample);
        this.added.set(correction.sample, BEAT_CLASSES.indexOf(correction.label));
    }
  }

  #relabel(sample: number, label: number): void {
    if (this.added.has(sample)) {
      this.added.set(sample, label);
      return;
    }
    const row = this.#rowAt(sample);
    if (row < 0) return;
    this.label[row] = label;
    this.origin[row] = RELABELLED;
  }

  #delete(sample: number): void {
    this.added.delete(sample);
    const row = this.#rowAt(sample);
    if (row >= 0) this.deleted[row] = 1;
  }

  /** Row of the machine's beat at a sample; -1 where there is none, or none any more. */
  #rowAt(sample: number): number {
    const row = beatFrom(this.#machine.sample, sample);
    return this.#machine.sample[row] === sample && this.deleted[row] === 0 ? row : -1;
  }
}

/** Applies corrections in order. Positions were checked by `checkCorrection` when each was made. */
export function applyCorrections(machine: BeatTable, corrections: readonly Correction[]): CorrectedBeats {
  const corrected = new Corrected(machine);
  for (const correction of corrections) if (correction.kind !== 'wave-limit') corrected.apply(correction);
  const { label, origin, deleted } = corrected;
  const recommendation = machine.recommendation.slice();
  // What a clinician has labelled needs no further review.
  for (let row = 0; row < origin.length; row++) if (origin[row] !== 0) recommendation[row] = ACCEPT;
  const beats: BeatTable = { ...machine, label, origin, recommendation };
  const added = [...corrected.added].sort(([a], [b]) => a - b);
  const machineRow = rowsInOrder(machine.sample, deleted, added);
  // Columns are copied only where rows come or go: those of two weeks are 90 MB.
  if (added.length === 0 && machineRow.length === machine.sample.length) return { beats, machineRow };
  return { beats: tableOf(beats, machineRow, added), machineRow };
}

/** Index of the first beat at or after a sample. */
export function beatFrom(samples: Int32Array, sample: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle] < sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows of the machine's table in order of time without those deleted; -1 where an added beat stands. */
function rowsInOrder(
  samples: Int32Array,
  deleted: Uint8Array,
  added: readonly (readonly [sample: number, label: number])[],
): Int32Array {
  const left = deleted.reduce((count, gone) => count + 1 - gone, 0);
  const rows = new Int32Array(left + added.length);
  let [at, next] = [0, 0];
  for (let row = 0; row < samples.length; row++) {
    for (; next < added.length && added[next][0] < samples[row]; next++) rows[at++] = -1;
    if (deleted[row] === 0) rows[at++] = row;
  }
  return rows.fill(-1, at);
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
  const next = beatFrom(beats.sample, correction.sample);
  const exists = beats.sample[next] === correction.sample;
  if (correction.kind !== 'add') {
    if (!exists) throw new KirchhoffError('invalid-request', 'There is no beat at this position.', at);
    return;
  }
  if (correction.sample >= recording.lengthSamples) {
    throw new KirchhoffError('invalid-request', 'The position is past the end of the recording.', at);
  }
  const reach = REFRACTORY_SECONDS * recording.samplingRateHz;
  const near = [beats.sample[next - 1], beats.sample[next]].find(
    (sample) => sample !== undefined && Math.abs(sample - correction.sample) < reach,
  );
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

/** Rows of a table, and what is known of the added beats where `rows` has -1. */
function tableOf(
  table: BeatTable,
  rows: Int32Array,
  added: readonly (readonly [sample: number, label: number])[],
): BeatTable {
  const n = rows.length;
  const result: BeatTable = {
    sample: new Int32Array(n),
    label: new Uint8Array(n),
    machineLabel: new Uint8Array(n),
    origin: new Uint8Array(n),
    probabilities: new Float32Array(n * NETWORK_CLASS_COUNT),
    probabilityLow: new Float32Array(n * NETWORK_CLASS_COUNT),
    probabilityHigh: new Float32Array(n * NETWORK_CLASS_COUNT),
    aleatoric: new Float32Array(n),
    epistemic: new Float32Array(n),
    recommendation: new Uint8Array(n),
    conformalSet: new Uint8Array(n),
  };
  let next = 0;
  for (let at = 0; at < n; at++) {
    const row = rows[at];
    if (row < 0) {
      const [sample, label] = added[next++];
      placeAdded(result, at, sample, label);
      continue;
    }
    for (const [name, width] of BEAT_COLUMNS) {
      for (let k = 0; k < width; k++) result[name][at * width + k] = table[name][row * width + k];
    }
  }
  return result;
}

function placeAdded(table: BeatTable, at: number, sample: number, label: number): void {
  for (const [name, width] of BEAT_COLUMNS) {
    if (table[name] instanceof Float32Array) table[name].fill(Number.NaN, at * width, (at + 1) * width);
  }
  table.sample[at] = sample;
  table.label[at] = label;
  table.machineLabel[at] = NO_MACHINE_LABEL;
  table.origin[at] = BEAT_ORIGINS.indexOf('added');
  table.recommendation[at] = ACCEPT;
  table.conformalSet[at] = NO_CONFORMAL_SET;
}
