/** The beats of a template, and the way from one to the next. */
import { type BeatTemplates, NO_TEMPLATE } from '../../../src/contract/beat-templates.ts';
import type { BeatTable } from '../../../src/contract/ecg.ts';

/** R peaks of the beats of a template, ascending; empty where templates and beats are not of the same state. */
export function membersOf(templates: BeatTemplates, beats: BeatTable, id: number): Int32Array {
  if (id === NO_TEMPLATE || templates.memberOf.length !== beats.sample.length) return new Int32Array(0);
  return beats.sample.filter((_, i) => templates.memberOf[i] === id);
}

/** Index of the member after or before a sample, round the ends; -1 where there is no member. */
export function nextMember(members: Int32Array, fromSample: number | null, direction: 1 | -1): number {
  if (members.length === 0) return -1;
  if (fromSample === null) return direction === 1 ? 0 : members.length - 1;
  const found =
    direction === 1
      ? members.findIndex((sample) => sample > fromSample)
      : members.findLastIndex((sample) => sample < fromSample);
  if (found >= 0) return found;
  return direction === 1 ? 0 : members.length - 1;
}
