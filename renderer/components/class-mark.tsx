/** The mark of a beat class as it stands on the strip, in SVG. */
import type { BeatClass } from '../../src/contract/ecg.ts';
import classes from './components.module.css';
import { beatClassName, markShape } from './mark-shape.ts';

export function ClassMark({ label, size = 10 }: { label: BeatClass; size?: number }) {
  const shape = markShape(label, size);
  const box = size + 4;
  return (
    <svg
      className={classes.mark}
      data-class={label}
      width={box}
      height={box}
      viewBox={`${-box / 2} ${-box / 2} ${box} ${box}`}
      role="img"
      aria-label={beatClassName(label)}
    >
      {shape.kind === 'circle' ? (
        <circle r={shape.radius} />
      ) : (
        <polygon points={shape.points.map((point) => point.join(',')).join(' ')} />
      )}
    </svg>
  );
}
