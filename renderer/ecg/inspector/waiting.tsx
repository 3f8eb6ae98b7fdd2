/** The inspector of a study without findings. */
import { Button, Progress } from '@mantine/core';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useWorkspace } from '../../workspace/workspace.ts';
import inspectorClasses from './inspector.module.css';

/** Why there are none, or how far the analysis is. */
export function Waiting({ study, onAgain }: { study: StudyDetail; onAgain: () => void }) {
  const jobs = useWorkspace((state) => state.jobs);
  const running = jobs.filter(({ job }) => job.state === 'running').map(({ job }) => job);
  const job = running.find((each) => each.studyId === study.id) ?? running[0];
  if (study.status === 'queued' || study.status === 'analysing') {
    return (
      <div className={inspectorClasses.waiting}>
        <p>{study.status === 'queued' ? 'Waiting for analysis.' : 'Being analysed; findings follow.'}</p>
        <Progress value={(job?.progress ?? 0) * 100} aria-label="Analysis" animated={job === undefined} />
      </div>
    );
  }
  return (
    <div className={inspectorClasses.waiting}>
      {study.error !== null ? (
        <ErrorNotice error={study.error} />
      ) : (
        <p>
          <strong>{study.status === 'refused' ? 'Analysis refused.' : 'No findings.'}</strong>{' '}
          {study.headline}
        </p>
      )}
      {study.status === 'failed' && (
        <div>
          <Button onClick={onAgain}>Analyse again</Button>
        </div>
      )}
      {study.findings.map((finding) => (
        <div key={finding.label}>
          <p>
            <strong>{finding.label}</strong>
          </p>
          {finding.why.map((why) => (
            <p key={why}>{why}</p>
          ))}
        </div>
      ))}
      {study.warnings.map((warning) => (
        <p key={warning} className="k-quiet">
          Note: {warning}
        </p>
      ))}
    </div>
  );
}
