/** Limb leads that follow from leads I and II: Einthoven's law and Goldberger's augmented leads. */
import type { EcgLead, EcgRecording } from './recording.ts';

/** Weights of I and II. */
const DERIVED: readonly (readonly [name: string, ofI: number, ofII: number])[] = [
  ['III', -1, 1],
  ['aVR', -0.5, -0.5],
  ['aVL', 1, -0.5],
  ['aVF', -0.5, 1],
];
const CHEST_LEADS = ['V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const STANDARD_ORDER = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', ...CHEST_LEADS];

/**
 * Adds those of III, aVR, aVL and aVF that a standard 12-lead recording (I, II, V1 to V6 are there) lacks, marked
 * as derived and told in a warning; the twelve come first, in their usual order. Others are given back unchanged.
 */
export function withDerivedLeads(recording: EcgRecording): EcgRecording {
  const named = new Map(recording.leads.map((lead) => [lead.name, lead]));
  const [first, second] = [named.get('I'), named.get('II')];
  const missing = DERIVED.filter(([name]) => !named.has(name));
  if (first === undefined || second === undefined || missing.length === 0) return recording;
  if (!CHEST_LEADS.every((name) => named.has(name))) return recording;
  for (const [name, ofI, ofII] of missing) {
    const millivolts = first.millivolts.map((value, i) => ofI * value + ofII * second.millivolts[i]!);
    const lead: EcgLead = {
      name,
      millivolts,
      resolutionMillivolts: Math.max(first.resolutionMillivolts, second.resolutionMillivolts),
      rangeMillivolts: null,
      derived: true,
    };
    named.set(name, lead);
  }
  const inOrder = STANDARD_ORDER.map((name) => named.get(name)!);
  return {
    ...recording,
    leads: [...inOrder, ...recording.leads.filter(({ name }) => !STANDARD_ORDER.includes(name))],
    warnings: [
      ...recording.warnings,
      `Computed from leads I and II, not recorded: ${missing.map(([name]) => name).join(', ')}.`,
    ],
  };
}
