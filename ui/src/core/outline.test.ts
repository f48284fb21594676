import { describe, expect, it } from "vitest";
import { outlineLines, outlineTree, type OutlineLine } from "./outline";

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
