import { expect, test } from "vitest";
import { pieces } from "./quoted";

test("what a sentence quotes is told from its own words", () => {
  expect(pieces("renamed “לחם” to “bread, 2”.")).toEqual([
    { text: "renamed “", isQuote: false },
    { text: "לחם", isQuote: true },
    { text: "” to “", isQuote: false },
    { text: "bread, 2", isQuote: true },
    { text: "”.", isQuote: false },
  ]);
});

test("a mark without its end quotes nothing", () => {
  expect(pieces("“half")).toEqual([{ text: "“half", isQuote: false }]);
  expect(pieces("")).toEqual([]);
});
