import { describe, expect, it } from 'vitest';
import { isSingleCharacter, type KeyPress, keycaps, matches } from './keys.ts';

function press(key: string, modifiers: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...modifiers };
}

describe('shortcuts', () => {
  it('tells u from shift+u, whatever case the key reports', () => {
    expect(matches('u', press('u'))).toBe(true);
    expect(matches('u', press('U', { shiftKey: true }))).toBe(false);
    expect(matches('shift+u', press('U', { shiftKey: true }))).toBe(true);
    // Caps lock: upper case without Shift.
    expect(matches('u', press('U'))).toBe(true);
  });

  it('tells undo from redo and from a plain z', () => {
    expect(matches('mod+z', press('z', { ctrlKey: true }))).toBe(true);
    expect(matches('mod+z', press('z', { metaKey: true }))).toBe(true);
    expect(matches('mod+z', press('Z', { ctrlKey: true, shiftKey: true }))).toBe(false);
    expect(matches('mod+shift+z', press('Z', { ctrlKey: true, shiftKey: true }))).toBe(true);
    expect(matches('mod+z', press('z'))).toBe(false);
  });

  it('takes symbols as typed, with or without Shift', () => {
    expect(matches('+', press('+', { shiftKey: true }))).toBe(true);
    expect(matches('+', press('+'))).toBe(true);
    expect(matches('?', press('?', { shiftKey: true }))).toBe(true);
    expect(matches('-', press('+'))).toBe(false);
  });

  it('shows keycaps', () => {
    expect(keycaps('mod+shift+z')).toEqual(['Ctrl', 'Shift', 'Z']);
    expect(keycaps('+')).toEqual(['+']);
    expect(keycaps('ArrowLeft')).toEqual(['←']);
  });

  it('knows which shortcuts are single characters', () => {
    expect(isSingleCharacter('u')).toBe(true);
    expect(isSingleCharacter('shift+u')).toBe(true);
    expect(isSingleCharacter('+')).toBe(true);
    expect(isSingleCharacter('mod+k')).toBe(false);
    expect(isSingleCharacter('Delete')).toBe(false);
  });
});
