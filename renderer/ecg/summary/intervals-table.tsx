/** Intervals and axes of the usual beat, each with its doubt; ST levels of the leads. */
import type { EcgIntervals, Measurement } from '../../../src/contract/intervals.ts';
import { count } from '../../words/format.ts';
import { recommendationWord } from '../../words/uncertainty-words.ts';
import classes from './summary.module.css';

interface IntervalRow {
  name: string;
  unit: string;
  value: Measurement | null;
  /** Undefined where the reader moved none of its limits, null where the reader sees no such wave. */
  reader?: number | null | undefined;
}

function rowsOf(intervals: EcgIntervals): IntervalRow[] {
  const { axesDegrees, qtcMs } = intervals;
  const by = intervals.measuredByReader;
  return [
    { name: 'RR', unit: 'ms', value: intervals.rrMs },
    { name: 'P duration', unit: 'ms', value: intervals.pDurationMs, reader: by?.pDurationMs },
    { name: 'PR', unit: 'ms', value: intervals.prMs, reader: by?.prMs },
    { name: 'QRS', unit: 'ms', value: intervals.qrsMs, reader: by?.qrsMs },
    { name: 'QT', unit: 'ms', value: intervals.qtMs, reader: by?.qtMs },
    { name: 'QTc Bazett', unit: 'ms', value: qtcMs?.bazett ?? null, reader: by?.qtcBazettMs },
    { name: 'QTc Fridericia', unit: 'ms', value: qtcMs?.fridericia ?? null, reader: by?.qtcFridericiaMs },
    { name: 'QTc Framingham', unit: 'ms', value: qtcMs?.framingham ?? null, reader: by?.qtcFraminghamMs },
    { name: 'P axis', unit: '°', value: axesDegrees.p, reader: by?.pAxisDegrees },
    { name: 'QRS axis', unit: '°', value: axesDegrees.qrs, reader: by?.qrsAxisDegrees },
    { name: 'T axis', unit: '°', value: axesDegrees.t, reader: by?.tAxisDegrees },
  ].filter(({ name, value, reader }) => value !== null || reader != null || !name.includes('axis'));
}

export function IntervalsTable({ intervals }: { intervals: EcgIntervals }) {
  const edited = intervals.measuredByReader != null;
  const withSt = intervals.leads.flatMap(({ lead, st }) => (st === null ? [] : [{ lead, ...st }]));
  return (
    <div className={classes.part}>
      <h3>Intervals of the usual beat</h3>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">
              {count(intervals.dominantBeats)} of {count(intervals.beats)} beats measured share it
            </th>
            {edited && <th scope="col">Reader</th>}
            <th scope="col">{edited ? 'Machine' : 'Value'}</th>
            <th scope="col">90 % interval</th>
            <th scope="col" />
          </tr>
        </thead>
        <tbody>
          {rowsOf(intervals).map(({ name, unit, value, reader }) => (
            <tr key={name} title={value?.why.join(' ')}>
              <th scope="row">{name}</th>
              {edited && (
                <td className="k-number">
                  {reader !== undefined && (
                    <strong>{reader === null ? 'not seen' : `${Math.round(reader)} ${unit}`}</strong>
                  )}
                </td>
              )}
              <td className="k-number">
                {value === null ? 'not seen' : `${Math.round(value.value)} ${unit}`}
              </td>
              <td className="k-number k-quiet">
                {value !== null &&
                  `${Math.round(value.interval90.low)} to ${Math.round(value.interval90.high)}`}
              </td>
              <td className="k-quiet">
                {value !== null && recommendationWord(value.recommendation).toLowerCase()}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {withSt.length > 0 && (
        <table className={classes.table}>
          <caption className="k-visually-hidden">ST levels, millivolts</caption>
          <thead>
            <tr>
              <th scope="col">ST level, mV</th>
              <th scope="col">at J</th>
              <th scope="col">J + 60 ms</th>
              <th scope="col">J + 80 ms</th>
            </tr>
          </thead>
          <tbody>
            {withSt.map(({ lead, jMillivolts, at60Millivolts, at80Millivolts }) => (
              <tr key={lead}>
                <th scope="row">{lead}</th>
                <td className="k-number">{signed(jMillivolts)}</td>
                <td className="k-number">{signed(at60Millivolts)}</td>
                <td className="k-number">{signed(at80Millivolts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {intervals.placement.verdict === 'suspected' && (
        <p>
          <strong>{intervals.placement.label}.</strong> {intervals.placement.why.join(' ')}
        </p>
      )}
      {intervals.notes.map((note) => (
        <p key={note} className="k-quiet k-small">
          {note}
        </p>
      ))}
    </div>
  );
}

function signed(millivolts: number): string {
  return `${millivolts < 0 ? '−' : '+'}${Math.abs(millivolts).toFixed(2)}`;
}
