import { expect, test } from "vitest";
import { ancestors, clusterExtents } from "./extents";

const clusters = [
  { cluster_id: 0, layer: 0, parent_id: 1, size: 4, x: 0, y: 0 },
  { cluster_id: 1, layer: 0, parent_id: 0, size: 4, x: 10, y: 0 },
  { cluster_id: 0, layer: 1, parent_id: -1, size: 4, x: 10, y: 0 },
  { cluster_id: 1, layer: 1, parent_id: -1, size: 4, x: 0, y: 0 },
];

test("every finest cluster knows its ancestors", () => {
  expect(ancestors(clusters).map((line) => [...line])).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test("a cluster reaches about as far as its rows", () => {
  const xy = Float64Array.of(1, 0, -1, 0, 0, 1, 0, -1, 13, 0, 7, 0, 10, 3, 10, -3);
  const found = clusterExtents(clusters, {
    xy,
    finest: [0, 0, 0, 0, 1, 1, 1, 1],
    lines: ancestors(clusters),
    rootSize: 20,
    nRows: 8,
  });
  expect(found.map(({ radius }) => Number(radius.toFixed(2)))).toEqual([1.2, 3.6, 3.6, 1.2]);
});

test("a cluster with no row in the sample still has an extent", () => {
  const found = clusterExtents(clusters, {
    xy: new Float64Array(0),
    finest: [],
    lines: ancestors(clusters),
    rootSize: 20,
    nRows: 8,
  });
  expect(found.every(({ radius }) => radius > 0)).toBe(true);
});
