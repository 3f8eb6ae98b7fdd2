/** What one ECG screen looks at: position, scale, leads, selection, calipers. Changes many times a second. */
import { useSyncExternalStore } from 'react';
import type { DisplayFilter } from '../../../src/contract/protocol.ts';
import type { Calipers } from './calipers.ts';
import type { GAINS_MM_PER_MILLIVOLT, SPEEDS_MM_PER_SECOND } from './geometry.ts';

export interface StripViewState {
  leftSeconds: number;
  /** Width of the strip in seconds; 0 until it has been laid out. */
  visibleSeconds: number;
  speedMmPerSecond: (typeof SPEEDS_MM_PER_SECOND)[number];
  gainMmPerMillivolt: (typeof GAINS_MM_PER_MILLIVOLT)[number];
  /** Leads shown, from top to bottom, by index in the recording. */
  leads: readonly number[];
  /** What the signal is shown through; measurements of the analysis are not changed by it. */
  filter: DisplayFilter;
  /** R peak of the selected beat. */
  selectedSample: number | null;
  /** Dragging measures instead of scrolling. */
  measuring: boolean;
  calipers: Calipers | null;
  /** Where the pointer is; null outside the strip. */
  cursorSeconds: number | null;
}

export class StripView {
  #state: StripViewState;
  readonly #listeners = new Set<() => void>();

  constructor(initial: StripViewState) {
    this.#state = initial;
  }

  get state(): StripViewState {
    return this.#state;
  }

  set(change: Partial<StripViewState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

export function useStripView<Value>(view: StripView, select: (state: StripViewState) => Value): Value {
  return useSyncExternalStore(view.subscribe, () => select(view.state));
}
