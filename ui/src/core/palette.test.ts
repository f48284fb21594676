import { expect, test } from "vitest";
import { deltaE, toOklab, toRgb } from "./color";
import { categorical, clusterColors, missingColor, type Ground, type PaletteName } from "./palette";
import { closestPair, leastDeltaE, VISIONS } from "./vision";

const GROUNDS: Ground[] = ["light", "dark"];
const PAPER = { light: [250, 248, 244], dark: [18, 22, 26] } as const;

function closest(colors: [number, number, number][]): number {
  let least = Infinity;
  colors.forEach((a, i) => colors.slice(i + 1).forEach((b) => (least = Math.min(least, deltaE(a, b)))));
  return least;
}

test("known colours come out as CSS defines them", () => {
  expect(toRgb({ l: 1, c: 0, h: 0 })).toEqual([255, 255, 255]);
  expect(toRgb({ l: 0.62796, c: 0.25768, h: 29.234 })).toEqual([255, 0, 0]);
  expect(toOklab([255, 255, 255])[0]).toBeCloseTo(1, 4);
});

test.each(GROUNDS)("up to twelve categories are well apart on %s ground", (ground) => {
  for (let n = 2; n <= 12; n++) expect(closest(categorical(n, ground)), `${n} categories`).toBeGreaterThan(6);
});

/** Least distance (OKLab × 100) of any two colours to any eye; about 2 can just be told apart. */
const LEAST: Record<PaletteName, { n: number; ofEach: number }[]> = {
  portolan: [{ n: 6, ofEach: 10 }, { n: 8, ofEach: 7.5 }, { n: 12, ofEach: 5.5 }],
  distinct: [{ n: 6, ofEach: 12 }, { n: 8, ofEach: 9 }, { n: 12, ofEach: 7 }],
  "okabe-ito": [{ n: 7, ofEach: 7 }],
};

for (const palette of ["portolan", "distinct", "okabe-ito"] as const) {
  test.each(GROUNDS)(`all colours of ${palette} are apart to who lacks red, green or blue cones, on %s ground`, (ground) => {
    for (const { n, ofEach } of LEAST[palette]) {
      for (const vision of [null, ...VISIONS]) {
        expect(closestPair(categorical(n, ground, palette), vision), `${n} ${vision}`).toBeGreaterThan(ofEach);
      }
    }
  });
}

test.each(GROUNDS)("the first values of a column have none of the colours that the largest topics have, on %s ground", (ground) => {
  const topics = clusterColors(top, ground)[1]!.slice(0, 3);
  categorical(3, ground).forEach((color, place) => expect(deltaE(color, topics[place]!)).toBeGreaterThan(10));
});

test.each(GROUNDS)("every category stands out from the ground and from missing, on %s ground", (ground) => {
  for (const color of categorical(12, ground)) {
    expect(deltaE(color, [...PAPER[ground]])).toBeGreaterThan(20);
    expect(deltaE(color, missingColor(ground))).toBeGreaterThan(6);
  }
});

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
