import { describe, expect, test } from "vitest";
import { countWords, editWords, formatOf, moved, sameRecipe, shownValue, sizeWords, typedValue, withEnding } from "./recipe";

describe("the order of rules", () => {
  test("one is moved up and down, the others keep their order", () => {
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  });

  test("past an end it stays at the end", () => {
    expect(moved(["a", "b"], 1, 9)).toEqual(["a", "b"]);
    expect(moved(["a", "b"], 0, -3)).toEqual(["a", "b"]);
  });
});

describe("what is edited", () => {
  test("is told in a line", () => {
    expect(editWords({ set: { lang: "en" }, replace: [{ column: "chosen", pattern: "\\d+", with: "" }] })).toBe('lang = "en", chosen: \\d+ → nothing');
    expect(editWords({})).toBe("");
  });

  test("numbers, truth and nothing are read as such, and all else as text", () => {
    expect(["3", "-2.5", "true", "null", "03", " x", ""].map(typedValue)).toEqual([3, -2.5, true, null, "03", " x", ""]);
  });

  test("a value stands in a field as it is read back", () => {
    expect([3, true, null, "a b"].map((value) => typedValue(shownValue(value)))).toEqual([3, true, null, "a b"]);
  });
});

test("counts are told by decision, in one order", () => {
  expect(countWords({ flip: 3, drop: 585 }, String)).toBe("585 dropped, 3 flipped");
});

test("recipes are alike whatever the order of their parts' names", () => {
  expect(sameRecipe({ a: 1, b: [{ c: 2, d: undefined }] }, { b: [{ c: 2 }], a: 1 })).toBe(true);
  expect(sameRecipe({ rules: [1, 2] }, { rules: [2, 1] })).toBe(false);
});

test("sizes are told in the unit that one would say", () => {
  expect([12, 1_530, 2_340_000, 123_400_000_000].map(sizeWords)).toEqual(["12 bytes", "1.5 KB", "2.3 MB", "123 GB"]);
});

test("another format changes the ending of a path and nothing else", () => {
  expect(withEnding("/a/b.c-clean.jsonl.gz", ".parquet")).toBe("/a/b.c-clean.parquet");
  expect(withEnding("/a/b-clean.csv", "folder")).toBe("/a/b-clean");
  expect([formatOf("x.JSONL.gz"), formatOf("x"), formatOf("x.arrow")]).toEqual([".jsonl.gz", "folder", ".arrow"]);
});
