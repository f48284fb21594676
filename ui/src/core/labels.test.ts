import { expect, test } from "vitest";
import { colorsOf, keysOf, labelColors, wrongWith } from "./labels";

const value = (name: string, key = "", color = "") => ({ value: name, key, color });

test("values without a key of their own have the digit of their place", () => {
  expect(keysOf([value("calm"), value("rude")])).toEqual(["1", "2"]);
});

test("a digit that somebody chose is nobody else's", () => {
  expect(keysOf([value("calm"), value("rude", "1"), value("odd")])).toEqual(["2", "1", "3"]);
});

test("past nine values there is no key left", () => {
  expect(keysOf(Array.from({ length: 10 }, (_, i) => value(`v${i}`)))[9]).toBe("");
});

test("a chosen colour stays, the others are all different", () => {
  const colors = colorsOf([value("a", "", "#123456"), value("b"), value("c")]);
  expect(colors[0]).toBe("#123456");
  expect(new Set(colors).size).toBe(3);
});

test.each([
  [{ name: " ", values: [value("a")] }, /name/],
  [{ name: "tone", values: [value(" ")] }, /at least one/],
  [{ name: "tone", values: [value("a"), value("a ")] }, /twice/],
  [{ name: "tone", values: [value("a", "x"), value("b", "x")] }, /key “x”/],
])("a set that cannot be is refused with the reason", (set, reason) => {
  expect(wrongWith(set)).toMatch(reason);
});

test("a set with a name and labels is fine", () => {
  expect(wrongWith({ name: "tone", values: [value("a"), value("b")] })).toBeNull();
});

test("the columns of a set have the colours that it chose", () => {
  const colors = labelColors([{ name: "tone", values: [value("calm", "", "#102030"), value("rude")] }]);
  expect(colors.get("label_tone_chosen")?.get("calm")).toEqual([16, 32, 48]);
  expect(colors.get("label_tone")?.has("rude")).toBe(false);
});
