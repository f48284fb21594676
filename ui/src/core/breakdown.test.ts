import { expect, test } from "vitest";
import { heights, lift, liftWords } from "./breakdown";

test("a value that is twice as frequent inside has a lift of two", () => {
  expect(lift({ inside: 20, whole: 100 }, 100, 1000)).toBe(2);
});

test("a value that the whole has not has no lift", () => {
  expect(lift({ inside: 0, whole: 0 }, 100, 1000)).toBeNull();
});

test("what is as frequent as everywhere is not worth a word", () => {
  expect([liftWords(1.04), liftWords(2.14), liftWords(0.3), liftWords(31.7), liftWords(null)]).toEqual(["", "2.1×", "0.3×", "32×", ""]);
});

test("bins are shares of their own rows, the highest of both at one", () => {
  expect(heights([1, 1], [30, 10])).toEqual({ inside: [0.5 / 0.75, 0.5 / 0.75], whole: [1, 0.25 / 0.75] });
});
