import { describe, expect, it } from 'vitest';
import { withDerivedLeads } from './derived-leads.ts';
import type { EcgRecording } from './recording.ts';

function recordingOf(leads: Record<string, number[]>): EcgRecording {
  const samples = Object.values(leads);
  return {
    recordName: 'made',
    samplingRateHz: 500,
    lengthSamples: samples[0]!.length,
    leads: Object.entries(leads).map(([name, millivolts]) => ({
      name,
      millivolts: Float32Array.from(millivolts),
      resolutionMillivolts: 0.005,
      rangeMillivolts: null,
    })),
    recordedAt: null,
    patient: { name: '', id: '', birthDate: null, ageYears: null, sex: 'unknown' },
    comments: [],
    warnings: [],
  };
}

const chest = { V1: [0, 0], V2: [0, 0], V3: [0, 0], V4: [0, 0], V5: [0, 0], V6: [0, 0] };

describe('derived leads', () => {
  it('follow Einthoven and Goldberger and are marked', () => {
    const { leads, warnings } = withDerivedLeads(recordingOf({ II: [2, 1], I: [0.5, Number.NaN], ...chest }));
    expect(leads.map(({ name }) => name)).toEqual([
      'I',
      'II',
      'III',
      'aVR',
      'aVL',
      'aVF',
      'V1',
      'V2',
      'V3',
      'V4',
      'V5',
      'V6',
    ]);
    expect(leads.map(({ millivolts }) => millivolts[0])).toEqual([
      0.5, 2, 1.5, -1.25, -0.5, 1.75, 0, 0, 0, 0, 0, 0,
    ]);
    expect(leads.map(({ millivolts }) => Number.isNaN(millivolts[1]))).toEqual([
      true,
      false,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(leads.filter(({ derived }) => derived).map(({ name }) => name)).toEqual([
      'III',
      'aVR',
      'aVL',
      'aVF',
    ]);
    expect(warnings).toEqual(['Computed from leads I and II, not recorded: III, aVR, aVL, aVF.']);
  });

  it('are only those that are missing', () => {
    const given = recordingOf({ I: [1, 1], II: [1, 1], aVR: [7, 7], ...chest });
    const { leads } = withDerivedLeads(given);
    expect(leads.find(({ name }) => name === 'aVR')).toBe(given.leads[2]);
    expect(leads).toHaveLength(12);
  });

  it.each([[{ I: [1, 1], II: [1, 1] }], [{ II: [1, 1], ...chest }], [{ MLII: [1, 1], V5: [1, 1] }]])(
    'are not added to other than 12-lead recordings',
    (leads) => {
      const given = recordingOf(leads as Record<string, number[]>);
      expect(withDerivedLeads(given)).toBe(given);
    },
  );
});
