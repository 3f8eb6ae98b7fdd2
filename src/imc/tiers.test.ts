import { expect, test } from 'vitest';
import { chipTileCount, tierPlaces, turnsOf } from './tiers.ts';

test.each([
  [[1, 5, 2, 9], 1],
  [[1, 5, 2, 9], 4],
  [[3, 3, 3], 16],
  [[40], 7],
])('tiles %j in %i tiers lie each in a place of its own, in as few tiles as hold them', (counts, tiers) => {
  const places = tierPlaces(counts, tiers);
  expect(places.map(({ length }) => length)).toEqual(counts);
  const flat = places.flat();
  expect(new Set(flat.map(({ chipTile, tier }) => `${chipTile}/${tier}`)).size).toBe(flat.length);
  expect(Math.max(...flat.map(({ tier }) => tier))).toBeLessThan(tiers);
  const chipTiles = Math.max(...flat.map(({ chipTile }) => chipTile)) + 1;
  expect(chipTiles).toBe(Math.ceil(flat.length / tiers));
  expect(chipTileCount(counts, tiers)).toBe(chipTiles);
  // One tier of a tile is read at a time: a layer takes as many turns as it has tiers in its fullest tile.
  places.forEach((layer, i) => {
    const inTile = Array.from(
      { length: chipTiles },
      (_, tile) => layer.filter(({ chipTile }) => chipTile === tile).length,
    );
    expect(turnsOf(counts[i], chipTiles)).toBe(Math.max(...inTile));
  });
});
