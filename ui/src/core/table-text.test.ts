import { expect, test } from "vitest";
import { writeCsv, writeJson } from "./table-text";

const NAMES = ["row_id", "text"];

test("CSV quotes what would break a line or a cell, and nothing else", () => {
  expect(writeCsv(NAMES, [[1, "plain"], [2, 'a "b", c'], [3, "two\nlines"], [4, null]])).toBe(
    'row_id,text\r\n1,plain\r\n2,"a ""b"", c"\r\n3,"two\nlines"\r\n4,\r\n',
  );
});

test("lists and objects are JSON within a cell", () => {
  expect(writeCsv(["tags"], [[["a", "b"]]])).toBe('tags\r\n"[""a"",""b""]"\r\n');
});

test("JSON has an object a row, and null where there is no value", () => {
  expect(JSON.parse(writeJson(NAMES, [[1, "a"], [2, undefined]]))).toEqual([{ row_id: 1, text: "a" }, { row_id: 2, text: null }]);
});
