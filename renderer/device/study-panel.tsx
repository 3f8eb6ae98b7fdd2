/** What the noise costs: figures over time with and without compensation, and source by source. */
import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { DeviceStudy } from '../../src/contract/device-lab.ts';
import classes from './device.module.css';
import { LONGEST_SECONDS, SHORTEST_SECONDS, timeWords } from './time-scale.ts';

const WIDTH = 640;
const HEIGHT = 180;
const LEFT = 44;
const BOTTOM = 22;

interface StudyPanelProps {
  study: DeviceStudy | null;
  seconds: number;
  /** Under the settings that are chosen now; null while it is being measured. */
  onMeasure: (() => void) | null;
}

export function StudyPanel({ study, seconds, onMeasure }: StudyPanelProps) {
  const [figure, setFigure] = useState(0);
  const measure = (
    <Button size="xs" variant="default" loading={onMeasure === null} onClick={() => onMeasure?.()}>
      Measure under these settings
    </Button>
  );
  if (study === null) {
    return (
      <section className={classes.section} aria-label="What the noise costs">
        <div className={classes.sectionHead}>
          <h2>What the noise costs</h2>
          {measure}
        </div>
        <p className="k-quiet">No labelled items ship for this network.</p>
      </section>
    );
  }
  return (
    <section className={classes.section} aria-label="What the noise costs">
      <div className={classes.sectionHead}>
        <h2>What the noise costs</h2>
        <div className={classes.gap} />
        {measure}
        <SegmentedControl
          size="xs"
          aria-label="Figure"
          value={String(figure)}
          onChange={(value) => setFigure(Number(value))}
          data={study.figures.map((name, i) => ({ value: String(i), label: name }))}
        />
      </div>
      <p className="k-quiet">
        {study.evaluationSet} {study.items.toLocaleString('en-GB')} items, chips no.{' '}
        {study.programmingSeeds.join(', ')} of {study.deviceProfile}, {study.samples} samples; the table{' '}
        {timeWords(study.driftSeconds)} after programming.
      </p>
      <TimeChart study={study} figure={figure} seconds={seconds} />
      <AblationTable study={study} />
    </section>
  );
}

function TimeChart({ study, figure, seconds }: { study: DeviceStudy; figure: number; seconds: number }) {
  const points = study.overTime;
  const values = points.flatMap((point) => {
    const spread = point.values[figure];
    return spread === undefined ? [] : [spread];
  });
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high - low) * 0.08 || 0.01;
  const x = (time: number) =>
    LEFT +
    ((Math.log(Math.max(SHORTEST_SECONDS, time)) - Math.log(SHORTEST_SECONDS)) /
      (Math.log(LONGEST_SECONDS) - Math.log(SHORTEST_SECONDS))) *
      (WIDTH - LEFT - 8);
  const y = (value: number) => HEIGHT - ((value - low + margin) / (high - low + 2 * margin)) * (HEIGHT - 8);
  const line = (compensated: boolean) =>
    points
      .filter((point) => point.driftCompensation === compensated)
      .map((point) => `${x(point.seconds)},${y(point.values[figure] ?? 0)}`)
      .join(' ');
  return (
    <figure className={classes.chart}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT + BOTTOM}`}
        role="img"
        aria-label={`${study.figures[figure]} over time since programming`}
      >
        {[low, (low + high) / 2, high].map((value) => (
          <g key={value}>
            <line className={classes.grid} x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text className={classes.axis} x={LEFT - 6} y={y(value) + 3} textAnchor="end">
              {value.toFixed(3)}
            </text>
          </g>
        ))}
        {[60, 3600, 86_400, 2.628e6, 3.1536e7].map((time) => (
          <text key={time} className={classes.axis} x={x(time)} y={HEIGHT + 16} textAnchor="middle">
            {timeWords(time)}
          </text>
        ))}
        <line className={classes.now} x1={x(seconds)} x2={x(seconds)} y1={0} y2={HEIGHT} />
        <polyline className={classes.compensated} points={line(true)} />
        <polyline className={classes.uncompensated} points={line(false)} />
        {points.map((point) => (
          <circle
            key={`${point.seconds} ${point.driftCompensation}`}
            className={point.driftCompensation ? classes.compensatedDot : classes.uncompensatedDot}
            cx={x(point.seconds)}
            cy={y(point.values[figure] ?? 0)}
            r={2.5}
          />
        ))}
      </svg>
      <p className="k-quiet k-small">
        Solid: drift compensated. Dashed: not compensated. The upright line is the time that is chosen above.
      </p>
    </figure>
  );
}

function AblationTable({ study }: { study: DeviceStudy }) {
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">Source of noise</th>
          {study.figures.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {study.ablation.map(({ condition, values }) => (
          <tr key={condition}>
            <th scope="row">{condition}</th>
            {values.map((value, i) => (
              <td key={study.figures[i]} className="k-number">
                {value.toFixed(3)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
