/** At which zooms each cluster's name shows: found once, so that names never jump and never overlap. */

export interface NameBox {
  /** Place of the name's middle on the map, map units. */
  x: number;
  y: number;
  /** CSS px, with the room the name wants around it. */
  width: number;
  height: number;
  /** 0 the finest. */
  layer: number;
  size: number;
  /** The cluster's reach in map units. */
  radius: number;
  /** The name may show from this zoom on, collisions aside. */
  from: number;
  /** The name leaves at this zoom; Infinity: never. */
  until: number;
}

export interface NameSpan {
  from: number;
  until: number;
}

/** A name's fade takes this many zoom levels. */
export const FADE = 0.16;

/**
 * The zooms `[from, until)` at which each name shows; a name that never finds room has `from >= until`.
 *
 * Names keep their size while the map grows, so two of them touch below some zoom and never above it. Going from
 * the most to the least important, each name starts at the lowest zoom from which no name before it is in its way.
 * `baseScale`: px per map unit at zoom 0.
 */
export function nameSpans(boxes: readonly NameBox[], baseScale: number): NameSpan[] {
  const order = [...boxes.keys()].sort((a, b) => byImportance(boxes[a]!, boxes[b]!) || a - b);
  const spans: NameSpan[] = boxes.map((box) => ({ from: box.from, until: box.until }));
  const placed: number[] = [];
  for (const place of order) {
    const box = boxes[place]!;
    const span = spans[place]!;
    for (const other of placed) {
      const apart = apartFrom(box, boxes[other]!, baseScale);
      const blocked = Math.min(apart, spans[other]!.until);
      if (blocked > spans[other]!.from && blocked > span.from) span.from = blocked;
      if (span.from >= span.until) break;
    }
    if (span.from < span.until) placed.push(place);
  }
  return spans;
}

function byImportance(a: NameBox, b: NameBox): number {
  return b.layer - a.layer || b.size - a.size;
}

/** The zoom from which the two boxes are apart. */
function apartFrom(a: NameBox, b: NameBox, baseScale: number): number {
  const scaleX = (a.width + b.width) / 2 / Math.abs(a.x - b.x);
  const scaleY = (a.height + b.height) / 2 / Math.abs(a.y - b.y);
  return Math.log2(Math.min(scaleX, scaleY) / baseScale);
}

/** Opacity in 0 … 1 at a zoom: in over the first FADE levels of the span, out over the last. */
export function nameOpacity({ from, until }: NameSpan, zoom: number): number {
  if (from >= until) return 0;
  return smooth((zoom - from) / FADE + (from === -Infinity ? Infinity : 0)) * smooth((until - zoom) / FADE);
}

function smooth(t: number): number {
  const s = Math.min(1, Math.max(0, t));
  return s * s * (3 - 2 * s);
}

/** A name on one line, or on as many as `nLines` of like length where it has more than `most` characters. */
export function nameLines(name: string, { most = 18, nLines = 2 }: { most?: number; nLines?: number } = {}): string[] {
  const words = name.split(/\s+/).filter(Boolean);
  if (name.length <= most || words.length < 2 || nLines < 2) return [name];
  let best: string[] = [name];
  for (let cut = 1; cut < words.length; cut++) {
    const rest = nameLines(words.slice(cut).join(" "), { most: 1, nLines: nLines - 1 });
    const lines = [words.slice(0, cut).join(" "), ...rest];
    if (widest(lines) < widest(best)) best = lines;
  }
  return best;
}

function widest(lines: readonly string[]): number {
  return Math.max(...lines.map((line) => line.length));
}
