/** What the machine and the reader measure on the median beat, side by side. */
import type { EcgIntervals, Measurement } from '../../../src/contract/intervals.ts';
import {
  type LimitTimes,
  type Measured,
  measuredBetween,
  measuredByReader,
  type ReaderLimits,
} from '../../../src/ecg/wave-limits.ts';
import classes from './median.module.css';

interface MeasuresProps {
  intervals: EcgIntervals;
  machine: LimitTimes;
  reader: ReaderLimits;
}

const ROWS: {
  name: string;
  unit: ' ms' | '°';
  of: keyof Measured;
  machine: (i: EcgIntervals) => Measurement | null;
}[] = [
  { name: 'P', unit: ' ms', of: 'pDurationMs', machine: (i) => i.pDurationMs },
  { name: 'PR', unit: ' ms', of: 'prMs', machine: (i) => i.prMs },
  { name: 'QRS', unit: ' ms', of: 'qrsMs', machine: (i) => i.qrsMs },
  { name: 'QT', unit: ' ms', of: 'qtMs', machine: (i) => i.qtMs },
  { name: 'QTc Bazett', unit: ' ms', of: 'qtcBazettMs', machine: (i) => i.qtcMs?.bazett ?? null },
  { name: 'QTc Fridericia', unit: ' ms', of: 'qtcFridericiaMs', machine: (i) => i.qtcMs?.fridericia ?? null },
  { name: 'P axis', unit: '°', of: 'pAxisDegrees', machine: (i) => i.axesDegrees.p },
  { name: 'QRS axis', unit: '°', of: 'qrsAxisDegrees', machine: (i) => i.axesDegrees.qrs },
  { name: 'T axis', unit: '°', of: 'tAxisDegrees', machine: (i) => i.axesDegrees.t },
];

export function Measures({ intervals, machine, reader }: MeasuresProps) {
  const yours = measuredByReader(intervals, reader);
  const shown = measuredBetween(intervals, machine);
  const words = (value: number | null | undefined, unit: string) =>
    value == null ? '–' : `${Math.round(value)}${unit}`;
  const rows = ROWS.map((row) => ({ ...row, said: row.machine(intervals), value: yours?.[row.of] })).filter(
    // Without leads I and aVF there are no axes to speak of.
    ({ unit, said, value }) => unit === ' ms' || said !== null || value != null,
  );
  return (
    <table className={classes.measures}>
      <thead>
        <tr>
          <th scope="col">Interval</th>
          <th scope="col">Machine</th>
          <th scope="col">90 %</th>
          <th scope="col">Its limits above</th>
          <th scope="col">Reader</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, unit, of, said, value }) => (
          <tr key={of}>
            <th scope="row">{name}</th>
            <td className="k-number">{words(said?.value, unit)}</td>
            <td className="k-number k-quiet">
              {said !== null && `${Math.round(said.interval90.low)} to ${Math.round(said.interval90.high)}`}
            </td>
            <td className="k-number k-quiet">{words(shown[of], unit)}</td>
            <td className="k-number" data-testid={`yours-${of}`}>
              <strong>{value === null ? 'not seen' : words(value, unit)}</strong>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
