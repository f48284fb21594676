import { expect, test } from "vitest";
import { HIDDEN, flagsOf, hasAny } from "./filter";

const bits = (n: number, on: number[]) => {
  const mask = new Uint8Array(Math.ceil(n / 8));
  for (const place of on) mask[place >> 3]! |= 1 << (place & 7);
  return mask;
};

test("a row without its bit is hidden", () => {
  const { flags, nShown } = flagsOf(bits(20, [3, 9, 10]), { start: 8, count: 4 });
  expect([...flags]).toEqual([HIDDEN, 0, 0, HIDDEN]);
  expect(nShown).toBe(2);
});

test("rows before a place are hidden: something else shows them", () => {
  const { flags, nShown } = flagsOf(bits(20, [8, 9, 10]), { start: 8, count: 4, from: 10 });
  expect([...flags]).toEqual([HIDDEN, HIDDEN, 0, HIDDEN]);
  expect(nShown).toBe(1);
});

test.each([
  [0, 40, true],
  [0, 17, false],
  [17, 18, true],
  [18, 33, false],
  [18, 34, true],
  [34, 40, false],
  [20, 20, false],
])("some row from %i to %i has its bit: %s", (start, end, has) => {
  expect(hasAny(bits(40, [17, 33]), start, end)).toBe(has);
});
