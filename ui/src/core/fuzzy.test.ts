import { expect, test } from "vitest";
import { cutAt, fit, ranked } from "./fuzzy";

const best = (query: string, names: string[]) => ranked(query, names, (name) => name).map(({ thing }) => thing);

test("the words of a query are found in any order and from their beginnings", () => {
  expect(best("whole map", ["Whole map", "Copy link", "Zoom out"])).toEqual(["Whole map"]);
  expect(best("map wh", ["Whole map"])).toEqual(["Whole map"]);
});

test("first letters of words find a name", () => {
  expect(best("cl", ["Close reader", "Copy link"])).toContain("Copy link");
  expect(best("cbs", ["Colour by subset", "Copy link"])).toEqual(["Colour by subset"]);
});

test("the name that begins with the query comes before one that has it further in", () => {
  expect(best("zoo", ["Whole zoo", "Zoom in"])[0]).toBe("Zoom in");
});

test("of two that fit alike the shorter one comes first", () => {
  expect(best("bread", ["Bread and butter", "Bread"])).toEqual(["Bread", "Bread and butter"]);
});

test("case and accents do not matter", () => {
  expect(fit("crepe", "Crêpes")?.places).toEqual([0, 1, 2, 3, 4]);
});

test("letters strewn over a long text are no find", () => {
  expect(fit("xyz", "Copy link to this view")).toBeNull();
  expect(fit("oiew", "Copy link to this view")).toBeNull();
});

test("without a query everything stays in its order", () => {
  expect(best("", ["b", "a"])).toEqual(["b", "a"]);
  expect(best("  ", ["b", "a"])).toEqual(["b", "a"]);
});

test("what matched is cut out for marking", () => {
  expect(cutAt("Zoom in", fit("zo in", "Zoom in")!.places)).toEqual([
    { text: "Zo", isMatch: true },
    { text: "om ", isMatch: false },
    { text: "in", isMatch: true },
  ]);
});
