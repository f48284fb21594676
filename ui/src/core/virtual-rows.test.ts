import { expect, test } from "vitest";
import { barAt, rowsAt, rowsInSight, type RowSpace, scrolledTo, scrolledToRow, settled, spacePx, TALLEST_PX } from "./virtual-rows";

const FEW: RowSpace = { nRows: 40_000, rowPx: 32, viewPx: 200 };
const MANY: RowSpace = { nRows: 10_000_000, rowPx: 32, viewPx: 200 };
const START = { scrollTop: 0, shift: 0 };

test("a list that browsers can draw is scrolled as it is", () => {
  expect(spacePx(FEW)).toBe(40_000 * 32);
  expect(rowsAt(123_456, FEW)).toBe(123_456);
  expect(barAt(123_456, FEW)).toBe(123_456);
});

test("ten million rows fit into what browsers can draw", () => {
  expect(spacePx(MANY)).toBe(TALLEST_PX);
});

test("the ends of the scroll bar are the ends of the list", () => {
  expect(rowsAt(0, MANY)).toBe(0);
  expect(rowsAt(TALLEST_PX - 200, MANY)).toBe(320_000_000 - 200);
  expect(rowsInSight({ scrollTop: TALLEST_PX - 200, shift: 320_000_000 - TALLEST_PX }, MANY, 0)).toEqual([9_999_993, 10_000_000]);
});

test("the way to the rows and back leads to the same place", () => {
  for (const rows of [0, 77, 999_999, 1_000_001, 5_000_000, 160_000_000, 318_999_800, 319_999_000, 319_999_800]) {
    expect(Math.abs(rowsAt(barAt(rows, MANY), MANY) - rows)).toBeLessThan(60);
  }
});

test("further down the bar is further down the list", () => {
  const places = [0, 500_000, 1_000_000, 1_000_010, 4_000_000, 6_999_790, 6_999_900, 7_999_800].map((bar) => rowsAt(bar, MANY));
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test("the wheel moves by its own px anywhere in the list", () => {
  const middle = scrolledTo(4_000_000, START, MANY);
  const next = scrolledTo(4_000_120, middle, MANY);
  expect(next.scrollTop + next.shift - middle.scrollTop - middle.shift).toBe(120);
});

test("a jump of the scroll bar leads to its share of the list", () => {
  const { scrollTop, shift } = scrolledTo(TALLEST_PX / 2 - 100, START, MANY);
  expect((scrollTop + shift) / 320_000_000).toBeCloseTo(0.5, 3);
});

test("settling moves the bar and no row", () => {
  let now = scrolledTo(4_000_000, START, MANY);
  for (let step = 0; step < 1000; step++) now = scrolledTo(now.scrollTop + 120, now, MANY);
  const after = settled(now, MANY);
  expect(after.scrollTop + after.shift).toBe(now.scrollTop + now.shift);
  expect(after.scrollTop).toBeLessThan(now.scrollTop);
  expect(settled(after, MANY)).toEqual(after);
});

test("the bar at an end shows that end, whatever was before", () => {
  expect(scrolledTo(0, { scrollTop: 90, shift: 4_000 }, MANY)).toEqual(START);
});

test("a row out of sight comes in at the nearer edge; one in sight moves nothing", () => {
  const at = { scrollTop: 3200, shift: 0 };
  expect(scrolledToRow(102, at, FEW)).toBe(at);
  expect(scrolledToRow(90, at, FEW)).toEqual({ scrollTop: 2880, shift: 0 });
  expect(scrolledToRow(110, at, FEW)).toEqual({ scrollTop: 3352, shift: 0 });
});

test("the last of ten million rows can be seen", () => {
  const at = scrolledToRow(9_999_999, START, MANY);
  expect(at.scrollTop + at.shift).toBe(320_000_000 - 200);
});

test("rows are drawn some way around, and never past the ends", () => {
  expect(rowsInSight(START, FEW, 5)).toEqual([0, 12]);
  expect(rowsInSight({ scrollTop: 3200, shift: 0 }, FEW, 5)).toEqual([95, 112]);
  expect(rowsInSight(START, { ...FEW, nRows: 3 }, 5)).toEqual([0, 3]);
  expect(rowsInSight(START, { ...FEW, nRows: 0 }, 5)).toEqual([0, 0]);
});
