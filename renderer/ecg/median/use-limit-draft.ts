/** A limit while it is moved: shown at once, kept as one correction when it comes to rest. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { WaveLimit } from '../../../src/contract/intervals.ts';

export interface LimitDraft {
  limit: WaveLimit;
  fromRPeakMs: number;
}

export interface LimitDrafts {
  draft: LimitDraft | null;
  move: (draft: LimitDraft) => void;
  /** The move is over: the pointer let go, or the limit lost the focus. */
  settle: () => void;
  /** Puts a moving limit back; false where none is moving, and what is kept is to be undone instead. */
  drop: () => boolean;
}

/** After the last press of an arrow the limit is at rest. */
const REST_MS = 500;

/** @param keep keeps a correction; the draft is shown until it has answered */
export function useLimitDraft(keep: (draft: LimitDraft) => Promise<unknown>): LimitDrafts {
  const [draft, show] = useState<LimitDraft | null>(null);
  const moving = useRef<LimitDraft | null>(null);
  const timer = useRef(0);
  const keeper = useRef(keep);
  keeper.current = keep;

  const settle = useCallback(() => {
    window.clearTimeout(timer.current);
    const kept = moving.current;
    if (kept === null) return;
    moving.current = null;
    // What was moved again meanwhile stays shown.
    void keeper.current(kept).finally(() => show((now) => (now === kept ? null : now)));
  }, []);

  useEffect(() => settle, [settle]);

  return {
    draft,
    move: (next) => {
      // A limit at a time: the one before it is at rest.
      if (moving.current !== null && moving.current.limit !== next.limit) settle();
      moving.current = next;
      show(next);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(settle, REST_MS);
    },
    settle,
    drop: () => {
      if (moving.current === null) return false;
      window.clearTimeout(timer.current);
      moving.current = null;
      show(null);
      return true;
    },
  };
}
