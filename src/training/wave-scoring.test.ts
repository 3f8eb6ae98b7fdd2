/** The logged figures of waves against `kirchhoff evaluate` over annotation files of the same records. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { evaluate } from '../cli/evaluate.ts';
import { delineate } from '../ecg/delineation.ts';
import type { Evaluation } from '../ecg/evaluation-figures.ts';
import { writeWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { WAVE_KINDS } from '../ecg/scoring-waves.ts';
import { dataFolder } from './data-folder.ts';
import { lastIntervalsEntry } from './intervals-card.ts';
import { LUDB_TUNING_RECORDS, readLudb } from './ludb.ts';
import { foundInLead, waveAnnotations } from './wave-scoring.ts';

const data = dataFolder();

describe('waves as annotations', () => {
  it('stand one after another: one that runs into the next ends where that begins', () => {
    const p = { onset: 10, peak: 20, end: 33 };
    const qrs = { onset: 30, peak: 40, end: 50 };
    const written = waveAnnotations([
      { p, qrs, t: { onset: 60, peak: 90, end: 130 } },
      { p: { onset: 120, peak: 140, end: 150 }, qrs: null, t: { onset: 160, peak: 190, end: 230 } },
      { p: { onset: 180, peak: 200, end: 210 }, qrs: null, t: null },
    ]);
    expect(written.map(({ sample, code }) => `${sample}${code}`).join(' ')).toBe(
      '10( 20p 30) 30( 40N 50) 60( 90t 120) 120( 140p 150) 160( 190t 190) 190( 200p 210)',
    );
  });
});

describe.skipIf(data === null)('kirchhoff evaluate over the odd half of LUDB', () => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kirchhoff-ludb-'));
    written.mockClear();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('prints the figures that were logged, every lead of every record a file of its own', async () => {
    for (const number of LUDB_TUNING_RECORDS) {
      const record = readLudb(data!, number);
      if (record.paced) continue;
      const { recording } = record;
      const { beats } = delineate(recording, detectQrs(recording, assessQuality(recording)));
      for (const [lead, marks] of record.annotations.entries()) {
        const name = join(folder, `${number}-${lead}`);
        writeFileSync(`${name}.atr`, writeWfdbAnnotations(marks));
        writeFileSync(`${name}.kir`, writeWfdbAnnotations(foundInLead(record, beats, lead)));
        writeFileSync(
          `${name}.hea`,
          `${number}-${lead} 1 ${recording.samplingRateHz} ${recording.lengthSamples}\n${number}.dat 16 1000 16 0 0 0 0 ${lead}\n`,
        );
      }
    }
    const out = join(folder, 'figures.json');
    await evaluate([folder, '--from', '0', '--out', out]);
    const { waves }: Evaluation = JSON.parse(readFileSync(out, 'utf8'));
    const { tuning } = lastIntervalsEntry().figures;
    const text = written.mock.calls.map(([part]) => String(part)).join('');
    for (const kind of WAVE_KINDS) {
      const { sensitivity, positivePredictivity, found, missed, ...limits } = waves[kind];
      expect({ sensitivity, positivePredictivity, marked: found + missed }).toEqual(tuning.waves[kind]);
      for (const limit of ['onset', 'end'] as const) {
        const { count, meanMs, standardDeviationMs } = limits[limit];
        const logged = tuning.fiducials[`${kind} ${limit}`]!;
        expect(count).toBe(logged.count);
        // Sums over leads and records in another order.
        expect(meanMs).toBeCloseTo(logged.meanMs, 9);
        expect(standardDeviationMs).toBeCloseTo(logged.deviationMs, 9);
        expect(text).toContain(`${logged.meanMs.toFixed(1)}  ${logged.deviationMs.toFixed(1).padStart(4)}`);
      }
    }
  }, 120_000);
});
