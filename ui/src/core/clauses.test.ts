import { expect, test } from "vitest";
import { type Extra, type FilterParts, clausesOf, joined, readParts } from "./clauses";
import type { FilterColumn } from "./filter-text";
import { splitTop, unwrapped } from "./sql";

const known: FilterColumn[] = [
  { name: "lang", slug: "lang-1", kind: "category", values: [["en", 5], ["de", 3]], missing: 255, codes: [0, 1] },
  { name: "length", slug: "length-2", kind: "number", min: 0, max: 100, missing: 65535, codes: [] },
];
const lang = { slug: "lang-1", hidden: new Set([1, 255]), range: null };
const length = { slug: "length-2", hidden: new Set<number>(), range: [2, 9] as const };
const polygon = [{ x: 0, y: 0.5 }, { x: -1e-7, y: 2 }, { x: 3, y: 4 }];
const extras: Extra[] = [
  { kind: "area", isNot: false, layout: "ab12", polygon },
  { kind: "area", isNot: true, layout: "ab12", polygon },
  { kind: "words", isNot: false, query: `it's "so" AND (so` },
  { kind: "meaning", isNot: true, like: "robbing a bank", least: 0.5 },
  { kind: "meaning", isNot: false, like: 17, least: -0.25 },
  { kind: "rows", isNot: false, rowIds: [3, 5] },
  { kind: "expression", isNot: false, sql: "length(text) > 4" },
  { kind: "expression", isNot: true, sql: "a = 1 OR b BETWEEN 2 AND 3" },
];
const written = (parts: FilterParts) => joined(clausesOf(parts, known), parts.join);

test.each(["and", "or"] as const)("all parts, joined by %s, are read as they were written", (join) => {
  const parts: FilterParts = { columns: [lang, length], extras, join };
  expect(readParts(written(parts), known)).toEqual(parts);
});

test.each(extras.map((extra) => [extra.kind, extra] as const))("a single %s is read as it was written", (_, extra) => {
  const parts: FilterParts = { columns: [], extras: [extra], join: "and" };
  expect(readParts(written(parts), known)).toEqual(parts);
});

test("a column that keeps the missing is one clause, alone and beside others", () => {
  const some = { slug: "lang-1", hidden: new Set([1]), range: null };
  for (const columns of [[some], [some, length]]) {
    const parts: FilterParts = { columns, extras: [], join: "and" };
    expect(readParts(written(parts), known)).toEqual(parts);
  }
});

test("AND beside OR stays one expression", () => {
  const text = "lang = 'en' AND length > 3 OR length < 1";
  expect(readParts(text, known)).toEqual({ columns: [], extras: [{ kind: "expression", isNot: false, sql: text }], join: "and" });
});

test("a filter of a column that is gone stays as it was written, for the server to tell", () => {
  expect(readParts("gone IN ('a') AND lang IN ('en')", known).extras).toEqual([
    { kind: "expression", isNot: false, sql: "gone IN ('a')" },
  ]);
});

test.each([
  ["a = 1 AND b BETWEEN 2 AND 3 AND c = ' AND '", ["a = 1", "b BETWEEN 2 AND 3", "c = ' AND '"]],
  ["CASE WHEN a AND b THEN c END AND (d AND e)", ["CASE WHEN a AND b THEN c END", "(d AND e)"]],
  ['"x AND y" = 1', ['"x AND y" = 1']],
  ["'open AND", ["'open AND"]],
])("%j falls into its parts at AND", (text, parts) => {
  expect(splitTop(text, "AND")).toEqual(parts);
});

test.each([
  ["((a))", "a"],
  ["(a) OR (b)", "(a) OR (b)"],
  ["(a", "(a"],
])("%j without its parentheses is %j", (text, inner) => {
  expect(unwrapped(text)).toBe(inner);
});
