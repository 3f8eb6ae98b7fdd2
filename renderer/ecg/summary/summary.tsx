/** The whole recording in tables and plots. */
import type { BeatTable, EcgSummary } from '../../../src/contract/ecg.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { HrvTable } from './hrv-table.tsx';
import { IntervalsTable } from './intervals-table.tsx';
import { Poincare } from './poincare.tsx';
import { RhythmEpisodes } from './rhythm-episodes.tsx';
import { RrHistogramPlot } from './rr-histogram.tsx';
import classes from './summary.module.css';

interface SummaryProps {
  study: StudyDetail;
  summary: EcgSummary;
  beats: BeatTable | null;
  scheme: 'light' | 'dark';
  onJump: (startSample: number, endSample: number) => void;
}

export function Summary({ study, summary, beats, scheme, onJump }: SummaryProps) {
  const { samplingRateHz } = study;
  return (
    <section
      className={classes.summary}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keys
      tabIndex={0}
      aria-label="Summary of the recording"
      data-testid="summary"
    >
      {summary.rhythm !== null && (
        <RhythmEpisodes episodes={summary.rhythm.episodes} samplingRateHz={samplingRateHz} onJump={onJump} />
      )}
      {summary.intervals != null && <IntervalsTable intervals={summary.intervals} />}
      {summary.hrv != null && <HrvTable hrv={summary.hrv} />}
      {beats !== null && beats.sample.length > 2 && (
        <>
          <RrHistogramPlot beats={beats} samplingRateHz={samplingRateHz} scheme={scheme} />
          <Poincare beats={beats} samplingRateHz={samplingRateHz} scheme={scheme} onJump={onJump} />
        </>
      )}
    </section>
  );
}
