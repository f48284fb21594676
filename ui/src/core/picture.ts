/** A picture of what one looks at: the sheet around the map, what stands on it, and the same as SVG. All in px at scale 1. */

import { columnName, count, counted, moment, number } from "./format";
import type { Insets, Size } from "./camera";
import type { Legend } from "./legend";
import type { Box } from "./place";

export interface PictureChoices {
  format: "png" | "svg";
  /** Pixels for one px of the sheet; of an SVG's points as well. */
  scale: number;
  names: boolean;
  legend: boolean;
  /** "" for none. */
  title: string;
  caption: string;
}

export interface PictureFont {
  size: number;
  weight: number;
  spacingEm: number;
}

/** A line of text. `y` is its baseline; a halo of the ground's colour keeps it readable on the map. */
export interface TextMark {
  kind: "text";
  x: number;
  y: number;
  text: string;
  font: PictureFont;
  color: string;
  anchor: "start" | "middle" | "end";
  hasHalo: boolean;
}

export interface DotMark {
  kind: "dot";
  x: number;
  y: number;
  radius: number;
  color: string;
  isHollow: boolean;
}

export interface BarMark {
  kind: "bar";
  x: number;
  y: number;
  width: number;
  height: number;
  color: string;
}

export type PictureMark = TextMark | DotMark | BarMark;

/** A cluster's name as the map shows it: the middle of its lines, px from the map's upper left corner. */
export interface PictureName {
  lines: string[];
  x: number;
  y: number;
  width: number;
  height: number;
  font: PictureFont;
  color: string;
}

export interface Sheet {
  width: number;
  height: number;
  /** Where the map lies on it. */
  map: { x: number; y: number; width: number; height: number };
  marks: PictureMark[];
}

export interface Inks {
  paper: string;
  ink: string;
  soft: string;
  hairline: string;
}

export type MeasureText = (text: string, font: PictureFont) => number;

/** The largest canvas that browsers make on a desk: side and pixels. */
export const MOST_SIDE = 16_384;
export const MOST_PIXELS = 250_000_000;

const PAD = 32;
const LINE_PX = 23;
const DOT_PX = 5;
const GAP = 9;
const MOST_LINES = 5;
const RAMP = { width: 240, height: 36 };
const NAME_LINE = 1.2;

const font = (size: number, weight = 400): PictureFont => ({ size, weight, spacingEm: 0 });
const TITLE = font(24, 650);
const HEAD = font(13, 600);
const LABEL = font(13);

/** Land beyond the picture's edge that its names and discs reach over, px. */
const SHORE_PX = 40;

/**
 * What of the stage a picture leaves out, px from each side: what panels cover, but for land that lies under them.
 *
 * `cover`: what panels cover; `land`: where rows lie, px of the stage.
 */
export function pictureInsets(cover: Insets, land: Box, size: Size): Insets {
  const open = (covered: number, before: number) => Math.round(Math.max(0, Math.min(covered, before - SHORE_PX)));
  return {
    left: open(cover.left, land.left),
    top: open(cover.top, land.top),
    right: open(cover.right, size.width - land.right),
    bottom: open(cover.bottom, size.height - land.bottom),
  };
}

/** Whether all land lies within what the insets leave. */
export function hasAllLand({ left, top, right, bottom }: Insets, land: Box, size: Size): boolean {
  return land.left >= left && land.top >= top && land.right <= size.width - right && land.bottom <= size.height - bottom;
}

/** A legend that tells of the rows in the picture alone; `counts` by code or bin, the missing last. */
export function legendWithin(legend: Legend, counts: readonly number[]): Legend {
  const last = counts.length - 1;
  return {
    ...legend,
    entries: legend.entries.map((entry) => ({ ...entry, count: counts[entry.isMissing ? last : entry.code] ?? 0 })),
    ramp: legend.ramp && { ...legend.ramp, counts: counts.slice(0, -1) },
  };
}

/** The sheet for a map of `size` px: title above, legend and caption below. */
export function layOutSheet(
  size: { width: number; height: number },
  { choices, legend, names, inks }: { choices: PictureChoices; legend: Legend | null; names: readonly PictureName[]; inks: Inks },
  measure: MeasureText,
): Sheet {
  const width = size.width + 2 * PAD;
  const room = size.width;
  const marks: PictureMark[] = [];
  let y = PAD;
  if (choices.title) {
    marks.push(text(PAD, y + 20, shorten(choices.title, TITLE, room, measure), TITLE, inks.ink));
    y += 44;
  }
  const map = { x: PAD, y, ...size };
  if (choices.names) marks.push(...names.filter((name) => isInside(name, size)).flatMap((name) => nameMarks(name, map)));
  y += size.height;
  if (choices.legend && legend) {
    const shown = legendMarks(legend, { x: PAD, y: y + 20, width: room, inks }, measure);
    marks.push(...shown.marks);
    y += 20 + shown.height;
  }
  if (choices.caption) {
    y += 28;
    marks.push(text(PAD, y, shorten(choices.caption, LABEL, room, measure), LABEL, inks.soft));
  }
  return { width, height: y + PAD, map, marks };
}

/** Why a picture cannot be made; null where it can. */
export function tooLarge(sheet: { width: number; height: number }, scale: number): string | null {
  const [width, height] = [sheet.width * scale, sheet.height * scale];
  const isFit = Math.max(width, height) <= MOST_SIDE && width * height <= MOST_PIXELS;
  return isFit ? null : `${count(Math.round(width))} × ${count(Math.round(height))} px is more than a browser can draw.`;
}

/** Pieces of at most `most` px a side that together cover `width` × `height`. */
export function piecesOf(width: number, height: number, most: number): { x: number; y: number; width: number; height: number }[] {
  const pieces = [];
  for (let y = 0; y < height; y += most)
    for (let x = 0; x < width; x += most)
      pieces.push({ x, y, width: Math.min(most, width - x), height: Math.min(most, height - y) });
  return pieces;
}

/** The number of rows, and by what they were chosen: `filter` in words. */
export function captionOf({ shown, total }: { shown: number; total: number }, noun: string, filter: string): string {
  const rows = shown === total ? counted(total, noun) : `${count(shown)} of ${counted(total, noun)}`;
  return filter ? `${rows} · ${filter}` : rows;
}

/** A name for the file: letters and digits of any script, and hyphens. */
export function fileName(title: string, format: string): string {
  const words = title.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 80);
  return `${words || "map"}.${format}`;
}

function text(x: number, y: number, written: string, of: PictureFont, color: string, anchor: TextMark["anchor"] = "start"): TextMark {
  return { kind: "text", x, y, text: written, font: of, color, anchor, hasHalo: false };
}

function isInside({ x, y, width, height }: PictureName, size: { width: number; height: number }): boolean {
  return x - width / 2 >= 0 && y - height / 2 >= 0 && x + width / 2 <= size.width && y + height / 2 <= size.height;
}

function nameMarks(name: PictureName, map: { x: number; y: number }): TextMark[] {
  const line = name.font.size * NAME_LINE;
  const first = map.y + name.y - ((name.lines.length - 1) * line) / 2 + 0.36 * name.font.size;
  return name.lines.map((written, place) => ({
    ...text(map.x + name.x, first + place * line, written, name.font, name.color, "middle"),
    hasHalo: true,
  }));
}

interface Place {
  x: number;
  y: number;
  width: number;
  inks: Inks;
}

function legendMarks(legend: Legend, place: Place, measure: MeasureText): { height: number; marks: PictureMark[] } {
  return legend.ramp ? rampMarks(legend, place, measure) : entryMarks(legend, place, measure);
}

/** Values one after another, on as many lines as needed, up to a few. */
function entryMarks(legend: Legend, { x: left, y: top, width, inks }: Place, measure: MeasureText): { height: number; marks: PictureMark[] } {
  const head = legend.kind === "cluster" ? "Topics" : columnName(legend.name);
  const marks: PictureMark[] = [text(left, top + 12, head, HEAD, inks.ink)];
  const right = left + width;
  const entries = legend.entries.filter((entry) => !entry.isHidden && entry.count > 0);
  const at = 2 * DOT_PX + GAP;
  let x = left + measure(head, HEAD) + 22;
  let y = top + 12;
  for (const [place, entry] of entries.entries()) {
    const label = shorten(entry.label, LABEL, 220, measure);
    const n = count(entry.count);
    const wide = at + measure(label, LABEL) + 8 + measure(n, LABEL);
    if (x > left && x + wide > right) [x, y] = [left, y + LINE_PX];
    if (y > top + 12 + LINE_PX * (MOST_LINES - 1)) {
      marks.push(text(left, y, `${count(entries.length - place)} more`, LABEL, inks.soft));
      break;
    }
    marks.push({ kind: "dot", x: x + DOT_PX, y: y - 4.5, radius: DOT_PX, color: entry.color, isHollow: entry.isMissing });
    marks.push(text(x + at, y, label, LABEL, inks.ink), text(x + wide, y, n, LABEL, inks.soft, "end"));
    x += wide + 24;
  }
  return { height: y - top + 4, marks };
}

/** Bars of the rows along the ramp, above their colours' range. */
function rampMarks(legend: Legend, { x: left, y: top, width: room, inks }: Place, measure: MeasureText): { height: number; marks: PictureMark[] } {
  const ramp = legend.ramp!;
  const width = Math.min(RAMP.width, room);
  const base = top + 24 + RAMP.height;
  const marks: PictureMark[] = [text(left, top + 12, shorten(columnName(legend.name), HEAD, room, measure), HEAD, inks.ink)];
  const tallest = Math.max(1, ...ramp.counts);
  const step = width / ramp.counts.length;
  ramp.counts.forEach((rows, place) => {
    const height = rows === 0 ? 0 : Math.max(0.04, rows / tallest) * RAMP.height;
    const color = ramp.stops[Math.round((place / Math.max(1, ramp.counts.length - 1)) * (ramp.stops.length - 1))]!;
    marks.push({ kind: "bar", x: left + place * step + 0.5, y: base - height, width: step - 1, height: height + 3, color });
  });
  const written = (value: number) => (ramp.isTime ? moment(value, ramp.max - ramp.min) : number(value));
  marks.push(text(left, base + 20, written(ramp.min), LABEL, inks.soft));
  marks.push(text(left + width, base + 20, written(ramp.max), LABEL, inks.soft, "end"));
  return { height: base + 24 - top, marks };
}

/** `written` as far as it fits, with an ellipsis where it was cut. */
export function shorten(written: string, of: PictureFont, room: number, measure: MeasureText): string {
  if (measure(written, of) <= room) return written;
  const letters = [...written];
  let [low, high] = [0, letters.length];
  const cut = (n: number) => `${letters.slice(0, n).join("").trimEnd()}…`;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(cut(middle), of) <= room) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

const HALO_PX = 4;

/** The sheet as an SVG document; `image`: the map, as the address of its data. */
export function toSvg(sheet: Sheet, { image, inks, family, title }: { image: string; inks: Inks; family: string; title: string }): string {
  const { width, height, map } = sheet;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="${inks.paper}"/>`,
    `<image x="${round(map.x)}" y="${round(map.y)}" width="${round(map.width)}" height="${round(map.height)}" href="${image}"/>`,
    `<rect x="${round(map.x)}" y="${round(map.y)}" width="${round(map.width)}" height="${round(map.height)}" fill="none" stroke="${inks.hairline}"/>`,
    `<g font-family="${escaped(family)}" stroke-linejoin="round">`,
    ...sheet.marks.map((mark) => markSvg(mark, inks.paper)),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function markSvg(mark: PictureMark, paper: string): string {
  if (mark.kind === "bar")
    return `<rect x="${round(mark.x)}" y="${round(mark.y)}" width="${round(mark.width)}" height="${round(mark.height)}" fill="${mark.color}"/>`;
  if (mark.kind === "dot") {
    const look = mark.isHollow ? `fill="none" stroke="${mark.color}" stroke-width="1.5"` : `fill="${mark.color}"`;
    return `<circle cx="${round(mark.x)}" cy="${round(mark.y)}" r="${round(mark.isHollow ? mark.radius - 0.75 : mark.radius)}" ${look}/>`;
  }
  const spacing = mark.font.spacingEm * mark.font.size;
  const attributes = [
    // The space after the last letter counts as well: without this, words would stand off their middle.
    `x="${round(mark.x + (mark.anchor === "middle" ? spacing / 2 : 0))}" y="${round(mark.y)}"`,
    `font-size="${mark.font.size}" fill="${mark.color}"`,
    ...(mark.anchor === "start" ? [] : [`text-anchor="${mark.anchor}"`]),
    ...(mark.font.weight === 400 ? [] : [`font-weight="${mark.font.weight}"`]),
    ...(spacing === 0 ? [] : [`letter-spacing="${round(spacing)}"`]),
    ...(mark.hasHalo ? [`stroke="${paper}" stroke-width="${HALO_PX}" paint-order="stroke fill"`] : []),
  ];
  return `<text ${attributes.join(" ")}>${escaped(mark.text)}</text>`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** `written` as XML holds it: control characters have no place there. */
function escaped(written: string): string {
  const kept = written.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "");
  return kept.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
