/** Labelled items of the files in `samples/` for each shipped network: enough to prove figures, no test set. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { greyShades } from '../diagnosis/cxr-paediatric/grey-shades.ts';
import { networkInput } from '../diagnosis/cxr-paediatric/network-input.ts';
import { aamiClassOf } from '../ecg/beat-mapping.ts';
import { annotationsWithinRecord, readWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { prepareSegment, rhythmSegments } from '../ecg/rhythm/segments.ts';
import { referenceBeats } from '../ecg/scoring.ts';
import { inputSize, type Network } from '../imc/network.ts';
import { loadBeatModel } from './beat-model.ts';
import { openImageFile } from './image-reading.ts';
import { loadRadiographModel } from './radiograph-model.ts';
import { readRecord } from './read-record.ts';
import { findRecords } from './record-files.ts';
import { resourcePath } from './resources.ts';
import { loadRhythmModel } from './rhythm-model.ts';
import { sampleBeats } from './sample-beats.ts';

export interface SampleItems {
  /** [n] items of the network's input, and its auxiliary features. */
  signals: Float32Array;
  auxiliary: Float32Array;
  /** Class number of each item. */
  labels: number[];
  /** What they are and where from, in words. */
  what: string;
  licence: string;
}

const MITDB = 'MIT-BIH Arrhythmia Database 1.0.0, doi 10.13026/C2F305';
const MITDB_LICENCE = 'Open Data Commons Attribution License v1.0';

export async function beatItems(): Promise<SampleItems> {
  const { recordings, signals, auxiliary, labels, leftOut } = await sampleBeats(loadBeatModel().model.input);
  return {
    signals,
    auxiliary,
    labels,
    what: `${labels.length} reference beats of ${recordings.join(', ')}; ${leftOut} left out, class Q in the reference or by rule; ${MITDB}`,
    licence: MITDB_LICENCE,
  };
}

/** Windows of 30 s: normal where all reference beats in it are, other rhythm where one is not. */
export async function rhythmItems(): Promise<SampleItems> {
  const { classes } = loadRhythmModel().model.network;
  const { records } = await findRecords([resourcePath('samples')]);
  const signals: Float32Array[] = [];
  const auxiliary: Float32Array[] = [];
  const labels: number[] = [];
  for (const source of records) {
    const { recording } = readRecord(source);
    const quality = assessQuality(recording);
    const annotations = readWfdbAnnotations(readFileSync(source.path.replace(/\.hea$/, '.atr')));
    const beats = referenceBeats(annotationsWithinRecord(annotations, recording.lengthSamples).kept);
    for (const segment of rhythmSegments(recording, quality.leads)) {
      const lead = recording.leads[segment.lead]!;
      const prepared = prepareSegment(
        segment,
        lead.millivolts.subarray(segment.startSample, segment.endSample),
        recording.samplingRateHz,
        detectQrs(recording, quality),
      );
      signals.push(prepared.signals);
      auxiliary.push(prepared.auxiliary);
      for (const { startSample, endSample } of segment.windows) {
        const normal = beats
          .filter(({ sample }) => sample >= startSample && sample < endSample)
          .every(({ code }) => aamiClassOf(code) === 'N');
        labels.push(classes.indexOf(normal ? 'N' : 'O'));
      }
    }
  }
  return {
    signals: joined(signals),
    auxiliary: joined(auxiliary),
    labels,
    what: `${labels.length} windows of 30 s of ${records.map(({ relativeName }) => relativeName).join(', ')}: normal where all reference beats are, else other rhythm; ${MITDB}`,
    licence: MITDB_LICENCE,
  };
}

const FILMS = [
  ['cxr-child-normal-1.jpeg', 0],
  ['cxr-child-normal-2.jpeg', 0],
  ['cxr-child-bacterial-pneumonia.jpeg', 1],
  ['cxr-child-viral-pneumonia.jpeg', 1],
] as const;

export async function radiographItems(): Promise<SampleItems> {
  const { input } = loadRadiographModel().model;
  const inputs = [];
  for (const [name] of FILMS) {
    const file = await openImageFile(resourcePath('samples', name), null);
    const grey = greyShades(await file.frame(0));
    inputs.push(networkInput(grey.shades, grey.width, grey.height, input.height));
  }
  return {
    signals: joined(inputs),
    auxiliary: new Float32Array(0),
    labels: FILMS.map(([, label]) => label),
    what: `${FILMS.length} films: ${FILMS.map(([name]) => basename(name, '.jpeg')).join(', ')}; Kermany, Zhang and Goldbaum 2018, doi 10.17632/rscbjbr9sj`,
    licence: 'Creative Commons Attribution 4.0 International',
  };
}

/** At most `most` of the items, from the first to the last. */
export function evenlySpaced(
  { signals, auxiliary, labels }: SampleItems,
  { input }: Network,
  most: number,
): Pick<SampleItems, 'signals' | 'auxiliary' | 'labels'> {
  const count = Math.min(most, labels.length);
  const items = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * labels.length) / count));
  const chosen = (values: Float32Array, size: number): Float32Array =>
    joined(items.map((item) => values.subarray(item * size, (item + 1) * size)));
  return {
    signals: chosen(signals, inputSize(input)),
    auxiliary: chosen(auxiliary, input.auxiliaryFeatures),
    labels: items.map((item) => labels[item]!),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
