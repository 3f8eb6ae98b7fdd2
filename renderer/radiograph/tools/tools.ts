/** What a drag on the image does. */
import type { Annotation } from '../../../src/contract/imaging-study.ts';

export type MeasuringTool = Annotation['kind'];
export type Tool = 'window' | 'pan' | 'zoom' | 'magnifier' | MeasuringTool;

/** In the order of the tool bar; keys as OHIF has them where it has one. */
export const TOOLS: readonly { tool: Tool; label: string; key: string; hint: string }[] = [
  {
    tool: 'window',
    label: 'Window and level',
    key: 'w',
    hint: 'Drag across for contrast, down for darkness.',
  },
  { tool: 'pan', label: 'Move', key: 'p', hint: 'Drag the image.' },
  { tool: 'zoom', label: 'Zoom', key: 'z', hint: 'Drag up to come closer.' },
  { tool: 'magnifier', label: 'Magnifier', key: 'm', hint: 'Hold and move over the image.' },
  { tool: 'length', label: 'Length', key: 'd', hint: 'Drag from end to end.' },
  { tool: 'angle', label: 'Angle', key: 'a', hint: 'Click one leg’s end, the corner, the other leg’s end.' },
  {
    tool: 'cardiothoracic-ratio',
    label: 'Cardiothoracic ratio',
    key: 'k',
    hint: 'Click both sides of the heart, then both inner sides of the chest, each at the widest.',
  },
  { tool: 'rectangle', label: 'Rectangle statistics', key: 'b', hint: 'Drag from corner to corner.' },
  { tool: 'ellipse', label: 'Ellipse statistics', key: 'e', hint: 'Drag from corner to corner.' },
  { tool: 'probe', label: 'Value of a pixel', key: 'o', hint: 'Click a pixel.' },
  { tool: 'note', label: 'Note', key: 'n', hint: 'Click where the note belongs.' },
];

export function isMeasuring(tool: Tool): tool is MeasuringTool {
  return !['window', 'pan', 'zoom', 'magnifier'].includes(tool);
}

/** Tools that are drawn in one drag; the others take one click a point. */
export function isDragged(tool: MeasuringTool): boolean {
  return tool === 'length' || tool === 'rectangle' || tool === 'ellipse';
}
