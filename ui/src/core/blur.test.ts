import { expect, test } from "vitest";
import { flagOf, isScored, readRules, usualRule } from "./blur";

const HARM = { name: "harm_score", kind: "number", min: 0, max: 0.98 };
const RULE = { column: "harm_score", above: 0.5, isOn: true };

test("a column of harm between 0 and 1 is blurred by, above a half", () => {
  expect(usualRule([{ name: "length", kind: "number", min: 0, max: 1 }, HARM])).toEqual(RULE);
});

test("no other column is blurred by unasked", () => {
  expect(usualRule([{ ...HARM, max: 40 }])).toBeNull();
  expect(usualRule([{ ...HARM, min: -1 }])).toBeNull();
  expect(usualRule([{ ...HARM, kind: "category" }])).toBeNull();
  expect(usualRule([{ ...HARM, name: "pharmacy" }])).toBeNull();
});

test("a row above the value is flagged with what it scored", () => {
  expect(flagOf({ columns: { harm_score: 0.9 } }, RULE)).toEqual({ column: "harm_score", value: 0.9, above: 0.5 });
});

test("a row at the value, below it or without a score is not", () => {
  for (const harm_score of [0.5, 0, null, "high"]) expect(flagOf({ columns: { harm_score } }, RULE)).toBeNull();
  expect(flagOf({ columns: {} }, RULE)).toBeNull();
});

test("only rules that make sense are remembered", () => {
  expect(readRules({ a: RULE, b: { column: 3 }, c: null })).toEqual({ a: RULE });
  expect(readRules("x")).toEqual({});
});

test("a row tells by a scorer's column too, where its value came with it", () => {
  const scored = { columns: {}, scores: { [RULE.column]: 0.9 } };
  expect(flagOf(scored, RULE)?.value).toBe(0.9);
  expect([isScored(scored, RULE), isScored({ columns: {}, scores: { [RULE.column]: null } }, RULE), isScored({ columns: {} }, RULE)]).toEqual([true, true, false]);
  expect(flagOf({ columns: { [RULE.column]: 0.1 }, scores: { [RULE.column]: 0.9 } }, RULE)).toBeNull();
});
