/** What the network says of an image, how sure it is, and what was checked before it was asked. */
import { IconAlertTriangle, IconCheck, IconQuestionMark, IconX } from '@tabler/icons-react';
import { DECISION_SUPPORT_NOTICE } from '../../../src/contract/ecg.ts';
import type { ImagingFinding } from '../../../src/contract/imaging-findings.ts';
import type { ImagingObject, SimilarImage } from '../../../src/contract/imaging-study.ts';
import { IntervalBar } from '../../components/interval-bar.tsx';
import { SeverityTag, UnjudgedTag } from '../../components/severity-tag.tsx';
import inspectorClasses from '../../ecg/inspector/inspector.module.css';
import { percent, percentInterval } from '../../words/format.ts';
import { certaintyWord, epistemicWord, recommendationWord } from '../../words/uncertainty-words.ts';
import classes from '../radiograph.module.css';

interface AnswerPanelProps {
  object: ImagingObject;
  analysing: boolean;
  similar: readonly SimilarImage[];
  onOpen: (studyId: string) => void;
}

export function AnswerPanel({ object, analysing, similar, onOpen }: AnswerPanelProps) {
  const finding = object.analysis?.finding;
  return (
    <div className={inspectorClasses.findings}>
      {finding === undefined ? (
        <section className={inspectorClasses.section}>
          <p>
            {analysing
              ? 'Being analysed; the answer follows.'
              : 'No model looks at images of this kind. What you read and measure is kept all the same.'}
          </p>
        </section>
      ) : (
        <Answer finding={finding} />
      )}
      {similar.length > 0 && (
        <section className={inspectorClasses.section} aria-label="Similar images">
          <h3>Alike among your confirmed images</h3>
          <ul className={classes.past}>
            {similar.map((image) => (
              <li key={image.objectId}>
                <button type="button" className={inspectorClasses.jump} onClick={() => onOpen(image.studyId)}>
                  <span>{OPINION_WORDS[image.opinion]}</span>
                  <span className="k-number">
                    {image.similarity.toFixed(2)} · {image.studiedAt?.slice(0, 10) ?? 'no date'}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className={inspectorClasses.section} aria-label="Limits">
        <p className="k-quiet k-small">{DECISION_SUPPORT_NOTICE}</p>
        {object.warnings.map((warning) => (
          <p key={warning} className="k-quiet k-small">
            Note: {warning}
          </p>
        ))}
      </section>
    </div>
  );
}

export const OPINION_WORDS = { present: 'Present', absent: 'Absent', uncertain: 'Uncertain' } as const;

/** A balanced yes or no is as ambiguous as it gets: ln 2 nats. */
function ambiguityWord(nats: number): string {
  const share = nats / Math.LN2;
  if (share < 0.3) return 'the image is clear';
  if (share < 0.75) return 'the image is somewhat ambiguous';
  return 'the image is ambiguous';
}

function Answer({ finding }: { finding: ImagingFinding }) {
  const { probability, credibleInterval90: interval, aleatoric, epistemic, conformalSet } = finding;
  return (
    <>
      <section className={inspectorClasses.section} aria-label="Answer">
        <div className={classes.answer}>
          {finding.recommendation === 'refuse' ? (
            <UnjudgedTag text={finding.label} />
          ) : (
            <SeverityTag severity={finding.severity} text={finding.label} />
          )}
          {probability !== null && (
            <>
              <div className={classes.answerHead}>
                {certaintyWord('accept', Math.max(probability, 1 - probability))}{' '}
                <span className="k-quiet k-number">
                  p {percent(probability)}
                  {interval !== null && ` (${percentInterval(interval)})`}
                </span>
              </div>
              <IntervalBar
                interval={interval}
                mean={probability}
                maximum={1}
                beatClass="Q"
                label={`Probability ${percent(probability)}`}
              />
            </>
          )}
          <p>
            Recommendation: <strong>{recommendationWord(finding.recommendation)}</strong>
          </p>
          {aleatoric !== null && epistemic !== null && (
            <dl className={inspectorClasses.pairs}>
              <div>
                <dt>Aleatoric: {ambiguityWord(aleatoric)}</dt>
                <dd className="k-number">{aleatoric.toFixed(3)} nats</dd>
              </div>
              <div>
                <dt>Epistemic: {epistemicWord(epistemic)}</dt>
                <dd className="k-number">{epistemic.toFixed(3)} nats</dd>
              </div>
              {conformalSet !== null && (
                <div>
                  <dt>Conformal set, 90 %</dt>
                  <dd>{conformalSet.length === 0 ? 'empty' : conformalSet.join(' or ')}</dd>
                </div>
              )}
            </dl>
          )}
          {finding.why.map((why) => (
            <p key={why}>{why}</p>
          ))}
        </div>
      </section>
      <section className={inspectorClasses.section} aria-label="Applicability">
        <h3>Checked before the model was asked</h3>
        <ul className={classes.checks}>
          {finding.applicability.map(({ check, outcome, why }) => (
            <li key={`${check} ${why}`}>
              {outcome === 'passed' && (
                <IconCheck size={14} className={classes.checkIcon} aria-label="Passed" />
              )}
              {outcome === 'unknown' && (
                <IconQuestionMark size={14} className={classes.checkIcon} aria-label="Not known" />
              )}
              {outcome === 'review' && (
                <IconAlertTriangle size={14} className={classes.checkIcon} aria-label="For review" />
              )}
              {outcome === 'refused' && (
                <IconX size={14} className={classes.checkIcon} aria-label="Refused" />
              )}
              <span className={outcome === 'passed' ? 'k-quiet' : undefined}>{why}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
