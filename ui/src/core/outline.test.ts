import { describe, expect, it } from "vitest";
import { lineOf, outlineLines, outlineTree, type OutlineLine } from "./outline";

const CLUSTERS = [
  { cluster_id: 0, layer: 1, parent_id: -1, name: "Cooking", size: 50 },
  { cluster_id: 1, layer: 1, parent_id: -1, name: "Travel", size: 80 },
  { cluster_id: 0, layer: 0, parent_id: 0, name: "Bread and baking", size: 20 },
  { cluster_id: 1, layer: 0, parent_id: 0, name: "Soups", size: 30 },
  { cluster_id: 2, layer: 0, parent_id: 1, name: "Trains", size: 80 },
];
const TREE = outlineTree(CLUSTERS, ({ layer, cluster_id }) => `color-${layer}-${cluster_id}`);
const names = (lines: OutlineLine[]) => lines.map((line) => line.node.name);

describe("outline", () => {
  it("shows the coarsest clusters first, largest first", () => {
    expect(names(outlineLines(TREE, new Set()))).toEqual(["Travel", "Cooking"]);
  });

  it("shows the children of what is open", () => {
    const lines = outlineLines(TREE, new Set(["1:0"]));
    expect(names(lines)).toEqual(["Travel", "Cooking", "Soups", "Bread and baking"]);
    expect(lines[3]).toMatchObject({ level: 2, place: 2, ofPlaces: 2, isOpen: false });
  });

  it("opens the way to what the filter finds", () => {
    const lines = outlineLines(TREE, new Set(), "BREAD");
    expect(names(lines)).toEqual(["Cooking", "Bread and baking"]);
    expect(lines.map((line) => line.isMatch)).toEqual([false, true]);
  });

  describe("of topics that are one", () => {
    const one = (layer: number, cluster_id: number, parent_id: number, name: string, size: number, more = {}) => ({ layer, cluster_id, parent_id, name, size, ...more });
    const tree = (...clusters: ReturnType<typeof one>[]) => outlineTree(clusters, () => "");
    const PARTS = [one(0, 0, 0, "Loaves", 4), one(0, 1, 0, "Rolls", 3)];

    it("shows a topic and its only child of the same rows once, with what is below", () => {
      const [root] = tree(one(2, 0, -1, "Bread", 7), one(1, 0, 0, "Bread, dough", 7), ...PARTS);
      expect(root).toMatchObject({ name: "Bread", same: [{ name: "Bread, dough" }] });
      expect(root!.children.map(({ name }) => name)).toEqual(["Loaves", "Rolls"]);
      const lines = outlineLines([root!], new Set(), "dough");
      expect(names(lines)).toEqual(["Bread"]);
      expect(lineOf(lines, { layer: 1, cluster_id: 0 })?.key).toBe("2:0");
    });

    it("leaves an only child its line where a person pinned it or its name says something else", () => {
      expect(tree(one(1, 0, -1, "Bread", 7), one(0, 0, 0, "Bread", 7, { is_pinned: true }))[0]!.children).toHaveLength(1);
      expect(tree(one(1, 0, -1, "Bread", 7), one(0, 0, 0, "Robbery", 7))[0]!.children).toHaveLength(1);
    });

    it("tells a child from its parent of the same name by its next phrases", () => {
      const [root] = tree(one(1, 0, -1, "Bread", 7), one(0, 0, 0, "Bread", 4, { keyphrases: ["bread", "rye", "crust", "oven"] }), one(0, 1, 0, "Rolls", 3));
      expect(root!.children.map(({ hint }) => hint)).toEqual(["rye, crust", undefined]);
    });
  });

  it("keeps ids of different layers apart", () => {
    expect(TREE.map((node) => node.children.length)).toEqual([1, 2]);
    expect(TREE[0]!.children[0]!.color).toBe("color-0-2");
  });

  it("shows clusters whose parent is missing rather than lose them", () => {
    const orphan = [{ cluster_id: 4, layer: 0, parent_id: 9, name: "Lost", size: 1 }];
    expect(
      names(
        outlineLines(
          outlineTree(orphan, () => ""),
          new Set(),
        ),
      ),
    ).toEqual(["Lost"]);
  });
});
