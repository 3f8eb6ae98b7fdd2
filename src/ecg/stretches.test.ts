import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWfdb } from './formats/wfdb/record.ts';
import { qrsStages } from './qrs.ts';
import { qualityStages } from './quality.ts';
import type { EcgRecording } from './recording.ts';
import { runStages, StretchGrid } from './stretches.ts';

const SAMPLES = join(import.meta.dirname, '../../samples');
/** At 360 Hz three minutes. */
const STRETCH = 2 ** 16;

/** Excerpts one after the other, some minutes of flat line in all leads and one of noise between them. */
function longRecording(): EcgRecording {
  const names = ['mitdb-100-premature-beats', 'mitdb-105-noise', 'mitdb-233-ventricular-runs'];
  const parts = names.map((name) => readWfdb(`${name}.hea`, (file) => readFileSync(join(SAMPLES, file))));
  const [first] = parts;
  const rest = new Float32Array(3.5 * 60 * 360).map((_, i) => (i % 977 === 0 ? 0.3 : 0));
  const repeated = [...parts, ...parts, null, ...parts, ...parts];
  const lengthSamples = repeated.reduce((sum, part) => sum + (part?.lengthSamples ?? rest.length), 0);
  return {
    ...first!,
    lengthSamples,
    leads: first!.leads.map((lead, index) => {
      const millivolts = new Float32Array(lengthSamples);
      let at = 0;
      for (const part of repeated) {
        const values = part === null ? rest : part.leads[index]!.millivolts;
        millivolts.set(values, at);
        at += values.length;
      }
      // A lead that fails across what will be a seam.
      if (index === 1) millivolts.fill(Number.NaN, STRETCH - 2000, STRETCH + 3000);
      // One whose limits nobody tells, and which is at them over a seam.
      return { ...lead, millivolts, rangeMillivolts: index === 1 ? null : lead.rangeMillivolts };
    }),
  };
}

describe('stretches', () => {
  it('cover a recording once, begin on whole seconds and on the multiples asked for, and have their margins', () => {
    const recording = { samplingRateHz: 250.5, lengthSamples: 5_000_001, leads: [] };
    const stretches = new StretchGrid(recording, [501], 1).stretches();
    expect(stretches.length).toBeGreaterThan(4);
    stretches.forEach(({ from, to, piece, firstSecond }, i) => {
      expect(from).toBe(i === 0 ? 0 : stretches[i - 1]!.to);
      expect(from % 501).toBe(0);
      expect(piece.startSample).toBe(firstSecond * 250.5);
      expect(piece.startSample).toBe(Math.max(0, from - 60 * 250.5));
      expect(piece.startSample + piece.lengthSamples).toBe(Math.min(5_000_001, to + 60 * 250.5));
    });
    expect(stretches.at(-1)!.to).toBe(5_000_001);
  });

  it('give the quality and the beats that the whole gives', () => {
    const recording = longRecording();
    const quality = runStages(recording, qualityStages(recording));
    expect(runStages(recording, qualityStages(recording, STRETCH))).toEqual(quality);
    const beats = runStages(recording, qrsStages(recording, quality));
    expect(beats.length).toBeGreaterThan(500);
    expect(runStages(recording, qrsStages(recording, quality, STRETCH))).toEqual(beats);
  });
});
