/** One study of images, its frames and maps, kept fresh by events. */
import { useCallback, useEffect, useState } from 'react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { DecodedImage } from '../../src/contract/imaging.ts';
import type { Saliency } from '../../src/contract/imaging-findings.ts';
import type { ImagingObject, ImagingStudyDetail } from '../../src/contract/imaging-study.ts';
import { onEvent, request } from '../client.ts';
import { bodyOf } from '../words/error-words.ts';
import type { FrameLoad } from './view/image-viewport.tsx';

export type ImagingStudyLoad =
  | { state: 'loading' }
  | { state: 'failed'; error: ErrorBody }
  | { state: 'loaded'; study: ImagingStudyDetail };

export function useImagingStudy(studyId: string): {
  load: ImagingStudyLoad;
  changed: (study: ImagingStudyDetail) => void;
  again: () => void;
} {
  const [load, setLoad] = useState<ImagingStudyLoad>({ state: 'loading' });
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt asks again
  useEffect(() => {
    let gone = false;
    const refresh = async () => {
      try {
        const study = await request('imaging.get', { studyId });
        if (!gone) setLoad({ state: 'loaded', study });
      } catch (thrown) {
        if (!gone) setLoad({ state: 'failed', error: bodyOf(thrown) });
      }
    };
    setLoad({ state: 'loading' });
    void refresh();
    let status: string | null = null;
    const end = onEvent((event) => {
      if (event.kind !== 'imagingStudy' || event.study.id !== studyId) return;
      const seen = `${event.study.status} ${event.study.objects}`;
      if (seen === status) return;
      status = seen;
      void refresh();
    });
    return () => {
      gone = true;
      end();
    };
  }, [studyId, attempt]);

  const changed = useCallback((study: ImagingStudyDetail) => setLoad({ state: 'loaded', study }), []);
  const again = useCallback(() => setAttempt((n) => n + 1), []);
  return { load, changed, again };
}

/** Decoded frames that stay at hand, newest last: stepping through a series must not decode each anew. */
const KEPT_FRAMES = 12;
const frames = new Map<string, Promise<DecodedImage>>();

/** Nothing of a patient stays in the window's memory behind the lock. */
onEvent((event) => {
  if (event.kind === 'session' && event.session.store !== 'unlocked') frames.clear();
});

function frameOf(objectId: string, frame: number): Promise<DecodedImage> {
  const key = `${objectId} ${frame}`;
  const asked = frames.get(key) ?? request('imaging.frame', { objectId, frame });
  frames.delete(key);
  frames.set(key, asked);
  asked.catch(() => frames.delete(key));
  for (const oldest of frames.keys()) {
    if (frames.size <= KEPT_FRAMES) break;
    frames.delete(oldest);
  }
  return asked;
}

/** @param object null where nothing is shown */
export function useFrame(object: ImagingObject | null, frame: number): FrameLoad {
  const [load, setLoad] = useState<{ key: string; load: FrameLoad }>({ key: '', load: { state: 'loading' } });
  const objectId = object?.content === 'image' ? object.id : null;
  const key = `${objectId} ${frame}`;
  useEffect(() => {
    if (objectId === null) return;
    let gone = false;
    const mine = `${objectId} ${frame}`;
    frameOf(objectId, frame).then(
      (image) => !gone && setLoad({ key: mine, load: { state: 'loaded', image } }),
      (thrown: unknown) => !gone && setLoad({ key: mine, load: { state: 'failed', error: bodyOf(thrown) } }),
    );
    return () => {
      gone = true;
    };
  }, [objectId, frame]);
  // A film keeps its last picture until the next has come: no flicker between frames.
  const sameObject = load.key.startsWith(`${objectId} `);
  return load.key === key || (sameObject && load.load.state === 'loaded') ? load.load : { state: 'loading' };
}

export function useSaliency(object: ImagingObject | null): Saliency | null {
  const [found, setFound] = useState<{ id: string; saliency: Saliency | null } | null>(null);
  const id = object?.hasSaliency === true ? object.id : null;
  useEffect(() => {
    if (id === null) return;
    let gone = false;
    request('imaging.saliency', { objectId: id }).then(
      (saliency) => !gone && setFound({ id, saliency }),
      () => !gone && setFound({ id, saliency: null }),
    );
    return () => {
      gone = true;
    };
  }, [id]);
  return found !== null && found.id === id ? found.saliency : null;
}
