/** The tables of a Holter report: the urgent list, ectopy, pauses and rates, ST, hours. */
import type { ReactNode } from 'react';
import type { Ectopy, HolterSummary } from '../../../src/contract/holter.ts';
import { count, duration, percent, percentInterval } from '../../words/format.ts';
import { Jump } from './jump.tsx';
import classes from './summary.module.css';

interface HolterProps {
  holter: HolterSummary;
  samplingRateHz: number;
  onJump: (startSample: number, endSample: number) => void;
}

const OUTCOMES = { found: 'found', 'not-found': 'not found', 'not-judged': 'not judged' } as const;

export function UrgentRules({ holter, samplingRateHz, onJump }: HolterProps) {
  return (
    <div className={classes.part}>
      <h3>Urgent list</h3>
      <table className={classes.table}>
        <tbody>
          {holter.urgent.map(({ rule, name, outcome, detail, at }) => (
            <tr key={rule}>
              <th scope="row">
                {name}
                {detail !== '' && <div className="k-quiet k-small">{detail}</div>}
              </th>
              <td className={classes.unbroken}>
                {outcome === 'found' ? <strong>{OUTCOMES[outcome]}</strong> : OUTCOMES[outcome]}
              </td>
              <td>{at !== null && <Jump {...at} samplingRateHz={samplingRateHz} onJump={onJump} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function runWords(run: Ectopy['longestRun'], { samplingRateHz, onJump }: Omit<HolterProps, 'holter'>) {
  if (run === null) return '–';
  return (
    <>
      {run.beats} at {Math.round(run.rateBpm)}/min{' '}
      <Jump {...run} samplingRateHz={samplingRateHz} onJump={onJump} />
    </>
  );
}

export function EctopyTable({ holter, ...to }: HolterProps) {
  const { ventricular, supraventricular } = holter;
  const rows: [string, (ectopy: Ectopy) => ReactNode][] = [
    ['Beats', ({ beats }) => count(beats.count)],
    [
      '90 % interval',
      ({ beats }) =>
        beats.interval90 === null
          ? '–'
          : `${count(Math.round(beats.interval90.low))}–${count(Math.round(beats.interval90.high))}`,
    ],
    ['Burden', ({ burden }) => (burden === null ? '–' : percent(burden.fraction))],
    [
      '90 % interval of the burden',
      ({ burden }) => (burden?.interval90 == null ? '–' : percentInterval(burden.interval90)),
    ],
    ['An hour', ({ beatsPerHour }) => (beatsPerHour === null ? '–' : beatsPerHour.toFixed(1))],
    ['Singles', ({ singles }) => count(singles)],
    ['Couplets', ({ couplets }) => count(couplets)],
    ['Runs, beats in runs', ({ runs, beatsInRuns }) => `${count(runs)}, ${count(beatsInRuns)}`],
    ['Longest run', ({ longestRun }) => runWords(longestRun, to)],
    ['Fastest run', ({ fastestRun }) => runWords(fastestRun, to)],
    ['Bigeminy, episodes', ({ bigeminy }) => count(bigeminy.episodes)],
    ['Trigeminy, episodes', ({ trigeminy }) => count(trigeminy.episodes)],
  ];
  return (
    <div className={classes.part}>
      <h3>Ectopy</h3>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">Ventricular</th>
            <th scope="col">Supraventricular</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, of]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="k-number">{of(ventricular)}</td>
              <td className="k-number">{of(supraventricular)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {holter.rOnT !== null && (
        <p className="k-quiet">
          {count(holter.rOnT.beats)} ventricular beats on the T wave of the beat before
        </p>
      )}
    </div>
  );
}

export function RatesAndPauses({ holter, samplingRateHz, onJump }: HolterProps) {
  const { slow, fast, pauses, atrialFibrillation: af } = holter;
  const jump = (span: { startSample: number; endSample?: number } | null) =>
    span !== null && <Jump {...span} samplingRateHz={samplingRateHz} onJump={onJump} />;
  return (
    <div className={classes.part}>
      <h3>Rates, pauses, atrial fibrillation</h3>
      <table className={classes.table}>
        <tbody>
          {[slow, fast].map((rate) => (
            <tr key={rate.limitBpm}>
              <th scope="row">
                {rate === slow ? 'Below' : 'Above'} {rate.limitBpm}/min
              </th>
              <td className="k-number">
                {count(rate.episodes)} episodes, {duration(rate.seconds)}
                {rate.extremeBpm !== null &&
                  `, ${rate === slow ? 'least' : 'most'} ${Math.round(rate.extremeBpm.value)}/min`}
              </td>
              <td>{jump(rate.extremeBpm === null ? null : { startSample: rate.extremeBpm.atSample })}</td>
            </tr>
          ))}
          {pauses.atLeast.map(({ seconds, count: pausesCounted }) => (
            <tr key={seconds}>
              <th scope="row">RR of {seconds.toFixed(1)} s or more</th>
              <td className="k-number">{count(pausesCounted)}</td>
              <td />
            </tr>
          ))}
          {pauses.longest !== null && (
            <tr>
              <th scope="row">Longest RR</th>
              <td className="k-number">{pauses.longest.seconds.toFixed(2)} s</td>
              <td>
                {jump({
                  startSample: pauses.longest.startSample,
                  endSample: pauses.longest.startSample + Math.round(pauses.longest.seconds * samplingRateHz),
                })}
              </td>
            </tr>
          )}
          <tr>
            <th scope="row">Atrial fibrillation</th>
            <td className="k-number">
              {af === null
                ? 'not judged'
                : `${percent(af.fraction)}${af.interval90 === null ? '' : ` (90 %: ${percentInterval(af.interval90)})`}, ${count(af.episodes)} episodes, ${duration(af.seconds)}`}
            </td>
            <td>{jump(af?.longest ?? null)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

export function HourlyTable({ holter, samplingRateHz, onJump }: HolterProps) {
  return (
    <div className={classes.part}>
      <h3>Hours</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keys */}
      <section className={classes.scroll} tabIndex={0} aria-label="Hours">
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">HR min</th>
              <th scope="col">mean</th>
              <th scope="col">max</th>
              <th scope="col">Beats</th>
              <th scope="col">V</th>
              <th scope="col">S</th>
              <th scope="col">Pauses</th>
              <th scope="col">AF min</th>
              <th scope="col">Analysable</th>
            </tr>
          </thead>
          <tbody>
            {holter.hourly.map((hour) => (
              <tr key={hour.startSample}>
                <th scope="row">
                  {hour.clock !== null && `${hour.clock} `}
                  <Jump startSample={hour.startSample} samplingRateHz={samplingRateHz} onJump={onJump} />
                </th>
                {(['minimum', 'mean', 'maximum'] as const).map((which) => (
                  <td key={which} className="k-number">
                    {hour.heartRateBpm === null ? '–' : Math.round(hour.heartRateBpm[which])}
                  </td>
                ))}
                <td className="k-number">{count(hour.beats)}</td>
                <td className="k-number">{count(hour.ventricular)}</td>
                <td className="k-number">{count(hour.supraventricular)}</td>
                <td className="k-number">{count(hour.pauses)}</td>
                <td className="k-number">{hour.afMinutes === null ? '–' : hour.afMinutes.toFixed(0)}</td>
                <td className="k-number">{percent(hour.analysableFraction, 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
