/** The figures of the card against `kirchhoff evaluate` over the annotation files that stand beside the model. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { evaluate } from '../cli/evaluate.ts';
import type { Evaluation } from '../ecg/evaluation-figures.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import { type Episode, scoreEpisodes } from '../ecg/scoring-episodes.ts';
import { RandomStream } from '../numeric/random.ts';
import {
  beatAnnotations,
  compareWith,
  ec57Schema,
  rhythmAnnotations,
  TEST_EXTENSION,
} from './annotation-scoring.ts';
import { cardSources } from './card-sources.ts';
import { dataFolder, readMitdb } from './data-folder.ts';
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

describe.skipIf(data === null)('the detector on a record of DS1', () => {
  it('has the counts that were logged, as annotations scored by kirchhoff evaluate', () => {
    const { figures } = JSON.parse(readFileSync(resolve(MODEL, '../ecg-qrs/figures.json'), 'utf8'));
    const { recording, annotations } = readMitdb(data!, '108');
    const found = beatAnnotations(detectQrs(recording, assessQuality(recording)), null);
    const reference = { record: '108', ...recording, annotations };
    expect(compareWith(reference, found, { fromSeconds: 0 }).detection).toEqual(figures.ds1.records['108']);
  });
});

describe('rhythm as annotations', () => {
  const samplingRateHz = 100;
  const lengthSamples = 3600 * samplingRateHz;
  const random = new RandomStream({ seed: 5, words: [0, 0, 0] });
  const episodes = (count: number): Episode[] =>
    Array.from({ length: count }, (_, i) => {
      const start = Math.round(((i + 0.6 * random.uniform()) * lengthSamples) / count);
      return { start, end: start + 1 + random.integer(Math.round((0.4 * lengthSamples) / count)) };
    });

  it('scores as the episodes themselves do', () => {
    for (let round = 0; round < 20; round++) {
      const [af, found, vf, fibrillation] = [episodes(5), episodes(7), episodes(3), episodes(4)];
      const reference = {
        record: 'made',
        samplingRateHz,
        lengthSamples,
        annotations: rhythmAnnotations(af, vf),
      };
      const scoring = { samplingRateHz, lengthSamples, fromSeconds: 300 };
      const compared = compareWith(reference, rhythmAnnotations(found, fibrillation), {});
      expect(compared.atrialFibrillation).toEqual(scoreEpisodes(af, found, scoring));
      expect(compared.ventricularFibrillation).toEqual(scoreEpisodes(vf, fibrillation, scoring));
    }
  });
});
