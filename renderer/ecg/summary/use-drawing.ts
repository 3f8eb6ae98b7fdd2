/** A canvas that is drawn anew when its size or what it shows changes. */
import { useElementSize } from '@mantine/hooks';
import { type RefCallback, useEffect, useRef } from 'react';

export type Draw = (ctx: CanvasRenderingContext2D, widthPx: number, heightPx: number) => void;

/** @param draw stable while what it draws is the same */
export function useDrawing(draw: Draw): RefCallback<HTMLCanvasElement> {
  const { ref, width, height } = useElementSize<HTMLCanvasElement>();
  const canvas = useRef<HTMLCanvasElement | null>(null);
  useEffect(() => {
    const target = canvas.current;
    const ctx = target?.getContext('2d', { alpha: false });
    if (!target || !ctx || width === 0 || height === 0) return;
    const pixelRatio = window.devicePixelRatio;
    target.width = Math.round(width * pixelRatio);
    target.height = Math.round(height * pixelRatio);
    let gone = false;
    const run = () => {
      if (gone) return;
      ctx.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      draw(ctx, width, height);
    };
    run();
    void document.fonts.ready.then(run);
    return () => {
      gone = true;
    };
  }, [draw, width, height]);
  const set = useRef<RefCallback<HTMLCanvasElement>>((element) => {
    canvas.current = element;
    return ref(element);
  });
  return set.current;
}
