import { expect, test } from "vitest";
import { buildLegend, codesBetween } from "./legend";

const common = { colors: ["#aa0000", "#00aa00"], missingColor: "#999999", filter: null, counts: null, clusters: [], nRows: 10 };

test("values come with their counts and colours, the missing ones last", () => {
  const column = {
    name: "Topic",
    slug: "topic",
    kind: "category" as const,
    values: [
      ["a", 6],
      ["b", 3],
    ] as [string, number][],
    missing: 255,
  };
  const { entries } = buildLegend(column, common);
  expect(entries.map(({ label, count, color }) => [label, count, color])).toEqual([
    ["a", 6, "#aa0000"],
    ["b", 3, "#00aa00"],
    ["no value", 1, "#999999"],
  ]);
});

test("clusters are listed by size, each under its own code", () => {
  const column = { name: "c", slug: "c", kind: "cluster" as const, layer: 0, missing: 255 };
  const clusters = [
    { cluster_id: 0, name: "small", size: 2 },
    { cluster_id: 1, name: "large", size: 8 },
  ];
  expect(buildLegend(column, { ...common, clusters }).entries.map(({ code }) => code)).toEqual([1, 0]);
});

test("hidden values are marked, and the legend says that it filters", () => {
  const column = {
    name: "Topic",
    slug: "topic",
    kind: "category" as const,
    values: [["a", 10]] as [string, number][],
    missing: 255,
  };
  const legend = buildLegend(column, { ...common, filter: { slug: "topic", hidden: new Set([0]), range: null } });
  expect(legend.entries[0]!.isHidden).toBe(true);
  expect(legend.isFiltering).toBe(true);
});

const number = { name: "n", slug: "n", kind: "number" as const, min: 0, max: 100, counts: [10], missing: 65535 };

test("a range of numbers is shown in the column's unit", () => {
  const legend = buildLegend(number, { ...common, filter: { slug: "n", hidden: new Set(), range: [50, 100] } });
  expect(legend.ramp!.range).toEqual([50, 100]);
});

test("codes between two values are those that stand for them", () => {
  expect(codesBetween(number, 0, 100)).toEqual([0, 65534]);
  expect(codesBetween(number, 50, 50)).toEqual([32767, 32767]);
});
