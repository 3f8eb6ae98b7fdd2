/** The figures of the card against `kirchhoff evaluate` over the annotation files that stand beside the model. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { evaluate } from '../cli/evaluate.ts';
import type { Evaluation } from '../ecg/evaluation-figures.ts';
import { ec57Schema, TEST_EXTENSION } from './annotation-scoring.ts';
import { cardSources } from './card-sources.ts';
import { dataFolder } from './data-folder.ts';
import { DS2_RECORDS } from './mitdb-split.ts';

const MODEL = resolve(import.meta.dirname, '../../models/ecg-beats');
const data = dataFolder();

describe.skipIf(data === null)('kirchhoff evaluate over the answers on DS2', () => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kirchhoff-ds2-'));
    written.mockClear();
    for (const record of DS2_RECORDS) {
      for (const extension of ['hea', 'atr'])
        copyFileSync(join(data!, 'mitdb', `${record}.${extension}`), join(folder, `${record}.${extension}`));
      const answers = `${record}.${TEST_EXTENSION}`;
      copyFileSync(join(MODEL, 'ds2', answers), join(folder, answers));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function evaluated(...options: string[]): Promise<Evaluation> {
    const out = join(folder, 'figures.json');
    await evaluate([folder, '--out', out, ...options]);
    return JSON.parse(readFileSync(out, 'utf8'));
  }

  it('gives the card’s confusion of the first programmed array over whole records', async () => {
    const { entry } = cardSources(MODEL);
    const { beats } = await evaluated('--from', '0', '--escape', 'N');
    const { labels, rows } = entry.confusion;
    expect(labels.map((row) => labels.map((column) => beats[row as 'N'][column as 'N']))).toEqual(rows);
  });

  it('gives the card’s figures by EC57, gross, average and of every record', async () => {
    const { entry } = cardSources(MODEL);
    const { rules, gross, average, records } = await evaluated();
    expect(ec57Schema.parse({ statements: rules.statements, gross, average, records })).toEqual(entry.ec57);
  });
});
