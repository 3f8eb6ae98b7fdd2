/** Templates of a study, fetched anew when its beats change. */
import { useEffect, useState } from 'react';
import type { BeatTemplates } from '../../../src/contract/beat-templates.ts';
import type { BeatTable } from '../../../src/contract/ecg.ts';
import type { ErrorBody } from '../../../src/contract/errors.ts';
import { request } from '../../client.ts';
import { bodyOf } from '../../words/error-words.ts';

export interface TemplatesLoad {
  /** Those before a change stay until the new ones are here. */
  templates: BeatTemplates | null;
  error: ErrorBody | null;
}

export function useTemplates(studyId: string, beats: BeatTable): TemplatesLoad {
  const [load, setLoad] = useState<TemplatesLoad>({ templates: null, error: null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other beats are other templates
  useEffect(() => {
    let gone = false;
    request('templates.get', { studyId }).then(
      (templates) => {
        if (!gone) setLoad({ templates, error: null });
      },
      (thrown: unknown) => {
        if (!gone) setLoad((before) => ({ ...before, error: bodyOf(thrown) }));
      },
    );
    return () => {
      gone = true;
    };
  }, [studyId, beats]);
  return load;
}
