import { describe, expect, it } from 'vitest';
import { dataFolder, readMitdb } from '../training/data-folder.ts';
import { clusterStages, NO_CLUSTER } from './beat-clusters.ts';
import { isBeatCode } from './beat-mapping.ts';
import { runStages, type Signal } from './stretches.ts';

const RATE_HZ = 250;

/** Beats of made-up shapes, one a second: a letter a beat; `_` is a flat stretch. */
function drawn(letters: string): { lead: Float32Array; rPeaks: Int32Array } {
  const lead = new Float32Array((letters.length + 1) * RATE_HZ);
  const rPeaks = Int32Array.from(letters, (_, i) => (i + 1) * RATE_HZ - RATE_HZ / 2);
  const bump = (at: number, height: number, width: number) => {
    for (let k = -100; k <= 100; k++) {
      const x = k / (width * RATE_HZ);
      lead[at + k]! += height / (1 + x * x * x * x);
    }
  };
  [...letters].forEach((letter, i) => {
    const at = rPeaks[i]!;
    if (letter === '_') return;
    if (letter === 'a') bump(at, 1, 0.015);
    if (letter === 'b') bump(at, 1.2, 0.05);
    if (letter === 'c') bump(at, -1, 0.02);
    bump(at + 60, letter === 'b' ? -0.4 : 0.25, 0.05);
  });
  return { lead, rPeaks };
}

function clusterBeats(
  leads: readonly Float32Array[],
  samplingRateHz: number,
  rPeaks: Int32Array,
  most: number,
) {
  const signal: Signal = {
    samplingRateHz,
    lengthSamples: leads[0]!.length,
    leads: leads.map((millivolts, i) => ({
      name: `ECG${i + 1}`,
      millivolts,
      resolutionMillivolts: 0.005,
      rangeMillivolts: null,
    })),
  };
  return runStages(signal, clusterStages(signal, rPeaks, [...leads.keys()], most));
}

describe('clusters of beats', () => {
  it('are by shape, whatever the size and the fiducial’s place, largest first; flat beats are in none', () => {
    const letters = 'abacaabaa_ccaabaab';
    const { lead, rPeaks } = drawn(letters);
    lead.subarray(0, 4 * RATE_HZ).forEach((value, i) => {
      lead[i] = value * 1.5;
    });
    const off = rPeaks.map((at, i) => at + [0, 4, -4][i % 3]!);
    const { memberOf, clusters } = clusterBeats([lead], RATE_HZ, off, 48);
    expect(clusters).toBe(3);
    const names = { a: 0, b: 1, c: 2, _: NO_CLUSTER } as Record<string, number>;
    // b has four beats, c three.
    expect([...memberOf]).toEqual([...letters].map((letter) => names[letter]));
  });

  it('stay bounded in number and the frequent shapes survive a thousand beats of noise', () => {
    const { lead, rPeaks } = drawn(`${'ab'.repeat(40)}${'n'.repeat(400)}${'ab'.repeat(40)}`);
    let state = 1;
    for (let i = 81 * RATE_HZ; i < 480 * RATE_HZ; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      lead[i]! += state / 2 ** 32 - 0.5;
    }
    const { memberOf, clusters } = clusterBeats([lead], RATE_HZ, rPeaks, 8);
    expect(clusters).toBeLessThanOrEqual(8);
    const first = memberOf.subarray(0, 80);
    const last = memberOf.subarray(480);
    expect(new Set(first.filter((_, i) => i % 2 === 0)).size).toBe(1);
    expect(last.slice(0, -1)).toEqual(first.slice(0, -1));
    expect(first[0]).not.toBe(first[1]);
  });

  it('of no beats are none', () => {
    expect(clusterBeats([new Float32Array(1000)], RATE_HZ, new Int32Array(0), 48).clusters).toBe(0);
  });
});

const folder = dataFolder();
describe.skipIf(folder === null)('clusters of annotated beats', () => {
  it.each([
    ['119', 0.99],
    ['200', 0.93],
    ['233', 0.96],
  ])('of record %s hold beats of one label: purity of V against the rest', (record, purity) => {
    const { recording, annotations } = readMitdb(folder!, record);
    const beats = annotations.filter(({ code }) => isBeatCode(code));
    const { memberOf, clusters } = clusterBeats(
      recording.leads.map(({ millivolts }) => millivolts),
      recording.samplingRateHz,
      Int32Array.from(beats, ({ sample }) => sample),
      48,
    );
    const counts = Array.from({ length: clusters }, () => ({ v: 0, rest: 0 }));
    beats.forEach(({ code }, i) => {
      const count = counts[memberOf[i]!];
      if (count !== undefined) count[code === 'V' ? 'v' : 'rest']++;
    });
    const right = counts.reduce((sum, { v, rest }) => sum + Math.max(v, rest), 0);
    expect(right / beats.length).toBeGreaterThan(purity);
  });
});
