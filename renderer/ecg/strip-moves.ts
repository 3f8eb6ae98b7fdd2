/** Moves over the strip: scrolling, going to a place, paper speed, gain, calipers. */
import {
  clampLeftSeconds,
  GAINS_MM_PER_MILLIVOLT,
  leftSecondsToShow,
  SPEEDS_MM_PER_SECOND,
  stepped,
} from './strip/geometry.ts';
import type { StripView } from './strip/strip-view.ts';

const GLIDE_MILLISECONDS = 120;

export class StripMoves {
  readonly #view: StripView;
  readonly #durationSeconds: number;
  #gliding = 0;

  constructor(view: StripView, durationSeconds: number) {
    this.#view = view;
    this.#durationSeconds = durationSeconds;
  }

  stop(): void {
    cancelAnimationFrame(this.#gliding);
  }

  /** Glides where the user has nothing against motion. */
  scrollTo(leftSeconds: number): void {
    this.stop();
    const view = this.#view;
    const from = view.state.leftSeconds;
    const to = clampLeftSeconds(leftSeconds, view.state.visibleSeconds, this.#durationSeconds);
    const far = Math.abs(to - from) > 2 * view.state.visibleSeconds;
    if (far || window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      view.set({ leftSeconds: to });
      return;
    }
    const began = performance.now();
    const step = (now: number) => {
      const part = Math.min(1, (now - began) / GLIDE_MILLISECONDS);
      view.set({ leftSeconds: from + (to - from) * (1 - (1 - part) ** 2) });
      if (part < 1) this.#gliding = requestAnimationFrame(step);
    };
    this.#gliding = requestAnimationFrame(step);
  }

  /** The least move that shows a moment. */
  show(seconds: number): void {
    const { leftSeconds, visibleSeconds } = this.#view.state;
    this.scrollTo(leftSecondsToShow(seconds, leftSeconds, visibleSeconds, this.#durationSeconds));
  }

  /** A stretch into the middle, or its beginning where it is longer than the strip. */
  showSpan(startSeconds: number, endSeconds: number): void {
    const { visibleSeconds } = this.#view.state;
    const long = endSeconds - startSeconds > visibleSeconds * 0.8;
    const middle = long ? startSeconds + visibleSeconds * 0.4 : (startSeconds + endSeconds) / 2;
    this.scrollTo(middle - visibleSeconds / 2);
  }

  /** At once, without gliding: while a pointer drags over the overview. */
  centreOn(seconds: number): void {
    this.stop();
    const { visibleSeconds } = this.#view.state;
    this.#view.set({
      leftSeconds: clampLeftSeconds(seconds - visibleSeconds / 2, visibleSeconds, this.#durationSeconds),
    });
  }

  page(part: number): void {
    const { leftSeconds, visibleSeconds } = this.#view.state;
    this.scrollTo(leftSeconds + part * visibleSeconds);
  }

  toStart(): void {
    this.scrollTo(0);
  }

  toEnd(): void {
    this.scrollTo(this.#durationSeconds);
  }

  gain(direction: 1 | -1): void {
    const { gainMmPerMillivolt } = this.#view.state;
    this.#view.set({ gainMmPerMillivolt: stepped(GAINS_MM_PER_MILLIVOLT, gainMmPerMillivolt, direction) });
  }

  speed(direction: 1 | -1): void {
    const { leftSeconds, visibleSeconds, speedMmPerSecond } = this.#view.state;
    const faster = stepped(SPEEDS_MM_PER_SECOND, speedMmPerSecond, direction);
    const visible = (visibleSeconds * speedMmPerSecond) / faster;
    const middle = leftSeconds + visibleSeconds / 2;
    this.#view.set({
      speedMmPerSecond: faster,
      leftSeconds: clampLeftSeconds(middle - visible / 2, visible, this.#durationSeconds),
    });
  }

  /** @param span where the calipers stand at first, so that they need no pointer; null: nowhere yet */
  toggleCalipers(span: { fromSeconds: number; toSeconds: number } | null): void {
    if (this.#view.state.measuring) {
      this.#view.set({ measuring: false, calipers: null });
      return;
    }
    const calipers = span === null ? null : { ...span, fromMillivolts: 0, toMillivolts: 1, lane: 0 };
    this.#view.set({ measuring: true, calipers });
  }

  moveCaliper(direction: 1 | -1): void {
    const { calipers } = this.#view.state;
    if (calipers === null) return;
    this.#view.set({ calipers: { ...calipers, toSeconds: calipers.toSeconds + direction * 0.01 } });
  }
}
