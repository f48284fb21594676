import { expect, test } from "vitest";
import { brushed, buildFacet } from "./facets";

const lang = { name: "lang", slug: "lang-1", kind: "category" as const, values: [["en", 5], ["de", 3]] as [string, number][], missing: 255 };
const length = { name: "length", slug: "length-2", kind: "number" as const, min: 0, max: 64, counts: [4, 6], missing: 65535 };

test("values tell how many rows meet the other filters, and how many there are", () => {
  const filter = { slug: "lang-1", hidden: new Set([1]), range: null };
  const facet = buildFacet(lang, { filter, counts: [2, 1, 0], clusters: [], nRows: 10 });
  expect(facet.entries).toEqual([
    { code: 0, label: "en", count: 2, total: 5, isHidden: false, isMissing: false },
    { code: 1, label: "de", count: 1, total: 3, isHidden: true, isMissing: false },
    { code: 255, label: "no value", count: 0, total: 2, isHidden: false, isMissing: true },
  ]);
  expect(facet.isFiltering).toBe(true);
});

test("without a filter the counts are those of the map", () => {
  expect(buildFacet(lang, { filter: null, counts: null, clusters: [], nRows: 8 }).entries.map(({ count }) => count)).toEqual([5, 3]);
});

test("clusters go by their size, and their counts by their ids", () => {
  const clusters = [{ cluster_id: 0, name: "small", size: 2 }, { cluster_id: 1, name: "large", size: 6 }];
  const column = { name: "cluster_0", slug: "c", kind: "cluster" as const, layer: 0, missing: 255 };
  const { entries } = buildFacet(column, { filter: null, counts: [1, 4, 0], clusters, nRows: 8 });
  expect(entries.map(({ label, count }) => [label, count])).toEqual([["large", 4], ["small", 1]]);
});

test("numbers have bins, the missing are in none", () => {
  const { range } = buildFacet(length, { filter: { slug: "length-2", hidden: new Set(), range: [1, 2] }, counts: [1, 2, 7], clusters: [], nRows: 17 });
  expect(range).toEqual({ min: 0, max: 64, isTime: false, counts: [1, 2], totals: [4, 6], range: [1, 2] });
});

test.each([
  [0.3, 0.6, [16, 48]],
  [0.6, 0.3, [16, 48]],
  [0.5, 0.5, [32, 48]],
  [-1, 0.2, [0, 16]],
  [0.76, 3, [48, 64]],
  [0, 1, null],
])("a drag from %f to %f keeps whole bins: %j", (from, to, range) => {
  expect(brushed(from, to, { min: 0, max: 64, nBins: 4 })).toEqual(range);
});
