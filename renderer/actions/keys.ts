/**
 * Keyboard shortcuts as text: modifiers and a key joined by `+`, for instance `mod+shift+z`, `u`, `?`.
 * `mod` is Ctrl, or Command on a Mac. For symbols Shift is part of the symbol and is not named.
 */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

interface Shortcut {
  key: string;
  mod: boolean;
  shift: boolean;
  alt: boolean;
}

function parse(shortcut: string): Shortcut {
  const parts = shortcut.split('+');
  // `+` itself, alone or after modifiers, splits into empty strings.
  const key = parts.at(-1) === '' ? '+' : parts.at(-1)!;
  return { key, mod: parts.includes('mod'), shift: parts.includes('shift'), alt: parts.includes('alt') };
}

function isLetter(key: string): boolean {
  return /^[a-z]$/i.test(key);
}

/** True for a shortcut of one printable character without Ctrl or Alt (WCAG 2.2, 2.1.4). */
export function isSingleCharacter(shortcut: string): boolean {
  const { key, mod, alt } = parse(shortcut);
  return key.length === 1 && !mod && !alt;
}

export function matches(shortcut: string, press: KeyPress): boolean {
  const wanted = parse(shortcut);
  if (wanted.mod !== (press.ctrlKey || press.metaKey)) return false;
  if (wanted.alt !== press.altKey) return false;
  if (wanted.key.toLowerCase() !== press.key.toLowerCase()) return false;
  const shiftCounts = wanted.key.length > 1 || isLetter(wanted.key);
  return !shiftCounts || wanted.shift === press.shiftKey;
}

const NAMES: Record<string, string> = {
  mod: 'Ctrl',
  shift: 'Shift',
  alt: 'Alt',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
  Delete: 'Del',
};

/** The keys to show, one a keycap: `['Ctrl', 'K']`. */
export function keycaps(shortcut: string): string[] {
  const { key, mod, shift, alt } = parse(shortcut);
  const caps: string[] = [];
  if (mod) caps.push(NAMES.mod!);
  if (alt) caps.push(NAMES.alt!);
  if (shift) caps.push(NAMES.shift!);
  caps.push(NAMES[key] ?? (isLetter(key) ? key.toUpperCase() : key));
  return caps;
}
