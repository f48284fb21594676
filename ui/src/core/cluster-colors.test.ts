import { expect, test } from "vitest";
import { clusterColors } from "./cluster-colors";
import { deltaE } from "./color";
import { categorical, type Ground } from "./palette";
import { leastDeltaE } from "./vision";

const GROUNDS: Ground[] = ["light", "dark"];

function closest(colors: [number, number, number][]): number {
  let least = Infinity;
  colors.forEach((a, i) => colors.slice(i + 1).forEach((b) => (least = Math.min(least, deltaE(a, b)))));
  return least;
}

const top = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 0, y: 1 },
  { x: 1, y: 1 },
  { x: 20, y: 20 },
  { x: 21, y: 20 },
  { x: 20, y: 21 },
  { x: 21, y: 21 },
].map((at, cluster_id) => ({ ...at, cluster_id, layer: 1, parent_id: -1, size: 100 - cluster_id }));
const children = top.flatMap((parent) =>
  [0, 1, 2].map((k) => ({
    ...parent,
    cluster_id: 3 * parent.cluster_id + k,
    layer: 0,
    parent_id: parent.cluster_id,
    size: 9 - k,
  })),
);

test.each(GROUNDS)("the first values of a column have none of the colours that the largest topics have, on %s ground", (ground) => {
  const topics = clusterColors(top, ground)[1]!.slice(0, 3);
  categorical(3, ground).forEach((color, place) => expect(deltaE(color, topics[place]!)).toBeGreaterThan(10));
});

test.each(GROUNDS)("clusters near each other differ more than the palette's closest pair, on %s ground", (ground) => {
  const colors = clusterColors([...top, ...children], ground)[1]!;
  const near = [
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
    [4, 5],
    [4, 6],
    [5, 7],
    [6, 7],
  ] as const;
  const least = Math.min(...near.map(([a, b]) => deltaE(colors[a]!, colors[b]!)));
  expect(least).toBeGreaterThan(closest(colors));
  expect(least).toBeGreaterThan(11);
});

test("the largest child has its parent's colour; its siblings stay nearer to it than other clusters do", () => {
  const [fine, coarse] = clusterColors([...top, ...children], "light") as [
    [number, number, number][],
    [number, number, number][],
  ];
  top.forEach((parent) => {
    const own = [0, 1, 2].map((k) => fine[3 * parent.cluster_id + k]!);
    expect(own[0]).toEqual(coarse[parent.cluster_id]);
    expect(closest(own)).toBeGreaterThan(1);
    const others = coarse.filter((_, id) => id !== parent.cluster_id);
    for (const child of own) {
      const toParent = deltaE(child, coarse[parent.cluster_id]!);
      expect(others.every((other) => deltaE(child, other) > toParent)).toBe(true);
    }
  });
});

test.each(GROUNDS)("with a colour-blind safe palette clusters near each other differ to every eye, on %s ground", (ground) => {
  const [, coarse] = clusterColors([...top, ...children], ground, { palette: "distinct" });
  for (const [a, b] of [[0, 1], [0, 2], [1, 3], [2, 3], [4, 5], [4, 6], [5, 7], [6, 7]] as const) {
    expect(leastDeltaE(coarse![a]!, coarse![b]!)).toBeGreaterThan(9);
  }
});

test("colours do not depend on the order of the clusters", () => {
  expect(clusterColors([...children, ...top].reverse(), "dark")).toEqual(clusterColors([...top, ...children], "dark"));
});

test("no clusters have no colours", () => {
  expect(clusterColors([], "light")).toEqual([]);
});
