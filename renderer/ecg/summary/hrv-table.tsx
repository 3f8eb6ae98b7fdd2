/** Heart-rate variability by the Task Force's definitions. */
import type { HeartRateVariability } from '../../../src/contract/hrv.ts';
import { count, percent } from '../../words/format.ts';
import classes from './summary.module.css';

type Row = [name: string, value: number | null, unit: string, decimals: number];

function rowsOf({ time, frequency, nonLinear }: HeartRateVariability): Row[] {
  const rows: Row[] = [];
  if (time !== null) {
    rows.push(
      ['Mean NN', time.meanNnMs, 'ms', 0],
      ['SDNN', time.sdnnMs, 'ms', 0],
      ['RMSSD', time.rmssdMs, 'ms', 0],
      ['pNN50', time.pnn50 === null ? null : 100 * time.pnn50, '%', 1],
      ['SDANN', time.sdannMs, 'ms', 0],
      ['SDNN index', time.sdnnIndexMs, 'ms', 0],
      ['Triangular index', time.triangularIndex, '', 1],
      ['TINN', time.tinnMs, 'ms', 0],
    );
  }
  if (frequency !== null) {
    rows.push(
      ['Total power', frequency.totalMs2, 'ms²', 0],
      ['VLF', frequency.vlfMs2, 'ms²', 0],
      ['LF', frequency.lfMs2, 'ms²', 0],
      ['HF', frequency.hfMs2, 'ms²', 0],
      ['LF/HF', frequency.lfToHf, '', 2],
    );
  }
  if (nonLinear !== null) {
    rows.push(
      ['SD1', nonLinear.sd1Ms, 'ms', 0],
      ['SD2', nonLinear.sd2Ms, 'ms', 0],
      ['Sample entropy', nonLinear.sampleEntropy, '', 2],
      ['DFA α1', nonLinear.dfaAlpha1, '', 2],
      ['DFA α2', nonLinear.dfaAlpha2, '', 2],
    );
  }
  return rows.filter(([, value]) => value !== null);
}

export function HrvTable({ hrv }: { hrv: HeartRateVariability }) {
  const rows = rowsOf(hrv);
  const half = Math.ceil(rows.length / 2);
  return (
    <div className={classes.part}>
      <h3>Heart-rate variability</h3>
      <p className="k-quiet k-small">
        {count(hrv.nnIntervals)} normal intervals,{' '}
        {hrv.rrIntervals > 0 && percent(hrv.nnIntervals / hrv.rrIntervals)} of all
      </p>
      {rows.length === 0 ? (
        <p>Fewer than five minutes of normal intervals: no figures.</p>
      ) : (
        <table className={classes.table}>
          <tbody>
            {rows.slice(0, half).map((row, i) => (
              <tr key={row[0]}>
                <Cells row={row} />
                {rows[half + i] !== undefined && <Cells row={rows[half + i]!} />}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hrv.notes.map((note) => (
        <p key={note} className="k-quiet k-small">
          {note}
        </p>
      ))}
    </div>
  );
}

function Cells({ row: [name, value, unit, decimals] }: { row: Row }) {
  return (
    <>
      <th scope="row" style={{ textAlign: 'left' }}>
        {name}
      </th>
      <td className="k-number">
        {value!.toFixed(decimals)} <span className="k-quiet">{unit}</span>
      </td>
    </>
  );
}
