/** Rhythms and events in order of time, each with its certainty and the way to it. */
import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { RHYTHM_WORDS, type RhythmEpisode } from '../../../src/contract/rhythm.ts';
import { count, duration, probability } from '../../words/format.ts';
import { recommendationWord } from '../../words/uncertainty-words.ts';
import { Jump } from './jump.tsx';
import classes from './summary.module.css';

interface RhythmEpisodesProps {
  episodes: readonly RhythmEpisode[];
  samplingRateHz: number;
  onJump: (startSample: number, endSample: number) => void;
}

/** A day can have thousands; more rows than this are no list that anybody reads. */
const MOST_ROWS = 500;

export function RhythmEpisodes({ episodes, samplingRateHz, onJump }: RhythmEpisodesProps) {
  const [sinus, setSinus] = useState(false);
  const shown = episodes.filter(({ kind }) => sinus || kind !== 'sinus');
  return (
    <div className={classes.part}>
      <h3>Rhythm episodes</h3>
      <Checkbox
        size="xs"
        label={`Also sinus rhythm (${count(episodes.length)} in all)`}
        checked={sinus}
        onChange={(event) => setSinus(event.currentTarget.checked)}
      />
      {shown.length === 0 ? (
        <p>Sinus rhythm throughout what could be judged.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keys
        <section className={classes.scroll} tabIndex={0} aria-label="Rhythm episodes">
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">Rhythm</th>
                <th scope="col">At</th>
                <th scope="col">Lasting</th>
                <th scope="col">Rate</th>
                <th scope="col">p</th>
                <th scope="col" />
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, MOST_ROWS).map((episode) => (
                <tr key={`${episode.layer}${episode.kind}${episode.startSample}`}>
                  <th scope="row">{RHYTHM_WORDS[episode.kind]}</th>
                  <td>
                    <Jump {...episode} samplingRateHz={samplingRateHz} onJump={onJump} />
                  </td>
                  <td className="k-number">
                    {duration((episode.endSample - episode.startSample) / samplingRateHz)}
                  </td>
                  <td className="k-number">{episode.rateBpm === null ? '–' : Math.round(episode.rateBpm)}</td>
                  <td className="k-number">
                    {episode.probability === null ? '–' : probability(episode.probability)}
                  </td>
                  <td className="k-quiet">{recommendationWord(episode.recommendation).toLowerCase()}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {shown.length > MOST_ROWS && (
        <p className="k-quiet">
          The first {MOST_ROWS} of {count(shown.length)}; the keys I and Y go on from event to event.
        </p>
      )}
    </div>
  );
}
