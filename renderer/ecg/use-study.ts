/** One study with its beats, kept fresh by events. */
import { useCallback, useEffect, useState } from 'react';
import type { BeatTable } from '../../src/contract/ecg.ts';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { StudyDetail, StudyRow } from '../../src/contract/study.ts';
import { onEvent, request } from '../client.ts';
import { bodyOf } from '../words/error-words.ts';

export type StudyLoad =
  | { state: 'loading' }
  | { state: 'failed'; error: ErrorBody }
  | { state: 'loaded'; study: StudyDetail; beats: BeatTable | null };

export interface StudyHandle {
  load: StudyLoad;
  /** Takes over the answer of a request that changed the study. */
  changed: (study: StudyDetail, beats?: BeatTable) => void;
  again: () => void;
}

function hasBeats(study: StudyRow): boolean {
  return study.status === 'preliminary' || study.status === 'confirmed';
}

async function fetchStudy(studyId: string): Promise<StudyLoad> {
  try {
    const study = await request('studies.get', { studyId });
    const beats = hasBeats(study) ? await request('beats.get', { studyId }) : null;
    return { state: 'loaded', study, beats };
  } catch (thrown) {
    return { state: 'failed', error: bodyOf(thrown) };
  }
}

export function useStudy(studyId: string): StudyHandle {
  const [load, setLoad] = useState<StudyLoad>({ state: 'loading' });
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt asks again
  useEffect(() => {
    let gone = false;
    let asked = 0;
    let status: string | null = null;
    const refresh = async () => {
      const mine = ++asked;
      const next = await fetchStudy(studyId);
      if (gone || mine !== asked) return;
      if (next.state === 'loaded') status = next.study.status;
      setLoad(next);
    };
    setLoad({ state: 'loading' });
    void refresh();
    const end = onEvent((event) => {
      if (event.kind !== 'study' || event.study.id !== studyId) return;
      // Corrections answer with the new state themselves; only a new status brings what is not here yet.
      if (event.study.status === status) return;
      status = event.study.status;
      void refresh();
    });
    return () => {
      gone = true;
      end();
    };
  }, [studyId, attempt]);

  const changed = useCallback((study: StudyDetail, beats?: BeatTable) => {
    setLoad((before) => ({
      state: 'loaded',
      study,
      beats: beats ?? (before.state === 'loaded' ? before.beats : null),
    }));
  }, []);
  const again = useCallback(() => setAttempt((n) => n + 1), []);
  return { load, changed, again };
}
