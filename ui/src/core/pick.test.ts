import { expect, test } from "vitest";
import { buildPickGrid, nearestRow } from "./pick";

function randomXy(n: number): Float32Array {
  let state = 12345;
  const next = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  return Float32Array.from({ length: 2 * n }, () => next() ** 2);
}

function bruteForce(xy: Float32Array, x: number, y: number, radius: number): number | null {
  let best: number | null = null;
  let least = radius;
  for (let i = 0; i < xy.length / 2; i++) {
    const distance = Math.hypot(xy[2 * i]! - x, xy[2 * i + 1]! - y);
    if (distance <= least) [best, least] = [i, distance];
  }
  return best;
}

test("the grid finds what looking at every row finds", () => {
  const xy = randomXy(3000);
  const grid = buildPickGrid(xy);
  for (let k = 0; k < 200; k++) {
    const [x, y, radius] = [(k * 0.37) % 1.1, (k * 0.61) % 1.1, 0.002 + (k % 10) * 0.02];
    const hit = nearestRow(xy, grid, { x, y, radius });
    const place = bruteForce(xy, x, y, radius);
    if (place === null) expect(hit).toBeNull();
    else
      expect(Math.hypot(xy[2 * hit!.place]! - x, xy[2 * hit!.place + 1]! - y)).toBeCloseTo(
        Math.hypot(xy[2 * place]! - x, xy[2 * place + 1]! - y),
        6,
      );
  }
});

test("rows on the tile's edge are found", () => {
  const xy = Float32Array.of(0, 0, 1, 1);
  const grid = buildPickGrid(xy);
  expect(nearestRow(xy, grid, { x: 1.01, y: 1, radius: 0.05 })?.place).toBe(1);
  expect(nearestRow(xy, grid, { x: -0.01, y: 0, radius: 0.05 })?.place).toBe(0);
});

test("a row that is filtered out is passed over for the next one", () => {
  const xy = Float32Array.of(0.5, 0.5, 0.52, 0.5);
  const hit = nearestRow(xy, buildPickGrid(xy), { x: 0.5, y: 0.5, radius: 0.1, accepts: (place) => place !== 0 });
  expect(hit?.place).toBe(1);
});

test("a tile without rows has nothing to pick", () => {
  const xy = new Float32Array(0);
  expect(nearestRow(xy, buildPickGrid(xy), { x: 0.5, y: 0.5, radius: 1 })).toBeNull();
});

test("the tiles of ten million rows are picked from in under a millisecond", () => {
  // As many rows as are ever drawn at once, in tiles of 16,384; the pointer lies on four levels of them.
  const tiles = Array.from({ length: 26 }, () => randomXy(16384)).map((xy) => ({ xy, grid: buildPickGrid(xy) }));
  let best = Infinity;
  for (let round = 0; round < 30; round++) {
    const before = performance.now();
    for (const { xy, grid } of tiles) nearestRow(xy, grid, { x: 0.1, y: 0.12, radius: 0.012 });
    best = Math.min(best, performance.now() - before);
  }
  expect(best).toBeLessThan(1);
});
