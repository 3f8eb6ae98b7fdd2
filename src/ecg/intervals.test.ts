import { describe, expect, it } from 'vitest';
import { sharedDataFolder } from '../../test/shared-data.ts';
import { withElectrodesSwapped, withLeadInverted } from '../training/electrode-swaps.ts';
import { readLudb } from '../training/ludb.ts';
import { measureIntervals } from './intervals.ts';
import { detectQrs } from './qrs.ts';
import { assessQuality } from './quality.ts';
import type { EcgRecording } from './recording.ts';

const shared = sharedDataFolder();
const measured = (recording: EcgRecording) =>
  measureIntervals(recording, detectQrs(recording, assessQuality(recording)));

describe.skipIf(shared === null)('on records of LUDB', () => {
  it('measures a sinus rhythm as the cardiologists marked it', () => {
    const { recording } = readLudb(shared!, 33);
    const result = measured(recording);
    // Lead II of record 33 is marked with PR 146 ms; its limits over all leads are a little wider.
    expect(result.prMs!.interval90.low).toBeLessThan(160);
    expect(result.prMs!.interval90.high).toBeGreaterThan(140);
    expect(result.qrsMs!.value).toBeGreaterThan(60);
    expect(result.qrsMs!.value).toBeLessThan(130);
    expect(result.qtcMs!.fridericia.value).toBeGreaterThan(340);
    expect(result.qtcMs!.fridericia.value).toBeLessThan(480);
    expect(result.leads).toHaveLength(12);
    expect(result.placement.verdict).toBe('plausible');
  });

  it('invents no P wave in atrial fibrillation', () => {
    const result = measured(readLudb(shared!, 51).recording);
    expect(result).toMatchObject({ prMs: null, pDurationMs: null });
    expect(result.axesDegrees.p).toBeNull();
    expect(result.notes.join(' ')).toContain('P wave');
    expect(result.qrsMs).not.toBeNull();
  });

  it('measures one lead alone, and says nothing of its placement', () => {
    const { recording } = readLudb(shared!, 33);
    const result = measured({ ...recording, leads: recording.leads.slice(1, 2) });
    expect(result.qrsMs!.value).toBeGreaterThan(50);
    expect(result.axesDegrees).toEqual({ p: null, qrs: null, t: null });
    expect(result.placement.verdict).toBe('not-judged');
  });

  it('answers without beats', () => {
    const { recording } = readLudb(shared!, 33);
    expect(measureIntervals(recording, new Int32Array(0))).toMatchObject({
      beats: 0,
      qrsMs: null,
      medianBeat: null,
    });
  });

  it('notices exchanged electrodes and inverted leads', () => {
    const { recording } = readLudb(shared!, 33);
    expect(measured(withElectrodesSwapped(recording, 'RA-LA')).placement).toMatchObject({ fault: 'RA-LA' });
    expect(measured(withElectrodesSwapped(recording, 'RA-LL')).placement).toMatchObject({ fault: 'RA-LL' });
    expect(measured(withElectrodesSwapped(recording, 'V1-V3')).placement).toMatchObject({
      fault: 'precordial',
    });
    expect(measured(withLeadInverted(recording, 'aVF')).placement).toMatchObject({ fault: 'inverted-lead' });
  });
});
