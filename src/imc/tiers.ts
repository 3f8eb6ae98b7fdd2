/**
 * Tiles with several tiers: layers of cells above one another behind one set of lines and converters, of which one
 * is read at a time.
 */

export interface TierPlace {
  /** Tile of the chip. */
  chipTile: number;
  tier: number;
}

/**
 * Where the tiles of each layer lie, `counts[l]` of layer l, numbered through the network. All tiles of the chip
 * are filled tier by tier, so that tiles of one layer, which are read for the same vector, share a tile of the
 * chip only where there are more of them than tiles.
 */
export function tierPlaces(counts: readonly number[], tiers: number): TierPlace[][] {
  const chipTiles = chipTileCount(counts, tiers);
  let next = 0;
  return counts.map((count) =>
    Array.from({ length: count }, () => {
      const number = next++;
      return { chipTile: number % chipTiles, tier: Math.floor(number / chipTiles) };
    }),
  );
}

/** Tiles of the chip that hold all tiles of the network. */
export function chipTileCount(counts: readonly number[], tiers: number): number {
  return Math.ceil(counts.reduce((sum, count) => sum + count, 0) / tiers);
}

/** Reads one after the other that one vector takes in a layer of `count` tiles. */
export function turnsOf(count: number, chipTiles: number): number {
  return Math.ceil(count / chipTiles);
}
