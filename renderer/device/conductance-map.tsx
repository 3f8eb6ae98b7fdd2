/** Conductances of a tile as a picture: one pixel a cell, enlarged without smoothing. */
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import classes from './device.module.css';

interface ConductanceMapProps {
  title: string;
  rows: number;
  columns: number;
  values: Float32Array;
  /** End of the scale, microsiemens; a signed map runs from -maximum. */
  maximum: number;
  signed: boolean;
}

/** Dark blue over white to vermilion for signed values, black to amber else; told apart in grey too. */
function colourOf(share: number, signed: boolean): number {
  const bounded = Math.min(1, Math.max(signed ? -1 : 0, share));
  const mix = (from: number, to: number, part: number) => Math.round(from + (to - from) * part);
  if (!signed) {
    const red = mix(14, 255, bounded);
    const green = mix(17, 214, bounded ** 1.3);
    const blue = mix(19, 120, bounded ** 2.2);
    return 0xff000000 | (blue << 16) | (green << 8) | red;
  }
  const part = Math.abs(bounded);
  const [red, green, blue] = bounded < 0 ? [11, 78, 140] : [213, 94, 0];
  return 0xff000000 | (mix(246, blue, part) << 16) | (mix(247, green, part) << 8) | mix(248, red, part);
}

export function ConductanceMap({ title, rows, columns, values, maximum, signed }: ConductanceMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [under, setUnder] = useState<string>('');

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined) return;
    element.width = columns;
    element.height = rows;
    const picture = context.createImageData(columns, rows);
    const words = new Uint32Array(picture.data.buffer);
    for (let i = 0; i < words.length; i++) words[i] = colourOf(values[i]! / maximum, signed);
    context.putImageData(picture, 0, 0);
  }, [rows, columns, values, maximum, signed]);

  function move(event: PointerEvent<HTMLCanvasElement>) {
    const bounds = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - bounds.left) / bounds.width) * columns);
    const row = Math.floor(((event.clientY - bounds.top) / bounds.height) * rows);
    const value = values[row * columns + column];
    if (value !== undefined) setUnder(`row ${row}, column ${column}: ${value.toFixed(2)} µS`);
  }

  return (
    <figure className={classes.map}>
      <figcaption>
        {title} <span className="k-quiet k-number">{under}</span>
      </figcaption>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${title}: ${rows} rows, ${columns} columns`}
        onPointerMove={move}
        onPointerLeave={() => setUnder('')}
      />
    </figure>
  );
}
