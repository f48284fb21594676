import { expect, test } from "vitest";
import type { Legend } from "./legend";
import { captionOf, fileName, hasAllLand, layOutSheet, legendWithin, type PictureChoices, type PictureName, pictureInsets, piecesOf, shorten, tooLarge, toSvg } from "./picture";

const measure = (text: string, { size }: { size: number }) => 0.6 * size * text.length;
const INKS = { paper: "#fff", ink: "#000", soft: "#555", hairline: "#ddd" };
const ALL: PictureChoices = { format: "png", scale: 2, names: true, legend: true, title: "A title", caption: "Said" };
const BARE: PictureChoices = { ...ALL, names: false, legend: false, title: "", caption: "" };
const SIZE = { width: 800, height: 500 };

const legendOf = (n: number): Legend => ({
  slug: "s",
  name: "column",
  kind: "category",
  isFiltering: false,
  ramp: null,
  entries: Array.from({ length: n }, (_, code) => ({ code, label: `value ${code}`, count: 9, total: 9, color: "#123456", isHidden: code === 1, isMissing: false })),
});
const name = (x: number, y: number): PictureName => ({ lines: ["TWO", "LINES"], x, y, width: 60, height: 30, font: { size: 12, weight: 650, spacingEm: 0.09 }, color: "#345" });

const sheet = (choices: PictureChoices, { legend = legendOf(3), names = [name(100, 100)] }: { legend?: Legend; names?: PictureName[] } = {}) =>
  layOutSheet(SIZE, { choices, legend, names, inks: INKS }, measure);
const texts = (made: ReturnType<typeof sheet>) => made.marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));

test("a bare picture is the map and a margin", () => {
  const made = sheet(BARE);
  expect(made.marks).toEqual([]);
  expect([made.width - SIZE.width, made.height - SIZE.height]).toEqual([64, 64]);
});

test("all that was asked for is written, in the order of reading", () => {
  expect(texts(sheet(ALL))).toEqual(["A title", "TWO", "LINES", "column", "value 0", "9", "value 2", "9", "Said"]);
});

test("nothing is written beyond the sheet", () => {
  const made = sheet(ALL, { legend: legendOf(200) });
  for (const mark of made.marks) {
    expect(mark.x).toBeGreaterThan(0);
    expect(mark.x).toBeLessThan(made.width);
    expect(mark.y).toBeLessThan(made.height);
  }
  expect(texts(made)).toContainEqual(expect.stringMatching(/^\d+ more$/));
});

test("a name that the picture's edge would cut is left out", () => {
  expect(texts(sheet({ ...BARE, names: true }, { names: [name(10, 100), name(100, 495)] }))).toEqual([]);
});

test("a number's legend has its bars and what stands at both ends", () => {
  const ramp = { min: 0, max: 12.34, isTime: false, counts: [1, 0, 4], totals: [1, 0, 4], range: null, stops: ["#000000", "#888888", "#ffffff"] };
  const made = sheet({ ...BARE, legend: true }, { legend: { ...legendOf(0), kind: "number", ramp } });
  expect(texts(made)).toEqual(["column", "0", "12.3"]);
  expect(made.marks.filter((mark) => mark.kind === "bar").map((mark) => mark.color)).toEqual(["#000000", "#888888", "#ffffff"]);
});

test("pieces cover the picture once", () => {
  const pieces = piecesOf(1000, 700, 400);
  expect(pieces).toHaveLength(6);
  expect(pieces.reduce((sum, piece) => sum + piece.width * piece.height, 0)).toBe(700_000);
});

test("a picture beyond what browsers can draw says so", () => {
  expect(tooLarge({ width: 1400, height: 900 }, 8)).toBeNull();
  expect(tooLarge({ width: 3000, height: 900 }, 8)).toMatch("24,000 × 7,200 px");
});

test("the caption counts the rows, and says what chose them", () => {
  expect(captionOf({ shown: 10, total: 10 }, "pair", "")).toBe("10 pairs");
  expect(captionOf({ shown: 3, total: 1000 }, "text", "stars > 3")).toBe("3 of 1,000 texts · stars > 3");
});

const VIEW = { width: 1000, height: 600 };
const COVER = { left: 300, top: 44, right: 500, bottom: 0 };

test("a picture shows what one sees, and the land under panels; no empty paper under them", () => {
  expect(pictureInsets(COVER, { left: 320, top: 100, right: 480, bottom: 500 }, VIEW)).toEqual({ left: 280, top: 44, right: 480, bottom: 0 });
  expect(pictureInsets(COVER, { left: -90, top: -50, right: 700, bottom: 900 }, VIEW)).toEqual({ left: 0, top: 0, right: 260, bottom: 0 });
});

test("rows are counted anew where some land lies outside the picture", () => {
  const land = { left: 100, top: 100, right: 480, bottom: 500 };
  expect(hasAllLand(pictureInsets(COVER, land, VIEW), land, VIEW)).toBe(true);
  const near = { ...land, right: 1200 };
  expect(hasAllLand(pictureInsets(COVER, near, VIEW), near, VIEW)).toBe(false);
});

test("the legend tells of the rows in the picture", () => {
  const within = legendWithin(legendOf(3), [5, 6, 0, 2]);
  expect(within.entries.map(({ count }) => count)).toEqual([5, 6, 0]);
  expect(texts(sheet(ALL, { legend: within }))).not.toContain("value 2");
});

test("a file is named by the title, in its own script", () => {
  expect(fileName("Anthropic RLHF: helpful/harmless", "png")).toBe("Anthropic-RLHF-helpful-harmless.png");
  expect(fileName("微博 2022", "svg")).toBe("微博-2022.svg");
  expect(fileName("???", "png")).toBe("map.png");
});

test("a text that is too long ends in an ellipsis", () => {
  expect(shorten("a long title", { size: 10, weight: 400, spacingEm: 0 }, 42, measure)).toBe("a long…");
});

test("what stands in an SVG is text, whatever it holds", () => {
  const made = sheet({ ...ALL, title: 'a < b & "c"\u0000' });
  const svg = toSvg(made, { image: "data:,", inks: INKS, family: "'A', sans-serif", title: "<t>" });
  expect(svg).toContain("a &lt; b &amp; &quot;c&quot;</text>");
  expect(svg).toContain("<title>&lt;t&gt;</title>");
  expect(svg).toContain('letter-spacing="1.08"');
});
