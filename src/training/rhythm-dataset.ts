/** The recordings of the PhysioNet/CinC Challenge 2017 as windows for the rhythm network. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWfdb } from '../ecg/formats/wfdb/record.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { conditionLead, RHYTHM_RATE_HZ } from '../ecg/rhythm/conditioned.ts';
import {
  RHYTHM_FEATURES,
  rhythmInput,
  TRACK_LENGTH,
  TRACKS,
  windowAt,
  windowStarts,
} from '../ecg/rhythm/rhythm-inputs.ts';

/** Classes of the challenge, in the order of the network's outputs. */
export const CINC_CLASSES = ['N', 'A', 'O', '~'] as const;
const HOP_SECONDS = 10;

export interface RhythmRecord {
  record: string;
  label: number;
  windows: number;
  /** [windows][TRACKS][TRACK_LENGTH] */
  signals: Float32Array;
  /** [windows][features] */
  auxiliary: Float32Array;
}

/** Names and labels of the recordings that are here, in order of name. */
export function cincLabels(folder: string): { record: string; label: number }[] {
  return readFileSync(join(folder, 'cinc2017', 'REFERENCE-v3.csv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [record, code] = line.trim().split(',') as [string, (typeof CINC_CLASSES)[number]];
      return { record, label: CINC_CLASSES.indexOf(code) };
    })
    .filter(({ record }) => existsSync(join(folder, 'cinc2017', `${record}.hea`)))
    .sort((a, b) => (a.record < b.record ? -1 : 1));
}

export function readCinc(folder: string, record: string): EcgRecording {
  return readWfdb(`${record}.hea`, (name) => {
    const path = join(folder, 'cinc2017', name);
    return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
  });
}

/** Windows of a recording of one lead, 10 s apart. */
export function rhythmWindows(recording: EcgRecording): Omit<RhythmRecord, 'record' | 'label'> {
  const peaks = detectQrs(recording, assessQuality(recording));
  const lead = conditionLead(recording.leads[0]!.millivolts, recording.samplingRateHz);
  const scaled = Float64Array.from(peaks, (peak) => (peak * RHYTHM_RATE_HZ) / recording.samplingRateHz);
  const starts = windowStarts(lead.signal.length, HOP_SECONDS * RHYTHM_RATE_HZ);
  const signals = new Float32Array(starts.length * TRACKS * TRACK_LENGTH);
  const auxiliary = new Float32Array(starts.length * RHYTHM_FEATURES.length);
  starts.forEach((start, i) => {
    const input = rhythmInput(windowAt(lead, scaled, start));
    signals.set(input.signals, i * TRACKS * TRACK_LENGTH);
    auxiliary.set(input.auxiliary, i * RHYTHM_FEATURES.length);
  });
  return { windows: starts.length, signals, auxiliary };
}

/** Every recording that is here, with its windows. */
export function rhythmRecords(folder: string): RhythmRecord[] {
  return cincLabels(folder).map(({ record, label }) => ({
    record,
    label,
    ...rhythmWindows(readCinc(folder, record)),
  }));
}
