import { describe, expect, it } from "vitest";
import { figures, laidOutBy, stageTimes, meantTexts } from "./quality";

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

  it("say once how many rows are in a topic", () => {
    expect(figures({ share_in_layer_0: 1, share_in_layer_1: 1 }).map((figure) => figure.name)).toEqual([
      "Rows in a topic",
    ]);
  });

  it("leave out what was not measured", () => {
    expect(figures({ trustworthiness: null, knn_recall: NaN, note: "sampled" })).toEqual([]);
  });
});

describe("what a map is laid out by", () => {
  it("is said for pairs only", () => {
    const stages = { embed: { layout: "chosen" } };
    expect(laidOutBy({ kind: "pair", stages })).toBe("chosen");
    expect(laidOutBy({ kind: "ranking", stages })).toBe("best reply");
    expect(laidOutBy({ kind: "text", stages })).toBeNull();
    expect(laidOutBy({ kind: "pair", stages: {} })).toBeNull();
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

it("says in which texts of a pair meaning is looked for", () => {
  expect(meantTexts({ kind: "pair", stages: { embed: { layout: "chosen" } } })).toBe("prompts and chosen replies");
  expect(meantTexts({ kind: "pair", stages: {} })).toBe("");
  expect(meantTexts({ kind: "text", stages: { embed: { layout: "chosen" } } })).toBe("");
});
