/** A clinician's limits of the waves beside the machine's, with undo; kept while the study is on the screen. */
import { useState } from 'react';
import type { Limits } from './fiducials.ts';

export interface LimitEdits {
  /** Null: as the machine has them. */
  current: Limits | null;
  canUndo: boolean;
  canRedo: boolean;
  /** Takes a new state; while `going` is the same as before, it replaces that of before: one drag is one step. */
  set: (limits: Limits, going: string | null) => void;
  undo: () => void;
  redo: () => void;
}

interface History {
  states: readonly (Limits | null)[];
  at: number;
  going: string | null;
}

export function useLimitEdits(): LimitEdits {
  const [history, setHistory] = useState<History>({ states: [null], at: 0, going: null });
  return {
    current: history.states[history.at] ?? null,
    canUndo: history.at > 0,
    canRedo: history.at < history.states.length - 1,
    set: (limits, going) => setHistory((before) => withState(before, limits, going)),
    undo: () => setHistory((before) => ({ ...before, at: Math.max(0, before.at - 1), going: null })),
    redo: () =>
      setHistory((before) => ({
        ...before,
        at: Math.min(before.states.length - 1, before.at + 1),
        going: null,
      })),
  };
}

export function withState(before: History, limits: Limits, going: string | null): History {
  const goesOn = going !== null && going === before.going;
  const kept = before.states.slice(0, before.at + (goesOn ? 0 : 1));
  return { states: [...kept, limits], at: kept.length, going };
}
