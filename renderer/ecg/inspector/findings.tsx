/** What was found: first how much could be analysed, then what is urgent, then rates, counts and burdens. */
import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import {
  BEAT_CLASSES,
  type BeatClass,
  type Burden,
  DECISION_SUPPORT_NOTICE,
  type EcgSummary,
  type Finding,
  type FindingCode,
  RHYTHM_NOT_ASSESSED,
} from '../../../src/contract/ecg.ts';
import {
  RHYTHM_LIMITS,
  RHYTHM_WORDS,
  type RhythmSummary,
  timeByRhythm,
} from '../../../src/contract/rhythm.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { ClassMark } from '../../components/class-mark.tsx';
import { IntervalBar } from '../../components/interval-bar.tsx';
import { beatClassName } from '../../components/mark-shape.ts';
import { SeverityTag } from '../../components/severity-tag.tsx';
import { count, duration, elapsed, percent, percentInterval, probability } from '../../words/format.ts';
import { recommendationWord } from '../../words/uncertainty-words.ts';
import { type PlaceSeen, placesOf } from './event-places.ts';
import classes from './inspector.module.css';

interface FindingsProps {
  study: StudyDetail;
  summary: EcgSummary;
  onJump: (startSample: number, endSample: number) => void;
}

/** Findings that have a row of their own below; listed as events only when they are urgent. */
const TABLED = new Set<FindingCode>([
  'rhythm',
  've-burden',
  'sve-burden',
  'heart-rate',
  'quality',
  'lead-off',
]);

export function Findings({ study, summary, onJump }: FindingsProps) {
  return (
    <div className={classes.findings}>
      <Quality summary={summary} />
      {study.status === 'refused' ? (
        <Refusal findings={study.findings} />
      ) : (
        <Results study={study} summary={summary} onJump={onJump} />
      )}
      <section className={classes.section} aria-label="Limits">
        <p className={classes.limit}>{summary.rhythm === null ? RHYTHM_NOT_ASSESSED : RHYTHM_LIMITS}</p>
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

/** What the machine is not fit to judge: the reason, and no numbers that might be taken for an answer. */
function Refusal({ findings }: { findings: readonly Finding[] }) {
  return (
    <section className={classes.section} aria-label="Refusal">
      <h3>Analysis refused</h3>
      {findings
        .filter((finding) => finding.recommendation === 'refuse')
        .map((finding) => (
          <div key={finding.label}>
            <SeverityTag severity={finding.severity} text={finding.label} />
            {finding.why.map((why) => (
              <p key={why}>{why}</p>
            ))}
          </div>
        ))}
    </section>
  );
}

function Results({ study, summary, onJump }: FindingsProps) {
  const events = study.findings.filter(
    (finding) => !TABLED.has(finding.code) || finding.severity === 'urgent',
  );
  return (
    <>
      <section className={classes.section} aria-label="Events">
        <h3>Events</h3>
        {events.length === 0 && <p>No pause of 3 s or more, no run, no couplet.</p>}
        {events.map((finding) => (
          <Event
            key={`${finding.code}${finding.label}`}
            finding={finding}
            places={placesOf(finding, summary, study.samplingRateHz)}
            samplingRateHz={study.samplingRateHz}
            onJump={onJump}
          />
        ))}
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
      {summary.rhythm !== null && <Rhythm rhythm={summary.rhythm} samplingRateHz={study.samplingRateHz} />}
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
    </>
  );
}

/** How long each rhythm lasted, and how sure the share of atrial fibrillation is. */
function Rhythm({ rhythm, samplingRateHz }: { rhythm: RhythmSummary; samplingRateHz: number }) {
  const times = timeByRhythm(rhythm, samplingRateHz);
  const all = times.reduce((sum, { seconds }) => sum + seconds, 0);
  const { afBurden } = rhythm;
  return (
    <section className={classes.section} aria-label="Rhythm">
      <h3>Rhythm</h3>
      <dl className={classes.pairs}>
        {times.map(({ kind, seconds }) => (
          <div key={kind}>
            <dt>{RHYTHM_WORDS[kind]}</dt>
            <dd>
              {percent(seconds / all)} · {duration(seconds)}
            </dd>
          </div>
        ))}
      </dl>
      {afBurden !== null && <p className="k-quiet">{afWords(afBurden)}</p>}
    </section>
  );
}

function afWords({ fraction, interval90 }: Burden): string {
  if (fraction === 0 && (interval90?.high ?? 0) === 0) return 'No atrial fibrillation of 30 s or more found.';
  const range = interval90 === null ? '' : ` (90 % interval ${percentInterval(interval90)})`;
  return `Atrial fibrillation ${percent(fraction)} of the judged time${range}`;
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

const SHOWN_AT_FIRST = 3;
/** A day can hold thousands, which nobody reads in a list. */
const MOST_SHOWN = 100;

interface EventProps {
  finding: Finding;
  places: readonly PlaceSeen[];
  samplingRateHz: number;
  onJump: (startSample: number, endSample: number) => void;
}

function Event({ finding, places, samplingRateHz, onJump }: EventProps) {
  const [open, setOpen] = useState(false);
  const rows = (list: readonly PlaceSeen[]) =>
    list.map((place) => (
      <li key={place.startSample}>
        <UnstyledButton className={classes.jump} onClick={() => onJump(place.startSample, place.endSample)}>
          <span>{place.text}</span>
          <span className="k-number">
            {place.probability !== null && (
              <span title="Share of Monte-Carlo samples in which this is so">
                p {probability(place.probability)} ·{' '}
              </span>
            )}
            {elapsed(place.startSample / samplingRateHz)}
          </span>
        </UnstyledButton>
      </li>
    ));
  return (
    <div className={classes.group} title={finding.why.join(' ')}>
      <div className={classes.eventHead}>
        <SeverityTag severity={finding.severity} text={finding.label} />
        <span className="k-quiet">{recommendationWord(finding.recommendation).toLowerCase()}</span>
      </div>
      <ul>{rows(places.slice(0, SHOWN_AT_FIRST))}</ul>
      {places.length > SHOWN_AT_FIRST && (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{count(places.length - SHOWN_AT_FIRST)} more</summary>
          {open && <ul>{rows(places.slice(SHOWN_AT_FIRST, MOST_SHOWN))}</ul>}
          {open && places.length > MOST_SHOWN && (
            <p className="k-quiet k-small">
              The longest {MOST_SHOWN} of {count(places.length)}; keys go on from event to event.
            </p>
          )}
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
