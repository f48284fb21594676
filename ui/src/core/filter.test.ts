import { expect, test } from "vitest";
import { HIDDEN, rowFlags } from "./filter";

const filter = (slug: string, hidden: number[], range: [number, number] | null = null) => ({
  slug,
  hidden: new Set(hidden),
  range,
});

test("a hidden value hides its rows and no others", () => {
  const { flags, nShown } = rowFlags(4, [filter("a", [1])], [[0, 1, 2, 1]]);
  expect([...flags]).toEqual([0, HIDDEN, 0, HIDDEN]);
  expect(nShown).toBe(2);
});

test("a row must pass every filter", () => {
  expect(
    rowFlags(
      3,
      [filter("a", [1]), filter("b", [], [10, 20])],
      [
        [0, 1, 0],
        [10, 15, 21],
      ],
    ).nShown,
  ).toBe(1);
});

test("a range leaves missing values out", () => {
  expect([...rowFlags(3, [filter("n", [], [0, 65534])], [[0, 65535, 65534]]).flags]).toEqual([0, HIDDEN, 0]);
});

test("a filter whose codes have not come hides nothing", () => {
  expect(rowFlags(3, [filter("a", [0])], [undefined]).nShown).toBe(3);
});
