/**
 * Cuts the bundled samples out of MIT-BIH records of DS2, which no model is trained on:
 *
 *     npx node scripts/make-samples.ts
 *
 * Each is a WFDB record of its own (format 212) with the reference annotations of the excerpt beside it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readWfdbAnnotations, writeWfdbAnnotations } from '../src/ecg/formats/wfdb/annotations.ts';
import { readWfdb, writeWfdbRecord } from '../src/ecg/formats/wfdb/record.ts';
import type { EcgAnnotation, EcgRecording } from '../src/ecg/recording.ts';
import { sharedDataFolder } from '../test/shared-data.ts';

const EXCERPTS = [
  { record: '100', name: 'mitdb-100-premature-beats', startSeconds: 1170, lengthSeconds: 75 },
  { record: '105', name: 'mitdb-105-noise', startSeconds: 1255, lengthSeconds: 75 },
  { record: '232', name: 'mitdb-232-pauses', startSeconds: 1010, lengthSeconds: 90 },
  { record: '233', name: 'mitdb-233-ventricular-runs', startSeconds: 1300, lengthSeconds: 75 },
  { record: '234', name: 'mitdb-234-supraventricular-run', startSeconds: 820, lengthSeconds: 75 },
] as const;

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Annotations of the excerpt; the rhythm and signal quality that hold at its start are stated there again. */
function annotationsBetween(annotations: EcgAnnotation[], start: number, end: number): EcgAnnotation[] {
  const before = annotations.filter((annotation) => annotation.sample < start);
  const holding = ['+', '~']
    .map((code) => before.findLast((annotation) => annotation.code === code))
    .filter((annotation) => annotation !== undefined)
    .map((annotation) => ({ ...annotation, sample: 0 }));
  const within = annotations
    .filter((annotation) => annotation.sample >= start && annotation.sample < end)
    .map((annotation) => ({ ...annotation, sample: annotation.sample - start }));
  return [...holding, ...within];
}

const shared = sharedDataFolder();
if (shared === null)
  throw new Error('The MIT-BIH records are needed beside the project to cut samples from.');
const source = join(shared, 'mitdb');
const target = resolve(import.meta.dirname, '../samples');
mkdirSync(target, { recursive: true });

for (const { record, name, startSeconds, lengthSeconds } of EXCERPTS) {
  const whole = readWfdb(`${record}.hea`, (file) => readFileSync(join(source, file)));
  const start = startSeconds * whole.samplingRateHz;
  const lengthSamples = lengthSeconds * whole.samplingRateHz;
  const excerpt: EcgRecording = {
    ...whole,
    lengthSamples,
    leads: whole.leads.map((lead) => ({
      ...lead,
      millivolts: lead.millivolts.slice(start, start + lengthSamples),
    })),
    comments: [
      ...whole.comments,
      `Excerpt of record ${record} of the MIT-BIH Arrhythmia Database, ${clock(startSeconds)} to ${clock(startSeconds + lengthSeconds)}.`,
      'Open Data Commons Attribution License v1.0; see NOTICE.',
    ],
  };
  const files = writeWfdbRecord(excerpt, name, 212);
  const annotations = readWfdbAnnotations(readFileSync(join(source, `${record}.atr`)));
  writeFileSync(join(target, `${name}.hea`), files.header);
  writeFileSync(join(target, `${name}.dat`), files.signals);
  writeFileSync(
    join(target, `${name}.atr`),
    writeWfdbAnnotations(annotationsBetween(annotations, start, start + lengthSamples)),
  );
  console.log(name);
}
