/** Colours for what is drawn on canvas, where CSS variables do not reach. */
import type { BeatClass } from '../../src/contract/ecg.ts';

export interface CanvasPalette {
  paper: string;
  minor: string;
  major: string;
  trace: string;
  text: string;
  quiet: string;
  line: string;
  accent: string;
  raised: string;
  beat: Record<BeatClass, string>;
}

const ECTOPIC = { S: '#e69f00', V: '#d55e00', F: '#cc79a7', Q: '#56b4e9' } as const;

const LIGHT: CanvasPalette = {
  paper: '#ffffff',
  minor: '#f8d7d9',
  major: '#eaa9ad',
  trace: '#10151a',
  text: '#15191c',
  quiet: '#5b6670',
  line: '#e3e6e8',
  accent: '#0b6e99',
  raised: '#f6f7f8',
  beat: { N: '#8a949c', ...ECTOPIC },
};

const DARK: CanvasPalette = {
  paper: '#0e1113',
  minor: '#1d2226',
  major: '#2e363c',
  trace: '#e8f1ea',
  text: '#eef2f4',
  quiet: '#98a4ad',
  line: '#2a3137',
  accent: '#4fb3d9',
  raised: '#15191c',
  beat: { N: '#7d8891', ...ECTOPIC },
};

export function canvasPalette(scheme: 'light' | 'dark'): CanvasPalette {
  return scheme === 'dark' ? DARK : LIGHT;
}
