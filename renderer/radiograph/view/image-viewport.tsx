/** One view of an image: picture, drawings, letters at the edges, what the pointer does. */
import { Loader } from '@mantine/core';
import { type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ErrorBody } from '../../../src/contract/errors.ts';
import type { DecodedImage } from '../../../src/contract/imaging.ts';
import type { Saliency } from '../../../src/contract/imaging-findings.ts';
import type { Annotation } from '../../../src/contract/imaging-study.ts';
import { defaultPreset, modalityRange } from '../../../src/imaging/display.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import classes from '../radiograph.module.css';
import { Drawings } from '../tools/drawings.tsx';
import { LENGTH_BASIS, POINTS_OF, probeValues } from '../tools/measure.ts';
import { isDragged, isMeasuring, type Tool } from '../tools/tools.ts';
import { drawImage, type EvidenceMap } from './draw-image.ts';
import { ShadedImage } from './shaded-image.ts';
import { edgeLetters, matrixOf, type Point, toImage, toScreen, type Viewport } from './view-transform.ts';
import { frameOf, type Seen, transformOf, type ViewportState, type ViewStep } from './viewport-state.ts';

export type FrameLoad =
  | { state: 'loading' }
  | { state: 'failed'; error: ErrorBody }
  | { state: 'loaded'; image: DecodedImage };

interface ImageViewportProps {
  label: string;
  load: FrameLoad;
  view: ViewportState;
  tool: Tool;
  frame: number;
  /** Lines of text in the upper left and upper right corner. */
  corners: { left: readonly string[]; right: readonly string[] };
  showText: boolean;
  annotations: readonly Annotation[];
  selected: string | null;
  saliency: Saliency | null;
  evidence: EvidenceMap;
  active: boolean;
  editable: boolean;
  /** Said while a tool is chosen that cannot draw here. */
  readOnlyWhy?: string;
  /** Told whenever image or viewport are others. */
  onSeen: (seen: Seen) => void;
  onActivate: () => void;
  onStep: (step: ViewStep, seen: Seen) => void;
  onSelect: (id: string | null) => void;
  onDrawn: (annotations: Annotation[]) => void;
  onScroll: (direction: 1 | -1) => void;
}

type Drag =
  | { kind: 'view'; tool: 'window' | 'pan' | 'zoom'; last: Point; start: Point }
  | { kind: 'draw'; annotation: Annotation }
  | { kind: 'handle'; annotation: Annotation; index: number }
  | { kind: 'magnify' };

/** Distance from the pointer within which a handle or drawing is taken, CSS pixels. */
const GRAB_PX = 9;
const LENS_PX = 220;
const LENS_FACTOR = 3;

export function ImageViewport(props: ImageViewportProps) {
  const { load, view, tool, annotations, frame } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const lens = useRef<HTMLCanvasElement>(null);
  const [viewport, setViewport] = useState<Viewport>({ width: 0, height: 0 });
  const [drag, setDrag] = useState<Drag | null>(null);
  const [pending, setPending] = useState<Annotation | null>(null);
  const [pointer, setPointer] = useState<Point | null>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => setViewport({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const image = load.state === 'loaded' ? load.image : null;
  const shaded = useMemo(() => (image === null ? null : new ShadedImage(image)), [image]);
  const range = useMemo(
    () =>
      (image === null || image.samplesPerPixel === 3 ? null : modalityRange(image)) ?? { low: 0, high: 1 },
    [image],
  );
  const seen: Seen | null = image === null || viewport.width === 0 ? null : { image, viewport, range };
  // biome-ignore lint/correctness/useExhaustiveDependencies: seen is made of these
  useEffect(() => {
    if (seen !== null) props.onSeen(seen);
  }, [image, viewport, range]);
  const transform = seen === null ? null : transformOf(view, seen);
  const matrix =
    seen === null || transform === null ? null : matrixOf(transform, frameOf(seen.image), viewport);
  const { preset, inverted } = view;
  const { saliency, evidence, showText } = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: matrix follows from transform and viewport
  useEffect(() => {
    if (canvas.current === null || shaded === null || matrix === null || transform === null) return;
    const picture = {
      shaded,
      shading: { preset, inverted },
      matrix,
      zoom: transform.zoom,
      viewport,
      overlays: showText,
      saliency,
      evidence,
    };
    const request = requestAnimationFrame(() => {
      if (canvas.current !== null) drawImage(canvas.current, picture);
    });
    return () => cancelAnimationFrame(request);
  }, [shaded, preset, inverted, matrix?.join(), viewport, showText, saliency, evidence]);

  useEffect(() => {
    if (lens.current === null || drag?.kind !== 'magnify' || pointer === null) return;
    if (shaded === null || matrix === null || transform === null) return;
    const half = LENS_PX / 2;
    const [a, b, c, d, e, f] = matrix;
    const k = LENS_FACTOR;
    drawImage(lens.current, {
      shaded,
      shading: { preset, inverted },
      matrix: [a * k, b * k, c * k, d * k, (e - pointer.x) * k + half, (f - pointer.y) * k + half],
      zoom: transform.zoom * k,
      viewport: { width: LENS_PX, height: LENS_PX },
      overlays: showText,
      saliency,
      evidence: { kind: 'none' },
    });
  });

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // Not passive, since a page that scrolls along would move the image away.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      if (event.ctrlKey) {
        if (seen === null) return;
        const bounds = element.getBoundingClientRect();
        const at = { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
        props.onStep({ kind: 'zoom', factor: 1.0015 ** -event.deltaY, at }, seen);
      } else props.onScroll(event.deltaY > 0 ? 1 : -1);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  });

  function at(event: PointerEvent): Point {
    const bounds = box.current!.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  }

  function grabbed(point: Point): { annotation: Annotation; index: number } | null {
    if (matrix === null) return null;
    for (const annotation of annotations) {
      for (const [index, [x, y]] of annotation.points.entries()) {
        const on = toScreen(matrix, { x, y });
        if (Math.hypot(on.x - point.x, on.y - point.y) <= GRAB_PX) return { annotation, index };
      }
    }
    return null;
  }

  function down(event: PointerEvent) {
    props.onActivate();
    if (seen === null || matrix === null) return;
    const point = at(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    if (event.button === 1) return setDrag({ kind: 'view', tool: 'pan', last: point, start: point });
    if (event.button === 2) return setDrag({ kind: 'view', tool: 'zoom', last: point, start: point });
    const { x, y } = toImage(matrix, point);
    const place: [number, number] = [x, y];
    if (pending !== null) {
      const next = withPoint(pending, place);
      if (next.points.length < POINTS_OF[next.kind]) setPending(next);
      else finish(next);
      return;
    }
    const handle = props.editable ? grabbed(point) : null;
    if (handle !== null) {
      props.onSelect(handle.annotation.id);
      setDrag({ kind: 'handle', ...handle });
      return;
    }
    props.onSelect(null);
    if (tool === 'magnifier') {
      setPointer(point);
      setDrag({ kind: 'magnify' });
    } else if (!isMeasuring(tool)) {
      setDrag({ kind: 'view', tool, last: point, start: point });
    } else if (props.editable) {
      const begun = {
        kind: tool,
        id: crypto.randomUUID(),
        frame,
        points: isDragged(tool) ? [place, place] : [place],
        ...(tool === 'note' ? { text: '…' } : {}),
      } as unknown as Annotation;
      if (isDragged(tool)) setDrag({ kind: 'draw', annotation: begun });
      else if (begun.points.length === POINTS_OF[tool]) finish(begun);
      else setPending(begun);
    }
  }

  function move(event: PointerEvent) {
    const point = at(event);
    setPointer(point);
    if (drag === null || seen === null || matrix === null) return;
    if (drag.kind === 'view') {
      const dx = point.x - drag.last.x;
      const dy = point.y - drag.last.y;
      if (drag.tool === 'pan') props.onStep({ kind: 'pan', dx, dy }, seen);
      else if (drag.tool === 'zoom')
        props.onStep({ kind: 'zoom', factor: 1.008 ** -dy, at: drag.start }, seen);
      else props.onStep({ kind: 'window', across: dx / 600, down: dy / 600 }, seen);
      setDrag({ ...drag, last: point });
    } else if (drag.kind === 'draw') {
      setDrag({ kind: 'draw', annotation: moved(drag.annotation, 1, toImage(matrix, point)) });
    } else if (drag.kind === 'handle') {
      setDrag({ ...drag, annotation: moved(drag.annotation, drag.index, toImage(matrix, point)) });
    }
  }

  function up() {
    if (drag?.kind === 'draw') {
      const [a, b] = drag.annotation.points;
      // A click without a drag is a slip, not a length of nothing.
      if (matrix !== null && a !== undefined && b !== undefined && (a[0] !== b[0] || a[1] !== b[1])) {
        finish(drag.annotation);
      }
    } else if (drag?.kind === 'handle') finish(drag.annotation);
    setDrag(null);
  }

  function finish(annotation: Annotation) {
    setPending(null);
    props.onDrawn([...annotations.filter(({ id }) => id !== annotation.id), annotation]);
    props.onSelect(annotation.id);
  }

  const drawn =
    drag?.kind === 'handle' || drag?.kind === 'draw'
      ? [...annotations.filter(({ id }) => id !== drag.annotation.id), drag.annotation]
      : pending === null
        ? annotations
        : [...annotations, pending];
  const letters =
    image === null || transform === null ? null : edgeLetters(transform, image.geometry.patientOrientation);

  return (
    <div
      ref={box}
      role="application"
      aria-label={props.label}
      className={classes.viewport}
      data-active={props.active}
      data-tool={tool}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={() => setDrag(null)}
      onPointerLeave={() => setPointer(null)}
      onContextMenu={(event) => event.preventDefault()}
    >
      <canvas
        ref={canvas}
        className={classes.picture}
        role="img"
        aria-label={props.label}
        data-loaded={load.state === 'loaded'}
      />
      {image !== null && matrix !== null && (
        <svg className={classes.drawings} aria-hidden="true">
          <Drawings
            image={image}
            matrix={matrix}
            annotations={drawn.filter((annotation) => annotation.frame === frame)}
            selected={drag?.kind === 'draw' ? drag.annotation.id : props.selected}
          />
        </svg>
      )}
      {drag?.kind === 'magnify' && pointer !== null && (
        <canvas
          ref={lens}
          className={classes.lens}
          style={{ left: pointer.x - LENS_PX / 2, top: pointer.y - LENS_PX / 2 }}
        />
      )}
      {showText && image !== null && (
        <>
          <Corner place="upperLeft" lines={props.corners.left} />
          <Corner place="upperRight" lines={props.corners.right} />
          <Corner
            place="lowerLeft"
            lines={[
              spacingWords(image),
              windowWords(view, image),
              transform === null ? '' : `zoom ${transform.zoom.toFixed(2)}`,
            ]}
          />
          <Corner place="lowerRight" lines={valueWords(image, pointer, matrix)} />
          {letters !== null && (
            <>
              <span className={classes.letterLeft}>{letters.left}</span>
              <span className={classes.letterRight}>{letters.right}</span>
              <span className={classes.letterTop}>{letters.top}</span>
              <span className={classes.letterBottom}>{letters.bottom}</span>
            </>
          )}
        </>
      )}
      {props.readOnlyWhy !== undefined && !props.editable && isMeasuring(tool) && (
        <output className={classes.readOnly}>{props.readOnlyWhy}</output>
      )}
      {load.state === 'loading' && (
        <Loader className={classes.loading} size="sm" aria-label="Loading the image" />
      )}
      {load.state === 'failed' && (
        <div className={classes.failed}>
          <ErrorNotice error={load.error} />
        </div>
      )}
    </div>
  );
}

function Corner({
  place,
  lines,
}: {
  place: 'upperLeft' | 'upperRight' | 'lowerLeft' | 'lowerRight';
  lines: readonly string[];
}) {
  return (
    <div className={`${classes.corner} ${classes[place]}`}>
      {lines
        .filter((line) => line !== '')
        .map((line) => (
          <div key={line}>{line}</div>
        ))}
    </div>
  );
}

function withPoint(annotation: Annotation, point: [number, number]): Annotation {
  return { ...annotation, points: [...annotation.points, point] } as Annotation;
}

function moved(annotation: Annotation, index: number, { x, y }: Point): Annotation {
  return {
    ...annotation,
    points: annotation.points.map((point, i) => (i === index ? [x, y] : point)),
  } as Annotation;
}

/** Where a length holds: a film's millimetres are those of the detector. */
function spacingWords({ geometry: { spacing } }: DecodedImage): string {
  return spacing === null ? 'no spacing: lengths in pixels' : `mm ${LENGTH_BASIS[spacing.at]}`;
}

function windowWords(view: ViewportState, image: DecodedImage): string {
  if (image.samplesPerPixel === 3) return 'colour';
  const preset = view.preset ?? defaultPreset(image);
  if (preset.kind === 'table') return preset.name === '' ? 'the file’s table' : preset.name;
  const { centre, width } = preset.window;
  const digits = width < 10 ? 2 : 0;
  return `W ${width.toFixed(digits)} L ${centre.toFixed(digits)}${view.inverted ? ' inverted' : ''}`;
}

function valueWords(
  image: DecodedImage,
  pointer: Point | null,
  matrix: ReturnType<typeof matrixOf> | null,
): string[] {
  if (pointer === null || matrix === null) return [];
  const { x, y } = toImage(matrix, pointer);
  const values = probeValues(image, [x, y]);
  if (values === null) return [];
  const unit = image.modality.unit === null ? '' : ` ${image.modality.unit}`;
  const digits = Number.isInteger(values[0]) ? 0 : 2;
  return [
    `${Math.floor(x)}, ${Math.floor(y)}: ${values.map((value) => value.toFixed(digits)).join(' ')}${unit}`,
  ];
}
