/** What a twelve-lead recording looks like with electrodes exchanged; exact for the limb leads by Einthoven's law. */
import type { EcgRecording } from '../ecg/recording.ts';

export const ELECTRODE_SWAPS = [
  'RA-LA',
  'RA-LL',
  'LA-LL',
  'V1-V2',
  'V2-V3',
  'V1-V3',
  'V4-V5',
  'V1-V6',
] as const;
export type ElectrodeSwap = (typeof ELECTRODE_SWAPS)[number];

/** The leads that take the place of each, with their sign. Chest leads move with Wilson's terminal, which a swap keeps. */
const LIMB: Record<string, Record<string, [string, 1 | -1]>> = {
  'RA-LA': { I: ['I', -1], II: ['III', 1], III: ['II', 1], aVR: ['aVL', 1], aVL: ['aVR', 1] },
  'RA-LL': { I: ['III', -1], II: ['II', -1], III: ['I', -1], aVR: ['aVF', 1], aVF: ['aVR', 1] },
  'LA-LL': { I: ['II', 1], II: ['I', 1], III: ['III', -1], aVL: ['aVF', 1], aVF: ['aVL', 1] },
};

export function withElectrodesSwapped(recording: EcgRecording, swap: ElectrodeSwap): EcgRecording {
  const [a, b] = swap.split('-') as [string, string];
  const limb = LIMB[swap] ?? { [a]: [b, 1], [b]: [a, 1] };
  const byName = new Map(recording.leads.map((lead) => [lead.name, lead]));
  return {
    ...recording,
    leads: recording.leads.map((lead) => {
      const from = limb[lead.name];
      if (from === undefined) return lead;
      const source = byName.get(from[0])!;
      return { ...lead, millivolts: source.millivolts.map((value) => from[1] * value) };
    }),
  };
}

/** One lead upside down, as a plug the wrong way round or a wrong file makes it. */
export function withLeadInverted(recording: EcgRecording, name: string): EcgRecording {
  return {
    ...recording,
    leads: recording.leads.map((lead) =>
      lead.name === name ? { ...lead, millivolts: lead.millivolts.map((value) => -value) } : lead,
    ),
  };
}
