/** Sign-off and its undoing: the two acts on a study that ask first. */
import { Button, Modal, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { DECISION_SUPPORT_NOTICE } from '../../src/contract/ecg.ts';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { StudyDetail } from '../../src/contract/study.ts';
import { request } from '../client.ts';
import { ErrorNotice } from '../components/error-notice.tsx';
import { bodyOf } from '../words/error-words.ts';
import { count, patientName, patientParticulars, percent } from '../words/format.ts';
import classes from './sign-off.module.css';

interface ConfirmDialogProps {
  study: StudyDetail;
  user: string;
  /** Beats that are for review and that nobody has looked at. */
  uncertainBeats: number;
  opened: boolean;
  onClose: () => void;
  onConfirmed: (study: StudyDetail) => void;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { study, user, uncertainBeats, opened, onClose, onConfirmed } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);

  async function confirm() {
    setBusy(true);
    setError(null);
    try {
      onConfirmed(await request('studies.confirm', { studyId: study.id }));
      onClose();
    } catch (thrown) {
      setError(bodyOf(thrown));
    }
    setBusy(false);
  }

  const { summary } = study;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Confirm study ${study.recordName}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className={classes.body}>
        <p>
          <strong>{patientName(study.patient)}</strong> · {patientParticulars(study.patient).join(' · ')}
        </p>
        {summary !== null && (
          <p>
            {count(summary.beats.total)} beats, {percent(summary.analysableFraction)} analysable.{' '}
            {study.corrections.count === 0
              ? 'No correction was made.'
              : `${study.corrections.count} corrections were made.`}
          </p>
        )}
        {uncertainBeats > 0 && (
          <p>
            <strong>{count(uncertainBeats)}</strong> beats are recommended for review and keep the machine’s
            label.
          </p>
        )}
        <p className="k-quiet">{DECISION_SUPPORT_NOTICE}</p>
        {error !== null && <ErrorNotice error={error} />}
        <div className={classes.actions}>
          <Button variant="default" size="sm" onClick={onClose}>
            Back
          </Button>
          <Button size="sm" loading={busy} onClick={confirm} data-autofocus>
            Sign off as {user}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

interface ReasonDialogProps {
  title: string;
  /** What happens, said before the reason is asked for. */
  explanation: string;
  act: string;
  opened: boolean;
  onClose: () => void;
  /** Rejects where it could not be done; the dialog then stays and says why. */
  onReason: (reason: string) => Promise<void>;
}

/** Asks for the reason that the audit log keeps. */
export function ReasonDialog({ title, explanation, act, opened, onClose, onReason }: ReasonDialogProps) {
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await onReason(reason.trim());
      setReason('');
      onClose();
    } catch (thrown) {
      setError(bodyOf(thrown));
    }
    setBusy(false);
  }

  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={classes.body} onSubmit={submit}>
        <p>{explanation}</p>
        <Textarea
          label="Reason"
          data-autofocus
          autosize
          minRows={2}
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {error !== null && <ErrorNotice error={error} />}
        <div className={classes.actions}>
          <Button variant="default" size="sm" onClick={onClose}>
            Back
          </Button>
          <Button size="sm" type="submit" loading={busy} disabled={reason.trim() === ''}>
            {act}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
