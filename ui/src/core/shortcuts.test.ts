import { expect, test } from "vitest";
import { placeOf, scaleOf, traitName, type Shortcuts } from "./shortcuts";

function found(...shares: [number, number, number][]): Shortcuts {
  const rules = shares.map(([low, value, high]) => ({ rule: "length", what: "", is_sure: true, accuracy: { value, low, high, n: 100 } }));
  return { rules, parts: [], says: "" };
}

test("a trait is called by its name, or by plainer words", () => {
  expect(traitName("punctuation")).toBe("punctuation");
  expect(traitName("echo")).toBe("words of the prompt");
});

test("the scale holds one half and every interval", () => {
  const scale = scaleOf(found([0.55, 0.6, 0.65], [0.7, 0.8, 0.9]));
  expect(scale.low).toBeLessThan(0.5);
  expect(scale.high).toBeGreaterThan(0.9);
  expect(scaleOf(found([0.99, 1, 1])).high).toBe(1);
});

test("a share stands between the ends of the scale, and never outside", () => {
  const scale = { low: 0.4, high: 0.8 };
  expect(placeOf(0.6, scale)).toBeCloseTo(50);
  expect(placeOf(0.2, scale)).toBe(0);
  expect(placeOf(0.9, scale)).toBe(100);
});
