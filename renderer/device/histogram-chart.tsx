/** A histogram with the counts that published statistics make expect drawn over it. */
import type { Histogram } from '../../src/contract/device-lab.ts';
import { count } from '../words/format.ts';
import classes from './device.module.css';

const WIDTH = 560;
const HEIGHT = 150;
const BOTTOM = 16;

export function HistogramChart({ histogram }: { histogram: Histogram }) {
  const { counts, expected, low, high, devices, mean, standardDeviation } = histogram;
  const most = Math.max(1, ...counts, ...expected);
  const bin = WIDTH / counts.length;
  const y = (value: number) => HEIGHT - (value / most) * (HEIGHT - 6);
  const line = Array.from(expected, (value, i) => `${(i + 0.5) * bin},${y(value)}`).join(' ');
  return (
    <figure className={classes.chart}>
      <figcaption>
        Programming error over its published deviation{' '}
        <span className="k-quiet k-number">
          {count(devices)} devices, mean {mean.toFixed(3)}, sd {standardDeviation.toFixed(3)}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT + BOTTOM}`}
        role="img"
        aria-label="Histogram of programming errors"
      >
        {Array.from(counts, (value, i) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place
            key={i}
            className={classes.bar}
            x={i * bin + 0.5}
            width={Math.max(0.5, bin - 1)}
            y={y(value)}
            height={HEIGHT - y(value)}
          />
        ))}
        <polyline className={classes.expected} points={line} />
        {[low, low / 2, 0, high / 2, high].map((value) => (
          <text
            key={value}
            className={classes.axis}
            x={((value - low) / (high - low)) * WIDTH}
            y={HEIGHT + 12}
            textAnchor={value === low ? 'start' : value === high ? 'end' : 'middle'}
          >
            {value.toFixed(0)}
          </text>
        ))}
      </svg>
      <p className="k-quiet k-small">Bars: these devices. Line: standard normal, as published.</p>
    </figure>
  );
}
