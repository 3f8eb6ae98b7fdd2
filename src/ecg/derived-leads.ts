/** Limb leads that follow from leads I and II: Einthoven's law and Goldberger's augmented leads. */
import { chosen, type OpenedRecording } from './formats/opened-recording.ts';
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
  const plan = derivation(recording);
  if (plan === null) return recording;
  const [first, second] = [recording.leads[plan.first]!, recording.leads[plan.second]!];
  return {
    ...recording,
    leads: plan.leads.map((from) =>
      typeof from === 'number'
        ? recording.leads[from]!
        : { ...from.about, millivolts: derived(from, first.millivolts, second.millivolts) },
    ),
    warnings: [...recording.warnings, plan.warning],
  };
}

/** The same of a recording that is read in windows. */
export function withDerivedWindows(recording: OpenedRecording): OpenedRecording {
  const plan = derivation(recording);
  if (plan === null) return recording;
  return {
    ...recording,
    leads: plan.leads.map((from) => (typeof from === 'number' ? recording.leads[from]! : from.about)),
    warnings: [...recording.warnings, plan.warning],
    readWindow: (start, length, places) =>
      chosen(plan.leads, places).map((from) => {
        if (typeof from === 'number') return recording.readWindow(start, length, [from])[0]!;
        const [first, second] = recording.readWindow(start, length, [plan.first, plan.second]);
        return derived(from, first!, second!);
      }),
  };
}

/** A lead that is computed, and the weights of I and II. */
interface Derived {
  about: Omit<EcgLead, 'millivolts'>;
  ofI: number;
  ofII: number;
}

function derived({ ofI, ofII }: Derived, first: Float32Array, second: Float32Array): Float32Array {
  return first.map((value, i) => ofI * value + ofII * second[i]!);
}

/** Places of the recorded leads and what is computed, in the usual order; null where nothing is to be computed. */
function derivation(recording: {
  leads: readonly Omit<EcgLead, 'millivolts'>[];
}): { first: number; second: number; leads: (number | Derived)[]; warning: string } | null {
  const placeOf = new Map(recording.leads.map(({ name }, place) => [name, place]));
  const [first, second] = [placeOf.get('I'), placeOf.get('II')];
  const missing = DERIVED.filter(([name]) => !placeOf.has(name));
  if (first === undefined || second === undefined || missing.length === 0) return null;
  if (!CHEST_LEADS.every((name) => placeOf.has(name))) return null;
  const resolutionMillivolts = Math.max(
    recording.leads[first]!.resolutionMillivolts,
    recording.leads[second]!.resolutionMillivolts,
  );
  const computed = new Map(
    missing.map(([name, ofI, ofII]): [string, Derived] => [
      name,
      { about: { name, resolutionMillivolts, rangeMillivolts: null, derived: true }, ofI, ofII },
    ]),
  );
  const others = [...placeOf].filter(([name]) => !STANDARD_ORDER.includes(name)).map(([, place]) => place);
  return {
    first,
    second,
    leads: [...STANDARD_ORDER.map((name) => placeOf.get(name) ?? computed.get(name)!), ...others],
    warning: `Computed from leads I and II, not recorded: ${missing.map(([name]) => name).join(', ')}.`,
  };
}
