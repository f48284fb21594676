import { describe, expect, it } from "vitest";
import { compare, fromFirstDifference, words, type Segment } from "./diff";

const text = (parts: Segment[]) => parts.map((part) => part.text).join("");
const marked = (parts: Segment[]) => parts.filter((part) => !part.isSame).map((part) => part.text.trim());

describe("compare", () => {
  it("marks the one word that differs", () => {
    const { left, right } = compare("Bake the bread for an hour.", "Bake the bread for two hours today.");
    expect(marked(left)).toEqual(["an hour"]);
    expect(marked(right)).toEqual(["two hours today"]);
  });

  it("marks nothing in equal texts", () => {
    const same = compare("Boil the eggs.", "Boil the eggs.");
    expect(marked(same.left)).toEqual([]);
    expect(same.shared).toBe(1);
  });

  it("finds phrases that both share between differences", () => {
    const { left, right } = compare(
      "First wash the rice, then cook it slowly in salted water.",
      "I would cook it slowly in salted milk.",
    );
    expect(left.find((part) => part.isSame && part.text.includes("cook it slowly in salted"))).toBeDefined();
    expect(marked(left).join(" ")).toContain("water");
    expect(marked(right).join(" ")).toContain("milk");
  });

  it("never loses or changes a letter of either text", () => {
    const pairs = [
      ["", ""],
      ["", "a b"],
      ["one two three", ""],
      ["a\n\nb  c", "a b\tc"],
      ["x y z ".repeat(300), "y x z ".repeat(280)],
      ["今天天气很好", "今天天气不好"],
      ["مرحبا بالعالم", "مرحبا يا عالم 🙂"],
    ] as const;
    for (const [left, right] of pairs) {
      const result = compare(left, right);
      expect(text(result.left)).toBe(left);
      expect(text(result.right)).toBe(right);
    }
  });

  it("compares scripts without spaces sign by sign", () => {
    expect(words("今天 ok")).toEqual(["今", "天", " ", "ok"]);
  });

  it("does not count two unrelated replies as sharing their commas and articles", () => {
    const { shared } = compare("The cat, a small one, sat.", "A ship, the old one, left.");
    expect(shared).toBeLessThan(0.3);
  });

  it("gives up at once on texts of megabytes", () => {
    const start = performance.now();
    const result = compare("word ".repeat(1_000_000), "other ".repeat(900_000));
    expect(result.isCapped).toBe(true);
    expect(performance.now() - start).toBeLessThan(200);
  });

  it("gives up soon on long texts that share nothing", () => {
    const a = Array.from({ length: 4_000 }, (_, i) => `a${i}`).join(" ");
    const b = Array.from({ length: 4_000 }, (_, i) => `b${i}`).join(" ");
    const start = performance.now();
    expect(compare(a, b).isCapped).toBe(true);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("fromFirstDifference", () => {
  it("skips a long common start", () => {
    const { left } = compare(`${"same start ".repeat(30)}but then this`, `${"same start ".repeat(30)}but then that`);
    const cut = fromFirstDifference(left);
    expect(cut[0]!.text.startsWith("… ")).toBe(true);
    expect(text(cut).length).toBeLessThan(80);
    expect(text(cut).endsWith("this")).toBe(true);
  });

  it("leaves a short common start alone", () => {
    const { left } = compare("Yes, you can.", "Yes, you may.");
    expect(text(fromFirstDifference(left))).toBe("Yes, you can.");
  });
});
