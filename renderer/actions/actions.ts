/**
 * Everything the user can do, registered by the part of the screen that does it: the palette, the sheet of
 * keys and the keyboard all read this one list.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { preferences } from '../theme/preferences.ts';
import { isSingleCharacter, matches } from './keys.ts';

export interface Action {
  id: string;
  label: string;
  group: 'Go' | 'Recording' | 'Beats' | 'Image' | 'View' | 'Study' | 'Application';
  /** Every one of them runs the action. */
  keys: readonly string[];
  /** False: not possible now; shown greyed. */
  enabled: boolean;
  run: () => void;
}

const sources = new Map<symbol, readonly Action[]>();
const listeners = new Set<() => void>();
let snapshot: readonly Action[] = [];

function changed(): void {
  snapshot = [...sources.values()].flat();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Registers actions while the calling component is mounted; call with a fresh list on every render. */
export function useActions(actions: readonly Action[]): void {
  const source = useRef(Symbol('actions'));
  const latest = useRef(actions);
  latest.current = actions;
  // Runs are looked up late, so only what is shown decides whether the list has changed.
  const shown = actions.map((action) => `${action.id}|${action.label}|${action.enabled}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shown` stands for the list
  useEffect(() => {
    const key = source.current;
    sources.set(
      key,
      latest.current.map((action) => ({
        ...action,
        run: () => latest.current.find((now) => now.id === action.id)?.run(),
      })),
    );
    changed();
    return () => {
      sources.delete(key);
      changed();
    };
  }, [shown]);
}

export function useAllActions(): readonly Action[] {
  return useSyncExternalStore(subscribe, () => snapshot);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type);
}

/** Widgets that use arrows, Home and End themselves. */
function ownsArrows(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest(
      '[role="tab"],[role="menu"],[role="listbox"],[role="radiogroup"],[role="slider"],[type="radio"]',
    ) !== null
  );
}

/** Runs the action of a key press; true where there was one. */
export function runForKey(event: KeyboardEvent): boolean {
  const inDialog = document.querySelector('[role="dialog"]') !== null;
  for (const action of snapshot) {
    for (const shortcut of action.keys) {
      if (!matches(shortcut, event)) continue;
      const plain = !shortcut.includes('mod+');
      if (plain && (isTyping(event.target) || inDialog)) continue;
      if (!plain && inDialog && action.group !== 'Application') continue;
      // Text fields keep their own undo.
      if (shortcut.startsWith('mod+') && shortcut.endsWith('z') && isTyping(event.target)) continue;
      if (/^(Arrow|Home|End|Page)/.test(shortcut) && ownsArrows(event.target)) continue;
      if (isSingleCharacter(shortcut) && !preferences().singleKeys) continue;
      if (!action.enabled) return false;
      action.run();
      return true;
    }
  }
  return false;
}
