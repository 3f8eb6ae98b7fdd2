import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import type { EcgAnnotation } from '../ecg/recording.ts';
import { evaluate } from './evaluate.ts';
import { UsageError } from './exit.ts';

const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-evaluate-'));
  written.mockClear();
});
afterEach(() => rmSync(folder, { recursive: true }));

const RATE_HZ = 250;

function put(record: string, extension: string, codes: string): void {
  const annotations = [...codes].map(
    (code, i): EcgAnnotation => ({
      sample: (i + 1) * RATE_HZ,
      code,
      subtype: 0,
      channel: 0,
      number: 0,
      text: '',
    }),
  );
  writeFileSync(join(folder, `${record}.${extension}`), writeWfdbAnnotations(annotations));
  writeFileSync(
    join(folder, `${record}.hea`),
    `${record} 1 ${RATE_HZ} 100000\n${record}.dat 16 200 16 0 0 0 0 MLII\n`,
  );
}

const printed = () => written.mock.calls.map(([text]) => String(text)).join('');

describe('kirchhoff evaluate', () => {
  test('adds counts for gross and means figures for average; paced records and such without a test stand apart', async () => {
    put('a', 'atr', 'NNVVNNNNNN');
    put('a', 'kir', 'NNVNNNNNNN');
    put('b', 'atr', 'NNNVNNNVNV');
    put('b', 'kir', 'NNNVNNNVNV');
    put('p', 'atr', 'N/////////');
    put('p', 'kir', 'NVVVVVVVVV');
    put('lonely', 'atr', 'N');
    const out = join(folder, 'evaluation.json');
    expect(await evaluate([folder, '--from', '0', '--out', out])).toBe(0);
    const evaluation = JSON.parse(readFileSync(out, 'utf8'));
    expect(evaluation.gross.V).toEqual({ sensitivity: 4 / 5, positivePredictivity: 1 });
    expect(evaluation.average.V.sensitivity).toBe((1 / 2 + 1) / 2);
    expect(evaluation.gross.qrs).toEqual({ sensitivity: 1, positivePredictivity: 1 });
    expect(evaluation.notCounted).toEqual(['p']);
    expect(evaluation.skipped).toEqual([{ record: 'lonely', why: 'there is no lonely.kir' }]);
    expect(evaluation.gross.ventricularRuns.couplets).toEqual({ sensitivity: 0, positivePredictivity: null });
    expect(evaluation.rules).toMatchObject({ fromSeconds: 0, windowSeconds: 0.15, escapeBeats: 'S' });
    const text = printed();
    expect(text).toMatch(/not the standard’s/);
    expect(text).toMatch(/gross .* 80\.00 +100\.00/);
    expect(text).toContain('In neither gross nor average: p (paced)');
    expect(text).toContain('\nVentricular runs');
    // Nobody marked a rhythm.
    expect(text).not.toContain('Atrial fibrillation (AF)');
  });

  test('leaves the first five minutes out unless told otherwise, and says that nothing is left', async () => {
    put('a', 'atr', 'NNVV');
    put('a', 'kir', 'NNVV');
    await evaluate([folder, '--json']);
    const { gross, beats } = JSON.parse(printed());
    expect(gross.qrs).toEqual({ sensitivity: null, positivePredictivity: null });
    expect(beats.N.N).toBe(0);
  });

  test('refuses what it does not understand, naming it', async () => {
    for (const args of [
      [],
      [folder, folder],
      [folder, '--escape', 'X'],
      [folder, '--from', 'soon'],
      [folder, '--test', '../x'],
    ]) {
      await expect(evaluate(args)).rejects.toThrow(UsageError);
    }
    await expect(evaluate([join(folder, 'none')])).rejects.toThrow('This is not a folder');
    await expect(evaluate([folder])).rejects.toThrow(/No record here/);
  });
});
