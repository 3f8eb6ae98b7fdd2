/** The selected beat: label, what the model says in words and intervals, and what to do with it. */
import { UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconEye, IconX } from '@tabler/icons-react';
import {
  BEAT_CLASSES,
  type BeatClass,
  CONFORMAL_ALPHA,
  type Recommendation,
  SPREAD_NAME,
} from '../../../src/contract/ecg.ts';
import { ClassMark } from '../../components/class-mark.tsx';
import { IntervalBar } from '../../components/interval-bar.tsx';
import { beatClassName } from '../../components/mark-shape.ts';
import { elapsed, probability, probabilityInterval } from '../../words/format.ts';
import {
  aleatoricWord,
  certaintyWord,
  epistemicWord,
  MAX_ENTROPY_NATS,
  recommendationWord,
} from '../../words/uncertainty-words.ts';
import type { Beat } from '../beat-rows.ts';
import classes from './inspector.module.css';

interface BeatPanelProps {
  beat: Beat;
  samplingRateHz: number;
  /** To the beat before and after, milliseconds; null at the ends. */
  rrBefore: number | null;
  rrAfter: number | null;
  /** False once the study is confirmed. */
  editable: boolean;
  onRelabel: (label: BeatClass) => void;
  onDelete: () => void;
  onClose: () => void;
}

const ICON: Record<Recommendation, typeof IconCheck> = {
  accept: IconCheck,
  review: IconEye,
  refuse: IconAlertTriangle,
};

const CONFORMAL_TEXT =
  'Classes as probable for this beat as for nine in ten beats of that class in patients left out of the training. ' +
  'More than one: the beat is ambiguous; none: it is unlike all of them. Not guaranteed for a single patient.';

const ORIGIN_TEXT = {
  machine: 'Label by the machine',
  relabelled: 'Relabelled by a clinician',
  added: 'Added by a clinician',
} as const;

export function BeatPanel(props: BeatPanelProps) {
  const { beat, samplingRateHz, rrBefore, rrAfter, editable, onRelabel, onDelete, onClose } = props;
  const Icon = ICON[beat.recommendation];
  const word = certaintyWord(beat.recommendation, beat.topProbability);
  return (
    <section className={classes.beat} aria-label="Selected beat" data-testid="beat-panel">
      <div className={classes.beatHead}>
        <ClassMark label={beat.label} size={13} />
        <h2>
          {beat.label} <span>{beatClassName(beat.label)}</span>
        </h2>
        <UnstyledButton className={classes.close} aria-label="Deselect the beat" onClick={onClose}>
          <IconX size={14} aria-hidden="true" />
        </UnstyledButton>
      </div>
      <p className="k-quiet k-small k-number">
        Beat {beat.index + 1} at {elapsed(beat.sample / samplingRateHz, 2)}
        {rrBefore !== null && ` · RR ${rrBefore} ms`}
        {rrAfter !== null && ` → ${rrAfter} ms`}
      </p>
      {beat.origin !== 'machine' && (
        <p>
          {ORIGIN_TEXT[beat.origin]}
          {beat.machineLabel !== null && `; the machine said ${beat.machineLabel}`}.
        </p>
      )}
      {beat.probabilities.length === 0 ? (
        <p>
          {beat.origin === 'added'
            ? 'No probabilities: the machine did not find this beat.'
            : 'No probabilities: by rule, this beat cannot be classified (poor signal, or too near the edge).'}
        </p>
      ) : (
        <>
          <p className={classes.verdict}>
            <strong>{word}</strong>
            <span className="k-number">p {probability(beat.topProbability)}</span>
          </p>
          <p className={classes.recommend} data-recommendation={beat.recommendation}>
            <Icon size={14} aria-hidden="true" /> Recommendation: {recommendationWord(beat.recommendation)}
          </p>
          <table className={classes.probabilities}>
            <caption className="k-visually-hidden">Class probabilities with 90 % intervals</caption>
            <tbody>
              {beat.probabilities.map(({ label, mean, low, high }) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td className={classes.probabilityBar}>
                    <IntervalBar
                      interval={{ low, high }}
                      mean={mean}
                      maximum={1}
                      beatClass={label}
                      label={`${label}: ${probability(mean)}, 90 % interval ${low.toFixed(2)} to ${high.toFixed(2)}`}
                    />
                  </td>
                  <td className="k-number">{probability(mean)}</td>
                  <td className="k-number k-quiet">{probabilityInterval({ low, high })}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <dl className={classes.doubt}>
            <div>
              <dt>Aleatoric</dt>
              <dd>{aleatoricWord(beat.aleatoric)}</dd>
              <dd className="k-number k-quiet">{beat.aleatoric.toFixed(3)} nats</dd>
            </div>
            <div>
              <dt>Epistemic</dt>
              <dd>{epistemicWord(beat.epistemic)}</dd>
              <dd className="k-number k-quiet">{beat.epistemic.toFixed(3)} nats</dd>
            </div>
            {beat.conformalSet !== null && (
              <div title={CONFORMAL_TEXT}>
                <dt>Conformal set</dt>
                <dd>{beat.conformalSet.length === 0 ? 'none' : beat.conformalSet.join(' or ')}</dd>
                <dd className="k-number k-quiet">{100 * (1 - CONFORMAL_ALPHA)} % a class</dd>
              </div>
            )}
          </dl>
          <p className="k-quiet k-small">
            Intervals: 5–95 % of the {SPREAD_NAME}. Entropy is at most {MAX_ENTROPY_NATS.toFixed(2)} nats.
          </p>
        </>
      )}
      {editable && (
        <fieldset className={classes.relabel}>
          <legend className="k-visually-hidden">Change the label</legend>
          {BEAT_CLASSES.map((label) => (
            <UnstyledButton
              key={label}
              className={classes.relabelButton}
              aria-label={`Label ${label}: ${beatClassName(label)}`}
              aria-pressed={beat.label === label}
              title={`${beatClassName(label)} (${label})`}
              onClick={() => onRelabel(label)}
            >
              <ClassMark label={label} size={9} />
              {label}
            </UnstyledButton>
          ))}
          <UnstyledButton className={classes.relabelButton} title="Delete this beat (Del)" onClick={onDelete}>
            Delete
          </UnstyledButton>
        </fieldset>
      )}
    </section>
  );
}
