import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { classifyWindows } from '../diagnosis/ecg-rhythm/classify-windows.ts';
import { openedInMemory } from '../ecg/formats/opened-recording.ts';
import { readWfdb } from '../ecg/formats/wfdb/record.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { mergeSpans } from '../ecg/rhythm/fibrillation.ts';
import { prepareSegment, rhythmSegments } from '../ecg/rhythm/segments.ts';
import { dataFolder, readMitdb } from '../training/data-folder.ts';
import { analyseRhythm, type SegmentAnswer, type SegmentWork } from './analyse-rhythm.ts';
import { rhythmArray } from './rhythm-model.ts';

const folder = dataFolder();
const device = deviceSettingsSchema.parse({});

/** What a worker does. */
function answerOf({ segment, millivolts, samplingRateHz, rPeaks }: SegmentWork): SegmentAnswer {
  const { model, state } = rhythmArray(device);
  const prepared = prepareSegment(segment, millivolts, samplingRateHz, rPeaks);
  const batch = { firstWindow: segment.firstWindow, ...prepared };
  return {
    windows: classifyWindows(state, model.calibration, batch, device),
    pSteadiness: prepared.pSteadiness,
    fibrillation: prepared.fibrillation,
    conduction: prepared.conduction,
  };
}

async function rhythmOf(recording: EcgRecording, atOnce: number, delayed = false) {
  const quality = assessQuality(recording);
  const rPeaks = detectQrs(recording, quality);
  return analyseRhythm(
    openedInMemory(recording),
    { leads: quality.leads, rPeaks, paced: false },
    device.samples,
    atOnce,
    async (work) => {
      // Later segments first.
      if (delayed) await new Promise((resolve) => setTimeout(resolve, 200 - work.segment.firstWindow));
      return answerOf(work);
    },
  );
}

describe.skipIf(folder === null)('rhythm of long recordings', () => {
  it('finds the atrial fibrillation of record 219, the same bits however segments are shared out', async () => {
    const { recording } = readMitdb(folder!, '219');
    const one = await rhythmOf(recording, 1);
    expect(await rhythmOf(recording, 4, true)).toEqual(one);
    expect(one.windows.startSample).toHaveLength(1 + Math.ceil((recording.lengthSamples / 360 - 30) / 10));
    // By the reference, 79 % of the record.
    expect(one.afBurden!.fraction).toBeGreaterThan(0.6);
    expect(one.afBurden!.interval90!.low).toBeLessThanOrEqual(one.afBurden!.fraction);
    expect(one.fibrillation).toEqual([]);
  });

  it('finds none in sinus rhythm, and the ventricular flutter of record 207', async () => {
    expect((await rhythmOf(readMitdb(folder!, '100').recording, 1)).atrialFibrillation).toEqual([]);
    const { fibrillation } = await rhythmOf(readMitdb(folder!, '207').recording, 1);
    const seconds = fibrillation.reduce((sum, span) => sum + (span.endSample - span.startSample) / 360, 0);
    // By the reference, six episodes of 144 s in all.
    expect(seconds).toBeGreaterThan(70);
    expect(seconds).toBeLessThan(150);
  });

  it.each(['118e_6', '119e_6'])(
    'takes no electrode motion for ventricular flutter (%s: noise at -6 dB)',
    (record) => {
      const read = (name: string) => new Uint8Array(readFileSync(join(folder!, 'nstdb', name)));
      const recording = readWfdb(`${record}.hea`, read);
      const segments = rhythmSegments(recording, assessQuality(recording).leads);
      const windows = segments.flatMap((segment) => {
        const { millivolts } = recording.leads[segment.lead]!;
        const part = millivolts.slice(segment.startSample, segment.endSample);
        return prepareSegment(segment, part, recording.samplingRateHz, new Int32Array(0)).fibrillation;
      });
      expect(mergeSpans(windows, recording.samplingRateHz)).toEqual([]);
    },
  );

  it('says nothing of a paced recording but that it is paced', async () => {
    const { recording } = readMitdb(folder!, '102');
    const found = { leads: assessQuality(recording).leads, rPeaks: new Int32Array(0), paced: true };
    const signal = await analyseRhythm(openedInMemory(recording), found, device.samples, 1, async (work) =>
      answerOf(work),
    );
    expect(signal).toMatchObject({ paced: true, atrialFibrillation: [], afBurden: null });
    expect(signal.windows.startSample).toHaveLength(0);
  });
});
