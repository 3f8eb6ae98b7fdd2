/** What was drawn on the image, with its measures; a selected drawing shows handles. */
import type { DecodedImage } from '../../../src/contract/imaging.ts';
import type { Annotation } from '../../../src/contract/imaging-study.ts';
import classes from '../radiograph.module.css';
import { type Matrix, toScreen } from '../view/view-transform.ts';
import { annotationWords } from './measure.ts';

interface DrawingsProps {
  image: DecodedImage;
  matrix: Matrix;
  annotations: readonly Annotation[];
  selected: string | null;
}

const HANDLE_PX = 4;

export function Drawings({ image, matrix, annotations, selected }: DrawingsProps) {
  return (
    <>
      {annotations.map((annotation) => (
        <Drawing
          key={annotation.id}
          image={image}
          matrix={matrix}
          annotation={annotation}
          selected={annotation.id === selected}
        />
      ))}
    </>
  );
}

function Drawing(props: { image: DecodedImage; matrix: Matrix; annotation: Annotation; selected: boolean }) {
  const { image, matrix, annotation, selected } = props;
  const points = annotation.points.map(([x, y]) => toScreen(matrix, { x, y }));
  const [first] = points;
  if (first === undefined) return null;
  const words = annotationWords(image, annotation);
  const right = points.reduce((far, point) => (point.x > far.x ? point : far), first);
  return (
    <g className={classes.drawing} data-selected={selected} data-annotation={annotation.kind}>
      <Outline annotation={annotation} points={points} />
      {selected &&
        points.map((point) => (
          <circle
            key={`${point.x} ${point.y}`}
            className={classes.handle}
            cx={point.x}
            cy={point.y}
            r={HANDLE_PX}
          />
        ))}
      <text className={classes.measure} x={right.x + 8} y={right.y + 4}>
        {words.map((line, i) => (
          <tspan key={line} x={right.x + 8} dy={i === 0 ? 0 : 15}>
            {line}
          </tspan>
        ))}
      </text>
    </g>
  );
}

function Outline({ annotation, points }: { annotation: Annotation; points: { x: number; y: number }[] }) {
  const [a, b, c, d] = points;
  if (a === undefined) return null;
  switch (annotation.kind) {
    case 'length':
      return b === undefined ? null : <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} />;
    case 'angle':
      return <polyline points={points.map(({ x, y }) => `${x},${y}`).join(' ')} />;
    case 'cardiothoracic-ratio':
      return (
        <>
          {b !== undefined && <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} />}
          {c !== undefined && d !== undefined && <line x1={c.x} y1={c.y} x2={d.x} y2={d.y} />}
        </>
      );
    case 'rectangle':
    case 'ellipse': {
      if (b === undefined) return null;
      // Turned by quarters only, so that a rectangle of the image stays one of the screen.
      const x = Math.min(a.x, b.x);
      const y = Math.min(a.y, b.y);
      const width = Math.abs(b.x - a.x);
      const height = Math.abs(b.y - a.y);
      return annotation.kind === 'rectangle' ? (
        <rect x={x} y={y} width={width} height={height} />
      ) : (
        <ellipse cx={x + width / 2} cy={y + height / 2} rx={width / 2} ry={height / 2} />
      );
    }
    case 'probe':
    case 'note':
      return <path d={`M ${a.x - 6} ${a.y} h 12 M ${a.x} ${a.y - 6} v 12`} />;
  }
}
