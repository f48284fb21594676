import { expect, test } from "vitest";
import type { FilterAnswer, FilterQuery, MapSource } from "../data/source";
import { FilterState } from "./filtering.svelte";

/** A filter on a map of so many rows whose source notes what it is asked. */
function filterOf(nRows: number) {
  const asked: FilterQuery[] = [];
  const filter = (query: FilterQuery) => {
    asked.push(query);
    const counts = new Map(query.facets.map((slug) => [slug, [3, 4]] as const));
    return Promise.resolve({ nShown: 7, byClause: new Map(), mask: null, counts } as unknown as FilterAnswer);
  };
  const filters = new FilterState({ filter } as unknown as MapSource, { columns: [], clusters: [], nRows });
  filters.watch("panel", ["c1"]);
  filters.addExpression("length > 3");
  return { filters, asked };
}

test("counts come with the rows of a small map", async () => {
  const { filters, asked } = filterOf(10_000);
  await filters.ask([]);
  expect(asked.map(({ facets }) => facets)).toEqual([["c1"]]);
  expect(filters.nShown).toBe(7);
});

test("a large map shows the rows before their values are counted", async () => {
  const { filters, asked } = filterOf(2_000_000);
  let answered = -1;
  filters.whenShown = () => {
    answered = asked.length;
    return Promise.resolve();
  };
  await filters.ask([]);
  expect(answered).toBe(1);
  expect(asked.map(({ facets, rows }) => [facets, rows ?? true])).toEqual([
    [[], true],
    [["c1"], false],
  ]);
  expect(filters.nShown).toBe(7);
});
