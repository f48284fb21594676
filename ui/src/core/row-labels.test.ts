import { expect, test } from "vitest";
import { type Decided, type Label, NOTHING_SAID, isDisputed, takenAs, withDecision, withLabel, withoutLabel } from "./row-labels";

const WHOLE = { set: "tone", side: null, span: null } as const;
const SPAN = { set: "tone", side: null, span: [2, 5] as [number, number] };

function label(value: string, author: string, event: number, more: Partial<Label> = {}): Label {
  return { row_id: 3, set: "tone", value, side: null, author, time: "", event, note: "", start: null, end: null, ...more };
}

const say = (labels: readonly Label[], value: string, author: string, isMultiple = false, place: typeof WHOLE | typeof SPAN = WHOLE) =>
  withLabel(labels, { value, place, rowId: 3, author, note: "", isMultiple });

test("a row of a single choice is what was said of it last, by anyone", () => {
  expect(takenAs([label("rude", "ada", 9), label("calm", "bob", 4)], WHOLE, false)).toEqual(["rude"]);
});

test("a row of a multiple choice is everything that anyone says", () => {
  expect(takenAs([label("a", "ada", 9), label("b", "bob", 4), label("a", "bob", 5)], WHOLE, true)).toEqual(["a", "b"]);
});

test("one's own later label takes the place of the earlier one, another author's stays", () => {
  const labels = say([label("rude", "ada", 9), label("calm", "bob", 4)], "calm", "ada");
  expect(labels.map(({ author, value }) => [author, value])).toEqual([["bob", "calm"], ["ada", "calm"]]);
  expect(takenAs(labels, WHOLE, false)).toEqual(["calm"]);
});

test("what is said twice before the server has answered keeps its order", () => {
  const labels = say(say([], "rude", "ada"), "calm", "bob");
  expect(takenAs(labels, WHOLE, false)).toEqual(["calm"]);
});

test("a label of a part of the text leaves that of the whole alone", () => {
  const labels = say([label("calm", "ada", 1)], "rude", "ada", false, SPAN);
  expect(takenAs(labels, WHOLE, false)).toEqual(["calm"]);
  expect(takenAs(labels, SPAN, false)).toEqual(["rude"]);
});

test("a label that is taken back leaves those of others", () => {
  const labels = withoutLabel([label("a", "ada", 1), label("a", "bob", 2)], { value: "a", place: WHOLE, author: "ada" });
  expect(labels.map(({ author }) => author)).toEqual(["bob"]);
});

test("people who say the same do not contradict each other", () => {
  expect(isDisputed([label("a", "ada", 1), label("a", "bob", 2)], WHOLE, false)).toBe(false);
  expect(isDisputed([label("a", "ada", 1), label("b", "bob", 2)], WHOLE, false)).toBe(true);
  expect(isDisputed([label("a", "ada", 1), label("b", "ada", 2), label("b", "bob", 3), label("a", "bob", 4)], WHOLE, true)).toBe(false);
});

const decided = (decision: string, author: string, rule = ""): Decided => ({ decision, author, rule, reason: "", edit: null });

test("who decides otherwise than another contradicts them, and who comes round does no longer", () => {
  const first = withDecision(NOTHING_SAID, decided("drop", "ada"));
  expect(first.contradicting).toEqual([]);
  const second = withDecision(first, decided("keep", "bob"));
  expect(second.contradicting.map(({ author }) => author)).toEqual(["ada", "bob"]);
  expect(withDecision(second, decided("drop", "bob")).contradicting).toEqual([]);
});

test("nobody contradicts a rule, nor themselves", () => {
  expect(withDecision({ ...NOTHING_SAID, decision: decided("drop", "ada", "r #1") }, decided("keep", "bob")).contradicting).toEqual([]);
  expect(withDecision({ ...NOTHING_SAID, decision: decided("drop", "ada") }, decided("keep", "ada")).contradicting).toEqual([]);
});
