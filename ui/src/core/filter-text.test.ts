import { expect, test } from "vitest";
import { type FilterColumn, readFilters, writeFilters } from "./filter-text";

const column = (more: Partial<FilterColumn>): FilterColumn => ({
  name: "subset",
  slug: "subset-1",
  kind: "category",
  values: [["base", 5], ["it's, AND so", 3], ["online", 2]],
  missing: 255,
  nCodes: 3,
  ...more,
});
const number = column({ name: "the length", slug: "length-2", kind: "number", values: [], min: 0, max: 100, missing: 65535, nCodes: 0 });
const time = column({ name: "day", slug: "day-3", kind: "time", values: [], min: 0, max: 1e9, missing: 65535, nCodes: 0 });
const clusters = column({ name: "cluster_1", slug: "c-4", kind: "cluster", values: [], missing: 255, nCodes: 40 });
const all = [column({}), number, time, clusters];
const values = (slug: string, ...hidden: number[]) => ({ slug, hidden: new Set(hidden), range: null });
const range = (slug: string, low: number, high: number) => ({ slug, hidden: new Set<number>(), range: [low, high] as const });

test.each([
  ["one value away", values("subset-1", 1)],
  ["values and the missing away", values("subset-1", 0, 255)],
  ["only the missing away", values("subset-1", 255)],
  ["all but one away", values("c-4", ...Array.from({ length: 39 }, (_, i) => i))],
  ["all away", values("subset-1", 0, 1, 2)],
  ["a range of numbers", range("length-2", 600, 65534)],
  ["a range of time", range("day-3", 0, 31000)],
])("%s is read as it was written", (_, filter) => {
  expect(readFilters(writeFilters([filter], all), all)).toEqual([filter]);
});

test("several filters stand beside each other, as a person would write them", () => {
  const both = [values("subset-1", 0, 255), range("length-2", 0, 32767)];
  const text = writeFilters(both, all);
  expect(text).toBe("subset NOT IN ('base') AND \"the length\" BETWEEN 0 AND 50");
  expect(readFilters(text, all)).toEqual(both);
});

test("the few that are kept are named, not the many that are away", () => {
  const away = Array.from({ length: 40 }, (_, i) => i).filter((id) => id !== 7);
  expect(writeFilters([values("c-4", ...away, 255)], all)).toBe("cluster_1 IN (7)");
});

test.each(["", "nonsense", "gone NOT IN ('a')", "subset NOT IN ('a'", "'; DROP TABLE rows"])("%j filters nothing", (text) => {
  expect(readFilters(text, all)).toEqual([]);
});
