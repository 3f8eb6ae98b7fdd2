/** Preferences of the display. The only thing kept in localStorage; never anything about a patient. */
import { useSyncExternalStore } from 'react';
import { z } from 'zod';

export const WORKLIST_COLUMNS = ['recorded', 'duration', 'leads', 'imported'] as const;
export type OptionalColumn = (typeof WORKLIST_COLUMNS)[number];

const preferencesShape = z.object({
  /** CSS pixels a millimetre, measured with a ruler; null: not calibrated, millimetres are nominal. */
  pxPerMm: z.number().min(1).max(20).nullable(),
  /** Optional columns of the worklist that are shown. */
  columns: z.array(z.enum(WORKLIST_COLUMNS)),
  /** Shortcuts of one character without a modifier key. */
  singleKeys: z.boolean(),
});
export type Preferences = z.infer<typeof preferencesShape>;

const KEY = 'kirchhoff.display';
const DEFAULTS: Preferences = { pxPerMm: null, columns: ['recorded', 'duration', 'leads'], singleKeys: true };

// Without this zod probes for `new Function`, which the content security policy reports.
z.config({ jitless: true });

function load(): Preferences {
  try {
    return preferencesShape.parse(JSON.parse(localStorage.getItem(KEY) ?? ''));
  } catch {
    return DEFAULTS;
  }
}

let current: Preferences | null = null;
const listeners = new Set<() => void>();

export function preferences(): Preferences {
  current ??= load();
  return current;
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...preferences(), ...change };
  localStorage.setItem(KEY, JSON.stringify(current));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}
