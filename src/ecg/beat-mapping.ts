/** PhysioBank annotation codes and the AAMI classes of ANSI/AAMI EC57 that they belong to. */
import type { BeatClass } from '../contract/ecg.ts';

/**
 * Where atrial (e) and nodal (j) escape beats belong: `N` as in de Chazal 2004 and most published figures, `S` as
 * in the WFDB program `bxb`. State which one a figure uses.
 */
export type EscapeBeatClass = 'N' | 'S';

const CLASS_OF_CODE: ReadonlyMap<string, BeatClass> = new Map([
  ['N', 'N'],
  ['L', 'N'],
  ['R', 'N'],
  ['B', 'N'],
  ['e', 'N'],
  ['j', 'N'],
  ['A', 'S'],
  ['a', 'S'],
  ['J', 'S'],
  ['S', 'S'],
  ['n', 'S'],
  ['V', 'V'],
  ['E', 'V'],
  ['r', 'V'],
  ['F', 'F'],
  ['/', 'Q'],
  ['f', 'Q'],
  ['Q', 'Q'],
  ['?', 'Q'],
]);

/** Every PhysioBank code that marks a beat. */
export const BEAT_CODES: readonly string[] = [...CLASS_OF_CODE.keys()];

/** Whether an annotation with this PhysioBank code marks a beat. */
export function isBeatCode(code: string): boolean {
  return CLASS_OF_CODE.has(code);
}

/** AAMI class of a PhysioBank code; null for codes that mark no beat (rhythm, noise, comments). */
export function aamiClassOf(code: string, escapeBeats: EscapeBeatClass = 'N'): BeatClass | null {
  if (code === 'e' || code === 'j') return escapeBeats;
  return CLASS_OF_CODE.get(code) ?? null;
}
