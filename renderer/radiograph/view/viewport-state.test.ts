import { describe, expect, it } from 'vitest';
import type { DecodedImage } from '../../../src/contract/imaging.ts';
import { FRESH, stepped, transformOf } from './viewport-state.ts';

const image = {
  width: 100,
  height: 50,
  samplesPerPixel: 1,
  pixels: Uint16Array.from({ length: 5000 }, (_, i) => i % 1001),
  modality: { kind: 'linear', slope: 1, intercept: 0, unit: null },
  padding: null,
  presets: [{ kind: 'window', name: 'chest', window: { centre: 500, width: 400, function: 'linear' } }],
  geometry: { pixelAspectRatio: 1 },
} as unknown as DecodedImage;
const seen = { image, viewport: { width: 400, height: 400 }, range: { low: 0, high: 1000 } };

describe('steps of a viewport', () => {
  it('drag the window from the file’s preset and come back by reset', () => {
    const wider = stepped(FRESH, { kind: 'window', across: 0.1, down: -0.2 }, seen);
    expect(wider.preset).toMatchObject({
      kind: 'window',
      window: { width: 500, centre: 300, function: 'linear' },
    });
    const narrow = stepped(wider, { kind: 'window', across: -5, down: 0 }, seen);
    expect(narrow.preset?.kind === 'window' && narrow.preset.window.width).toBeGreaterThan(0);
    expect(stepped(narrow, { kind: 'reset' }, seen)).toEqual(FRESH);
  });

  it('keep turning and mirroring when fitted again', () => {
    const turned = stepped(
      stepped(FRESH, { kind: 'turn', quarters: 1 }, seen),
      { kind: 'flip', axis: 'vertical' },
      seen,
    );
    const moved = stepped(
      stepped(turned, { kind: 'zoom', factor: 3, at: null }, seen),
      { kind: 'pan', dx: 9, dy: 9 },
      seen,
    );
    const fit = transformOf(stepped(moved, { kind: 'fit' }, seen), seen);
    expect(fit).toMatchObject({ panX: 0, panY: 0, zoom: 4, mirrored: true });
    expect(fit.quarterTurns % 2).toBe(1);
  });

  it('leave colours as they are', () => {
    const colour = { ...seen, image: { ...image, samplesPerPixel: 3 } as DecodedImage };
    expect(stepped(FRESH, { kind: 'window', across: 1, down: 1 }, colour).preset).toBeNull();
  });
});
