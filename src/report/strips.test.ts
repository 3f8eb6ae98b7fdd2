import { describe, expect, it } from 'vitest';
import { type StripRequest, selectStrips } from './strips.ts';
import { testStudy } from './test-study.ts';

const { study, beats } = testStudy();
const request: StripRequest = {
  summary: study.summary!,
  findings: study.findings,
  beats,
  events: [],
  samplingRateHz: study.samplingRateHz,
  lengthSamples: study.lengthSamples,
  windowSeconds: 6.8,
};

describe('choice of strips', () => {
  const strips = selectStrips(request);

  it('shows the first two marks of the patient inside of the recording, and no other notes', () => {
    const mark = (atSeconds: number, text = 'Patient event') => ({ atSeconds, durationSeconds: null, text });
    const events = [mark(-4), mark(20, 'lunch'), mark(33), mark(60), mark(90)];
    const marked = selectStrips({ ...request, events, limit: 20 })
      .flatMap(({ reasons, startSample, lengthSamples }) =>
        reasons.filter((reason) => reason.includes('Patient')).map(() => startSample + lengthSamples / 2),
      )
      .map((centre) => centre / study.samplingRateHz);
    expect(marked).toHaveLength(2);
    expect(marked[0]).toBeCloseTo(33, 0);
    expect(marked[1]).toBeCloseTo(60, 0);
  });

  it('shows each urgent kind, the fastest run, the longest pause, the most uncertain beat, a typical stretch', () => {
    const reasons = strips.flatMap((strip) => strip.reasons);
    expect(reasons.filter((reason) => reason.startsWith('Urgent: '))).toHaveLength(2);
    for (const beginning of [
      'Fastest run: ventricular, 6 beats',
      'Longest pause: 3.42',
      'Most uncertain beat',
      'Typical',
    ]) {
      expect(reasons.some((reason) => reason.startsWith(beginning))).toBe(true);
    }
  });

  it('shows one event once, with all its reasons', () => {
    const pause = strips.filter((strip) => strip.reasons.some((reason) => reason.includes('ause')));
    expect(pause).toHaveLength(1);
    expect(pause[0].reasons).toEqual(['Urgent: Pause of 3.4 s', 'Longest pause: 3.42\u202fs']);
  });

  it('keeps every strip inside the recording and every event inside its strip', () => {
    for (const strip of strips) {
      expect(strip.startSample).toBeGreaterThanOrEqual(0);
      expect(strip.startSample + strip.lengthSamples).toBeLessThanOrEqual(study.lengthSamples);
      if (strip.focus === null) continue;
      expect(strip.focus.startSample).toBeGreaterThan(strip.startSample);
      expect(strip.focus.endSample).toBeLessThan(strip.startSample + strip.lengthSamples);
    }
  });

  it('takes as typical only accepted normal beats', () => {
    const typical = strips.find((strip) => strip.focus === null)!;
    const within = [...beats.sample.keys()].filter(
      (i) =>
        beats.sample[i] >= typical.startSample &&
        beats.sample[i] < typical.startSample + typical.lengthSamples,
    );
    expect(within.length).toBeGreaterThan(5);
    expect(within.every((i) => beats.label[i] === 0 && beats.recommendation[i] === 0)).toBe(true);
  });

  it('keeps to the limit, urgent first', () => {
    const few = selectStrips({ ...request, limit: 2 });
    expect(few).toHaveLength(2);
    expect(few.every((strip) => strip.reasons[0].startsWith('Urgent'))).toBe(true);
  });

  it('shows a pause that just fits whole, and one that does not once, from one second before it', () => {
    const startSample = 200 * 360;
    const strip = (seconds: number) => {
      const pause = { startSample, seconds };
      const at = { startSample, endSample: startSample + Math.round(seconds * 360) };
      const finding = { ...study.findings.find((one) => one.code === 'pause')!, at };
      const summary = { ...study.summary!, runs: [], pauses: [pause] };
      return selectStrips({ ...request, findings: [finding], summary }).filter((one) =>
        one.reasons.some((reason) => reason.includes('pause')),
      );
    };
    expect(strip(6.4)).toHaveLength(1);
    expect(strip(6.4)[0].startSample).toBeLessThan(startSample);
    expect(strip(6.4)[0].startSample + strip(6.4)[0].lengthSamples).toBeGreaterThan(startSample + 6.4 * 360);
    expect(strip(9)).toHaveLength(1);
    expect(strip(9)[0].startSample).toBe(startSample - 360);
  });

  it('begins a run longer than the strip one second before it', () => {
    const startSample = 100 * 360;
    const run = { ...study.summary!.runs[0], startSample, endSample: startSample + 20 * 360, rateBpm: 250 };
    const [strip] = selectStrips({ ...request, findings: [], summary: { ...study.summary!, runs: [run] } });
    expect(strip.startSample).toBe(startSample - 360);
  });

  it('chooses nothing where there are no beats', () => {
    const none = testStudy().beats;
    const empty = Object.fromEntries(
      Object.entries(none).map(([name, column]) => [name, column.slice(0, 0)]),
    );
    const summary = { ...study.summary!, runs: [], pauses: [], longestRr: null };
    expect(
      selectStrips({ ...request, findings: [], summary, beats: empty as unknown as typeof none }),
    ).toEqual([]);
  });
});
