/** The whole recording in tables and plots. */
import { Button } from '@mantine/core';
import type { BeatTable, EcgSummary } from '../../../src/contract/ecg.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { EctopyTable, HourlyTable, RatesAndPauses, UrgentRules } from './holter-tables.tsx';
import { HrvTable } from './hrv-table.tsx';
import { IntervalsTable } from './intervals-table.tsx';
import { Poincare } from './poincare.tsx';
import { RhythmEpisodes } from './rhythm-episodes.tsx';
import { RrHistogramPlot } from './rr-histogram.tsx';
import { StTrend } from './st-trend.tsx';
import classes from './summary.module.css';

interface SummaryProps {
  study: StudyDetail;
  summary: EcgSummary;
  beats: BeatTable | null;
  scheme: 'light' | 'dark';
  onJump: (startSample: number, endSample: number) => void;
  /** Null where the study cannot be analysed again as it is. */
  onReanalyse: (() => void) | null;
}

export function Summary({ study, summary, beats, scheme, onJump, onReanalyse }: SummaryProps) {
  const { samplingRateHz } = study;
  const holter = summary.holter ?? null;
  const table = { samplingRateHz, onJump };
  return (
    <section
      className={classes.summary}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keys
      tabIndex={0}
      aria-label="Summary of the recording"
      data-testid="summary"
    >
      {holter === null && study.status !== 'refused' && (
        <div className={classes.part}>
          <h3>Analysed by an earlier version</h3>
          <p>
            It made no urgent list, tables of ectopy, rates and hours, ST trend, histogram of RR intervals or
            Poincaré plot. {onReanalyse === null && 'Reopen the study to have it analysed again.'}
          </p>
          {onReanalyse !== null && (
            <Button variant="default" onClick={onReanalyse}>
              Analyse again
            </Button>
          )}
        </div>
      )}
      {holter !== null && (
        <>
          <UrgentRules {...table} holter={holter} />
          <EctopyTable {...table} holter={holter} />
          <RatesAndPauses {...table} holter={holter} />
          <HourlyTable {...table} holter={holter} />
        </>
      )}
      {summary.rhythm !== null && (
        <RhythmEpisodes episodes={summary.rhythm.episodes} samplingRateHz={samplingRateHz} onJump={onJump} />
      )}
      {holter !== null && <StTrend {...table} holter={holter} scheme={scheme} />}
      {summary.intervals != null && <IntervalsTable intervals={summary.intervals} />}
      {summary.hrv != null && <HrvTable hrv={summary.hrv} />}
      {holter !== null && beats !== null && beats.sample.length > 2 && (
        <>
          <RrHistogramPlot histogram={holter.rrHistogram} scheme={scheme} />
          <Poincare
            poincare={holter.poincare}
            beats={beats}
            samplingRateHz={samplingRateHz}
            scheme={scheme}
            onJump={onJump}
          />
        </>
      )}
    </section>
  );
}
