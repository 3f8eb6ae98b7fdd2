import { expect, it } from 'vitest';
import { withState } from './limit-edits.ts';

const at = (pOnset: number) => ({ pOnset, qrsOnset: 200, qrsEnd: 300, tEnd: 600 });

it('makes one step of one drag, and forgets what was undone when a new step is made', () => {
  const none = { states: [null], at: 0, going: null };
  const dragged = withState(withState(none, at(10), 'drag 1'), at(20), 'drag 1');
  expect(dragged).toEqual({ states: [null, at(20)], at: 1, going: 'drag 1' });
  const again = withState(dragged, at(30), 'drag 2');
  expect(again.states).toEqual([null, at(20), at(30)]);
  const undone = { ...again, at: 1, going: null };
  expect(withState(undone, at(40), null).states).toEqual([null, at(20), at(40)]);
});
