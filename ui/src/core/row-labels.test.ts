import { expect, test } from "vitest";
import { type Label, isDisputed, takenAs, withLabel, withoutLabel } from "./row-labels";

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
