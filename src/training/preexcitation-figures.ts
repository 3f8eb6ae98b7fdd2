/**
 * How well pre-excitation is told: LUDB, of whose records none has it; recordings made of those with it; MIT-BIH, where
 * record 230 has it annotated ("(PREX"). Of that record the first half was developed on, the second is the check.
 */
import type { RhythmSignal } from '../contract/rhythm.ts';
import { preExcitation } from '../diagnosis/ecg-rhythm/pre-excitation.ts';
import { measureIntervals } from '../ecg/intervals.ts';
import { detectQrs } from '../ecg/qrs.ts';
import { assessQuality } from '../ecg/quality.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { type Episode, episodeFigures, referenceEpisodes, scoreEpisodes } from '../ecg/scoring-episodes.ts';
import { conductionIn } from './conduction-answers.ts';
import { readMitdb } from './data-folder.ts';
import { LUDB_LEAD_II, readLudb } from './ludb.ts';
import { MADE_PRE_EXCITATION, type MadePreExcitation, madePreExcitation } from './made-preexcitation.ts';
import type { PreExcitationFigures } from './preexcitation-card.ts';

export function preExcitationFigures(
  folder: string,
  ludb: readonly number[],
  records: readonly string[],
): PreExcitationFigures {
  const real = { recordings: 0, allLeads: 0, leadII: 0, records: [] as number[] };
  const made = Object.fromEntries(
    Object.keys(MADE_PRE_EXCITATION).map((name) => [name, { recordings: 0, allLeads: 0, leadII: 0 }]),
  );
  const count = (row: { recordings: number; allLeads: number; leadII: number }, recording: EcgRecording) => {
    const [all, alone] = toldIn(recording);
    row.recordings++;
    row.allLeads += Number(all);
    row.leadII += Number(alone);
    return all || alone;
  };
  for (const number of ludb) {
    const record = readLudb(folder, number);
    if (!record.paced && count(real, record.recording)) real.records.push(number);
    for (const name of Object.keys(MADE_PRE_EXCITATION) as MadePreExcitation[]) {
      const recording = madePreExcitation(record, name);
      if (recording !== null) count(made[name]!, recording);
    }
  }
  return { real, made, mitBih: mitBih(folder, records) };
}

/** Whether it is told of a short recording: of all leads, and of lead II alone as a longer one is judged. */
function toldIn(recording: EcgRecording): [boolean, boolean] {
  const conduction = conductionIn({ ...recording, leads: [recording.leads[LUDB_LEAD_II]!] });
  const intervals = measureIntervals(recording, detectQrs(recording, assessQuality(recording)));
  const signal: Pick<RhythmSignal, 'conduction'> = { conduction: conductionIn(recording) };
  return [
    preExcitation(signal, { ...recording, intervals }).length > 0,
    (conduction.preExcitation ?? []).length > 0,
  ];
}

function mitBih(folder: string, names: readonly string[]): PreExcitationFigures['mitBih'] {
  const figures = { hours: 0, falseEpisodes: 0, falseRecords: [] as string[] };
  const annotated: PreExcitationFigures['mitBih']['annotated'] = [];
  for (const record of names) {
    const { recording, annotations } = readMitdb(folder, record);
    const { samplingRateHz, lengthSamples } = recording;
    const told: Episode[] = (conductionIn(recording).preExcitation ?? []).map(
      ({ startSample, endSample }) => ({ start: startSample, end: endSample }),
    );
    const reference = referenceEpisodes(annotations, ['(PREX'], lengthSamples);
    const alarms = told.filter(
      ({ start, end }) => !reference.some((one) => one.start < end && one.end > start),
    ).length;
    figures.hours += lengthSamples / samplingRateHz / 3600;
    figures.falseEpisodes += alarms;
    if (alarms > 0) figures.falseRecords.push(record);
    if (reference.length === 0) continue;
    const half = Math.round(lengthSamples / 2);
    for (const [name, from, to] of [
      ['first half', 0, half],
      ['second half', half, lengthSamples],
    ] as const) {
      const within = (episodes: readonly Episode[]): Episode[] =>
        episodes
          .map(({ start, end }) => ({ start: Math.max(from, start) - from, end: Math.min(to, end) - from }))
          .filter(({ start, end }) => end > start);
      const counts = scoreEpisodes(within(reference), within(told), {
        samplingRateHz,
        lengthSamples: to - from,
        fromSeconds: 0,
      });
      const shares = episodeFigures(counts);
      annotated.push({
        record,
        part: name,
        episodes: within(reference).length,
        referenceSeconds: counts.referenceSeconds,
        toldSeconds: counts.testSeconds,
        episodeSensitivity: shares.episodeSensitivity,
        durationSensitivity: shares.durationSensitivity,
        durationPositivePredictivity: shares.durationPositivePredictivity,
      });
    }
  }
  return { ...figures, annotated };
}
