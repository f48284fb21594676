import { expect, test } from "vitest";
import { FADE, type NameBox, nameLines, nameOpacity, nameSpans } from "./names";

const box = (x: number, y: number, more: Partial<NameBox> = {}): NameBox => ({
  x,
  y,
  width: 80,
  height: 20,
  layer: 0,
  size: 1,
  radius: 0.1,
  from: -Infinity,
  until: Infinity,
  ...more,
});

function overlaps(a: NameBox, b: NameBox, scale: number): boolean {
  return (
    Math.abs(a.x - b.x) * scale < (a.width + b.width) / 2 - 1e-6 &&
    Math.abs(a.y - b.y) * scale < (a.height + b.height) / 2 - 1e-6
  );
}

function randomBoxes(n: number): NameBox[] {
  let state = 7;
  const next = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  return Array.from({ length: n }, (_, i) =>
    box(next(), next(), {
      layer: i % 3,
      size: 1 + Math.floor(1000 * next()),
      width: 40 + 90 * next(),
      from: i % 3 === 2 ? -Infinity : 1 + next(),
      until: i % 3 === 0 ? Infinity : 4 + 2 * next(),
    }),
  );
}

test("no two names overlap at any zoom", () => {
  const boxes = randomBoxes(150);
  const spans = nameSpans(boxes, 256);
  const collisions: number[] = [];
  let nChecked = 0;
  for (let zoom = -1; zoom <= 9; zoom += 0.25) {
    const shown = boxes.filter((_, i) => spans[i]!.from <= zoom && zoom < spans[i]!.until);
    shown.forEach((a, i) =>
      shown.slice(i + 1).forEach((b) => {
        nChecked++;
        if (overlaps(a, b, 256 * 2 ** zoom)) collisions.push(zoom);
      }),
    );
  }
  expect(collisions).toEqual([]);
  expect(nChecked).toBeGreaterThan(1000);
});

test("of two names in each other's way the coarser layer's comes first, then the larger cluster's", () => {
  const [fine, coarse] = nameSpans([box(0, 0, { size: 50 }), box(0.01, 0, { layer: 1 })], 256);
  expect([coarse!.from, fine!.from > 0]).toEqual([-Infinity, true]);
  const [small, large] = nameSpans([box(0, 0, { size: 5 }), box(0.01, 0, { size: 9 })], 256);
  expect([large!.from, small!.from > 0]).toEqual([-Infinity, true]);
});

test("a name appears at the zoom from which it is free, and not before", () => {
  const [, later] = nameSpans([box(0, 0, { size: 2 }), box(1, 0, { size: 1 })], 1);
  expect(later!.from).toBeCloseTo(Math.log2(80), 10);
});

test("a name waits for one in its way to leave, where that is sooner", () => {
  const [, waiting] = nameSpans([box(0, 0, { layer: 1, until: 3 }), box(1e-9, 0)], 256);
  expect(waiting!.from).toBe(3);
});

test("two clusters at one place: the second finds no room", () => {
  const [, second] = nameSpans([box(0, 0, { size: 2 }), box(0, 0)], 256);
  expect(second!.from >= second!.until).toBe(true);
});

test("a name fades in and out, and one without a start is there from the start", () => {
  const span = { from: 2, until: 4 };
  expect([1.9, 2, 3, 4].map((zoom) => nameOpacity(span, zoom))).toEqual([0, 0, 1, 0]);
  expect(nameOpacity(span, 2 + FADE / 2)).toBeCloseTo(0.5, 10);
  expect(nameOpacity({ from: -Infinity, until: Infinity }, -3)).toBe(1);
});

test("long names go on two lines of like length, short ones on one", () => {
  expect(nameLines("chess openings")).toEqual(["chess openings"]);
  expect(nameLines("sourdough bread, yeast and ovens")).toEqual(["sourdough bread,", "yeast and ovens"]);
  expect(nameLines("sourdough bread, yeast and ovens", { nLines: 3 })).toEqual(["sourdough", "bread, yeast", "and ovens"]);
});
