/** Long work at the foot of the window: progress, rate, time left, cancel, errors and duplicates. */
import { Button, Progress, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import { request } from '../client.ts';
import { bodyOf } from '../words/error-words.ts';
import {
  forgetImportError,
  forgetJob,
  goTo,
  type JobSeen,
  placeOfStudy,
  useWorkspace,
} from '../workspace/workspace.ts';
import classes from './components.module.css';
import { ErrorNotice } from './error-notice.tsx';
import { jobText } from './job-words.ts';

const KIND = { import: 'Import', analysis: 'Analysis', report: 'Report' } as const;

/** Finished without anything to tell. */
function isSilent({ job }: JobSeen): boolean {
  return job.state === 'done' && notesOf(job) === 0;
}

function notesOf({ errors, duplicates, passedOver }: JobSeen['job']): number {
  return errors.length + duplicates.length + passedOver.length;
}

export function JobTray() {
  const jobs = useWorkspace((state) => state.jobs);
  const importError = useWorkspace((state) => state.importError);
  const shown = jobs.filter((seen) => !isSilent(seen));
  if (shown.length === 0 && importError === null) return null;
  return (
    <section className={classes.tray} aria-label="Jobs">
      {importError !== null && (
        <ErrorNotice error={importError} action={{ label: 'Close', run: forgetImportError }} />
      )}
      {shown.map((seen) => (
        <JobRow key={seen.job.id} seen={seen} />
      ))}
    </section>
  );
}

/** The same error of many files is said once. */
function distinct(errors: readonly ErrorBody[]): { body: ErrorBody; times: number }[] {
  const found = new Map<string, { body: ErrorBody; times: number }>();
  for (const body of errors) {
    const key = `${body.code}${body.at}${body.message}`;
    found.set(key, { body, times: (found.get(key)?.times ?? 0) + 1 });
  }
  return [...found.values()];
}

function JobRow({ seen }: { seen: JobSeen }) {
  const { job, firstDone, firstSeenMs, lastSeenMs } = seen;
  const [error, setError] = useState<ErrorBody | null>(null);
  const active = job.state === 'queued' || job.state === 'running';
  const text = jobText(job, firstDone, lastSeenMs - firstSeenMs);
  return (
    <div className={classes.job} data-job-state={job.state}>
      <span className={classes.jobLabel}>
        <strong>{KIND[job.kind]}</strong> {job.label}
      </span>
      <Progress
        value={job.progress * 100}
        size="sm"
        color={active ? 'accent' : 'gray'}
        aria-label={`${KIND[job.kind]} ${job.label}`}
      />
      <span className="k-number">{text}</span>
      {active ? (
        <Button
          variant="default"
          onClick={() =>
            request('jobs.cancel', { jobId: job.id }).catch((thrown) => setError(bodyOf(thrown)))
          }
        >
          Cancel
        </Button>
      ) : (
        <Button variant="default" onClick={() => forgetJob(job.id)}>
          Close
        </Button>
      )}
      {(notesOf(job) > 0 || error !== null) && (
        <ul className={classes.jobNotes}>
          {job.passedOver.map((why) => (
            <li key={why}>{why}</li>
          ))}
          {job.duplicates.map((duplicate) => (
            <li key={`${duplicate.studyId}${duplicate.recordName}`}>
              {duplicate.recordName} was imported before.{' '}
              <UnstyledButton
                className={classes.linkButton}
                onClick={() => goTo(placeOfStudy(duplicate.studyId))}
              >
                Open the study
              </UnstyledButton>
            </li>
          ))}
          {distinct([...job.errors, ...(error === null ? [] : [error])]).map(({ body, times }) => (
            <li key={`${body.at}${body.message}`}>
              <ErrorNotice error={body} times={times} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
