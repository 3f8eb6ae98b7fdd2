/** The shape of each beat class, for canvas and SVG alike; never told apart by colour alone. */
import type { BeatClass } from '../../src/contract/ecg.ts';

export type MarkShape = { kind: 'circle'; radius: number } | { kind: 'polygon'; points: [number, number][] };

/** @param size height of the mark; the shape is centred on 0, 0 */
export function markShape(label: BeatClass, size: number): MarkShape {
  const r = size / 2;
  switch (label) {
    case 'N':
      return {
        kind: 'polygon',
        points: [
          [-r * 0.28, -r],
          [r * 0.28, -r],
          [r * 0.28, r],
          [-r * 0.28, r],
        ],
      };
    case 'S':
      return {
        kind: 'polygon',
        points: [
          [0, -r],
          [r, r * 0.85],
          [-r, r * 0.85],
        ],
      };
    case 'V': {
      const s = r * 0.88;
      return {
        kind: 'polygon',
        points: [
          [-s, -s],
          [s, -s],
          [s, s],
          [-s, s],
        ],
      };
    }
    case 'F':
      return {
        kind: 'polygon',
        points: [
          [0, -r * 1.1],
          [r * 1.1, 0],
          [0, r * 1.1],
          [-r * 1.1, 0],
        ],
      };
    case 'Q':
      return { kind: 'circle', radius: r * 0.92 };
  }
}

const NAMES: Record<BeatClass, string> = {
  N: 'Normal or bundle branch block',
  S: 'Supraventricular ectopic',
  V: 'Ventricular ectopic',
  F: 'Fusion',
  Q: 'Cannot be classified',
};

export function beatClassName(label: BeatClass): string {
  return NAMES[label];
}
