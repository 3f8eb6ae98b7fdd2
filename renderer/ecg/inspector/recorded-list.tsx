/** Marks and notes that came with the recording, in order; each leads to its place. */
import { SegmentedControl, UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import {
  RECORDED_EVENT_KINDS,
  RECORDED_EVENT_NAMES,
  type RecordedEventKind,
  recordedEventKind,
} from '../../../src/contract/recorded-events.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { Keycaps } from '../../components/keycaps.tsx';
import { elapsed } from '../../words/format.ts';
import { EVENT_WORDS, spanOf } from '../events.ts';
import classes from './inspector.module.css';

interface RecordedListProps {
  study: StudyDetail;
  onJump: (startSample: number, endSample: number) => void;
}

const ROW_PX = 44;

export function RecordedList({ study, onJump }: RecordedListProps) {
  const { events, samplingRateHz, lengthSamples } = study;
  const scroller = useRef<HTMLDivElement>(null);
  const [kind, setKind] = useState<RecordedEventKind | 'all'>('all');
  const kinds = useMemo(() => events.map(recordedEventKind), [events]);
  const shown = useMemo(
    () => events.map((_, i) => i).filter((i) => kind === 'all' || kinds[i] === kind),
    [events, kinds, kind],
  );
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const present = RECORDED_EVENT_KINDS.filter((each) => kinds.includes(each));
  return (
    <div className={classes.recorded}>
      {present.length > 1 && (
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label="Kind of mark"
          value={kind}
          onChange={(value) => setKind(present.find((each) => each === value) ?? 'all')}
          data={[
            { value: 'all', label: `All ${events.length}` },
            ...present.map((each) => ({
              value: each,
              label: `${RECORDED_EVENT_NAMES[each]} ${kinds.filter((k) => k === each).length}`,
            })),
          ]}
        />
      )}
      <p className="k-quiet k-small">
        As they came with the recording; the analysis does not use them. Next: any{' '}
        <Keycaps shortcut={EVENT_WORDS.mark.key} />, the patient’s{' '}
        <Keycaps shortcut={EVENT_WORDS.patient.key} />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keys */}
      <section ref={scroller} className={classes.recordedRows} tabIndex={0} aria-label="Marks and notes">
        <ul style={{ height: rows.getTotalSize() }} data-testid="recorded-events">
          {rows.getVirtualItems().map(({ index, start }) => {
            const event = events[shown[index]!]!;
            const { startSample, endSample } = spanOf(event, samplingRateHz);
            const outside = endSample <= 0 || startSample >= lengthSamples;
            return (
              <li key={index} style={{ transform: `translateY(${start}px)`, height: ROW_PX }}>
                <UnstyledButton
                  className={classes.recordedRow}
                  disabled={outside}
                  onClick={() => onJump(startSample, endSample)}
                >
                  <span>
                    <span className="k-number">{elapsed(event.atSeconds)}</span>
                    {event.durationSeconds !== null && event.durationSeconds > 0 && (
                      <span className="k-quiet"> for {elapsed(event.durationSeconds)}</span>
                    )}
                    <span className="k-quiet">
                      {' '}
                      · {RECORDED_EVENT_NAMES[kinds[shown[index]!]!]}
                      {outside && ', outside of the recording'}
                    </span>
                  </span>
                  <span className={classes.recordedText} title={event.text}>
                    {event.text}
                  </span>
                </UnstyledButton>
              </li>
            );
          })}
        </ul>
      </section>
    </div>
  );
}
