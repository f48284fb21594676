import { expect, test } from "vitest";
import { EVERY_ROW, rowTargets } from "./label-targets";

const NOTHING = { noun: "pair", nRows: 6436, filter: null, found: [], marked: [], topic: null };

test("without anything chosen there are all rows", () => {
  expect(rowTargets(NOTHING)).toEqual([{ id: "all", name: "all 6,436 pairs", n: 6436, choice: { where: EVERY_ROW } }]);
});

test("what the filter keeps comes first, as an expression", () => {
  const [first] = rowTargets({ ...NOTHING, filter: { where: "length < 9", n: 585 }, marked: [3] });
  expect(first).toEqual({ id: "filter", name: "585 filtered pairs", n: 585, choice: { where: "length < 9" } });
});

test("found and marked rows are few, and named by their ids", () => {
  const targets = rowTargets({ ...NOTHING, found: [4, 5], marked: [3] });
  expect(targets.map(({ id }) => id)).toEqual(["found", "marked", "all"]);
  expect(targets[1]).toMatchObject({ name: "1 marked pair", choice: { rows: [3] } });
});

test("a topic is meant by its clause", () => {
  const [topic] = rowTargets({ ...NOTHING, topic: { name: "Cooking", where: "topic_1 = 4", n: 12 } });
  expect(topic).toMatchObject({ name: "12 pairs of Cooking", choice: { where: "topic_1 = 4" } });
});
