import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dicomFilm } from '../../test/dicom-film.ts';
import { resourcePath } from '../service/resources.ts';
import { type ResultLine, resultLineSchema } from './result-line.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-analyze-images-'));
  mkdirSync(join(folder, 'in', 'ward'), { recursive: true });
  writeFileSync(join(folder, 'in', 'adult.dcm'), dicomFilm({ studyUid: '2.25.1', patientAge: '061Y' }));
  // A picture by its content alone, and a preview of one.
  copyFileSync(resourcePath('samples', 'cxr-child-normal-1.jpeg'), join(folder, 'in', 'film'));
  const preview = { width: 20, height: 20, channels: 1, depth: 8, data: new Uint8Array(400) } as const;
  writeFileSync(join(folder, 'in', 'preview.png'), encode(preview));
  writeFileSync(join(folder, 'in', 'ward', 'cut.dcm'), dicomFilm({ studyUid: '2.25.2' }).subarray(0, 9000));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function analyze(out: string, ...more: string[]): { code: number | null; lines: ResultLine[]; said: string } {
  const script = resolve(import.meta.dirname, 'main.ts');
  const args = [
    script,
    'analyze',
    join(folder, 'in'),
    '--out',
    join(folder, out),
    '--format',
    'json,pdf,wfdb',
    ...more,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { code: status, lines: lines.map((line) => resultLineSchema.parse(JSON.parse(line))), said: stderr };
}

it('reads images in folders beside a broken one, writes their reports, and the same bytes again', () => {
  const first = analyze('first');
  expect(first.code).toBe(1);
  expect(first.lines.map(({ input, kind, status }) => [input, kind, status])).toEqual([
    ['adult.dcm', 'image', expect.stringMatching(/analysed|refused/)],
    ['film', 'image', 'analysed'],
    ['ward/cut.dcm', 'image', 'error'],
  ]);
  expect(first.said).toMatch(/^1 picture passed over: .*64 pixels/);
  expect(first.lines[1]!.findings).toMatchObject([{ recommendation: 'review' }]);
  expect(first.lines[2]!.error).toMatchObject({
    code: 'file-truncated',
    at: expect.stringContaining('cut.dcm'),
  });
  const report = JSON.parse(readFileSync(join(folder, 'first', 'adult.dcm.json'), 'utf8'));
  expect(report).toMatchObject({
    patient: { name: 'Zyxgrove, Wilmo', ageYears: 61 },
    studiedAt: '2026-01-10T08:30:00',
  });
  const second = analyze('second', '--jobs', '1');
  expect(second.lines).toEqual(first.lines);
  for (const name of ['adult.dcm.json', 'adult.dcm.pdf', 'results.jsonl']) {
    expect(readFileSync(join(folder, 'second', name))).toEqual(readFileSync(join(folder, 'first', name)));
  }
});
