import { describe, expect, it } from "vitest";
import { figures, stageTimes } from "./quality";

describe("quality figures", () => {
  it("come in plain words, the known ones first", () => {
    const shown = figures({ other_rate: 0.5, recall_at_15: 0.284, trustworthiness: 0.918 });
    expect(shown.map(({ name, shown }) => [name, shown])).toEqual([
      ["Neighbours that belong", "92 %"],
      ["Nearest 15 kept", "28 %"],
      ["other rate", "0.5"],
    ]);
    expect(shown[0]!.meaning).not.toBe("");
  });

  it("leave out what was not measured", () => {
    expect(figures({ trustworthiness: null, knn_recall: NaN, note: "sampled" })).toEqual([]);
  });
});

describe("times of stages", () => {
  it("are read from either form", () => {
    expect(stageTimes({ embed: { seconds: 1.5, key: "a" }, project: 2, tile: {}, index: null })).toEqual([
      ["embed", 1.5],
      ["project", 2],
    ]);
  });
});
