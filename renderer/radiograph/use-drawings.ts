/** What is drawn on the images in view: seen at once, kept in the order in which it was drawn, undone and redone. */
import { useRef, useState } from 'react';
import type { Annotation, AnnotationState, ImagingObject } from '../../src/contract/imaging-study.ts';
import { request } from '../client.ts';

const NOTHING_DRAWN: AnnotationState = { annotations: [], canUndo: false, canRedo: false };

export interface Drawings {
  /** @param object null where nothing is shown */
  of: (object: ImagingObject | null) => AnnotationState;
  save: (object: ImagingObject, annotations: Annotation[]) => void;
  travel: (object: ImagingObject, name: 'imaging.undoAnnotation' | 'imaging.redoAnnotation') => void;
}

/** @param keep runs what may fail and shows why it did */
export function useDrawings(keep: (work: () => Promise<void>) => Promise<void>): Drawings {
  /** By object; others are as the study has them. */
  const [drawn, setDrawn] = useState<ReadonlyMap<string, AnnotationState>>(new Map());
  const inOrder = useRef(Promise.resolve());

  function of(object: ImagingObject | null): AnnotationState {
    if (object === null) return NOTHING_DRAWN;
    return drawn.get(object.id) ?? object.annotations;
  }

  function show(id: string, state: AnnotationState) {
    setDrawn((before) => new Map(before).set(id, state));
  }

  function inTurn(work: () => Promise<void>) {
    inOrder.current = inOrder.current.then(() => keep(work));
  }

  return {
    of,
    save: (object, annotations) => {
      const { id } = object;
      // Seen at once; where it cannot be kept, the drawing goes and the reason stands there.
      const before = of(object);
      show(id, { annotations, canUndo: true, canRedo: false });
      inTurn(async () => {
        try {
          show(id, await request('imaging.annotate', { objectId: id, annotations }));
        } catch (thrown) {
          show(id, before);
          throw thrown;
        }
      });
    },
    travel: ({ id }, name) => inTurn(async () => show(id, await request(name, { objectId: id }))),
  };
}
