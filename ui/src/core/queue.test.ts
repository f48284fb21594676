import { expect, test } from "vitest";
import { inGivenOrder, perMinute, queueClauses, queueOrders } from "./queue";

test("without numbers a queue comes by chance or as the rows come", () => {
  expect(queueOrders([{ name: "subset", kind: "category" }], 7).map(({ id }) => id)).toEqual(["random", "listed"]);
});

test("another seed is another order by chance", () => {
  const [[first], [second]] = [queueOrders([], 1), queueOrders([], 2)];
  expect(first!.sort!.column).not.toBe(second!.sort!.column);
});

test("of a concept the least certain rows are those near a half", () => {
  const orders = queueOrders([{ name: "concept_rude", kind: "number", min: 0.01, max: 0.98 }], 1);
  expect(orders.find(({ name }) => name.startsWith("least certain"))?.sort).toEqual({ column: "abs(concept_rude - 0.5)", descending: false });
});

test("a column of certainty is sorted by itself", () => {
  const orders = queueOrders([{ name: "concept_rude_certainty", kind: "number", min: 0, max: 1 }], 1);
  expect(orders.filter(({ name }) => name.startsWith("least certain")).map(({ sort }) => sort?.column)).toEqual(["concept_rude_certainty"]);
});

test("how certain a concept is goes before its chance, for replies too", () => {
  const column = (name: string) => ({ name, kind: "number", min: 0, max: 1 });
  const orders = queueOrders([column("concept_rude_chosen"), column("concept_rude_certainty_chosen")], 1);
  expect(orders.filter(({ name }) => name.startsWith("least certain")).map(({ sort }) => sort?.column)).toEqual(["concept_rude_certainty_chosen"]);
});

test("rows that have a label are left out where asked", () => {
  expect(queueClauses({ rows: [3, 5] }, "label_tone")).toEqual([
    { key: "rows", where: "row_id IN (3, 5)" },
    { key: "unlabelled", where: "label_tone IS NULL" },
  ]);
  expect(queueClauses({ where: "length < 9" }, null)).toHaveLength(1);
});

test("found rows stay in the order in which they were found", () => {
  const listed = queueOrders([], 1).find(({ id }) => id === "listed")!;
  expect(inGivenOrder([1, 5, 9], { rows: [9, 4, 1, 5] }, listed)).toEqual([9, 1, 5]);
});

test("thirty-one decisions in a minute are 30 steps from the first to the last", () => {
  const times = Array.from({ length: 31 }, (_, i) => i * 2000);
  expect(perMinute(times, 60_000)).toBe(30);
  expect(perMinute([0, 1000], 2000)).toBeNull();
});
