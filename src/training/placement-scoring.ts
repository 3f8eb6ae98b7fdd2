/** Which exchanged electrodes and reversed limb leads are noticed, on the median beats of recordings that are right. */
import type { MedianBeat } from '../ecg/delineation.ts';
import { judgePlacement } from '../ecg/lead-placement.ts';
import type { EcgRecording } from '../ecg/recording.ts';
import { ELECTRODE_SWAPS, withElectrodesSwapped, withLeadInverted } from './electrode-swaps.ts';
import type { LudbRecord } from './ludb.ts';

/**
 * A swap moves and reverses whole leads, and so does it with their median beats: filters, medians and delineation treat
 * leads alike and both signs alike, so the median beat's leads are moved instead of the recording's.
 */
export function judgeSwaps(
  tally: Map<string, Map<string, number>>,
  { recording }: LudbRecord,
  median: MedianBeat,
): void {
  const asRecording = {
    ...recording,
    leads: recording.leads.map((lead, index) => ({ ...lead, millivolts: median.leads[index]! })),
  };
  const judge = (name: string, swapped: EcgRecording) => {
    const found = judgePlacement(recording, {
      ...median,
      leads: swapped.leads.map((lead) => lead.millivolts),
    });
    const answer =
      found.verdict !== 'suspected'
        ? found.verdict
        : found.fault === 'precordial' || found.fault === 'inverted-lead'
          ? found.label.replace(/ seems? to be (exchanged|inverted)/, '')
          : found.fault;
    const row = tally.get(name) ?? new Map<string, number>();
    row.set(answer, (row.get(answer) ?? 0) + 1);
    tally.set(name, row);
  };
  judge('as recorded', asRecording);
  for (const swap of ELECTRODE_SWAPS) judge(swap, withElectrodesSwapped(asRecording, swap));
  for (const lead of ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'])
    judge(`Lead ${lead}`, withLeadInverted(asRecording, lead));
}

/** Share of recordings with a fault in which some fault, and in which this fault was suspected. */
export function placementFigures(tally: ReadonlyMap<string, ReadonlyMap<string, number>>) {
  console.log('electrodes            records  suspected  as what it is');
  return Object.fromEntries(
    [...tally].map(([name, row]) => {
      const records = [...row.values()].reduce((sum, count) => sum + count, 0);
      const suspected = records - (row.get('plausible') ?? 0) - (row.get('not-judged') ?? 0);
      const named = row.get(name) ?? row.get(`Chest electrodes ${name.replace('-', ' and ')}`) ?? 0;
      console.log(
        `${name.padEnd(22)} ${String(records).padStart(6)} ${String(suspected).padStart(10)} ${String(named).padStart(14)}`,
      );
      return [name, { records, suspected, named }];
    }),
  );
}
