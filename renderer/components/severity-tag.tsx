/** Urgency and status as a word with an icon. */
import {
  IconAlertCircle,
  IconAlertOctagonFilled,
  IconBan,
  IconCircleCheckFilled,
  IconClock,
  IconFileUnknown,
  IconInfoCircle,
  IconLoader2,
  IconPencil,
} from '@tabler/icons-react';
import type { ReactElement } from 'react';
import type { Severity } from '../../src/contract/ecg.ts';
import type { StudyStatus } from '../../src/contract/study.ts';
import classes from './components.module.css';

const SEVERITY: Record<Severity, { word: string; icon: ReactElement; className?: string }> = {
  urgent: {
    word: 'Urgent',
    icon: <IconAlertOctagonFilled size={15} aria-hidden="true" />,
    className: classes.urgent,
  },
  attention: {
    word: 'Attention',
    icon: <IconAlertCircle size={15} aria-hidden="true" />,
    className: classes.attention,
  },
  information: {
    word: 'Routine',
    icon: <IconInfoCircle size={15} aria-hidden="true" />,
    className: classes.routine,
  },
};

export function SeverityTag({ severity, text }: { severity: Severity; text?: string }) {
  const { word, icon, className } = SEVERITY[severity];
  return (
    <span className={`${classes.tag} ${className ?? ''}`}>
      {icon}
      <span>
        {word}
        {text !== undefined && `: ${text}`}
      </span>
    </span>
  );
}

/** Where nothing was judged: how urgent it is has to be found out. */
export function UnjudgedTag({ text }: { text: string }) {
  return (
    <span className={classes.tag}>
      <IconBan size={15} aria-hidden="true" />
      <span>{text}</span>
    </span>
  );
}

const STATUS: Record<StudyStatus, { word: string; icon: ReactElement }> = {
  queued: { word: 'Waiting', icon: <IconClock size={15} aria-hidden="true" /> },
  analysing: { word: 'Analysing', icon: <IconLoader2 size={15} aria-hidden="true" /> },
  preliminary: { word: 'Preliminary', icon: <IconPencil size={15} aria-hidden="true" /> },
  confirmed: { word: 'Confirmed', icon: <IconCircleCheckFilled size={15} aria-hidden="true" /> },
  refused: { word: 'Refused', icon: <IconBan size={15} aria-hidden="true" /> },
  failed: { word: 'Failed', icon: <IconFileUnknown size={15} aria-hidden="true" /> },
};

export function statusWord(status: StudyStatus): string {
  return STATUS[status].word;
}

export function StatusTag({ status }: { status: StudyStatus }) {
  const { word, icon } = STATUS[status];
  return (
    <span className={classes.tag} data-status={status}>
      {icon}
      {word}
    </span>
  );
}
