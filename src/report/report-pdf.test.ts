import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DECISION_SUPPORT_NOTICE, RHYTHM_NOT_ASSESSED } from '../contract/ecg.ts';
import type { EcgIntervals } from '../contract/intervals.ts';
import { RHYTHM_LIMITS } from '../contract/rhythm.ts';
import { pacedFinding } from '../diagnosis/ecg-beats/findings.ts';
import { readReportFonts } from './fonts.ts';
import { renderReportPdf } from './report-pdf.ts';
import { POINTS_PER_MILLIMETRE } from './sheet.ts';
import { type DrawnPage, readPdf } from './test-pdf.ts';
import { type TestStudyChanges, testStudy } from './test-study.ts';

const fonts = readReportFonts(join(import.meta.dirname, 'fonts'));

async function pagesOf(changes: TestStudyChanges = {}): Promise<DrawnPage[]> {
  return readPdf(await renderReportPdf(testStudy(changes), fonts));
}

const words = (page: DrawnPage) => page.texts.join(' ').replaceAll('\u202f', ' ');
const wholeText = (pages: DrawnPage[]) => pages.map(words).join(' ');

/** Colour of a path as pdfkit writes it: components of 255 in up to six places. */
function sameColour(written: string, hex: string): boolean {
  const wanted = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const got = written.split(' ').map(Number);
  return wanted.every((value, i) => Math.abs(value - got[i]) < 0.002);
}

function strokesIn(pages: DrawnPage[], hex: string) {
  return pages.flatMap((page) => page.strokes).filter((stroke) => sameColour(stroke.colour, hex));
}

const TRACE = '#10151a';
const MINOR = '#f8d7d9';
const MAJOR = '#eaa9ad';

describe('PDF report', () => {
  it('has the same bytes for the same study, and others for another', async () => {
    const hash = async (changes: TestStudyChanges) =>
      createHash('sha256')
        .update(await renderReportPdf(testStudy(changes), fonts))
        .digest('hex');
    const first = await hash({});
    expect(await hash({})).toBe(first);
    expect(await hash({ patient: { id: 'MRN 004-118' } })).not.toBe(first);
    expect(await hash({ paper: 'Letter' })).not.toBe(first);
  });

  it('dates nothing by the clock and is tagged, in English, with a title', async () => {
    const file = Buffer.from(await renderReportPdf(testStudy(), fonts)).toString('latin1');
    expect(file.match(/\(D:[^)]*\)/g)).toEqual(['(D:19700101000000Z)', '(D:19700101000000Z)']);
    expect(file).toContain('/Marked true');
    expect(file).toContain('/Lang (en)');
    expect(file).toContain('(ECG report, record synthetic-1)');
    expect(file).toMatch(/\/S \/Figure\n\/Alt \(ECG strip, leads MLII, V5/);
  });

  it("says what the reader measured with the machine's value beside it", async () => {
    const said = (value: number) => ({
      value,
      interval90: { low: value - 18, high: value + 18 },
      beats: 30,
      recommendation: 'accept' as const,
      why: [],
    });
    const intervals: EcgIntervals = {
      beats: 30,
      dominantBeats: 30,
      rrMs: said(840),
      pDurationMs: said(104),
      prMs: said(158),
      qrsMs: said(96),
      qtMs: said(398),
      qtcMs: { bazett: said(434), fridericia: said(422), framingham: said(423) },
      axesDegrees: { p: null, qrs: said(41), t: null },
      leads: [],
      medianBeat: { samplingRateHz: 360, rPeak: 108, millivolts: [new Float32Array(300)] },
      placement: { verdict: 'plausible' },
      notes: [],
    };
    const reader = { limits: { tEnd: 412.5, pOnset: null }, prMs: null, qtMs: 461.4, qtcFridericiaMs: 489 };
    const text = wholeText(await pagesOf({ intervals: { ...intervals, measuredByReader: reader } }));
    expect(text).toContain('PR not seen (158)');
    expect(text).toContain('QT 461 ms (398)');
    expect(text).toMatch(/QTc \(Fridericia\)\s+489\s+ms\s+\(422\)/);
    expect(text).toMatch(/QTc \(Fridericia\) 489 ms, long,\s+measured\s+by the reader/);
    expect(text).toContain('QRS 96 ms (78 to 114)');
    expect(wholeText(await pagesOf({ intervals }))).not.toContain('By the reader');
  });

  it("lists marks and notes that came with the recording, the patient's first, and shows where they are", async () => {
    const events = [
      { atSeconds: 30, durationSeconds: 12.5, text: 'Climbed stairs, σκάλες' },
      { atSeconds: 301.2, durationSeconds: null, text: 'Patient event' },
    ];
    const pages = await pagesOf({ study: { events } });
    const text = wholeText(pages);
    expect(text).toMatch(/Patient event\s+0:00:30\.0/);
    expect(text).toContain('Climbed stairs, σκάλες');
    expect(text).toContain('12.5 s');
    expect(text).toContain('Patient’s mark: Patient event');
    const without = wholeText(await pagesOf({ study: { events: [] } }));
    expect(without).not.toContain('Marks and notes');
  });

  it.each(['A4', 'Letter'] as const)(
    'says on every %s page who, which record, which page, and the notice',
    async (paper) => {
      const pages = await pagesOf({ paper });
      expect(pages.length).toBeGreaterThan(3);
      pages.forEach((page, i) => {
        expect(page.texts).toContain('Ada Sánchez-Łukasik');
        expect(page.texts).toContain('ID MRN 004-117');
        expect(page.texts).toContain('Record synthetic-1');
        expect(page.texts).toContain(`Page ${i + 1} of ${pages.length}`);
        expect(page.texts).toContain(DECISION_SUPPORT_NOTICE);
      });
    },
  );

  it('answers on page one', async () => {
    const text = words((await pagesOf())[0]);
    expect(text).toContain('Preliminary: not yet confirmed by a clinician');
    expect(text).toContain('98.7 % of 10 minutes analysable; lead off: V5 18 seconds');
    expect(text).toContain('Pause of 3.4 s at 0:04:33 (09:18:33); 1 more urgent below');
    expect(text).toMatch(/\d+\/min lowest, \d+\/min mean, \d+\/min highest/);
    expect(text).toMatch(/Ventricular [\d.]+ % \(90 % interval [\d.]+ % to [\d.]+ %\)/);
    expect(text).toContain(RHYTHM_NOT_ASSESSED);
  });

  it('goes through the urgent list, and gives the Holter table, hours and heart rate over time', async () => {
    const text = wholeText(await pagesOf({ rhythm: true })).replace(/ +/g, ' ');
    expect(text).toMatch(/Pause of 3\.0 s or more FOUND 1 pause, longest 3\.4 s/);
    expect(text).toMatch(/Pre-excitation not judged/);
    expect(text).toMatch(/Runs of 3 to 5; of 6 or more 0; 1/);
    expect(text).toContain('1 of 2.0 s or more, 1 of 2.5 s or more, 1 of 3.0 s or more; longest RR 3.42 s');
    expect(text).toContain('Heart rate over time');
    expect(text).toMatch(/Clock Heart rate, lowest mean highest .*09:00 51 72 130/);
  });

  it('gives rhythm by time, the share of atrial fibrillation and its episodes', async () => {
    const pages = await pagesOf({ rhythm: true });
    const first = words(pages[0]);
    expect(first).toMatch(/Rhythm\s+Sinus rhythm 86\.7 %; Atrial fibrillation or flutter 13\.3 %/);
    expect(first).toContain(RHYTHM_LIMITS.slice(0, 44));
    expect(first).not.toContain(RHYTHM_NOT_ASSESSED);
    const text = wholeText(pages);
    expect(text).toMatch(
      /13\.3 % of the judged time, 90 % interval 13\.3 % to 14\.7 %, longest 1\s+minute\s+20/,
    );
    expect(text).toMatch(/88\.0 % \(83\.0 %\s+to\s+93\.0 %\)/);
  });

  it('says who confirmed it', async () => {
    const confirmed = { by: 'dr.okafor', at: '2026-03-02T15:04:05.120Z' };
    const text = words((await pagesOf({ study: { status: 'confirmed', confirmed } }))[0]);
    expect(text).toContain('Confirmed by dr.okafor, 2026-03-02 15:04:05 UTC');
    expect(text).not.toContain('Preliminary');
  });

  it('gives all hashes in full, the array, the seeds and the corrections', async () => {
    const text = wholeText(await pagesOf());
    for (const part of [
      '5f'.repeat(32),
      'a3'.repeat(32),
      '9c41'.repeat(16),
      '0d7e'.repeat(16),
      'be12'.repeat(16),
    ]) {
      expect(text).toContain(part);
    }
    for (const part of [
      'pcm-nandakumar-2019',
      '1 day (86 400 s)',
      'Programming seed',
      'temperature-ds1',
      'conv3',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('variational posterior');
    expect(text).toContain('relabelled N (machine: S)');
    expect(text).toContain('added as V');
    expect(text).toContain('deleted');
  });

  it('gives a refused study one page with the reason and no figures', async () => {
    const why = 'Pacing spikes before 92 % of beats.';
    const pages = await pagesOf({
      study: {
        status: 'refused',
        headline: 'Paced rhythm: beats are not classified',
        findings: [pacedFinding(why), ...testStudy().study.findings],
      },
    });
    expect(pages).toHaveLength(1);
    const text = words(pages[0]);
    expect(text).toContain('Not analysed: refused');
    expect(text).toContain(why);
    expect(text).toContain(DECISION_SUPPORT_NOTICE);
    for (const word of ['Heart rate', 'Urgent', 'ectopic burden', 'ventricular run', 'couplet'])
      expect(text).not.toContain(word);
  });
});

describe('strips at true scale', () => {
  it.each(['A4', 'Letter'] as const)('on %s, paper lines lie 1 mm and 5 mm apart', async (paper) => {
    const pages = await pagesOf({ paper });
    for (const [colour, millimetres] of [
      [MINOR, 1],
      [MAJOR, 5],
    ] as const) {
      const grids = strokesIn(pages, colour);
      expect(grids.length).toBeGreaterThan(2);
      for (const grid of grids) {
        for (const axis of ['x', 'y'] as const) {
          const lines = grid.subpaths.filter(([a, b]) => a[axis] === b[axis]).map(([a]) => a[axis]);
          expect(lines.length).toBeGreaterThan(5);
          lines.slice(1).forEach((line, i) => {
            // Coordinates are rounded to 0.01 pt, which is 3.5 µm.
            expect(Math.abs(line - lines[i] - millimetres * POINTS_PER_MILLIMETRE)).toBeLessThan(0.011);
          });
        }
      }
    }
  });

  it('draws 1 mV as 10 mm and 1 s as 25 mm, and the calibration pulse alike', async () => {
    const rate = testStudy().study.samplingRateHz;
    const square = (_: number, sample: number) => (Math.floor((2 * sample) / rate) % 2 === 0 ? 0 : 1);
    const strokes = strokesIn(await pagesOf({ signal: square }), TRACE);
    const traces = strokes.filter((stroke) => stroke.subpaths[0].length > 1000);
    const pulses = strokes.filter((stroke) => stroke.subpaths[0].length === 6);
    expect(traces.length).toBeGreaterThan(3);
    expect(pulses).toHaveLength(traces.length);
    for (const { subpaths } of traces) {
      const points = subpaths[0];
      const heights = points.map((point) => point.y);
      const height = Math.max(...heights) - Math.min(...heights);
      expect(height / POINTS_PER_MILLIMETRE).toBeCloseTo(10, 1);
      const rises = points.filter((point, i) => i > 0 && point.y < points[i - 1].y - 20);
      rises.slice(1).forEach((rise, i) => {
        expect((rise.x - rises[i].x) / POINTS_PER_MILLIMETRE).toBeCloseTo(25, 1);
      });
      expect(rises.length).toBeGreaterThan(4);
    }
    for (const { subpaths } of pulses) {
      const [, low, high, highEnd] = subpaths[0];
      expect((low.y - high.y) / POINTS_PER_MILLIMETRE).toBeCloseTo(10, 1);
      expect((highEnd.x - high.x) / POINTS_PER_MILLIMETRE).toBeCloseTo(5, 1);
    }
  });

  it('never leaves the title of the strips alone on a page', async () => {
    // Of every height, so that the section falls on the end of a page at some of them.
    for (const millivolts of [0.5, 1.5, 2.5]) {
      const tall = (_: number, sample: number) => (sample % 360 < 10 ? millivolts : 0);
      for (const page of await pagesOf({ signal: tall })) {
        if (page.texts.includes('Representative strips'))
          expect(strokesIn([page], MAJOR).length).toBeGreaterThan(0);
      }
    }
  });

  it('breaks the trace where there is no value', async () => {
    const rate = testStudy().study.samplingRateHz;
    const gappy = (_: number, sample: number) => (sample % rate < rate / 4 ? Number.NaN : 0.2);
    const traces = strokesIn(await pagesOf({ signal: gappy }), TRACE).filter(
      (stroke) => stroke.subpaths[0].length > 20,
    );
    expect(traces.length).toBeGreaterThan(3);
    const oneSample = (25 / rate) * POINTS_PER_MILLIMETRE;
    for (const { subpaths } of traces) {
      expect(subpaths.length).toBeGreaterThan(5);
      for (const points of subpaths) {
        points.slice(1).forEach((point, i) => {
          expect(point.x - points[i].x).toBeLessThan(oneSample + 0.02);
        });
      }
    }
  });

  it('says so where a lead has no value in the whole strip', async () => {
    const text = wholeText(await pagesOf({ signal: (lead) => (lead === 1 ? Number.NaN : 0) }));
    expect(text).toContain('no signal');
  });
});

describe('hostile text', () => {
  const REPLACED = 'stands for a character that the fonts of this report do not have';

  it.each([
    ['Hebrew', 'שלום כהן (72)'],
    ['Arabic', 'محمد ٢٤'],
    ['Chinese', '王小明'],
    ['emoji', '👩🏽‍⚕️ Ann'],
    ['controls', 'A\u0000B\u0007C\u001b[31mD\u202eE'],
    ['lone surrogate', 'A\ud800B'],
  ])('shows a mark and a note for %s instead of nothing', async (_, name) => {
    const pages = await pagesOf({ patient: { name } });
    for (const page of pages) {
      expect(words(page)).toContain(REPLACED);
      const drawn = page.texts.filter((text) => text.includes('\ufffd'));
      expect(drawn.length).toBeGreaterThan(1);
    }
  });

  it('has neither mark nor note where every character is there', async () => {
    const pages = await pagesOf({ patient: { name: 'Đorđe Žižek, Ελένη Σπύρου, Елена Щукина' } });
    expect(wholeText(pages)).not.toContain('\ufffd');
    expect(words(pages[0])).toContain('Đorđe Žižek, Ελένη Σπύρου, Елена Щукина');
  });

  it('wraps 300 characters without a space, whole, and cuts them at the foot', async () => {
    const name = 'Wolfeschlegelsteinhausen'.repeat(13).slice(0, 300);
    const pages = await pagesOf({
      patient: { name, id: 'x'.repeat(300) },
      study: { recordName: 'r'.repeat(300) },
    });
    expect(pages[0].texts.join('')).toContain(name);
    for (const [i, page] of pages.entries()) {
      expect(page.texts).toContain(`Page ${i + 1} of ${pages.length}`);
      expect(page.texts.some((text) => text.startsWith('Wolfe') && text.endsWith('…'))).toBe(true);
    }
  });

  it('cuts a name of a hundred thousand characters instead of running off the page', async () => {
    const pages = await pagesOf({ patient: { name: 'Ann '.repeat(25_000) } });
    expect(pages.length).toBeLessThan(8);
    expect(pages[0].texts.filter((text) => text.startsWith('Ann Ann')).length).toBeLessThan(15);
    expect(words(pages[0])).toContain('Findings');
  });

  it('takes an empty name, no leads and a recording shorter than a strip', async () => {
    const input = testStudy({ patient: { name: '', id: '' } });
    const samples = 2 * input.study.samplingRateHz;
    const pages = readPdf(
      await renderReportPdf(
        { ...input, study: { ...input.study, lengthSamples: samples, durationSeconds: 2 } },
        fonts,
      ),
    );
    expect(words(pages[0])).toContain('Name not recorded');
    const bare = { ...input.study, leads: [], summary: { ...input.study.summary!, leads: [] } };
    expect(await renderReportPdf({ ...input, study: bare }, fonts)).toBeInstanceOf(Uint8Array);
  });
});
