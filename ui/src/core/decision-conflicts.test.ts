import { expect, test } from "vitest";
import { caseOf, type MadeDecision } from "./decision-conflicts";

const made = (decision: string, author: string, event: number, edit: MadeDecision["edit"] = null): MadeDecision => ({
  decision, edit, author, event, time: "2026-11-21T10:00:00Z", reason: `${author}'s`, settles: false,
});
const conflict = { n_rows: 9, row_ids: [4, 7], decisions: [made("drop", "ada", 1), made("keep", "bob", 2)] };

test("who decided what and why is told, and which of it counts so far", () => {
  const { said } = caseOf(conflict, 0, true);
  expect(said.map(({ what, author, why, counts }) => [what, author, why, counts])).toEqual([
    ["dropped", "ada", "ada's", false],
    ["kept", "bob", "bob's", true],
  ]);
});

test("what people decided comes first among what it can be settled as", () => {
  expect(caseOf(conflict, 0, true).choices).toEqual(["Drop", "Keep", "Flip", "Review"]);
  expect(caseOf(conflict, 0, false).choices).toEqual(["Drop", "Keep", "Review"]);
});

test("edits of other values are two choices, and equal ones are one", () => {
  const edits = [made("relabel", "ada", 1, { lang: "en" }), made("relabel", "bob", 2, { lang: "de" }), made("relabel", "eve", 3, { lang: "en" })];
  expect(caseOf({ ...conflict, decisions: edits }, 0, false).choices.slice(0, 3)).toEqual(['Relabel (lang = "en")', 'Relabel (lang = "de")', "Keep"]);
});

test("its rows are gone through and begin anew", () => {
  expect([0, 1, 2].map((place) => caseOf(conflict, place, true).rowId)).toEqual([4, 7, 4]);
});
