import { expect, test } from "vitest";
import { agreementWords, conflictsOf } from "./conflicts";
import type { Label } from "./row-labels";

const label = (row_id: number, author: string, side: Label["side"] = null): Label => ({
  row_id, set: "tone", value: author, side, author, time: "", event: 1, note: "", start: null, end: null,
});

test("what is said of a row stands together, each side by itself", () => {
  const found = conflictsOf([label(1, "ada"), label(2, "ada", "chosen"), label(1, "bob"), label(2, "bob", "rejected")]);
  expect(found.map(({ rowId, labels }) => [rowId, labels.map(({ author }) => author)])).toEqual([
    [1, ["ada", "bob"]],
    [2, ["ada"]],
    [2, ["bob"]],
  ]);
});

test("agreement is said in words, and nothing where there is none to tell", () => {
  expect([0.9, 0.7, 0.5, 0, null].map(agreementWords)).toEqual([
    "reliable",
    "enough for tentative conclusions",
    "weak: say more clearly what the labels mean",
    "hardly better than chance",
    "",
  ]);
});
