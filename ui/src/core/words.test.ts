import { expect, test } from "vitest";
import fixture from "./words.fixture.json";
import { crc32 } from "./postings";
import { previewLine, snippet } from "./snippet";
import { fold, parseQuery, tokensOf } from "./words";

test("texts fold and split as in Python", () => {
  for (const { text, folded, tokens } of fixture.texts) {
    expect(fold(text)).toBe(folded);
    expect(tokensOf(fold(text))).toEqual(tokens);
  }
});

test("queries are understood as in Python", () => {
  for (const { text, words, phrases, without } of fixture.queries) expect(parseQuery(text)).toEqual({ words, phrases, without });
});

test("snippets are cut as in Python", () => {
  for (const { text, query, parts } of fixture.snippets) {
    const { phrases, words } = parseQuery(query);
    expect(snippet(text, [...phrases, ...words]).map((part) => [part.text, part.is_match])).toEqual(parts);
  }
});

test("a row is known by the same line as in Python", () => {
  for (const { reading, line } of fixture.previews) expect(previewLine(reading)).toBe(line);
});

test("the part of a dictionary is chosen as zlib's crc32 does", () => {
  for (const { token, crc } of fixture.crcs) expect(crc32(new TextEncoder().encode(token))).toBe(crc);
});
