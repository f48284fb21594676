/**
 * Labels of parts of texts. They count code points of the text of a row, or of its reply; turns are joined by an empty
 * line. A browser counts UTF-16 units: what is outside the basic plane has two.
 */

import type { Segment, SpanMark } from "./diff";
import type { MarkedTurn } from "./replies";

const GAP = "\n\n";

/** The text that parts of turns count in. */
export function textOf(turns: readonly { text: string }[]): string {
  return turns.map(({ text }) => text).join(GAP);
}

/** How many code points stand before a UTF-16 place. */
export function toCodePoints(text: string, unit: number): number {
  let n = 0;
  for (let at = 0; at < Math.min(unit, text.length); n++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return n;
}

/** The UTF-16 place that so many code points stand before. */
export function toUnits(text: string, codePoint: number): number {
  let at = 0;
  for (let n = 0; n < codePoint && at < text.length; n++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

/** A part without the white space at its ends; null where nothing is left. */
export function trimmed(text: string, [start, end]: readonly [number, number]): [number, number] | null {
  const part = text.slice(start, end);
  const from = start + (part.length - part.trimStart().length);
  const to = end - (part.length - part.trimEnd().length);
  return from < to ? [from, to] : null;
}

/** Turns whose parts know where they stand in the whole and which labels hold them. */
export function withSpans(turns: readonly MarkedTurn[], spans: readonly SpanMark[]): MarkedTurn[] {
  let at = 0;
  return turns.map(({ role, parts }) => {
    const placed = parts.map((part) => {
      const here = { ...part, at };
      at += part.text.length;
      return here;
    });
    at += GAP.length;
    return { role, parts: spans.length === 0 ? placed : placed.flatMap((part) => cutAt(part, spans)) };
  });
}

function cutAt(part: Segment & { at: number }, spans: readonly SpanMark[]): Segment[] {
  const end = part.at + part.text.length;
  const over = spans.filter((span) => span.start < end && span.end > part.at);
  if (over.length === 0) return [part];
  const cuts = [part.at, end, ...over.flatMap((span) => [span.start, span.end])].filter((cut) => cut >= part.at && cut <= end);
  const ordered = [...new Set(cuts)].sort((a, b) => a - b);
  return ordered.slice(0, -1).map((from, place) => {
    const to = ordered[place + 1]!;
    const holding = over.filter((span) => span.start <= from && span.end >= to);
    return { ...part, at: from, text: part.text.slice(from - part.at, to - part.at), ...(holding.length > 0 && { spans: holding }) };
  });
}
