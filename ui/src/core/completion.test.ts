import { expect, test } from "vitest";
import { completions } from "./completion";

const columns = [
  { name: "lang", slug: "l", kind: "category" as const, values: [["en", 5], ["es", 1], ["it's", 2]] as [string, number][], missing: 255 },
  { name: "Star rating", slug: "s", kind: "number" as const, missing: 65535 },
];
const at = (text: string) => {
  const caret = text.indexOf("|");
  return completions(text.replace("|", ""), caret, { columns, others: ["chosen"] });
};
const texts = (text: string) => at(text).list.map((one) => one.text);

test("columns and functions that begin as one types", () => {
  expect(texts("l|")).toEqual(["lang", "length(", "list_contains(", "LIKE '"]);
  expect(texts("sta|")).toEqual(['"Star rating"']);
  expect(texts("ch|")).toEqual(["chosen"]);
});

test("values of the column that stands before", () => {
  expect(texts("lang = 'e|")).toEqual(["'en'", "'es'"]);
  expect(texts("lang NOT IN ('en', '|")).toEqual(["'en'", "'es'", "'it''s'"]);
  expect(at("lang = 'e|")).toMatchObject({ start: 7, end: 9 });
});

test("after a value, what joins it to the next", () => {
  expect(texts("lang = 'en' |")).toEqual(["AND ", "OR "]);
});

test.each(["lang =|", "chosen LIKE 'l|", "lang|", "text('l|"])("nothing where nothing fits: %s", (text) => {
  expect(texts(text)).toEqual([]);
});
