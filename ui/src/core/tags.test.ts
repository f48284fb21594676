import { expect, test } from "vitest";
import { type FilterParts, clausesOf, joined, readParts } from "./clauses";
import { buildFacet } from "./facets";
import type { FilterColumn } from "./filter-text";
import { NO_TAG, byTags, countsByTag, ofFirstTags } from "./tags";
import { filterWords } from "./told";

const stored = {
  name: "tags", slug: "tags-1", kind: "category" as const, missing: 255, is_list: true,
  values: [['["a"]', 5], ['["b", "a", "a"]', 3], ["[]", 2], ['[null, "it\'s"]', 1]] as [string, number][],
};
const column: FilterColumn = { ...byTags(stored), codes: [0, 1, 2] };
const [A, B, ITS] = [0, 1, 2];
const all = [A, B, ITS, NO_TAG];
const any = (...kept: number[]) => ({ slug: "tags-1", hidden: new Set(all.filter((code) => !kept.includes(code))), range: null, isAny: true as const });
const without = (...hidden: number[]) => ({ slug: "tags-1", hidden: new Set(hidden), range: null });
const parts = (filter: FilterParts["columns"][number]): FilterParts => ({ columns: [filter], extras: [], join: "and" });
const written = (filter: FilterParts["columns"][number]) => joined(clausesOf(parts(filter), [column]), "and");

test("a list counts for each of its tags once", () => {
  expect(column.values).toEqual([["a", 8], ["b", 3], ["it's", 1]]);
  expect(countsByTag(column, [4, 2, 1, 1, 6])).toEqual([6, 2, 1, 7]);
});

test("a column that holds no lists is as it was", () => {
  const plain = { ...stored, is_list: false };
  expect(byTags(plain)).toBe(plain);
  expect(countsByTag(plain, [1, 2])).toEqual([1, 2]);
});

test("rows without a list and rows whose list is empty have no value", () => {
  const facet = buildFacet(column, { filter: null, counts: null, clusters: [], nRows: 15 });
  expect(facet.entries.map(({ label, count }) => [label, count])).toEqual([["a", 8], ["b", 3], ["it's", 1], ["no value", 6]]);
});

test("a list has the colour of its first tag", () => {
  expect(ofFirstTags(column.tags!, ["red", "green", "blue"], "grey")).toEqual(["red", "green", "grey", "blue"]);
});

test.each([
  [any(B), "list_contains(tags, 'b')"],
  [any(A, ITS), "(list_contains(tags, 'a') OR list_contains(tags, 'it''s'))"],
  [any(NO_TAG), "(tags IS NULL OR tags = [])"],
  [any(A, NO_TAG), "(list_contains(tags, 'a') OR tags IS NULL OR tags = [])"],
  [without(A), "(tags IS NULL OR NOT list_contains(tags, 'a'))"],
  [without(NO_TAG), "tags <> []"],
  [without(A, B, NO_TAG), "(tags IS NULL OR NOT list_contains(tags, 'a')) AND (tags IS NULL OR NOT list_contains(tags, 'b')) AND tags <> []"],
])("%j is written as a filter, and read as it was written", (filter, text) => {
  expect(written(filter)).toBe(text);
  expect(readParts(text, [column])).toEqual(parts(filter));
});

test.each(["tags IS NULL", "list_contains(tags, 'other')", "NOT list_contains(tags, 'a')", "tags IS NOT NULL", "tags IN ('a')", "tags IS NULL OR NOT tags = []"])(
  "what no box shows stays as it was written: %s",
  (text) => {
    const read = readParts(text, [column]);
    expect(read.columns).toEqual([]);
    expect(joined(clausesOf(read, [column]), read.join)).toBe(text);
  },
);

test("with two of such filters, both must hold", () => {
  const text = `${written(any(A))} AND ${written(without(B))}`;
  const read = readParts(text, [column]);
  expect(read.columns).toEqual([any(A)]);
  expect(joined(clausesOf(read, [column]), read.join)).toContain("NOT list_contains(tags, 'b')");
});

test("tags are told as what rows have, or have not", () => {
  const told = { columns: [column], clusterName: () => "", noun: "text" };
  expect([any(A, B), without(B), any(NO_TAG)].map((filter) => filterWords(parts(filter), told))).toEqual(["tags: a or b", "tags: not b", "tags: none"]);
});
