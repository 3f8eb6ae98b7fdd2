import { expect, it } from 'vitest';
import type { BeatTemplates } from '../../../src/contract/beat-templates.ts';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import { membersOf, nextMember } from './members.ts';

const beats = { sample: Int32Array.of(100, 400, 700, 1000) } as BeatTable;
const templates = { memberOf: Uint8Array.of(0, 1, 0, 255) } as BeatTemplates;

it('takes the beats of one template in order of time', () => {
  expect([...membersOf(templates, beats, 0)]).toEqual([100, 700]);
  expect([...membersOf(templates, beats, 1)]).toEqual([400]);
  expect(membersOf(templates, beats, 255)).toHaveLength(0);
});

it('names no beat while beats were added or deleted and templates are not yet fetched anew', () => {
  const other = { sample: Int32Array.of(100, 400, 700) } as BeatTable;
  expect(membersOf(templates, other, 0)).toHaveLength(0);
});

it('steps through members and round the ends', () => {
  const members = Int32Array.of(100, 400, 700);
  expect(nextMember(members, null, 1)).toBe(0);
  expect(nextMember(members, 100, 1)).toBe(1);
  expect(nextMember(members, 700, 1)).toBe(0);
  expect(nextMember(members, 100, -1)).toBe(2);
  expect(nextMember(new Int32Array(0), 100, 1)).toBe(-1);
});
