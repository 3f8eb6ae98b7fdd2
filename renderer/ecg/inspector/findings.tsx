/** What was found: first how much could be analysed, then what is urgent, then rates, counts and burdens. */
import { UnstyledButton } from '@mantine/core';
import {
  BEAT_CLASSES,
  type BeatClass,
  DECISION_SUPPORT_NOTICE,
  type EcgSummary,
  type Finding,
  RHYTHM_NOT_ASSESSED,
  type Severity,
} from '../../../src/contract/ecg.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { ClassMark } from '../../components/class-mark.tsx';
import { IntervalBar } from '../../components/interval-bar.tsx';
import { beatClassName } from '../../components/mark-shape.ts';
import { SeverityTag } from '../../components/severity-tag.tsx';
import { count, duration, elapsed, percent, percentInterval, probability } from '../../words/format.ts';
import { recommendationWord } from '../../words/uncertainty-words.ts';
import classes from './inspector.module.css';

interface FindingsProps {
  study: StudyDetail;
  summary: EcgSummary;
  onJump: (startSample: number, endSample: number) => void;
}

const ORDER: readonly Severity[] = ['urgent', 'attention', 'information'];
/** Findings that have a row of their own below; listed as events only when they are more than routine. */
const TABLED = new Set(['ve-burden', 'sve-burden', 'heart-rate', 'quality', 'lead-off']);

export function Findings({ study, summary, onJump }: FindingsProps) {
  const events = study.findings.filter(
    (finding) => !TABLED.has(finding.code) || finding.severity === 'urgent',
  );
  return (
    <div className={classes.findings}>
      <Quality summary={summary} />
      <section className={classes.section} aria-label="Events">
        <h3>Events</h3>
        {events.length === 0 && <p>No pause of 3 s or more, no run, no couplet.</p>}
        {ORDER.flatMap((severity) =>
          groups(events.filter((finding) => finding.severity === severity)).map((group) => (
            <EventGroup
              key={`${severity}${group[0]!.code}`}
              findings={group}
              samplingRateHz={study.samplingRateHz}
              onJump={onJump}
            />
          )),
        )}
        {summary.longestRr !== null && (
          <UnstyledButton
            className={classes.jump}
            onClick={() =>
              onJump(
                summary.longestRr!.startSample,
                summary.longestRr!.startSample + summary.longestRr!.seconds * study.samplingRateHz,
              )
            }
          >
            <span>Longest RR</span>
            <span className="k-number">
              {summary.longestRr.seconds.toFixed(2)} s ·{' '}
              {elapsed(summary.longestRr.startSample / study.samplingRateHz)}
            </span>
          </UnstyledButton>
        )}
      </section>
      <section className={classes.section} aria-label="Heart rate">
        <h3>Heart rate</h3>
        {summary.heartRateBpm === null ? (
          <p>Too few beats for a rate.</p>
        ) : (
          <dl className={classes.three}>
            {(['minimum', 'mean', 'maximum'] as const).map((which) => (
              <div key={which}>
                <dt>{which}</dt>
                <dd>
                  {Math.round(summary.heartRateBpm![which])} <small>bpm</small>
                </dd>
              </div>
            ))}
          </dl>
        )}
      </section>
      <Counts summary={summary} />
      <Burdens summary={summary} findings={study.findings} />
      <section className={classes.section} aria-label="Limits">
        <p className={classes.limit}>{RHYTHM_NOT_ASSESSED}</p>
        <p className="k-quiet k-small">{DECISION_SUPPORT_NOTICE}</p>
        {study.warnings.map((warning) => (
          <p key={warning} className="k-quiet k-small">
            Note: {warning}
          </p>
        ))}
      </section>
    </div>
  );
}

function Quality({ summary }: { summary: EcgSummary }) {
  const leadOff = summary.leads.filter((lead) => lead.leadOffSeconds > 0 || lead.saturatedSeconds > 0);
  return (
    <section className={classes.section} aria-label="Signal quality">
      <div className={classes.lead}>
        <span className={classes.big}>{percent(summary.analysableFraction)}</span>
        <span>
          analysable <span className="k-quiet">of {duration(summary.durationSeconds)}</span>
        </span>
      </div>
      <dl className={classes.pairs}>
        {summary.leads.map((lead) => (
          <div key={lead.lead}>
            <dt>{lead.lead}</dt>
            <dd>
              {percent(lead.analysableFraction)}
              {lead.leadOffSeconds > 0 && ` · off ${duration(lead.leadOffSeconds)}`}
              {lead.saturatedSeconds > 0 && ` · saturated ${duration(lead.saturatedSeconds)}`}
            </dd>
          </div>
        ))}
      </dl>
      {leadOff.length === 0 && <p className="k-quiet">No lead off.</p>}
    </section>
  );
}

function groups(findings: Finding[]): Finding[][] {
  const byCode = new Map<string, Finding[]>();
  for (const finding of findings) {
    byCode.set(finding.code, [...(byCode.get(finding.code) ?? []), finding]);
  }
  return [...byCode.values()];
}

const GROUP_NAMES: Partial<Record<Finding['code'], string>> = {
  pause: 'Pauses of 3 s or more',
  'ventricular-run': 'Ventricular runs',
  'ventricular-couplet': 'Ventricular couplets',
  'supraventricular-run': 'Supraventricular runs',
  'supraventricular-couplet': 'Supraventricular couplets',
};
const SHOWN_AT_FIRST = 4;

interface EventGroupProps {
  findings: Finding[];
  samplingRateHz: number;
  onJump: (startSample: number, endSample: number) => void;
}

function EventGroup({ findings, samplingRateHz, onJump }: EventGroupProps) {
  const { code, severity } = findings[0]!;
  const name = GROUP_NAMES[code];
  const rows = (list: Finding[]) =>
    list.map((finding) => (
      <li key={`${finding.label}${finding.at?.startSample}`}>
        <UnstyledButton
          className={classes.jump}
          disabled={finding.at === null}
          title={finding.why.join(' ')}
          onClick={() => finding.at !== null && onJump(finding.at.startSample, finding.at.endSample)}
        >
          <span>{finding.label}</span>
          <span className="k-number">
            {finding.probability !== null && (
              <span title="Share of Monte-Carlo samples in which this is so">
                {probability(finding.probability)} ·{' '}
                {recommendationWord(finding.recommendation).toLowerCase()} ·{' '}
              </span>
            )}
            {finding.at !== null && elapsed(finding.at.startSample / samplingRateHz)}
          </span>
        </UnstyledButton>
      </li>
    ));
  return (
    <div className={classes.group}>
      <SeverityTag
        severity={severity}
        text={name === undefined ? undefined : `${name} (${findings.length})`}
      />
      <ul>{rows(findings.slice(0, SHOWN_AT_FIRST))}</ul>
      {findings.length > SHOWN_AT_FIRST && (
        <details>
          <summary>{findings.length - SHOWN_AT_FIRST} more</summary>
          <ul>{rows(findings.slice(SHOWN_AT_FIRST))}</ul>
        </details>
      )}
    </div>
  );
}

function Counts({ summary }: { summary: EcgSummary }) {
  return (
    <section className={classes.section} aria-label="Beats">
      <h3>
        Beats <span className={classes.headNumber}>{count(summary.beats.total)}</span>
      </h3>
      <table className={classes.counts}>
        <thead className="k-visually-hidden">
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Count</th>
            <th scope="col">90 % interval</th>
          </tr>
        </thead>
        <tbody>
          {BEAT_CLASSES.map((label: BeatClass) => {
            const { count: counted, interval90 } = summary.beats[label];
            return (
              <tr key={label} title={beatClassName(label)}>
                <th scope="row">
                  <ClassMark label={label} size={9} /> {label}
                </th>
                <td className="k-number">{count(counted)}</td>
                <td className={`k-quiet k-number ${classes.countInterval}`}>
                  {interval90 !== null &&
                    `${count(Math.round(interval90.low))}–${count(Math.round(interval90.high))}`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Burdens({ summary, findings }: { summary: EcgSummary; findings: readonly Finding[] }) {
  const rows = [
    { name: 'VE burden', burden: summary.veBurden, label: 'V' as const, code: 've-burden' as const },
    { name: 'SVE burden', burden: summary.sveBurden, label: 'S' as const, code: 'sve-burden' as const },
  ];
  const highest = Math.max(
    0.01,
    ...rows.map(({ burden }) => Math.max(burden?.fraction ?? 0, burden?.interval90?.high ?? 0)),
  );
  const maximum = Math.min(1, highest * 1.25);
  return (
    <section className={classes.section} aria-label="Burden">
      <h3>
        Burden{' '}
        <span className={classes.headNote}>
          90 % interval, scale 0–{percent(maximum, maximum < 0.1 ? 1 : 0)}
        </span>
      </h3>
      {rows.map(({ name, burden, label, code }) => {
        if (burden === null) return <p key={name}>{name}: no classified beats.</p>;
        const finding = findings.find((each) => each.code === code);
        const interval = burden.interval90 === null ? '' : percentInterval(burden.interval90);
        return (
          <div key={name} className={classes.burden}>
            <div className={classes.burdenHead}>
              <span>
                {name}
                {finding !== undefined && (
                  <span className="k-quiet">
                    {' '}
                    · {recommendationWord(finding.recommendation).toLowerCase()}
                  </span>
                )}
              </span>
              <span className="k-number">
                <strong>{percent(burden.fraction)}</strong> <span className="k-quiet">{interval}</span>
              </span>
            </div>
            <IntervalBar
              interval={burden.interval90}
              mean={burden.fraction}
              maximum={maximum}
              beatClass={label}
              label={`${name} ${percent(burden.fraction)}, 90 % interval ${interval}`}
            />
          </div>
        );
      })}
    </section>
  );
}
