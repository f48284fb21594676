import { describe, expect, it } from "vitest";
import { aboveText, atCut, conceptName, figuresText, heights, plainFigures, rowsAbove, shareText } from "./teaching";

const share = (value: number | null, low = 0.5, high = 0.9, n = 20) => ({ value, low, high, n });
const at = (cut: number) => ({ cut, precision: share(0.82, 0.71, 0.9), recall: share(0.64, 0.5, 0.76) });

describe("figures of a concept", () => {
  it("are written with their intervals", () => {
    expect(figuresText(at(0.5), 40)).toBe("Precision .82 (.71–.90), recall .64 (.50–.76), from 40 labels");
    expect(shareText(share(1, 0.8, 1))).toBe("1.00 (.80–1.00)");
  });
  it("say so when there is nothing to take a share of", () => {
    expect(shareText(share(null))).toBe("unknown");
    expect(plainFigures({ ...at(0.9), precision: share(null) }, "rude", "text")).toContain("None of the labelled texts");
  });
  it("are said in plain words too", () => {
    expect(plainFigures(at(0.5), "rude", "text")).toBe(
      "Of 100 texts at .50 or above, about 82 should be “rude” (likely 71 to 90). They should hold 64 % of all that are (likely 50 to 76 of 100).",
    );
  });
  it("are found at a cut", () => {
    expect(atCut([at(0.05), at(0.1)], 0.1)?.cut).toBe(0.1);
    expect(atCut([at(0.05)], 0.5)).toBeNull();
  });
});

describe("rows above a cut", () => {
  const histogram = Array.from({ length: 20 }, (_, bin) => bin);
  it("are counted exactly at the edge of a bin", () => {
    expect(rowsAbove(histogram, 0.9)).toBe(18 + 19);
    expect(rowsAbove(histogram, 0.05)).toBe(190);
    expect(aboveText(histogram, 0.95, "text")).toBe("19 of 190 texts are at .95 or above.");
  });
  it("are seen even where they are few", () => {
    expect(heights([1, 0, 100_000])).toEqual([0.06, 0, 1]);
  });
});

describe("the name of a concept", () => {
  it("is the label in letters, digits and _", () => {
    expect(conceptName("Very rude!")).toBe("very_rude");
    expect(conceptName("侮辱")).toBe("concept");
  });
});
