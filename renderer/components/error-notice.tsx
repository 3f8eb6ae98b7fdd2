/** An error where it happened: what, where, and what to do next. */
import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import { nextStep } from '../words/error-words.ts';
import classes from './components.module.css';

interface ErrorNoticeProps {
  error: ErrorBody;
  /** How often it happened. */
  times?: number;
  /** What to do next, where it is another than with this kind of error elsewhere. */
  next?: string;
  action?: { label: string; run: () => void };
}

export function ErrorNotice({ error, times = 1, next, action }: ErrorNoticeProps) {
  return (
    <div className={classes.error} role="alert">
      <IconAlertTriangle size={16} aria-hidden="true" className={classes.errorIcon} />
      <div>
        <p>
          {error.at !== null && <strong>{error.at}: </strong>}
          {error.message}
          {times > 1 && <span className="k-quiet"> ({times} times)</span>}
        </p>
        <p className="k-quiet">{next ?? nextStep(error.code)}</p>
      </div>
      {action !== undefined && (
        <Button variant="default" onClick={action.run}>
          {action.label}
        </Button>
      )}
    </div>
  );
}
