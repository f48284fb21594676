import { expect, test } from "vitest";
import { pieces } from "./replies";
import { textOf, toCodePoints, toUnits, trimmed, withSpans } from "./spans";

const turn = (text: string) => ({ role: "assistant", parts: [{ text, isSame: true }] });
const span = (start: number, end: number) => ({ start, end, value: "rude", color: "#ff0000" });

test("a sign outside the basic plane is one code point and two units", () => {
  expect(toCodePoints("a😀b", 3)).toBe(2);
  expect(toUnits("a😀b", 2)).toBe(3);
});

test("turns are joined by an empty line, and their parts count on", () => {
  expect(textOf([{ text: "ab" }, { text: "cd" }])).toBe("ab\n\ncd");
  expect(withSpans([turn("ab"), turn("cd")], []).map(({ parts }) => parts[0]!.at)).toEqual([0, 4]);
});

test("a text is cut where a labelled part begins and ends", () => {
  const [only] = withSpans([turn("calm and rude words")], [span(9, 13)]);
  expect(only!.parts.map(({ text, at, spans }) => [text, at, spans?.length ?? 0])).toEqual([["calm and ", 0, 0], ["rude", 9, 1], [" words", 13, 0]]);
});

test("parts that overlap are marked with both labels where they do", () => {
  const [only] = withSpans([turn("abcdef")], [span(0, 4), span(2, 6)]);
  expect(only!.parts.map(({ text, spans }) => [text, spans?.length])).toEqual([["ab", 1], ["cd", 2], ["ef", 1]]);
});

test("a label over two turns marks both", () => {
  const turns = withSpans([turn("ab"), turn("cd")], [span(1, 5)]);
  expect(turns.map(({ parts }) => parts.filter(({ spans }) => spans).map(({ text }) => text))).toEqual([["b"], ["c"]]);
});

test("white space at the ends of a selection is no part of it", () => {
  expect(trimmed("one  two ", [3, 9])).toEqual([5, 8]);
  expect(trimmed("one   two", [3, 6])).toBeNull();
});

test("a long text that is cut into pieces keeps its places", () => {
  const [only] = withSpans([turn("abcdefgh")], []);
  expect(pieces(only!.parts, 3).flat().map(({ at, text }) => [at, text])).toEqual([[0, "abc"], [3, "def"], [6, "gh"]]);
});
