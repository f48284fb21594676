import { expect, test } from "vitest";
import { byCode, byNumber, countValues, inPolygon, join, maskOf, not } from "./states";

test("states join as SQL's three-valued logic has it", () => {
  const [a, b] = [Uint8Array.of(0, 0, 0, 1, 1, 2), Uint8Array.of(0, 1, 2, 1, 2, 2)];
  expect([...join("and", [a, b])]).toEqual([0, 0, 0, 1, 1, 2]);
  expect([...join("or", [a, b])]).toEqual([0, 1, 2, 1, 2, 2]);
  expect([...not(Uint8Array.of(0, 1, 2))]).toEqual([2, 1, 0]);
});

test("a missing value is unknown", () => {
  expect([...byCode([0, 1, 255], (code) => code === 1, { code: 255, state: 1 })]).toEqual([0, 2, 1]);
  expect([...byNumber([1, NaN, 3], (value) => value > 2)]).toEqual([0, 1, 2]);
});

test("points in a polygon that turns inwards are told from those in its notch", () => {
  const notched: [number, number][] = [[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]];
  expect([...inPolygon(Float32Array.of(1, 1, 2, 3, 3, 1, 5, 1), notched)]).toEqual([2, 0, 2, 0]);
});

test("a bit is set for each row that is shown, the lowest first", () => {
  expect([...maskOf(Uint8Array.of(2, 0, 1, 2, 0, 0, 0, 0, 2))]).toEqual([0b1001, 1]);
});

test("values are counted among shown rows, the missing last", () => {
  const shown = Uint8Array.of(2, 2, 0, 2);
  expect(countValues([0, 255, 1, 1], shown, { missing: 255, nCodes: 2, isNumber: false })).toEqual([1, 1, 1]);
  const bins = countValues([0, 65_534, 65_535], null, { missing: 65_535, nCodes: 0, isNumber: true });
  expect([bins[0], bins[31], bins[32], bins.length]).toEqual([1, 1, 1, 33]);
});
