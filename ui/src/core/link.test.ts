import { expect, test } from "vitest";
import { EMPTY_LINK, formatLink, parseLink } from "./link";

const link = {
  map: { zoom: 5.25, x: -1.234567, y: 10.5 },
  layout: "a1b2",
  color: "cluster_1",
  q: 'C&A "50% off" +é',
  row: 42,
  cluster: { layer: 2, cluster_id: 17 },
  f: "subset NOT IN ('a', 'b & c') AND length BETWEEN 2 AND 9.5",
  sel: [4, 0, 17],
};

test("what a link says is what it was made from", () => {
  expect(parseLink(formatLink(link))).toEqual(link);
});

test("parts that are not there stay away", () => {
  expect(formatLink(EMPTY_LINK)).toBe("");
  expect(formatLink({ ...EMPTY_LINK, row: 0 })).toBe("#row=0");
  expect(parseLink("")).toEqual(EMPTY_LINK);
});

test("places keep about a tenth of a pixel and no more digits", () => {
  expect(formatLink({ ...EMPTY_LINK, map: { zoom: 3, x: 1.23456789, y: 100 } }, 0.01)).toBe("#map=3/1.235/100");
});

test.each(["#map=1/2", "#map=a/b/c", "#map=//", "#row=-1", "#row=1e3", "#cluster=x", "#sel=x,-1,1e3", "#map=1/2/Infinity"])(
  "%s makes no sense and is passed over",
  (hash) => {
    expect(parseLink(hash)).toEqual(EMPTY_LINK);
  },
);

test("a cluster without a layer is one of the finest", () => {
  expect(parseLink("#cluster=5").cluster).toEqual({ layer: 0, cluster_id: 5 });
});
