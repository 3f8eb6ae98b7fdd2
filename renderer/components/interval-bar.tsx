/** A 90 % interval drawn as an interval on a scale, with a tick at the mean. */
import type { BeatClass, Interval90 } from '../../src/contract/ecg.ts';
import classes from './components.module.css';

interface IntervalBarProps {
  /** Null where no interval is known; then the tick alone is drawn. */
  interval: Interval90 | null;
  mean: number;
  /** End of the scale; it starts at 0. */
  maximum: number;
  beatClass?: BeatClass;
  label: string;
}

export function IntervalBar({ interval, mean, maximum, beatClass, label }: IntervalBarProps) {
  const at = (value: number) => Math.max(0, Math.min(100, (100 * value) / maximum));
  return (
    <svg
      className={classes.interval}
      viewBox="0 0 100 12"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line className={classes.intervalScale} x1="0" x2="100" y1="6" y2="6" />
      {interval !== null && (
        <rect
          className={classes.intervalBand}
          data-class={beatClass}
          x={Math.min(at(interval.low), 99)}
          width={Math.max(1, at(interval.high) - at(interval.low))}
          y="2.5"
          height="7"
        />
      )}
      <line className={classes.intervalMean} x1={at(mean)} x2={at(mean)} y1="0" y2="12" />
    </svg>
  );
}
