/** The reader's reading beside the machine's answer: earlier ones stay, the latest counts. */
import { Button, SegmentedControl, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { ImagingStudyDetail, Reading } from '../../../src/contract/imaging-study.ts';
import inspectorClasses from '../../ecg/inspector/inspector.module.css';
import { moment } from '../../words/format.ts';
import classes from '../radiograph.module.css';
import { OPINION_WORDS } from './answer-panel.tsx';

interface ReadingPanelProps {
  study: ImagingStudyDetail;
  onSave: (reading: Reading) => Promise<void>;
}

export function ReadingPanel({ study, onSave }: ReadingPanelProps) {
  const latest = study.readings.at(-1);
  const [opinion, setOpinion] = useState<Reading['opinion']>(latest?.opinion ?? 'uncertain');
  const [text, setText] = useState(latest?.text ?? '');
  const [busy, setBusy] = useState(false);
  const open = study.status !== 'confirmed';

  async function save() {
    setBusy(true);
    await onSave({ opinion, text });
    setBusy(false);
  }

  return (
    <section className={inspectorClasses.section} aria-label="Your reading">
      <h3>Your reading</h3>
      {open ? (
        <div className={classes.reading}>
          <SegmentedControl
            size="xs"
            aria-label="Pneumonia"
            value={opinion}
            onChange={(value) => setOpinion(value as Reading['opinion'])}
            data={[
              { value: 'absent', label: 'Absent' },
              { value: 'uncertain', label: 'Uncertain' },
              { value: 'present', label: 'Present' },
            ]}
          />
          <Textarea
            size="xs"
            label="Text"
            autosize
            minRows={3}
            maxRows={10}
            maxLength={10_000}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <div>
            <Button size="xs" loading={busy} onClick={() => void save()}>
              Keep this reading
            </Button>
          </div>
        </div>
      ) : (
        <p className="k-quiet">The study is confirmed. Reopen it to read it again.</p>
      )}
      {study.readings.length > 0 && (
        <ul className={classes.past}>
          {study.readings.toReversed().map((reading) => (
            <li key={reading.at}>
              <strong>{OPINION_WORDS[reading.opinion]}</strong>{' '}
              <span className="k-quiet k-small">
                {reading.by}, {moment(reading.at)}
              </span>
              {reading.text !== '' && <p>{reading.text}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
