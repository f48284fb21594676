import { expect, test } from "vitest";
import { WhereError, parseWhere, secondsOf } from "./where";

test("comparisons, lists, ranges and missing values are read", () => {
  expect(parseWhere("subset IN ('a', 'it''s')")).toEqual({ kind: "in", column: "subset", values: ["a", "it's"] });
  expect(parseWhere('"Star rating" >= -2.5')).toEqual({ kind: "between", column: "Star rating", low: { value: -2.5, isIn: true }, high: null });
  expect(parseWhere("x IS NOT NULL")).toEqual({ kind: "not", part: { kind: "missing", column: "x" } });
  expect(parseWhere("time(day) BETWEEN '2022-01-01' AND TIMESTAMP '2022-02-01'")).toEqual({
    kind: "between", column: "day", low: { value: "2022-01-01", isIn: true }, high: { value: "2022-02-01", isIn: true },
  });
  expect(parseWhere("ok = TRUE")).toEqual({ kind: "in", column: "ok", values: [true] });
});

test("lists hold a tag, or nothing", () => {
  expect(parseWhere("list_contains(\"My tags\", 'it''s')")).toEqual({ kind: "tag", column: "My tags", tag: "it's" });
  expect(parseWhere("tags <> []")).toEqual({ kind: "not", part: { kind: "tag", column: "tags", tag: null } });
  expect(() => parseWhere("tags = ['a']")).toThrow(WhereError);
  expect(() => parseWhere("list_contains(tags, 3)")).toThrow(WhereError);
});

test("AND binds tighter than OR, NOT tighter than both", () => {
  const shape = (text: string): unknown => {
    const walk = (one: ReturnType<typeof parseWhere>): unknown =>
      one.kind === "join" ? [one.how, ...one.parts.map(walk)] : one.kind === "not" ? ["not", walk(one.part)] : "column" in one ? one.column : one.kind;
    return walk(parseWhere(text));
  };
  expect(shape("a = 1 OR NOT b = 2 AND c = 3")).toEqual(["or", "a", ["and", ["not", "b"], "c"]]);
  expect(shape("(a = 1 OR b = 2) AND text('x')")).toEqual(["and", ["or", "a", "b"], "text"]);
});

test("areas are polygons of a layout", () => {
  expect(parseWhere("in_area('chosen-1', '0 0, 1 0, 1 1.5')")).toEqual({
    kind: "area", layout: "chosen-1", polygon: [[0, 0], [1, 0], [1, 1.5]],
  });
});

test("LIKE takes % and _ alone for wild", () => {
  const like = parseWhere("a ILIKE '50%_.'");
  expect(like.kind === "like" && like.pattern.test("50 percent.") && !like.pattern.test("50 percent!")).toBe(true);
});

test.each(["length(chosen) > 400", "a = ", "a IN ()", "near('x', 0.5)", "a = 1 b", "'a", "", "SELECT 1", "in_area('l', '1 2')"])(
  "what needs a database is refused with its place: %s",
  (text) => expect(() => parseWhere(text)).toThrow(WhereError),
);

test("times without a zone are UTC", () => {
  expect(secondsOf("1970-01-02")).toBe(86_400);
  expect(secondsOf("1970-01-01 00:00:05")).toBe(5);
  expect(secondsOf("1970-01-01T01:00:00+01:00")).toBe(0);
});
