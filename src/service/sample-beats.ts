/** The beats of the recordings that ship with the program, with their reference classes. */
import { readFileSync } from 'node:fs';
import { NETWORK_CLASSES } from '../contract/ecg.ts';
import { aamiClassOf } from '../ecg/beat-mapping.ts';
import { type BeatInputSpec, beatInputs } from '../ecg/beats.ts';
import { annotationsWithinRecord, readWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import { assessQuality } from '../ecg/quality.ts';
import { referenceBeats } from '../ecg/scoring.ts';
import { readRecord } from './read-record.ts';
import { findRecords, type RecordSource } from './record-files.ts';
import { resourcePath } from './resources.ts';

export interface SampleBeats {
  recordings: string[];
  /** [n][channels][length] and [n][auxiliary features], at the positions of the reference annotations. */
  signals: Float32Array;
  auxiliary: Float32Array;
  /** Number of the network class of each beat, [n]. */
  labels: number[];
  /** Beats that never reach the network: class Q in the reference or by rule. */
  leftOut: number;
}

/** Reference beats of all shipped recordings, in order of name and time. */
export async function sampleBeats(spec: BeatInputSpec): Promise<SampleBeats> {
  const { records } = await findRecords([resourcePath('samples')]);
  const parts = records.map((source) => beatsOf(source, spec));
  return {
    recordings: records.map(({ relativeName }) => relativeName),
    signals: joined(parts.flatMap(({ signals }) => signals)),
    auxiliary: joined(parts.flatMap(({ auxiliary }) => auxiliary)),
    labels: parts.flatMap(({ labels }) => labels),
    leftOut: parts.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}

function beatsOf(source: RecordSource, spec: BeatInputSpec) {
  const { recording } = readRecord(source);
  const annotations = readWfdbAnnotations(readFileSync(source.path.replace(/\.hea$/, '.atr')));
  const beats = referenceBeats(annotationsWithinRecord(annotations, recording.lengthSamples).kept);
  const positions = Int32Array.from(beats, ({ sample }) => sample);
  const inputs = beatInputs(recording, assessQuality(recording), positions, spec);
  const signalSize = inputs.signals.length / beats.length;
  const auxiliarySize = inputs.auxiliary.length / beats.length;
  const signals: Float32Array[] = [];
  const auxiliary: Float32Array[] = [];
  const labels: number[] = [];
  for (const [i, { code }] of beats.entries()) {
    const label = (NETWORK_CLASSES as readonly (string | null)[]).indexOf(aamiClassOf(code));
    if (label < 0 || inputs.classifiable[i] === 0) continue;
    signals.push(inputs.signals.subarray(i * signalSize, (i + 1) * signalSize));
    auxiliary.push(inputs.auxiliary.subarray(i * auxiliarySize, (i + 1) * auxiliarySize));
    labels.push(label);
  }
  return { signals, auxiliary, labels, leftOut: beats.length - labels.length };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}
