import { expect, test } from "vitest";
import { type FilterColumn, readColumnFilter, writeColumnFilter } from "./filter-text";
import { splitTop, unwrapped } from "./sql";

const column = (more: Partial<FilterColumn>): FilterColumn => ({
  name: "subset",
  slug: "subset-1",
  kind: "category",
  values: [["base", 5], ["it's, AND so", 3], ["online", 2]],
  missing: 255,
  codes: [0, 1, 2],
  ...more,
});
const number = column({ name: "the length", slug: "length-2", kind: "number", values: [], min: 0, max: 100, missing: 65535, codes: [] });
const time = column({ name: "day", slug: "day-3", kind: "time", values: [], min: 0, max: 1e9, missing: 65535, codes: [] });
const clusters = column({ name: "cluster_1", slug: "c-4", kind: "cluster", values: [], missing: 255, codes: [...Array(40).keys()] });
const all = [column({}), number, time, clusters];
const values = (slug: string, ...hidden: number[]) => ({ slug, hidden: new Set(hidden), range: null });
const range = (slug: string, low: number, high: number) => ({ slug, hidden: new Set<number>(), range: [low, high] as const });
const read = (text: string) => readColumnFilter(splitTop(unwrapped(text), "AND").map(unwrapped), all);

test.each([
  ["one value away", values("subset-1", 1, 255)],
  ["only the missing away", values("subset-1", 255)],
  ["all but one away", values("c-4", ...Array.from({ length: 39 }, (_, i) => i), 255)],
  ["only the missing kept", values("subset-1", 0, 1, 2)],
  ["all away", values("subset-1", 0, 1, 2, 255)],
  ["a range of numbers", range("length-2", 6.5, 70)],
  ["a range of time", range("day-3", 0, 31000)],
])("%s is read as it was written", (_, filter) => {
  expect(read(writeColumnFilter(filter, all))).toEqual(filter);
});

test("a value away and the missing kept is one condition", () => {
  const text = writeColumnFilter(values("subset-1", 1), all);
  expect(text).toBe("(subset NOT IN ('it''s, AND so') OR subset IS NULL)");
  expect(readColumnFilter([unwrapped(text)], all)).toEqual(values("subset-1", 1));
});

test("names that SQL does not read plainly stand in quotes; a time is read as one whatever its form", () => {
  expect(writeColumnFilter(range("length-2", 2, 9), all)).toBe('"the length" BETWEEN 2 AND 9');
  expect(writeColumnFilter(range("day-3", 0, 86400), all)).toBe(
    "time(day) BETWEEN '1970-01-01T00:00:00.000Z' AND '1970-01-02T00:00:00.000Z'",
  );
});

test("the few that are kept are named, not the many that are away", () => {
  const away = Array.from({ length: 40 }, (_, i) => i).filter((id) => id !== 7);
  expect(writeColumnFilter(values("c-4", ...away, 255), all)).toBe("cluster_1 IN (7)");
});

test("clusters that a merge did away with are not named, and those after them are", () => {
  const merged = { ...clusters, codes: [0, 2, 3] };
  expect(writeColumnFilter(values("c-4", 0), [merged])).toBe("(cluster_1 NOT IN (0) OR cluster_1 IS NULL)");
  expect(writeColumnFilter(values("c-4", 0, 2, 255), [merged])).toBe("cluster_1 IN (3)");
  expect(readColumnFilter(["cluster_1 IN (3)"], [merged])).toEqual(values("c-4", 0, 2, 255));
});

test.each(["", "nonsense", "gone NOT IN ('a')", "subset NOT IN ('a'", "'; DROP TABLE rows", "subset BETWEEN 1 AND 2", "day IN ('a')"])(
  "%j is no filter of one column",
  (text) => {
    expect(read(text)).toBeNull();
  },
);
