import { expect, test } from "vitest";
import { EMPTY_LINK, type LinkState, formatLink, isOfLayout, namesClusters, parseLink } from "./link";
import cases from "./link-cases.json";

const link = {
  map: { zoom: 5.25, x: -1.234567, y: 10.5 },
  layout: "a1b2",
  color: "cluster_1",
  q: 'C&A "50% off" +é',
  row: 42,
  cluster: { layer: 2, cluster_id: 17 },
  topic: { layer: 1, cluster_id: 4 },
  f: "subset NOT IN ('a', 'b & c') AND length BETWEEN 2 AND 9.5",
  sel: [4, 0, 17],
  with: { name: "rejected", map: { zoom: 4.5, x: 2.5, y: -0.25 }, isFirst: true },
};

test("what a link says is what it was made from", () => {
  expect(parseLink(formatLink(link))).toEqual(link);
});

test("parts that are not there stay away", () => {
  expect(formatLink(EMPTY_LINK)).toBe("");
  expect(formatLink({ ...EMPTY_LINK, row: 0 })).toBe("#row=0");
  expect(parseLink("")).toEqual(EMPTY_LINK);
});

test("places keep about a tenth of a pixel and no more digits", () => {
  expect(formatLink({ ...EMPTY_LINK, map: { zoom: 3, x: 1.23456789, y: 100 } }, 0.01)).toBe("#map=3/1.235/100");
});

test("a layout that was made again is the same", () => {
  const made = { ...EMPTY_LINK, layout: "a1b2" };
  expect(["a1b2", "a1b2-2", "a1b3", null].map((layout) => isOfLayout(made, layout))).toEqual([true, true, false, false]);
  expect(isOfLayout(EMPTY_LINK, "a1b2")).toBe(true);
});

test("clusters are named by themselves and in filters", () => {
  expect(namesClusters({ ...EMPTY_LINK, cluster: { layer: 0, cluster_id: 1 } })).toBe(true);
  expect(namesClusters({ ...EMPTY_LINK, topic: { layer: 0, cluster_id: 1 } })).toBe(true);
  expect(namesClusters({ ...EMPTY_LINK, f: "a = 1 AND cluster_2 IN (3)" })).toBe(true);
  expect(namesClusters({ ...EMPTY_LINK, f: "a = 1" })).toBe(false);
});

// Links are read and written in Python too (src/portolan/core/link.py), by the same table.
test.each(cases.reads as [string, Partial<LinkState>][])("%s is read as Python reads it", (hash, said) => {
  expect(parseLink(hash)).toEqual({ ...EMPTY_LINK, ...said });
});

test.each(cases.writes as [Partial<LinkState>, string][])("%o is written as Python writes it", (said, hash) => {
  expect(formatLink({ ...EMPTY_LINK, ...said })).toBe(hash);
});
