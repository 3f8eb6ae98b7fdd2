/** How much of the array a network uses. */
import type { ProgrammedNetwork } from './program.ts';

export interface TileUse {
  layer: string;
  /** Number of the tile within its layer. */
  tile: number;
  rows: number;
  columns: number;
  rowsUsed: number;
  columnsUsed: number;
  /** rowsUsed x columnsUsed / (rows x columns), 0 to 1. */
  utilisation: number;
}

/** Every tile that the network occupies, in order. */
export function tilesOf({ layers, profile }: ProgrammedNetwork): TileUse[] {
  const { rows, columns } = profile.tile;
  return layers.flatMap(({ name, tiles }) =>
    tiles.map((tile) => ({
      layer: name,
      tile: tile.index,
      rows,
      columns,
      rowsUsed: tile.rows,
      columnsUsed: tile.columns,
      utilisation: (tile.rows * tile.columns) / (rows * columns),
    })),
  );
}

/** Multiply-accumulates that one item makes in tiles, by layer: cells in use times vectors an item. */
export function macsInTiles({ layers }: ProgrammedNetwork): { layer: string; macs: number }[] {
  return layers.map(({ name, positions, tiles }) => ({
    layer: name,
    macs: tiles.reduce((macs, tile) => macs + tile.plusMicroSiemens.length * positions, 0),
  }));
}
