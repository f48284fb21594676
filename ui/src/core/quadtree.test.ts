import { expect, test } from "vitest";
import { buildTree, selectNodes } from "./quadtree";

const root = { x: 0, y: 0, size: 1 };
const size = { width: 1000, height: 1000 };

/** Every node of `depth` levels, with `count` rows each. */
function fullTree(depth: number, count: number) {
  const nodes = [];
  for (let z = 0; z < depth; z++) {
    for (let x = 0; x < 2 ** z; x++)
      for (let y = 0; y < 2 ** z; y++) nodes.push({ key: `${z}/${x}/${y}`, start: 0, count });
  }
  return buildTree(nodes, root)!;
}

const keys = (nodes: { node: { key: string } }[]) => nodes.map(({ node }) => node.key);
const whole = { camera: { x: 0.5, y: 0.5, zoom: Math.log2(1000 / 256) }, root, size };

test("totals count what lies below", () => {
  expect(fullTree(3, 10).total).toBe(210);
});

test("a map of few rows is drawn whole", () => {
  expect(selectNodes(fullTree(3, 100), whole, { maxRows: 1e6, pxPerRow: 1e9 })).toHaveLength(21);
});

test("finer tiles wait until the screen has room for them", () => {
  const tree = fullTree(6, 16384);
  expect(keys(selectNodes(tree, whole, { maxRows: 400_000, pxPerRow: 70 }))).toEqual(["0/0/0"]);
  expect(selectNodes(tree, whole, { maxRows: 400_000, pxPerRow: 40 })).toHaveLength(5);
});

test("never more rows than the budget, coarse tiles first, no child without its parent", () => {
  const chosen = selectNodes(fullTree(7, 16384), whole, { maxRows: 400_000, pxPerRow: 0.01 });
  expect(chosen.reduce((sum, entry) => sum + entry.node.count, 0)).toBeLessThanOrEqual(400_000);
  const all = new Set(keys(chosen));
  for (const { z, node } of chosen) {
    const [, x, y] = node.key.split("/").map(Number) as [number, number, number];
    if (z > 0) expect(all.has(`${z - 1}/${x >> 1}/${y >> 1}`)).toBe(true);
  }
});

test("tiles off the screen are left out", () => {
  const corner = { camera: { x: 0.05, y: 0.05, zoom: 5 }, root, size: { width: 400, height: 400 } };
  const chosen = selectNodes(fullTree(5, 16384), corner, { maxRows: 1e6, pxPerRow: 1 });
  expect(keys(chosen)).toEqual(["0/0/0", "1/0/0", "2/0/0", "3/0/0", "4/0/0", "4/0/1", "4/1/0", "4/1/1"]);
});

test("a map without rows has no tree", () => {
  expect(buildTree([], root)).toBeNull();
});
