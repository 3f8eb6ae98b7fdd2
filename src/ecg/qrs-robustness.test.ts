import { describe, expect, it } from 'vitest';
import { sharedDataFolder } from '../../test/shared-data.ts';
import { readMitdb } from '../training/data-folder.ts';
import { butterworth, filterZeroPhase } from './filtering.ts';
import { detectQrs } from './qrs.ts';
import { candidateFeatures, TraceView } from './qrs-candidates.ts';
import { beatsByHeight, maximaOf, type Peaks, peaksOf } from './qrs-evidence.ts';
import { assessQuality } from './quality.ts';
import type { EcgRecording } from './recording.ts';
import { matchBeats, referenceBeats } from './scoring.ts';

const shared = sharedDataFolder();
const SECONDS = 120;

/** Two minutes of a record of DS1 (or a paced one), from 5 min on, with its reference beats. */
function excerpt(record: string, lead?: number): { recording: EcgRecording; beats: number[] } {
  const { recording, annotations } = readMitdb(shared!, record);
  const from = 300 * recording.samplingRateHz;
  const length = SECONDS * recording.samplingRateHz;
  const leads = lead === undefined ? recording.leads : recording.leads.slice(lead, lead + 1);
  return {
    recording: {
      ...recording,
      lengthSamples: length,
      leads: leads.map((one) => ({ ...one, millivolts: one.millivolts.slice(from, from + length) })),
    },
    beats: referenceBeats(annotations)
      .map(({ sample }) => sample - from)
      .filter((sample) => sample >= 0 && sample < length),
  };
}

const withLeads = (recording: EcgRecording, change: (signal: Float32Array) => Float32Array): EcgRecording => {
  const leads = recording.leads.map((lead) => ({
    ...lead,
    millivolts: change(lead.millivolts),
    rangeMillivolts: null,
  }));
  return { ...recording, leads, lengthSamples: leads[0]!.millivolts.length };
};

const detect = (recording: EcgRecording) => detectQrs(recording, assessQuality(recording));

function expectFound(
  recording: EcgRecording,
  beats: readonly number[],
  share = 0.985,
  positivePredictivity = share,
): Int32Array {
  const found = detect(recording);
  const { pairs } = matchBeats(beats, found, 0.15, recording.samplingRateHz);
  expect(pairs.length / beats.length).toBeGreaterThanOrEqual(share);
  expect(pairs.length / found.length).toBeGreaterThanOrEqual(positivePredictivity);
  return found;
}

/** At another sampling rate, by straight lines between samples after a low-pass where the rate falls. */
function resampled({ recording, beats }: ReturnType<typeof excerpt>, rateHz: number) {
  const ratio = recording.samplingRateHz / rateHz;
  const changed = withLeads(recording, (signal) => {
    const smooth =
      ratio > 1
        ? filterZeroPhase(signal, [butterworth('low-pass', 0.4 * rateHz, recording.samplingRateHz)])
        : signal;
    return Float32Array.from({ length: Math.floor(signal.length / ratio) }, (_, i) => {
      const at = i * ratio;
      const left = Math.floor(at);
      const right = Math.min(smooth.length - 1, left + 1);
      return smooth[left]! + (smooth[right]! - smooth[left]!) * (at - left);
    });
  });
  return { recording: { ...changed, samplingRateHz: rateHz }, beats: beats.map((sample) => sample / ratio) };
}

describe.skipIf(shared === null)('QRS detector on real records so transformed', () => {
  const records = ['101', '119', '122', '208'] as const;

  it.each(records)('%s as it is, and upside down', (record) => {
    const { recording, beats } = excerpt(record);
    const upright = expectFound(recording, beats, 0.97);
    const inverted = detect(withLeads(recording, (signal) => signal.map((value) => -value)));
    expect(Array.from(inverted)).toEqual(Array.from(upright));
  });

  // In 101 a T wave stands there already; one in eight of what is found is then a T wave.
  it.each([
    ['101', 0.87],
    ['122', 0.98],
    ['215', 0.98],
  ])('%s with T waves made taller than R, in one lead alone', (record, positivePredictivity) => {
    const { recording, beats } = excerpt(record, 0);
    const changed = withLeads(recording, (signal) => {
      const out = signal.slice();
      for (const beat of beats) {
        let height = 0;
        for (let i = beat - 20; i <= beat + 20; i++) height = Math.max(height, Math.abs(signal[i] ?? 0));
        const next = beats.find((other) => other > beat) ?? beat + 300;
        // As long as the interval allows; 1.3 times the complex.
        const centre = beat + Math.min(0.3 * 360, 0.45 * (next - beat));
        const width = Math.min(0.07 * 360, 0.12 * (next - beat));
        for (let i = Math.round(centre - 3 * width); i <= centre + 3 * width; i++)
          if (i >= 0 && i < out.length) out[i]! += 1.3 * height * Math.exp(-(((i - centre) / width) ** 2));
      }
      return out;
    });
    expectFound(changed, beats, 0.98, positivePredictivity);
  });

  it.each([0, Number.NaN])('101 with 20 s of %s in the middle of all leads', (value) => {
    const { recording, beats } = excerpt('101');
    const changed = withLeads(recording, (signal) => signal.slice().fill(value, 50 * 360, 70 * 360));
    const clear = beats.filter((beat) => beat < 49 * 360 || beat > 71 * 360);
    const found = detect(changed);
    const { pairs } = matchBeats(clear, found, 0.15, 360);
    expect(pairs.length / clear.length).toBeGreaterThanOrEqual(0.985);
    expect(found.filter((at) => at > 50.3 * 360 && at < 69.7 * 360)).toHaveLength(0);
  });

  it('101 with NaN strewn over it, a tenth of all samples', () => {
    const { recording, beats } = excerpt('101');
    const changed = withLeads(recording, (signal) =>
      signal.map((value, i) => ((i * 7919) % 1000 < 100 ? Number.NaN : value)),
    );
    expectFound(changed, beats, 0.98);
  });

  it('finds nothing where there is no QRS: the drift of record 108 alone, and a flat line', () => {
    const { recording } = excerpt('108');
    const drift = withLeads(recording, (signal) =>
      filterZeroPhase(signal, [butterworth('low-pass', 0.7, 360), butterworth('low-pass', 0.7, 360)]),
    );
    expect(detect(drift)).toHaveLength(0);
    expect(detect(withLeads(recording, (signal) => signal.slice().fill(0)))).toHaveLength(0);
  });

  it.each(records)('the first and the last beat of %s', (record) => {
    const { recording, beats } = excerpt(record);
    const [first, last] = [beats[2]! - 54, beats[beats.length - 3]! + 54];
    const changed = withLeads(recording, (signal) => signal.slice(first, last));
    const found = detect(changed);
    expect(Math.abs(found[0]! - 54)).toBeLessThan(0.15 * 360);
    expect(Math.abs(found[found.length - 1]! - (last - first - 54))).toBeLessThan(0.15 * 360);
  });

  it.each(['102', '217'])('paced record %s', (record) => {
    const { recording, beats } = excerpt(record);
    expectFound(recording, beats, 0.98);
  });

  it.each([100, 128, 200, 250, 500, 1000])('at %s Hz', (rateHz) => {
    const { recording, beats } = resampled(excerpt('119'), rateHz);
    expectFound(recording, beats, 0.985);
  });

  it('takes what another lead shows while one is noise', () => {
    const { recording, beats } = excerpt('119');
    let state = 1;
    const noise = recording.leads[0]!.millivolts.map(() => {
      state = (state * 48271) % 2147483647;
      return 2 * (state / 2147483647 - 0.5);
    });
    const leads = [{ ...recording.leads[0]!, millivolts: noise }, recording.leads[1]!];
    expectFound({ ...recording, leads }, beats, 0.97);
  });

  it('looks at each peak a fixed number of times, however long the recording is', () => {
    const { recording } = excerpt('203');
    // Small beats everywhere with large ones far apart make the longest searches in gaps.
    const hard = withLeads(recording, (signal) => signal.map((v, i) => v * (i % 20_000 < 4_000 ? 1 : 0.1)));
    const looks = (times: number) => {
      const long = withLeads(hard, (signal) => {
        const out = new Float32Array(signal.length * times);
        for (let copy = 0; copy < times; copy++) out.set(signal, copy * signal.length);
        return out;
      });
      const quality = assessQuality(long);
      const view = new TraceView(
        long,
        quality.leads.map(({ secondState }) => secondState),
        0,
      );
      const { trace, rateHz } = view.evidence;
      let count = 0;
      const counting = <Column extends object>(column: Column): Column =>
        new Proxy(column, {
          get(values, key) {
            count++;
            return Reflect.get(values, key, values);
          },
        });
      const { at, height } = peaksOf([maximaOf(trace, 0, trace.length)], rateHz);
      const counted: Peaks = { at: counting(at), height: counting(height) };
      const byHeight = beatsByHeight(counted, rateHz);
      candidateFeatures(() => view, view.evidence, counted, byHeight);
      return count;
    };
    expect(looks(8) / looks(2)).toBeLessThan(4.4);
  });
});
