import { expect, test } from "vitest";
import { type Rate, besideOthers, inOrder, notBelow, rate, rateWithin, reach, statusWords, titleOf, valueIs } from "./audit";

const aRate = (given: Partial<Rate>): Rate => ({ value: "a", rate: 0.03, low: 0.01, high: 0.08, expected: 0.01, excess: 0.02, p: 0.01, ...given });

test("small shares keep two digits, large ones one", () => {
  expect([rate(0), rate(0.00001), rate(0.0082), rate(0.254), rate(null)]).toEqual(["0 %", "< 0.01 %", "0.82 %", "25.4 %", "–"]);
  expect(rateWithin({ value: 0.0082, low: 0.0063, high: 0.0108 })).toBe("0.82 % (0.63 to 1.08 %)");
});

test("a status of parts says how many rows have which", () => {
  expect(statusWords("to-drop")).toBe("to drop");
  expect(statusWords("mixed", { open: 11, intended: 1042 })).toBe("11 open, 1,042 intended");
});

test("findings with rows come first, the most rows before, what is no defect after them; what was not looked for comes last", () => {
  const one = (name: string, n: number, is_looked_for = true) => ({ name, count: n, is_looked_for });
  expect(inOrder([one("none", 0), one("leakage", 0, false), one("recovery", 90), one("few", 2), one("many", 40)]).map(({ name }) => name)).toEqual(["many", "few", "recovery", "none", "leakage"]);
});

test("names and values of a column are quoted in an expression", () => {
  expect(valueIs('the "set"', "o'hare")).toBe(`CAST("the ""set""" AS VARCHAR) = 'o''hare'`);
});

test("a rate is compared with the rest only where it can be told from it", () => {
  expect(besideOthers(aRate({}))).toBe("3.0 times as often as elsewhere (1.00 %)");
  expect(besideOthers(aRate({ p: 0.4 }))).toBe("not told from the rest");
  expect(besideOthers(aRate({ expected: 0 }))).toBe("nowhere else");
  expect(besideOthers(aRate({ rate: 0.001, excess: -0.009 }))).toBe("less often than elsewhere (1.00 %)");
});

test("a chart of rates reaches to a round number", () => {
  expect(reach([aRate({ rate: 0.024, high: 0.032 })])).toBeCloseTo(0.04);
  expect(reach([aRate({ rate: 0.9, high: 0.99 })])).toBe(1);
});

test("findings of rankings speak of the best and the worst reply, defined ones keep their title", () => {
  const one = { name: "harmful-chosen", title: "The chosen reply is harmful" };
  expect([titleOf(one, "pair"), titleOf(one, "ranking")]).toEqual(["The chosen reply is harmful", "The best reply is harmful"]);
  expect(titleOf({ name: "slanted", title: "Slanted answers" }, "ranking")).toBe("Slanted answers");
});

test("a cut in few digits still holds the number that it was made of", () => {
  for (const value of [-0.24649305641651154, 0.1234565, -3.3333339e-7, 12345678.9, 0]) expect(notBelow(value)).toBeGreaterThanOrEqual(value);
  expect([notBelow(-0.24649305641651154), notBelow(-3.3333339e-7)]).toEqual([-0.246493, -3.33333e-7]);
});
