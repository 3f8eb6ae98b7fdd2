/**
 * The strip cut into pictures of equal width, counted in device pixels from the recording's start. A picture is drawn
 * once and then only moved, pixel for pixel, so that scrolling costs a new picture now and then and nothing else.
 */

/** Device pixels: a picture takes a few milliseconds, and a fast scroll needs one in every few frames. */
export const TILE_PX = 256;
/** Pictures beyond these are drawn over: 48 of 256 x 800 pixels are 40 MB. */
const KEPT_TILES = 48;
/** Pictures are drawn for at most so long in one frame; the rest follows in the next. */
const DRAW_MILLISECONDS = 6;
/** Where so much of the frame is left, the picture ahead is drawn before it is needed. */
const AHEAD_MILLISECONDS = 2;

export interface TileSource {
  /** Pictures of another layout are of no use: size, scale, leads. */
  layout: string;
  /** Pictures of other content are shown until they have been drawn anew: identities of what is drawn. */
  content: readonly unknown[];
  heightDevicePx: number;
  /** Index of the first and last tile in view, inclusive. */
  first: number;
  last: number;
  /** Where the strip goes: the tile that comes next. */
  direction: 1 | -1;
  /**
   * The strip leaps from place to place, as under a pointer that drags over a day: one picture a frame is enough, the
   * one in the middle, where the pointer is, before those around it.
   */
  leaping: boolean;
  /** Tiles that the recording has. */
  count: number;
  /** Whether the signal of a tile is here; without it there is no picture. */
  holds: (index: number) => boolean;
  draw: (ctx: OffscreenCanvasRenderingContext2D, index: number) => void;
  show: (picture: OffscreenCanvas, index: number) => void;
  /** Called where there is no picture yet. */
  leaveEmpty: (index: number) => void;
}

/** The tiles in view; from the middle outwards where the strip leaps. */
function inOrder({ first, last, leaping }: TileSource): number[] {
  const tiles = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  if (!leaping) return tiles;
  const middle = (first + last) / 2;
  return tiles.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b);
}

interface Tile {
  picture: OffscreenCanvas;
  /** Drawn of the content before this one. */
  stale: boolean;
}

export class StripTiles {
  /** Oldest use first. */
  readonly #tiles = new Map<number, Tile>();
  #layout = '';
  #content: readonly unknown[] = [];
  readonly #clock: () => number;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Shows the tiles in view; true where some that could be drawn are left for the next frame. */
  frame(source: TileSource): boolean {
    this.#adopt(source);
    const began = this.#clock();
    const spent = () => this.#clock() - began;
    const room = source.leaping ? 0 : DRAW_MILLISECONDS;
    let late = false;
    let drawn = 0;
    for (const index of inOrder(source)) {
      let tile = this.#tiles.get(index);
      if ((tile === undefined || tile.stale) && source.holds(index)) {
        if (drawn === 0 || spent() < room) {
          tile = this.#draw(source, index);
          drawn++;
        } else late = true;
      }
      if (tile === undefined) {
        source.leaveEmpty(index);
        continue;
      }
      this.#tiles.delete(index);
      this.#tiles.set(index, tile);
      source.show(tile.picture, index);
    }
    const ahead = source.direction === 1 ? source.last + 1 : source.first - 1;
    if (
      !late &&
      !source.leaping &&
      ahead >= 0 &&
      ahead < source.count &&
      spent() < AHEAD_MILLISECONDS &&
      this.#tiles.get(ahead)?.stale !== false &&
      source.holds(ahead)
    ) {
      this.#tiles.set(ahead, this.#draw(source, ahead));
    }
    return late;
  }

  #adopt({ layout, content }: TileSource): void {
    if (layout !== this.#layout) this.#tiles.clear();
    else if (content.some((part, i) => part !== this.#content[i])) {
      for (const tile of this.#tiles.values()) tile.stale = true;
    }
    this.#layout = layout;
    this.#content = content;
  }

  #draw(source: TileSource, index: number): Tile {
    const picture = this.#tiles.get(index)?.picture ?? this.#spare(source);
    const ctx = picture.getContext('2d', { alpha: false })!;
    source.draw(ctx, index);
    return { picture, stale: false };
  }

  /** The picture that was out of use for the longest, or a new one. */
  #spare({ first, last, heightDevicePx }: TileSource): OffscreenCanvas {
    if (this.#tiles.size >= KEPT_TILES) {
      for (const [index, { picture }] of this.#tiles) {
        if (index >= first && index <= last) continue;
        this.#tiles.delete(index);
        return picture;
      }
    }
    return new OffscreenCanvas(TILE_PX, heightDevicePx);
  }
}
