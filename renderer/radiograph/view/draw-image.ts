/** Draws a frame, its overlays and a map of evidence onto a canvas. */
import type { Overlay } from '../../../src/contract/imaging.ts';
import type { Saliency } from '../../../src/contract/imaging-findings.ts';
import type { ShadedImage, Shading } from './shaded-image.ts';
import type { Matrix, Viewport } from './view-transform.ts';

export type EvidenceMap = { kind: 'none' } | { kind: 'saliency' | 'deviation'; opacity: number };

export interface Picture {
  shaded: ShadedImage;
  shading: Shading;
  matrix: Matrix;
  zoom: number;
  viewport: Viewport;
  overlays: boolean;
  saliency: Saliency | null;
  evidence: EvidenceMap;
}

export function drawImage(canvas: HTMLCanvasElement, picture: Picture): void {
  const { viewport, matrix, shaded, zoom } = picture;
  const density = window.devicePixelRatio;
  const width = Math.round(viewport.width * density);
  const height = Math.round(viewport.height * density);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  // Film is read on black, in the light theme too.
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  const [a, b, c, d, e, f] = matrix;
  context.setTransform(a * density, b * density, c * density, d * density, e * density, f * density);
  // Beyond twice the pixels are what is looked at; smoothing would invent some between them.
  context.imageSmoothingEnabled = zoom * density < 2;
  context.imageSmoothingQuality = 'medium';
  const { image } = shaded;
  context.drawImage(shaded.canvas(zoom * density, picture.shading), 0, 0, image.width, image.height);
  if (picture.overlays) for (const overlay of image.overlays) drawOverlay(context, overlay);
  if (picture.saliency !== null && picture.evidence.kind !== 'none') {
    context.imageSmoothingEnabled = true;
    context.globalAlpha = picture.evidence.opacity;
    context.drawImage(
      evidenceCanvas(picture.saliency, picture.evidence.kind),
      0,
      0,
      image.width,
      image.height,
    );
    context.globalAlpha = 1;
  }
}

const overlayCanvases = new WeakMap<Overlay, HTMLCanvasElement>();

function drawOverlay(context: CanvasRenderingContext2D, overlay: Overlay): void {
  let canvas = overlayCanvases.get(overlay);
  if (canvas === undefined) {
    canvas = painted(overlay.width, overlay.height, (i) => (overlay.drawn[i] === 1 ? 0xffffffff : 0));
    overlayCanvases.set(overlay, canvas);
  }
  context.drawImage(canvas, overlay.originColumn, overlay.originRow);
}

const evidenceCanvases = new WeakMap<Saliency, Map<'saliency' | 'deviation', HTMLCanvasElement>>();

/** Vermilion for the condition, its uncertainty in blue: the more, the less transparent. */
function evidenceCanvas(saliency: Saliency, kind: 'saliency' | 'deviation'): HTMLCanvasElement {
  let canvases = evidenceCanvases.get(saliency);
  if (canvases === undefined) {
    canvases = new Map();
    evidenceCanvases.set(saliency, canvases);
  }
  let canvas = canvases.get(kind);
  if (canvas === undefined) {
    const values = kind === 'saliency' ? saliency.mean : saliency.deviation;
    const largest = values.reduce((most, value) => Math.max(most, value), 0);
    const colour = kind === 'saliency' ? 0x005ed5 : 0xe9b456;
    canvas = painted(saliency.width, saliency.height, (i) => {
      const share = largest > 0 ? Math.max(0, values[i]!) / largest : 0;
      return ((Math.round(255 * share) << 24) | colour) >>> 0;
    });
    canvases.set(kind, canvas);
  }
  return canvas;
}

/** @param colour of pixel i as 0xAABBGGRR */
function painted(width: number, height: number, colour: (i: number) => number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  const picture = context.createImageData(width, height);
  const words = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = colour(i);
  context.putImageData(picture, 0, 0);
  return canvas;
}
