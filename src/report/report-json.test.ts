import { describe, expect, it } from 'vitest';
import { pacedFinding } from '../diagnosis/ecg-beats/findings.ts';
import { renderReportJson, reportSchema } from './report-json.ts';
import { testStudy } from './test-study.ts';

describe('JSON report', () => {
  const input = testStudy();
  const text = renderReportJson(input);
  const report = reportSchema.parse(JSON.parse(text));

  it('is the same text for the same study', () => {
    expect(renderReportJson(testStudy())).toBe(text);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('does not depend on the order of keys in the study', () => {
    const turned = Object.fromEntries(Object.entries(input.study.provenance!).reverse());
    const study = { ...input.study, provenance: turned as typeof input.study.provenance };
    expect(renderReportJson({ ...input, study })).toBe(text);
  });

  it('holds every beat with its label, the machine’s label and its uncertainty', () => {
    expect(report.beats.sample).toEqual([...input.beats.sample]);
    const added = report.beats.origin.indexOf('added');
    expect(report.beats.machineLabel[added]).toBeNull();
    expect(report.beats.probability.V[added]).toBeNull();
    const relabelled = report.beats.origin.indexOf('relabelled');
    expect([report.beats.label[relabelled], report.beats.machineLabel[relabelled]]).toEqual(['N', 'S']);
    const sum = (['N', 'S', 'V', 'F'] as const).reduce(
      (p, name) => p + (report.beats.probability[name][5] ?? 0),
      0,
    );
    expect(sum).toBeCloseTo(1, 4);
  });

  it('gives signal quality by stretches that add up to the recording', () => {
    const v5 = report.summary!.leads[1];
    expect(v5.seconds.reduce((sum, stretch) => sum + stretch.count, 0)).toBe(600);
    expect(v5.seconds).toContainEqual({ state: 'lead-off', count: 18 });
  });

  it('has every rhythm episode and the network’s answer window by window', () => {
    const study = testStudy({ rhythm: true });
    const { notAssessed, summary } = reportSchema.parse(JSON.parse(renderReportJson(study)));
    expect(notAssessed).toBeNull();
    expect(summary!.rhythm!.episodes).toEqual(study.study.summary!.rhythm!.episodes);
    expect(summary!.rhythm!.windows.probability.A).toHaveLength(summary!.rhythm!.windows.startSample.length);
    expect(summary!.rhythm!.windows.probability.A[50]).toBe(0.88);
  });

  it('has the marks that came with the recording, and reads reports from before they were kept', () => {
    expect(report.recording.events).toEqual([
      { atSeconds: 12.5, durationSeconds: null, text: 'Patient event' },
    ]);
    const older = JSON.parse(renderReportJson(input));
    older.recording.events = undefined;
    expect(reportSchema.parse(older).recording.events).toEqual([]);
  });

  it('has the Holter tables, hours by the clock and distributions that hold every interval', () => {
    const holter = report.summary!.holter!;
    expect(holter.beats.total).toBe(report.beats.sample.length);
    expect(holter.hourly.reduce((sum, hour) => sum + hour.beats, 0)).toBe(holter.beats.total);
    const pairs = holter.poincare.count.reduce((sum, count) => sum + count, 0);
    expect(pairs).toBeLessThan(holter.rrHistogram.all.reduce((sum, count) => sum + count, 0));
    expect(holter.heartRateTrend.mean).toHaveLength(10);
  });

  it('says what is not assessed and what the spread may be called', () => {
    expect(report.notAssessed).toContain('atrial fibrillation');
    expect(report.spread).toBe('variational posterior');
  });

  it('keeps text that the PDF cannot show', () => {
    const name = 'שלום 王 👩 \u0007';
    expect(JSON.parse(renderReportJson(testStudy({ patient: { name } }))).patient.name).toBe(name);
  });

  it('keeps of a refused study the reasons and the signal quality, no beats and no rates', () => {
    const findings = [pacedFinding('Pacing spikes.'), ...input.study.findings];
    const study = { ...input.study, status: 'refused' as const, findings };
    const refused = reportSchema.parse(JSON.parse(renderReportJson({ ...input, study })));
    expect(refused.beats.sample).toEqual([]);
    expect(refused.summary).toBeNull();
    expect(new Set(refused.findings.map((finding) => finding.code))).toEqual(
      new Set(['paced', 'quality', 'lead-off']),
    );
  });

  it('refuses a study that breaks the schema', () => {
    const study = { ...input.study, lengthSamples: 0.5 };
    expect(() => renderReportJson({ ...input, study })).toThrow(/lengthSamples/);
  });
});
