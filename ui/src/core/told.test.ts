import { expect, test } from "vitest";
import type { Extra } from "./clauses";
import { extraWords, filterWords, type Told } from "./told";

const SUBSET = { name: "sub_set", slug: "subset", kind: "category" as const, missing: 255, codes: [0, 1, 2], values: [["base", 3], ["online", 2], ["harm", 1]] as [string, number][] };
const LENGTH = { name: "length", slug: "length", kind: "number" as const, missing: 65535, codes: [], min: 0, max: 900 };
const TOPIC = { name: "cluster_1", slug: "t", kind: "cluster" as const, layer: 1, missing: 255, codes: [...Array(9).keys()] };
const TOLD: Told = { columns: [SUBSET, LENGTH, TOPIC], clusterName: (layer, id) => `topic ${layer}/${id}`, noun: "pair" };
const area = (isNot = false): Extra => ({ kind: "area", layout: "l", polygon: [], isNot });
const of = (slug: string, hidden: number[], range: [number, number] | null = null) => ({ slug, hidden: new Set(hidden), range });
const words = (columns: ReturnType<typeof of>[], extras: Extra[] = [], join: "and" | "or" = "and") => filterWords({ columns, extras, join }, TOLD);

test("drawn areas are told apart by their number", () => {
  const extras: Extra[] = [area(), { kind: "words", query: "bank", isNot: true }, area(true)];
  expect(extras.map((_, place) => extraWords(extras, place, "pair"))).toEqual([
    { how: "within", what: "Area 1" },
    { how: "without", what: "bank" },
    { how: "outside", what: "Area 2" },
  ]);
});

test("a filter is one line that names what is kept, or what is not, whichever is shorter", () => {
  expect(words([])).toBe("");
  expect(words([of("subset", [1, 2, 255])])).toBe("sub set: base");
  expect(words([of("subset", [2])])).toBe("sub set: not harm");
  expect(words([of("t", [0, 1, 2, 3, 4])])).toBe("topic: 4 of 9");
  expect(words([of("t", [0])])).toBe("topic: not topic 1/0");
});

test("missing values, ranges and either-or are said", () => {
  expect(words([of("subset", [255])])).toBe("sub set with a value");
  expect(words([of("subset", [0, 1, 2])])).toBe("sub set without a value");
  expect(words([of("length", [], [3, 1200])], [area()], "or")).toBe("length 3 to 1,200 or within Area 1");
});

test("rows, meanings and expressions are said as their chips say them", () => {
  const extras: Extra[] = [
    { kind: "rows", rowIds: [4], isNot: false },
    { kind: "meaning", like: 7, least: 0.6, isNot: false },
    { kind: "expression", sql: "stars > 3", isNot: true },
  ];
  expect(words([], extras)).toBe("only 1 pair · like pair 7 · where not stars > 3");
});
