/** Sign-off and the acts on a study that are asked about first. */
import type { StudyDetail } from '../../src/contract/study.ts';
import { request } from '../client.ts';
import { goTo, useWorkspace } from '../workspace/workspace.ts';
import { ConfirmDialog, ReasonDialog } from './sign-off.tsx';

export type StudyDialog = 'confirm' | 'reopen' | 'remove';

interface StudyDialogsProps {
  study: StudyDetail;
  uncertainBeats: number;
  dialog: StudyDialog | null;
  onClose: () => void;
  changed: (study: StudyDetail) => void;
}

export function StudyDialogs({ study, uncertainBeats, dialog, onClose, changed }: StudyDialogsProps) {
  const user = useWorkspace((state) => state.session?.user ?? '');
  return (
    <>
      <ConfirmDialog
        study={study}
        user={user}
        uncertainBeats={uncertainBeats}
        opened={dialog === 'confirm'}
        onClose={onClose}
        onConfirmed={changed}
      />
      <ReasonDialog
        title={`Reopen study ${study.recordName}`}
        explanation="The study becomes preliminary again. The reason is kept in the audit log."
        act="Reopen"
        opened={dialog === 'reopen'}
        onClose={onClose}
        onReason={async (reason) => changed(await request('studies.reopen', { studyId: study.id, reason }))}
      />
      <ReasonDialog
        title={`Remove study ${study.recordName}`}
        explanation="The recording, its findings and corrections are erased and cannot be brought back. The reason is kept in the audit log."
        act="Remove"
        opened={dialog === 'remove'}
        onClose={onClose}
        onReason={async (reason) => {
          await request('studies.remove', { studyId: study.id, reason });
          goTo({ screen: 'worklist' });
        }}
      />
    </>
  );
}
