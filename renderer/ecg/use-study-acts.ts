/** What is done to a study: corrections with undo, another analysis, exports; and what came of it. */
import { useState } from 'react';
import type { BeatTable } from '../../src/contract/ecg.ts';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { ReportFormat } from '../../src/contract/protocol.ts';
import type { Correction, StudyDetail } from '../../src/contract/study.ts';
import { request } from '../client.ts';
import { bodyOf } from '../words/error-words.ts';

export type Message = { kind: 'error'; error: ErrorBody } | { kind: 'note'; text: string };

export interface StudyActs {
  message: Message | null;
  say: (message: Message | null) => void;
  exporting: boolean;
  /** The corrected beats; null where it could not be done, which is said. */
  correct: (correction: Correction) => Promise<BeatTable | null>;
  travel: (name: 'beats.undo' | 'beats.redo') => Promise<void>;
  reanalyse: () => Promise<void>;
  exportReport: (format: ReportFormat) => Promise<void>;
}

export function useStudyActs(
  study: StudyDetail,
  changed: (study: StudyDetail, beats?: BeatTable) => void,
): StudyActs {
  const [message, say] = useState<Message | null>(null);
  const [exporting, setExporting] = useState(false);

  /** Null where it failed, which is said. */
  async function attempt<Result>(work: () => Promise<Result>): Promise<Result | null> {
    try {
      const result = await work();
      say(null);
      return result;
    } catch (thrown) {
      say({ kind: 'error', error: bodyOf(thrown) });
      return null;
    }
  }

  return {
    message,
    say,
    exporting,
    correct: async (correction) => {
      if (study.status !== 'preliminary') {
        say({ kind: 'note', text: 'The study is confirmed. Reopen it to change beats.' });
        return null;
      }
      const answer = await attempt(() => request('beats.correct', { studyId: study.id, correction }));
      if (answer === null) return null;
      changed(answer.study, answer.beats);
      return answer.beats;
    },
    travel: async (name) => {
      const answer = await attempt(() => request(name, { studyId: study.id }));
      if (answer !== null) changed(answer.study, answer.beats);
    },
    reanalyse: async () => {
      await attempt(() => request('studies.reanalyse', { studyId: study.id, device: {} }));
    },
    exportReport: async (format) => {
      setExporting(true);
      const answer = await attempt(() => request('report.export', { studyId: study.id, format }));
      if (answer !== null && answer.path !== null) say({ kind: 'note', text: `Saved as ${answer.path}` });
      setExporting(false);
    },
  };
}
